package fixed

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/ternary"
)

func newMatrix(t require.TestingT, rows, cols int, trit func(r, c int) int8) *ternary.Matrix {
	trits := make([]int8, 0, rows*cols)
	for r := range rows {
		for c := range cols {
			trits = append(trits, trit(r, c))
		}
	}
	m, err := ternary.NewMatrix(rows, cols, trits, 0.05)
	require.NoError(t, err)
	return &m
}

// checkMatVec compares MatVec with the definition.
func checkMatVec(t require.TestingT, m *ternary.Matrix, q []int8) {
	p, err := Pack(m)
	require.NoError(t, err)
	wide := make([]int64, len(q))
	for i, v := range q {
		wide[i] = int64(v)
	}
	want, got := make([]int32, m.Rows), make([]int32, m.Rows)
	for r := range want {
		want[r], got[r] = int32(oracleDot(m, r, wide)), 99
	}
	p.MatVec(got, q)
	require.Equal(t, want, got)
}

func TestMatVecProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.IntRange(1, 70).Draw(t, "rows")
		cols := rapid.OneOf(rapid.IntRange(1, 40), rapid.IntRange(245, 260), rapid.IntRange(500, 800)).Draw(t, "cols")
		seed := rapid.Uint64().Draw(t, "seed")
		extreme := rapid.Bool().Draw(t, "extreme")
		rng := rand.New(rand.NewPCG(seed, 1))
		m := newMatrix(t, rows, cols, func(int, int) int8 { return int8(rng.IntN(3) - 1) })
		q := make([]int8, cols)
		for i := range q {
			q[i] = int8(rng.IntN(256) - 128)
			if extreme {
				q[i] = [2]int8{-128, 127}[rng.IntN(2)]
			}
		}
		checkMatVec(t, m, q)
	})
}

// TestMatVecLargestLanes drives every lane to both ends, in rows whose signs
// alternate so that each lane borrows from the next.
func TestMatVecLargestLanes(t *testing.T) {
	for _, cols := range []int{1, blockCols - 1, blockCols, blockCols + 1, 2*blockCols + 1, MaxVector} {
		for _, v := range []int8{-128, 127, 1, -1} {
			for pattern := range 16 {
				if cols == MaxVector && pattern%5 != 0 {
					continue
				}
				m := newMatrix(t, 19, cols, func(r, _ int) int8 { return int8(pattern>>(r%4)&1)*2 - 1 })
				q := make([]int8, cols)
				for i := range q {
					q[i] = v
				}
				checkMatVec(t, m, q)
			}
		}
	}
}

func TestPackErrors(t *testing.T) {
	m := newMatrix(t, 2, 5, func(int, int) int8 { return 1 })
	m.Codes[2] |= 2
	m.Codes[2] &^= 1
	_, err := Pack(m)
	require.EqualError(t, err, "fixed: ternary: row 1, byte 0 is 0x56: code 10, want 00, 01 or 11")
	_, err = Pack(newMatrix(t, 1, MaxVector+1, func(int, int) int8 { return 0 }))
	require.EqualError(t, err, "fixed: matrix has 65537 columns, want at most 65536")
	_, err = Pack(&ternary.Matrix{})
	require.EqualError(t, err, "fixed: ternary: matrix of 0 rows and 0 columns has 0 bytes, want 0")
}

func BenchmarkMatVec(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	p, err := Pack(newMatrix(b, 1536, 256, func(int, int) int8 { return int8(rng.IntN(3) - 1) }))
	require.NoError(b, err)
	acc, q := make([]int32, 1536), make([]int8, 256)
	for i := range q {
		q[i] = int8(rng.IntN(255) - 127)
	}
	for b.Loop() {
		p.MatVec(acc, q)
	}
	b.ReportMetric(float64(b.N)*1536*256/b.Elapsed().Seconds()/1e9, "GMAC/s")
}
