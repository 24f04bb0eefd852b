package isa_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

func target() isa.Target {
	return isa.Target{Lanes: 64, VectorRegisters: 10, ScalarRegisters: 4, OperandBuffers: 2, ElementBytes: 2,
		WeightBeatBytes: 16, VectorBeatBytes: 16}
}

func compile(t *testing.T, s ternary.Shape, tg isa.Target) *isa.Program {
	t.Helper()
	p, err := isa.Compile(s, tg)
	require.NoError(t, err)
	return p
}

// Every ternary weight is used exactly once and every constant is loaded
// exactly once in a token, whatever the model and the core.
func TestProgramUsesTheWholeModelOnce(t *testing.T) {
	shapes := []ternary.Shape{{Layers: 1, Hidden: 5, Intermediate: 7, Vocab: 3, NormEps: 1e-6},
		{Layers: 3, Hidden: 100, Intermediate: 37, Vocab: 1000, NormEps: 1e-6}}
	for _, name := range ternary.PresetNames() {
		s, err := ternary.Preset(name)
		require.NoError(t, err)
		shapes = append(shapes, s)
	}
	for _, s := range shapes {
		for k, lanes := range []int{1, 48, 64, 128} {
			tg := target()
			tg.Lanes, tg.Packing = lanes, ternary.TwoBit+ternary.Packing(k%2)
			p := compile(t, s, tg)
			weights, rows, loads := 0, map[isa.Ref][]int{}, map[isa.Ref]int{}
			for _, in := range p.Instrs {
				r, found := p.Layout.Find(in.Data)
				switch in.Op {
				case isa.TMATMUL:
					require.True(t, found)
					require.Equal(t, r.Cols, in.Cols)
					first, ok := r.RowAt(in.Addr)
					require.True(t, ok)
					require.Equal(t, first, len(rows[in.Data]), "rows in order, each once")
					for k := range in.N {
						rows[in.Data] = append(rows[in.Data], first+k)
					}
					weights += in.N * in.Cols
				case isa.LDV:
					loads[in.Data]++
				}
			}
			require.Equal(t, s.TernaryCount(), weights)
			for _, r := range p.Layout.Regions {
				switch {
				case r.Ref.Kind == isa.Logits:
				case r.Ref.Kind >= isa.WeightI && r.Ref.Kind <= isa.WeightDown, r.Ref.Kind == isa.WeightHead:
					require.Len(t, rows[r.Ref], r.Rows, r.Ref.String())
				default:
					require.Equal(t, 1, loads[r.Ref], r.Ref.String())
				}
			}
		}
	}
}

// Nothing is read before it is written, and every product uses the scales of
// its own matrix.
func TestRegistersAreWrittenBeforeTheyAreRead(t *testing.T) {
	s, err := ternary.Preset("opticks")
	require.NoError(t, err)
	for _, registers := range []int{isa.MinVectorRegisters, 10, 16} {
		for _, scalars := range []int{1, 4} {
			tg := target()
			tg.VectorRegisters, tg.ScalarRegisters, tg.OperandBuffers = registers, scalars, scalars
			p := compile(t, s, tg)
			norms := map[isa.Kind]isa.Kind{isa.WeightI: isa.NormI, isa.WeightF: isa.NormF, isa.WeightG: isa.NormG, isa.WeightO: isa.NormO,
				isa.WeightGateUp: isa.NormGateUp, isa.WeightDown: isa.NormDown, isa.WeightHead: isa.NormHead}
			holds := map[int]isa.Ref{} // what was loaded into a register last
			vectors, scales, buffers := map[int]int{}, map[int]isa.Ref{}, map[int]bool{}
			for k, in := range p.Instrs {
				for _, r := range in.Reads() {
					require.GreaterOrEqual(t, vectors[r], in.N, "%d: %s reads v%d", k, in.String(), r)
				}
				if in.Op == isa.TMATMUL {
					require.True(t, buffers[in.Q], in.String())
					require.Equal(t, in.Data, scales[in.S], "%d: %s: scales of another matrix", k, in.String())
				}
				if in.Op == isa.RMS {
					want := in.Const
					if norm, ok := norms[want.Kind]; ok {
						want.Kind = norm
					}
					require.Equal(t, want, holds[in.B], "%d: %s: norm weights", k, in.String())
				}
				if d, ok := in.Writes(); ok {
					require.Less(t, d, registers)
					holds[d] = in.Data
					vectors[d] = in.N
				}
				switch in.Op {
				case isa.RMS:
					scales[in.S] = in.Const
				case isa.QUANT:
					buffers[in.Q] = true
				}
			}
		}
	}
}

func TestLayoutHasNoOverlapAndIsAligned(t *testing.T) {
	for _, packing := range []ternary.Packing{ternary.TwoBit, ternary.FiveTrit} {
		layoutIsAligned(t, packing)
	}
}

