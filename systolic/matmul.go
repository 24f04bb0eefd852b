package systolic

import "fmt"

// Byte is an operand element: U8 is held as uint8, S8 and Ternary as int8.
type Byte interface{ int8 | uint8 }

// MatMul is the definition of a GEMM, three plain loops: it sets
// c[m*N+n] to the sum over k of a[m*K+k]*b[k*N+n], for a of M*K, b of K*N and c
// of M*N elements. Sums are int32 and wrap; they are exact if K is at most
// ExactK of the kinds.
func MatMul[A, B Byte](c []int32, a []A, b []B, g GEMM) error {
	if err := CheckLengths(c, a, b, g); err != nil {
		return err
	}
	for m := range g.M {
		for n := range g.N {
			var sum int32
			for k := range g.K {
				sum += int32(a[m*g.K+k]) * int32(b[k*g.N+n])
			}
			c[m*g.N+n] = sum
		}
	}
	return nil
}

// MatMulTernary is MatMul for weights b in {-1, 0, 1}, without a
// multiplication. Another weight is an error and c is then not written.
func MatMulTernary[A Byte](c []int32, a []A, b []int8, g GEMM) error {
	if err := CheckLengths(c, a, b, g); err != nil {
		return err
	}
	if err := CheckTernary(b); err != nil {
		return err
	}
	for m := range g.M {
		for n := range g.N {
			var sum int32
			for k := range g.K {
				switch b[k*g.N+n] {
				case 1:
					sum += int32(a[m*g.K+k])
				case -1:
					sum -= int32(a[m*g.K+k])
				}
			}
			c[m*g.N+n] = sum
		}
	}
	return nil
}

// CheckTernary reports the first weight that is not -1, 0 or 1.
func CheckTernary(b []int8) error {
	for i, w := range b {
		if w < -1 || w > 1 {
			return fmt.Errorf("systolic: ternary weight %d is %d, want -1, 0 or 1", i, w)
		}
	}
	return nil
}

// CheckLengths reports an invalid g or a slice that has not the length of its
// matrix: M*N for c, M*K for a, K*N for b.
func CheckLengths[A, B Byte](c []int32, a []A, b []B, g GEMM) error {
	if err := g.Validate(); err != nil {
		return err
	}
	for _, s := range []struct {
		name, dims string
		got, want  int
	}{
		{"a", "M*K", len(a), g.M * g.K},
		{"b", "K*N", len(b), g.K * g.N},
		{"c", "M*N", len(c), g.M * g.N},
	} {
		if s.got != s.want {
			return fmt.Errorf("systolic: %s has %d elements, want %s = %d for %v", s.name, s.got, s.dims, s.want, g)
		}
	}
	return nil
}
