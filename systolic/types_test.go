package systolic

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNames(t *testing.T) {
	for _, d := range Dataflows() {
		got, err := ParseDataflow(d.String())
		require.NoError(t, err)
		require.Equal(t, d, got)
		require.NoError(t, d.Validate())
	}
	for _, k := range Kinds() {
		got, err := ParseKind(k.String())
		require.NoError(t, err)
		require.Equal(t, k, got)
		require.NoError(t, k.Validate())
	}
	require.Equal(t, "os ws is u8 s8 ternary compute memory", OutputStationary.String()+" "+WeightStationary.String()+" "+InputStationary.String()+
		" "+U8.String()+" "+S8.String()+" "+Ternary.String()+" "+ComputeBound.String()+" "+MemoryBound.String())
	require.Equal(t, "Dataflow(9) Kind(9) Bound(9)", Dataflow(9).String()+" "+Kind(9).String()+" "+Bound(9).String())
	require.Equal(t, "1x2x3 4x5", GEMM{M: 1, N: 2, K: 3}.String()+" "+Array{Rows: 4, Cols: 5}.String())
}

func TestErrors(t *testing.T) {
	parse := func(name string) error { _, err := ParseDataflow(name); return err }
	kind := func(name string) error { _, err := ParseKind(name); return err }
	roof := func(p Peak, w Work) error { _, err := p.Roofline(w); return err }
	work := func(g GEMM, a, b, c int) error { _, err := CompulsoryWork(g, a, b, c); return err }
	one := GEMM{1, 1, 1}
	for _, c := range []struct {
		err  error
		want string
	}{
		{parse(""), `systolic: dataflow is "", want os, ws or is`},
		{parse("WS"), `systolic: dataflow is "WS", want os, ws or is`},
		{kind("int8"), `systolic: kind is "int8", want u8, s8 or ternary`},
		{Dataflow(0).Validate(), "systolic: dataflow is 0, want 1 to 3 (os, ws, is)"},
		{Dataflow(4).Validate(), "systolic: dataflow is 4, want 1 to 3 (os, ws, is)"},
		{Kind(0).Validate(), "systolic: kind is 0, want 1 to 3 (u8, s8, ternary)"},
		{Kind(4).Validate(), "systolic: kind is 4, want 1 to 3 (u8, s8, ternary)"},
		{GEMM{0, 1, 1}.Validate(), "systolic: M is 0, want 1 to 16777216"},
		{GEMM{1, -1, 1}.Validate(), "systolic: N is -1, want 1 to 16777216"},
		{GEMM{1, 1, MaxDim + 1}.Validate(), "systolic: K is 16777217, want 1 to 16777216"},
		{GEMM{math.MaxInt, 1, 1}.Validate(), "systolic: M is 9223372036854775807, want 1 to 16777216"},
		{GEMM{MaxDim, MaxDim, MaxDim}.Validate(),
			"systolic: M*N*K of 16777216x16777216x16777216 is above 2^62 multiply-accumulates, want at most that"},
		{GEMM{MaxDim, MaxDim, 1<<14 + 1}.Validate(),
			"systolic: M*N*K of 16777216x16777216x16385 is above 2^62 multiply-accumulates, want at most that"},
		{Array{0, 1}.Validate(), "systolic: array Rows is 0, want 1 to 4096"},
		{Array{1, 4097}.Validate(), "systolic: array Cols is 4097, want 1 to 4096"},
		{roof(Peak{0, 1}, Work{}), "systolic: peak MACsPerCycle is 0, want a finite number above 0"},
		{roof(Peak{1, math.NaN()}, Work{}), "systolic: peak BytesPerCycle is NaN, want a finite number above 0"},
		{roof(Peak{math.Inf(1), 1}, Work{}), "systolic: peak MACsPerCycle is +Inf, want a finite number above 0"},
		{roof(Peak{1, 1}, Work{MACs: -1}), "systolic: work MACs is -1, want 0 or more"},
		{roof(Peak{1, 1}, Work{Bytes: -1}), "systolic: work Bytes is -1, want 0 or more"},
		{roof(Peak{1, 1e-300}, Work{Bytes: 1}), "systolic: roofline is 1e+300 cycles, want below 2^62"},
		{work(GEMM{}, 8, 8, 8), "systolic: M is 0, want 1 to 16777216"},
		{work(one, 0, 8, 8), "systolic: aBits is 0, want 1 to 64"},
		{work(one, 8, 65, 8), "systolic: bBits is 65, want 1 to 64"},
		{work(one, 8, 8, -8), "systolic: cBits is -8, want 1 to 64"},
		{MatMul(nil, []int8{}, []int8{1}, GEMM{}), "systolic: M is 0, want 1 to 16777216"},
		{MatMul(make([]int32, 1), []uint8{}, []int8{1}, one), "systolic: a has 0 elements, want M*K = 1 for 1x1x1"},
		{MatMul(make([]int32, 1), []uint8{1}, []int8{1, 2}, one), "systolic: b has 2 elements, want K*N = 1 for 1x1x1"},
		{MatMul(make([]int32, 2), []uint8{1}, []uint8{1}, one), "systolic: c has 2 elements, want M*N = 1 for 1x1x1"},
		{MatMulTernary(make([]int32, 1), []uint8{1}, []int8{}, one), "systolic: b has 0 elements, want K*N = 1 for 1x1x1"},
		{MatMulTernary(make([]int32, 1), []uint8{1}, []int8{2}, one), "systolic: ternary weight 0 is 2, want -1, 0 or 1"},
		{CheckTernary([]int8{-1, 0, -2, 2}), "systolic: ternary weight 2 is -2, want -1, 0 or 1"},
		{CheckTernary([]int8{-1, 0, 1, -128}), "systolic: ternary weight 3 is -128, want -1, 0 or 1"},
		{Execute(make([]int32, 1), []uint8{}, []int8{1}, one, Array{1, 1}, OutputStationary),
			"systolic: a has 0 elements, want M*K = 1 for 1x1x1"},
		{Execute(make([]int32, 1), []uint8{1}, []int8{1}, one, Array{}, OutputStationary), "systolic: array Rows is 0, want 1 to 4096"},
		{Execute(make([]int32, 1), []uint8{1}, []int8{1}, one, Array{1, 1}, 0), "systolic: dataflow is 0, want 1 to 3 (os, ws, is)"},
	} {
		require.EqualError(t, c.err, c.want)
	}
	for _, g := range []GEMM{one, {MaxDim, 1, 1}, {MaxDim, MaxDim, 1 << 14}} {
		require.NoError(t, g.Validate())
	}
	for _, a := range []Array{{1, 1}, {MaxSide, 1}, {1, MaxSide}} {
		require.NoError(t, a.Validate())
	}
}

// TestRefusedIsNotWritten: an error leaves c as it was.
func TestRefusedIsNotWritten(t *testing.T) {
	c := []int32{7}
	require.Error(t, MatMulTernary(c, []int8{1}, []int8{3}, GEMM{1, 1, 1}))
	require.Error(t, Execute(c, []int8{1}, []int8{3}, GEMM{1, 1, 1}, Array{}, OutputStationary))
	require.Equal(t, []int32{7}, c)
}
