package kernel_test

import (
	"fmt"

	"lockstep/systolic/kernel"
)

// Weights are packed once and multiplied with two batches of activations.
func ExampleMatMulPacked() {
	weights := kernel.Dense([]int8{
		1, -1,
		0, 1,
		-1, 0,
	}, 3, 2)
	packed, err := kernel.Pack(kernel.Best(), weights)
	if err != nil {
		fmt.Println(err)
		return
	}
	sums := make([]int32, 2)
	for _, batch := range [][]uint8{{255, 1, 2}, {0, 100, 200}} {
		c, a := kernel.Dense(sums, 1, 2), kernel.Dense(batch, 1, 3)
		if err := kernel.MatMulPacked(c, a, packed, kernel.Options{Exact: true}); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(sums)
	}
	// Output:
	// [253 -254]
	// [-200 100]
}
