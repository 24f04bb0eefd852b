package tpu

import (
	"fmt"

	"lockstep/systolic"
)

// GEMMOptions say how a matrix product is computed.
type GEMMOptions struct {
	Dataflow systolic.Dataflow // 0: that of the machine
	Types    Types             // the zero value is s8*s8

	// ComputeOnly leaves out all transfers: operands are in VMEM, as large as they
	// are. Cycles without overlap are then those of systolic.Cycles on one array.
	ComputeOnly bool

	Values Values // nil: the program is only timed
}

// A GEMMProgram is a matrix product as a program of a machine.
type GEMMProgram struct {
	*Program
	GEMM    systolic.GEMM
	Options GEMMOptions // with all defaults resolved
	Plan    Plan
}

// LowerGEMM makes the program of C[M,N] = A[M,K]*B[K,N] for machine c: which core
// computes what, blocks that fit in VMEM, transfers into and out of them, one
// operation per block and array. Transfers run under computation if the
// configuration says so; otherwise loads, computation and store of a block
// follow each other.
//
// Partial sums over K stay in VMEM, so that C crosses the HBM once, as 32-bit
// sums. Blocks of A and B lie in the HBM as they are loaded, without gaps.
func LowerGEMM(c Config, g systolic.GEMM, o GEMMOptions) (*GEMMProgram, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := g.Validate(); err != nil {
		return nil, err
	}
	if err := o.resolve(&c, g); err != nil {
		return nil, err
	}
	machine := c
	if o.ComputeOnly {
		machine.VMEMBytes = maxBytes
	}
	if limit := int64(maxBytes) / 8; int64(g.M)*int64(g.N) > limit || int64(g.M)*int64(g.K) > limit || int64(g.K)*int64(g.N) > limit {
		return nil, fmt.Errorf("tpu: a matrix of %s has more than %d elements, want at most that", g, limit)
	}
	plan, err := choose(machine, g, o)
	if err != nil {
		return nil, err
	}
	return lower(machine, g, o, plan)
}

// resolve fills in defaults and checks the rest.
func (o *GEMMOptions) resolve(c *Config, g systolic.GEMM) error {
	if o.Dataflow == 0 {
		o.Dataflow, _ = systolic.ParseDataflow(c.Dataflow) // Validate has checked it
	}
	if (o.Types == Types{}) {
		o.Types = Types{S8, S8}
	}
	if err := o.Dataflow.Validate(); err != nil {
		return err
	}
	if err := o.Types.Validate(); err != nil {
		return err
	}
	if c.rate(o.Types).zero() {
		return fmt.Errorf("tpu: types are %s, which this machine does not support: its rate is 0", o.Types)
	}
	if o.Values != nil {
		return o.Values.check(g, o.Types)
	}
	return nil
}

// lower writes the program of a plan.
func lower(c Config, g systolic.GEMM, o GEMMOptions, pl Plan) (*GEMMProgram, error) {
	p, err := NewProgram(c, Derived)
	if err != nil {
		return nil, err
	}
	l := lowering{p: p, g: g, o: &o, plan: &pl}
	if err := l.run(); err != nil {
		return nil, err
	}
	return &GEMMProgram{p, g, o, pl}, nil
}

// A lowering writes the program of a plan.
type lowering struct {
	p    *Program
	g    systolic.GEMM
	o    *GEMMOptions
	plan *Plan
	hbm  [3]*Buffer // A, B, C
	next [3]int64   // bytes of them given out
	home []int64    // where the blocks are of the matrix that all cores load, A or B
}

func (l *lowering) run() error {
	if !l.o.ComputeOnly {
		if err := l.allocHBM(); err != nil {
			return err
		}
	}
	for core := range l.plan.Parts {
		w := newCoreLowering(l, core)
		if err := w.run(); err != nil {
			return err
		}
	}
	return nil
}

// allocHBM allocates the matrices. Parts of a packed ternary block begin on a
// byte, so that there may be a byte more per part.
func (l *lowering) allocHBM() error {
	m, n, k := int64(l.g.M), int64(l.g.N), int64(l.g.K)
	sizes := [3]int64{l.o.Types.A.Bytes(m * k), l.o.Types.B.Bytes(k * n), m * n * SumBits / 8}
	for i, t := range [2]Type{l.o.Types.A, l.o.Types.B} {
		if t == Ternary {
			for core := range l.plan.Parts {
				nm, nn, nk := l.plan.blocks(l.plan.part(l.g, core))
				sizes[i] += [2]int64{int64(nm*nk) * int64(l.plan.GridM), int64(nk*nn) * int64(l.plan.GridN)}[i]
			}
		}
	}
	for i, name := range [3]string{"A", "B", "C"} {
		var err error
		if l.hbm[i], err = l.p.HBM(name, sizes[i]); err != nil {
			return err
		}
	}
	return nil
}
