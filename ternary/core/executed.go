package core

import (
	"lockstep/sim"
	"lockstep/ternary/isa"
)

// An Executed is what the event model did for one instruction of a token.
// Cycles count from that in which the token is accepted.
type Executed struct {
	Index int       // in the program
	Issue sim.Cycle // the instruction issues, and its unit starts it
	End   sim.Cycle // the first cycle in which it has ended

	// Values are what it writes, by lane: the elements of a vector, of an
	// operand or of what is stored; of a norm pass mantissa and exponent of its
	// norm, quant and rescale scale; of the last part of a search the index
	// found, of the others nothing.
	Values [][]int64
}

// observe has op, instruction k, reported when it ends.
func (mc *Machine) observe(op *sim.Op, k int) {
	in, compute := mc.Program.Instrs[k], op.OnStart
	var values [][]int64
	op.OnStart = func() error {
		err := compute()
		values = nil
		for _, im := range mc.images { // before a later instruction overwrites it
			values = append(values, im.written(in))
		}
		return err
	}
	op.OnFinish = func() error {
		mc.observer(Executed{Index: k, Issue: op.StartCycle() - mc.begin, End: mc.sys.Now() - mc.begin, Values: values})
		return nil
	}
}

// written returns what an instruction that has just been computed has written.
func (im *image) written(in isa.Instr) []int64 {
	switch in.Op {
	case isa.ARGMAX:
		if im.search.seen < im.search.total {
			return nil
		}
		return []int64{int64(im.next)}
	case isa.STV:
		return widened(im.regs[in.A][:in.N])
	case isa.QUANT:
		return widened(im.buffers[in.Q][:in.N])
	case isa.RMS:
		s := im.scalars[in.S]
		return []int64{int64(s.norm.Mant), int64(s.norm.Exp), int64(s.quant.Mant), int64(s.quant.Exp), int64(s.rescale.Mant), int64(s.rescale.Exp)}
	}
	return widened(im.regs[in.D][:in.N])
}

func widened[T int8 | int32](values []T) []int64 {
	wide := make([]int64, len(values))
	for i, v := range values {
		wide[i] = int64(v)
	}
	return wide
}
