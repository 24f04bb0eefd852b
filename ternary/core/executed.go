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

	// Requests are what it asks of memory, in this order: one of a load, of a
	// store and of a product; of a product that skips zeros one for each run of
	// columns whose activation is not 0.
	Requests []Request

	// Values are what it writes, by lane: the elements of a vector, of an
	// operand or of what is stored; of a norm pass mantissa and exponent of its
	// norm, quant and rescale scale; of the last part of a search the index
	// found, of the others nothing.
	Values [][]int64
}

// A Request is what an instruction asks of a memory port.
type Request struct {
	Cycle sim.Cycle // in which the port takes it
	Addr  []int64   // first byte, by lane, once for what lanes share
	Beats int64     // of the port
}

// observe has op, instruction k, reported when it ends.
func (mc *Machine) observe(op *sim.Op, k int) {
	in, compute, timing := mc.Program.Instrs[k], op.OnStart, op.Timing
	var values [][]int64
	var requests []Request
	op.Timing = func(start sim.Cycle) (latency, interval sim.Cycle) {
		requests = nil
		mc.schedule.asked = func(at sim.Cycle, offset, beats int64) {
			requests = append(requests, Request{Cycle: at - mc.begin, Addr: mc.addresses(in, offset), Beats: beats})
		}
		return timing(start)
	}
	op.OnStart = func() error {
		err := compute()
		values = nil
		for _, im := range mc.images { // before a later instruction overwrites it
			values = append(values, im.written(in))
		}
		return err
	}
	op.OnFinish = func() error {
		mc.observer(Executed{Index: k, Issue: op.StartCycle() - mc.begin, End: mc.sys.Now() - mc.begin, Requests: requests, Values: values})
		return nil
	}
}

// addresses returns the bytes that lie offset behind the address of an
// instruction, by lane, or once if lanes share them.
func (mc *Machine) addresses(in isa.Instr, offset int64) (list []int64) {
	lanes := mc.images
	if in.Op == isa.TMATMUL {
		lanes = lanes[:1]
	}
	for _, im := range lanes {
		list = append(list, in.Addr+int64(im.token)*in.Stride+offset)
	}
	return list
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