func layoutIsAligned(t *testing.T, packing ternary.Packing) {
	s := ternary.Shape{Layers: 2, Hidden: 33, Intermediate: 70, Vocab: 11, NormEps: 1e-6}
	tg := target()
	tg.WeightBeatBytes, tg.VectorBeatBytes, tg.Packing = 24, 10, packing
	p := compile(t, s, tg)
	end := int64(0)
	for _, r := range p.Layout.Regions {
		require.GreaterOrEqual(t, r.Addr, end, r.Ref.String())
		end = r.Addr + r.Bytes()
		beat := int64(10)
		if r.Ref.Kind >= isa.WeightI && r.Ref.Kind <= isa.WeightDown || r.Ref.Kind == isa.WeightHead {
			beat = 24
			require.GreaterOrEqual(t, r.BlockBytes*int64(packing.TritsPerByte()), int64(r.BlockRows*r.Cols))
		} else {
			require.GreaterOrEqual(t, r.BlockBytes, int64(2*r.Cols))
		}
		for row := 0; row < r.Rows; row += r.BlockRows {
			at, ok := r.RowAt(r.RowAddr(row))
			require.True(t, ok)
			require.Equal(t, row, at)
			require.Zero(t, r.RowAddr(row)%beat)
		}
		require.Zero(t, r.Addr%beat, r.Ref.String())
	}
	require.Equal(t, end, p.Layout.Bytes())
}

// A head with more rows than a register has elements is computed in blocks.
func TestHeadIsTiled(t *testing.T) {
	s := ternary.Shape{Layers: 1, Hidden: 16, Intermediate: 32, Vocab: 100, NormEps: 1e-6}
	p := compile(t, s, target())
	var blocks, stores []int
	for _, in := range p.Instrs {
		if in.Data.Kind == isa.WeightHead {
			blocks = append(blocks, in.N)
		}
		if in.Op == isa.STV && in.Data.Kind == isa.Logits {
			stores = append(stores, in.N)
		}
	}
	require.Equal(t, []int{32, 32, 32, 4}, blocks)
	require.Equal(t, blocks, stores)
}

func TestTextForms(t *testing.T) {
	s, err := ternary.Preset("opticks")
	require.NoError(t, err)
	p := compile(t, s, target())
	var ops []isa.Op
	for _, in := range p.Instrs {
		if !slices.Contains(ops, in.Op) {
			ops = append(ops, in.Op)
		}
	}
	require.Len(t, ops, 12, "the program uses every operation but SIG")
	for _, tt := range []struct {
		in   isa.Instr
		want string
	}{
		{isa.Instr{Op: isa.LDV, D: 1, Addr: 256, Stride: 512, N: 4}, "LDV v1 0x100+token*0x200 n4"},
		{isa.Instr{Op: isa.STV, A: 2, Addr: 16, N: 4}, "STV v2 0x10 n4"},
		{isa.Instr{Op: isa.RMS, S: 1, A: 2, B: 3, N: 4, Eps: 67, Out: fixed.Scale{Mant: 40000, Exp: -12}}, "RMS s1 v2 v3 n4 eps=67 out=40000*2^-12"},
		{isa.Instr{Op: isa.NORM, D: 1, A: 2, B: 3, S: 1, N: 4}, "NORM v1 v2 v3 s1 n4"},
		{isa.Instr{Op: isa.QUANT, Q: 1, A: 2, B: 3, S: 1, N: 4}, "QUANT q1 v2 v3 s1 n4"},
		{isa.Instr{Op: isa.TMATMUL, D: 1, Q: 1, S: 2, Addr: 32, N: 4, Cols: 8}, "TMATMUL v1 q1 s2 0x20 n4 c8"},
		{isa.Instr{Op: isa.SIG, D: 1, A: 2, N: 4}, "SIG v1 v2 n4"},
		{isa.Instr{Op: isa.MUL, D: 1, A: 2, B: 3, N: 4}, "MUL v1 v2 v3 n4"},
	} {
		require.Equal(t, tt.want, tt.in.String())
	}
	require.Equal(t, "Op(99)", isa.Op(99).String())
}

func TestTargetErrors(t *testing.T) {
	s := ternary.Shape{Layers: 1, Hidden: 16, Intermediate: 32, Vocab: 100, NormEps: 1e-6}
	for _, tt := range []struct {
		change func(*isa.Target)
		want   string
	}{
		{func(t *isa.Target) { t.Lanes = 0 }, "isa: Lanes is 0, want 1 to 4096"},
		{func(t *isa.Target) { t.VectorRegisters = 7 }, "isa: VectorRegisters is 7, want 8 to 256"},
		{func(t *isa.Target) { t.ScalarRegisters = 0 }, "isa: ScalarRegisters is 0, want 1 to 256"},
		{func(t *isa.Target) { t.OperandBuffers = 17 }, "isa: OperandBuffers is 17, want 1 to 16"},
		{func(t *isa.Target) { t.VectorElements = 31 }, "isa: VectorElements is 31, want at least 32, the longest vector of the model"},
		{func(t *isa.Target) { t.ElementBytes = 9 }, "isa: ElementBytes is 9, want 1 to 8"},
		{func(t *isa.Target) { t.WeightBeatBytes = 0 }, "isa: WeightBeatBytes is 0, want 1 to 65536"},
		{func(t *isa.Target) { t.VectorBeatBytes = -1 }, "isa: VectorBeatBytes is -1, want 1 to 65536"},
	} {
		tg := target()
		tt.change(&tg)
		_, err := isa.Compile(s, tg)
		require.EqualError(t, err, tt.want)
	}
	_, err := isa.Compile(ternary.Shape{}, target())
	require.EqualError(t, err, "ternary: Layers is 0, want 1 to 4096")
}
