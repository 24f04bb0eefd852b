package lower

import (
	"fmt"

	"lockstep/hecross"
	"lockstep/systolic/tpu"
)

// A builder writes a program. After an error it does nothing more.
type builder struct {
	program *tpu.Program
	machine tpu.Config
	options Options
	shape   Shape
	costs   costs
	values  *values // nil in a program that is timed only

	parameters map[string]*tensor

	used   int64 // bytes of tensors on chip
	err    error
	loads  int // moves into the chip so far, for their distribution over engines
	stores int

	gate    *tpu.Semaphore // counts stores and last steps of tiles
	passed  int            // what it will count to with what was written so far
	waiting map[tpu.Engine]bool
	barrier int // count that the operations of this kernel wait for

	kernels []*kernelRecord
	owner   []int32 // kernel of every operation
}

// A kernelRecord is what a report needs to know of a kernel.
type kernelRecord struct {
	name string
	work map[Category]float64 // nominal cycles of compute engines
	last int64                // cycle in which the last operation finished
}

func newBuilder(c tpu.Config, o Options, s Shape) (*builder, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	o, err := o.resolve()
	if err != nil {
		return nil, err
	}
	b := &builder{machine: c, options: o, shape: s, parameters: map[string]*tensor{}}
	if b.costs, err = costsOf(o, s.Bits); err != nil {
		return nil, err
	}
	if b.program, err = tpu.NewProgram(c, tpu.Derived); err != nil {
		return nil, err
	}
	b.gate = b.program.Semaphore("kernels")
	return b, nil
}

// begin starts a kernel.
func (b *builder) begin(name string) *kernelRecord {
	k := &kernelRecord{name: name, work: map[Category]float64{}}
	b.kernels = append(b.kernels, k)
	b.barrier, b.waiting = b.passed, map[tpu.Engine]bool{}
	return k
}

// add appends an operation of the current kernel. The first one of an engine
// waits until the kernels before have ended; the others are behind it.
func (b *builder) add(o tpu.Op, last bool) {
	if b.err != nil {
		return
	}
	if b.options.Fusion == "kernels" && b.barrier > 0 && !b.waiting[o.Engine] {
		b.waiting[o.Engine] = true
		o.Waits = append(o.Waits, tpu.Wait{On: b.gate, Count: b.barrier})
	}
	if last {
		o.Signals = append(o.Signals, b.gate)
		b.passed++
	}
	if _, err := b.program.Add(o); err != nil {
		b.err = fmt.Errorf("lower: kernel %s: %w", b.kernels[len(b.kernels)-1].name, err)
		return
	}
	b.owner = append(b.owner, int32(len(b.kernels)-1))
}

// modulus returns the modulus of limb l of Q followed by P, the zero value in a
// program without values.
func (b *builder) modulus(l int) hecross.Modulus {
	if b.values == nil {
		return hecross.Modulus{}
	}
	return b.values.all.Moduli[l]
}

// does returns f in a program that computes, and nil in one that is timed only.
func (b *builder) does(f func() error) func() error {
	if b.values == nil {
		return nil
	}
	return f
}
