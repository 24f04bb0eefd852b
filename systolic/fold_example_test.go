package systolic_test

import (
	"fmt"

	"lockstep/systolic"
)

// The passes of a product with ragged edges: every span is half-open.
func ExampleFolds() {
	g, a := systolic.GEMM{M: 10, N: 5, K: 7}, systolic.Array{Rows: 4, Cols: 4}
	for f := range systolic.Folds(g, a, systolic.WeightStationary) {
		fmt.Printf("fold %d: k %d to %d, n %d to %d, streams %d\n", f.Index, f.K.First, f.K.End(), f.N.First, f.N.End(), f.M.Count)
	}
	fmt.Println(systolic.Cycles(g, a, systolic.WeightStationary), "cycles")
	// Output:
	// fold 0: k 0 to 4, n 0 to 4, streams 10
	// fold 1: k 4 to 7, n 0 to 4, streams 10
	// fold 2: k 0 to 4, n 4 to 5, streams 10
	// fold 3: k 4 to 7, n 4 to 5, streams 10
	// 80 cycles
}
