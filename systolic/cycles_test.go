package systolic

import (
	"encoding/csv"
	"math"
	"os"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestMeasured compares with layers that SCALE-Sim was run on.
func TestMeasured(t *testing.T) {
	file, err := os.Open("scalesim/testdata/measured.csv")
	require.NoError(t, err)
	defer file.Close()
	r := csv.NewReader(file)
	r.Comment = '#'
	rows, err := r.ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 8)
	for _, row := range rows[1:] {
		var n [7]int
		for i, s := range row {
			if i != 5 {
				n[i], err = strconv.Atoi(s)
				require.NoError(t, err)
			}
		}
		d, err := ParseDataflow(row[5])
		require.NoError(t, err)
		g, a := GEMM{M: n[0], N: n[1], K: n[2]}, Array{Rows: n[3], Cols: n[4]}
		require.Equal(t, int64(n[6])+1, Cycles(g, a, d), "%v on %v %v", g, a, d)
	}
}

// TestCyclesByHand holds folds and cycles of one fold worked out on paper,
// among them single rows, single columns and arrays larger than the product.
func TestCyclesByHand(t *testing.T) {
	for _, c := range []struct {
		g           GEMM
		a           Array
		d           Dataflow
		folds, pass int64
	}{
		{GEMM{1, 1, 1}, Array{1, 1}, OutputStationary, 1, 1},
		{GEMM{1, 1, 1}, Array{1, 1}, WeightStationary, 1, 2},
		{GEMM{1, 1, 1}, Array{1, 1}, InputStationary, 1, 2},
		{GEMM{1, 1, 1}, Array{4, 2}, OutputStationary, 1, 5},
		{GEMM{1, 1, 1}, Array{4, 2}, WeightStationary, 1, 9},
		{GEMM{7, 5, 11}, Array{3, 4}, OutputStationary, 3 * 2, 11 + 3 + 4 - 2},
		{GEMM{7, 5, 11}, Array{3, 4}, WeightStationary, 4 * 2, 7 + 6 + 4 - 2},
		{GEMM{7, 5, 11}, Array{3, 4}, InputStationary, 4 * 2, 5 + 6 + 4 - 2},
		{GEMM{7, 5, 11}, Array{1, 4}, WeightStationary, 11 * 2, 7 + 2 + 4 - 2},
		{GEMM{7, 5, 11}, Array{3, 1}, InputStationary, 4 * 7, 5 + 6 + 1 - 2},
		{GEMM{1 << 24, 1 << 24, 1 << 14}, Array{4096, 4096}, OutputStationary, 1 << 24, 1<<14 + 8190},
		{GEMM{1, 1 << 24, 1 << 24}, Array{1, 1}, WeightStationary, 1 << 48, 2},
	} {
		require.Equal(t, c.folds, NumFolds(c.g, c.a, c.d), "%v on %v %v", c.g, c.a, c.d)
		require.Equal(t, c.pass, PassCycles(c.g, c.a, c.d), "%v on %v %v", c.g, c.a, c.d)
		require.Equal(t, c.folds*c.pass, Cycles(c.g, c.a, c.d), "%v on %v %v", c.g, c.a, c.d)
	}
}

// TestCyclesOfInvalid: no count of something that is not valid.
func TestCyclesOfInvalid(t *testing.T) {
	g, a := GEMM{1, 1, 1}, Array{1, 1}
	for _, c := range []struct {
		g GEMM
		a Array
		d Dataflow
	}{{GEMM{}, a, OutputStationary}, {g, Array{}, OutputStationary}, {g, a, 0}, {g, a, 4}} {
		require.Zero(t, NumFolds(c.g, c.a, c.d))
		require.Zero(t, PassCycles(c.g, c.a, c.d))
		require.Zero(t, Cycles(c.g, c.a, c.d))
		for range Folds(c.g, c.a, c.d) {
			t.Fatal("a fold")
		}
		rows, cols := Fold{M: Span{0, 1}, N: Span{0, 1}, K: Span{0, 1}}.Used(4)
		require.Zero(t, rows+cols)
	}
}

// TestCyclesDoNotOverflow: the largest products on the smallest, the largest
// and the flattest arrays, against floating point.
func TestCyclesDoNotOverflow(t *testing.T) {
	const most = MaxDim
	for _, g := range []GEMM{
		{most, most, 1 << 14}, {most, 1 << 14, most}, {1 << 14, most, most},
		{most, most, 1}, {most, 1, most}, {1, most, most}, {1 << 20, 1 << 21, 1 << 21},
	} {
		require.NoError(t, g.Validate())
		for _, a := range []Array{{1, 1}, {MaxSide, MaxSide}, {1, MaxSide}, {MaxSide, 1}} {
			for _, d := range Dataflows() {
				want := float64(NumFolds(g, a, d)) * float64(PassCycles(g, a, d))
				require.InEpsilon(t, want, float64(Cycles(g, a, d)), 1e-12, "%v on %v %v", g, a, d)
				require.Less(t, want, float64(math.MaxInt64))
			}
		}
	}
}

// TestNeverFasterThanTheArray: no shape takes fewer cycles than its products
// need on all PEs, nor fewer than its operands need to stream.
func TestNeverFasterThanTheArray(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g, a := drawGEMM(1<<12).Draw(t, "g"), drawArray(300).Draw(t, "a")
		for _, d := range Dataflows() {
			cycles := Cycles(g, a, d)
			require.GreaterOrEqual(t, cycles*int64(a.PEs()), g.MACs())
			roof, err := Peak{MACsPerCycle: float64(a.PEs()), BytesPerCycle: 1e9}.Roofline(Work{MACs: g.MACs(), Bytes: 1})
			require.NoError(t, err)
			require.GreaterOrEqual(t, cycles, roof.Cycles())
		}
	})
}

func drawGEMM(most int) *rapid.Generator[GEMM] {
	return rapid.Custom(func(t *rapid.T) GEMM {
		dim := rapid.IntRange(1, most)
		return GEMM{M: dim.Draw(t, "M"), N: dim.Draw(t, "N"), K: dim.Draw(t, "K")}
	})
}

func drawArray(most int) *rapid.Generator[Array] {
	return rapid.Custom(func(t *rapid.T) Array {
		side := rapid.IntRange(1, most)
		return Array{Rows: side.Draw(t, "Rows"), Cols: side.Draw(t, "Cols")}
	})
}
