package systolic

import "iter"

// A Span is the half-open range of indices [First, First+Count).
type Span struct{ First, Count int }

// End returns the index behind the last one.
func (s Span) End() int { return s.First + s.Count }

// A Fold is the part of a GEMM that one pass of the array computes: every
// product A[m,k]*B[k,n] with m, n and k in its spans. One of the three spans is
// the whole dimension, the streamed one; the other two are at most as long as
// the sides of the array, shorter at the ragged edge.
type Fold struct {
	Index   int // position in the order of Folds, from 0
	M, N, K Span
}

// MACs returns the number of products of the fold.
func (f Fold) MACs() int64 { return int64(f.M.Count) * int64(f.N.Count) * int64(f.K.Count) }

// Used returns the rows and columns of the array that the fold occupies.
func (f Fold) Used(d Dataflow) (rows, cols int) {
	switch d {
	case OutputStationary:
		return f.M.Count, f.N.Count
	case WeightStationary:
		return f.K.Count, f.N.Count
	case InputStationary:
		return f.K.Count, f.M.Count
	}
	return 0, 0
}

// Folds yields the passes that compute g on a, which together hold every
// product exactly once. The order is:
//
//	os  M outer, N inner
//	ws  N outer, K inner: the sums of one stripe of columns end before the next begin
//	is  M outer, K inner: likewise for one stripe of rows
//
// It yields nothing if one of g, a, d is not valid.
func Folds(g GEMM, a Array, d Dataflow) iter.Seq[Fold] {
	return func(yield func(Fold) bool) {
		if !valid(g, a, d) {
			return
		}
		outer, inner := sides(g, a, d)
		f := Fold{M: Span{Count: g.M}, N: Span{Count: g.N}, K: Span{Count: g.K}}
		for o := range outer.parts() {
			for i := range inner.parts() {
				switch d {
				case OutputStationary:
					f.M, f.N = outer.part(o), inner.part(i)
				case WeightStationary:
					f.N, f.K = outer.part(o), inner.part(i)
				case InputStationary:
					f.M, f.K = outer.part(o), inner.part(i)
				}
				if !yield(f) {
					return
				}
				f.Index++
			}
		}
	}
}

// NumFolds returns the number of folds that Folds yields.
func NumFolds(g GEMM, a Array, d Dataflow) int64 {
	if !valid(g, a, d) {
		return 0
	}
	outer, inner := sides(g, a, d)
	return int64(outer.parts()) * int64(inner.parts())
}

// valid reports whether g, a and d all pass their Validate.
func valid(g GEMM, a Array, d Dataflow) bool {
	return g.Validate() == nil && a.Validate() == nil && d.Validate() == nil
}

// A side is a dimension of a GEMM cut along a side of the array.
type side struct{ length, step int }

func (s side) parts() int { return (s.length + s.step - 1) / s.step }

func (s side) part(i int) Span {
	first := i * s.step
	return Span{First: first, Count: min(s.step, s.length-first)}
}

// sides returns the two cut dimensions in the order in which Folds visits them.
func sides(g GEMM, a Array, d Dataflow) (outer, inner side) {
	switch d {
	case OutputStationary:
		return side{g.M, a.Rows}, side{g.N, a.Cols}
	case WeightStationary:
		return side{g.N, a.Cols}, side{g.K, a.Rows}
	default:
		return side{g.M, a.Cols}, side{g.K, a.Rows}
	}
}
