package cosim_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/cosim"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/tool/tooltest"
)

var programs = flag.Int("programs", 80, "random programs per core")

// A programmer draws programs on the layout of a model whose vectors all have
// n elements.
type programmer struct {
	*rand.Rand
	c        core.Config
	p        *isa.Program
	n        int
	vectors  []isa.Region // that can be loaded
	states   []isa.Region // that can be stored
	matrices []isa.Region
}

func newProgrammer(r *rand.Rand, c core.Config, p *isa.Program) *programmer {
	g := &programmer{Rand: r, c: c, p: p, n: p.Shape.Hidden}
	for _, reg := range p.Layout.Regions {
		k := reg.Ref.Kind
		switch {
		case k >= isa.WeightI && k <= isa.WeightDown || k == isa.WeightHead:
			if !p.Target.Columns || reg.BlockRows == g.n { // columns are those of blocks
				g.matrices = append(g.matrices, reg)
			}
		case k == isa.Logits:
			g.states = append(g.states, reg)
		default:
			g.vectors = append(g.vectors, reg)
			if k == isa.State {
				g.states = append(g.states, reg)
			}
		}
	}
	return g
}

func (g *programmer) vector() int { return g.IntN(g.c.VectorRegisters) }
func (g *programmer) scalar() int { return g.IntN(g.c.ScalarRegisters) }
func (g *programmer) buffer() int { return g.IntN(g.c.OperandBuffers) }

func (g *programmer) instr(op isa.Op) isa.Instr {
	in := isa.Instr{Op: op, N: g.n}
	switch op {
	case isa.LDV:
		r := g.vectors[g.IntN(len(g.vectors))]
		in.D, in.Addr, in.Data = g.vector(), r.Addr, r.Ref
		if r.Rows > 1 {
			in.Stride = r.BlockBytes
		}
	case isa.STV:
		r := g.states[g.IntN(len(g.states))]
		in.A, in.Addr, in.Data = g.vector(), r.Addr, r.Ref
	case isa.RMS:
		in.S, in.A, in.B, in.Eps = g.scalar(), g.vector(), g.vector(), 1+g.Uint64N(1000)
		in.Out = fixed.Scale{Mant: 1<<15 + g.Uint32N(1<<15), Exp: -10 - g.IntN(18)}
	case isa.NORM:
		in.D, in.A, in.B, in.S = g.vector(), g.vector(), g.vector(), g.scalar()
	case isa.QUANT:
		in.Q, in.A, in.B, in.S = g.buffer(), g.vector(), g.vector(), g.scalar()
	case isa.TMATMUL:
		r := g.matrices[g.IntN(len(g.matrices))]
		first := g.IntN((r.Rows-g.n)/r.BlockRows+1) * r.BlockRows
		in.D, in.Q, in.S, in.Cols, in.Addr, in.Data = g.vector(), g.buffer(), g.scalar(), g.n, r.RowAddr(first), r.Ref
	case isa.SIG, isa.CSIG, isa.SILU:
		in.D, in.A = g.vector(), g.vector()
	case isa.ARGMAX:
		in.A, in.Cols = g.vector(), g.n
	default:
		in.D, in.A, in.B = g.vector(), g.vector(), g.vector()
	}
	return in
}

// program gives every register a value, then draws: few registers for
// hazards, one operation for long runs, or anything.
func (g *programmer) program(length int) *isa.Program {
	p := *g.p
	p.Instrs = nil
	emit := func(in isa.Instr) { p.Instrs = append(p.Instrs, in) }
	for d := range g.c.VectorRegisters {
		in := g.instr(isa.LDV)
		in.D = d
		emit(in)
	}
	for s := range g.c.ScalarRegisters {
		in := g.instr(isa.RMS)
		in.S = s
		emit(in)
	}
	for q := range g.c.OperandBuffers {
		in := g.instr(isa.QUANT)
		in.Q = q
		emit(in)
	}
	few := *g
	few.c.VectorRegisters, few.c.ScalarRegisters, few.c.OperandBuffers = 3, 1, 1
	from := g
	if g.IntN(2) == 0 {
		from = &few
	}
	favourite, mode := isa.Op(g.IntN(13)), g.IntN(3)
	for len(p.Instrs) < length {
		op := isa.Op(g.IntN(13))
		if mode == 0 && g.IntN(4) > 0 {
			op = favourite
		}
		emit(from.instr(op))
	}
	return &p
}

// Event model and hardware execute any program with the same results in memory
// and the same cycles: hazards of every kind, long runs of each instruction,
// slow memories.
func TestRandomPrograms(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	for k, changes := range [][]string{
		{"TP=8", "VP=4", "vector_registers=8", "scalar_registers=2", "operand_buffers=2", "lat=5"},
		{"TP=16", "VP=2", "vector_registers=9", "scalar_registers=3", "operand_buffers=1", "lat=23", "eff=2/5"},
		{"TP=8", "VP=4", "zero_skip=true", "matrix_queue=0", "vector_ports=3", "vector_registers=9", "lat=11", "eff=3/4"},
	} {
		t.Run(fmt.Sprint(changes), func(t *testing.T) {
			t.Parallel()
			c := hardwareConfig(t, changes...)
			n := 19 + 4*k
			s := ternary.Shape{Layers: 2, Hidden: n, Intermediate: n, Vocab: n + 7, NormEps: 1e-6}
			w, err := ternary.Random(s, uint64(k))
			require.NoError(t, err)
			m, err := fixed.New(w, fixed.Default())
			require.NoError(t, err)
			p, err := isa.Compile(s, c.Target(m.Config))
			require.NoError(t, err)
			g := newProgrammer(rand.New(rand.NewPCG(uint64(k), 5)), c, p)
			var h *cosim.Hardware
			for trial := range *programs {
				prog := g.program(60)
				if h == nil {
					h, err = cosim.NewHardware(t.Context(), c, prog, m, quick)
					require.NoError(t, err)
					defer func() { require.NoError(t, h.Close()) }()
				} else {
					require.NoError(t, h.Load(prog, m))
				}
				event, err := core.NewProgram(c, prog, m, core.Options{})
				require.NoError(t, err)
				for range 2 { // states go on, registers too
					token := g.IntN(s.Vocab)
					want, err := event.Step(t.Context(), token)
					require.NoError(t, err)
					got, err := h.Step(token)
					require.NoError(t, err)
					require.Equal(t, int64(want), got, "program %d: cycles\n%s", trial, isa.Disassemble(prog.Instrs))
					for _, r := range g.states { // a store writes whole words: beyond n is not looked at
						raw, err := h.Vector(0, r.Ref)
						require.NoError(t, err)
						require.Equal(t, event.Vector(0, r.Ref)[:n], raw[:n], "program %d: %s\n%s", trial, r.Ref, isa.Disassemble(prog.Instrs))
					}
				}
			}
		})
	}
}
