package systolic

import (
	"fmt"
	"math/bits"
)

// Limits of a GEMM. They keep every count of this package, cycles on the
// smallest and largest array included, inside an int64.
const (
	MaxDim  = 1 << 24 // M, N and K
	MaxMACs = 1 << 62 // M*N*K
)

// A GEMM is the shape of one matrix product C[M,N] = A[M,K] * B[K,N]. All
// matrices are row-major and dense. A holds activations, B weights.
type GEMM struct{ M, N, K int }

// Validate reports the first of M, N, K outside 1 to MaxDim, or a product of
// the three above MaxMACs.
func (g GEMM) Validate() error {
	for _, f := range []struct {
		name  string
		value int
	}{{"M", g.M}, {"N", g.N}, {"K", g.K}} {
		if f.value < 1 || f.value > MaxDim {
			return fmt.Errorf("systolic: %s is %d, want 1 to %d", f.name, f.value, MaxDim)
		}
	}
	hi, lo := bits.Mul64(uint64(g.M)*uint64(g.N), uint64(g.K))
	if hi != 0 || lo > MaxMACs {
		return fmt.Errorf("systolic: M*N*K of %v is above 2^62 multiply-accumulates, want at most that", g)
	}
	return nil
}

// String returns the shape in the order M, N, K, as "1x1024x512".
func (g GEMM) String() string { return fmt.Sprintf("%dx%dx%d", g.M, g.N, g.K) }

// MACs returns the number of multiply-accumulates, M*N*K.
func (g GEMM) MACs() int64 { return int64(g.M) * int64(g.N) * int64(g.K) }
