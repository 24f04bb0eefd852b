package tpu_test

import (
	"context"
	"fmt"

	"lockstep/systolic"
	"lockstep/systolic/tpu"
)

// must ends the example on an error; a real kernel returns it.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A kernel by hand: load bytes, multiply them with resident weights, reduce the
// sums on the VPU, store. A Derived program orders the engines by what the
// operations touch.
func Example() {
	p := must(tpu.NewProgram(must(tpu.Preset("v6e")), tpu.Derived))
	const m, n, k = 512, 256, 256
	input, output := must(p.HBM("input", m*k)), must(p.HBM("output", 4*m*n))
	weights := must(p.VMEM(0, "weights", k*n)) // from an earlier kernel
	x, sums := must(p.VMEM(0, "x", m*k)), must(p.VMEM(0, "sums", 4*m*n))

	values := 0
	product := tpu.MatMul(systolic.GEMM{M: m, N: n, K: k}, tpu.Types{A: tpu.U8, B: tpu.U8}, systolic.WeightStationary, false)
	for _, o := range []tpu.Op{
		{Name: "load", Engine: tpu.Engine{Kind: tpu.DMAIn}, Reads: []tpu.Range{input.All()}, Writes: []tpu.Range{x.All()}},
		{Name: "matmul", Engine: tpu.Engine{Kind: tpu.MXU}, Work: product,
			Reads: []tpu.Range{x.All(), weights.All()}, Writes: []tpu.Range{sums.All()}},
		{Name: "reduce", Engine: tpu.Engine{Kind: tpu.VPU}, Work: tpu.Vector(m*n, 12),
			Reads: []tpu.Range{sums.All()}, Writes: []tpu.Range{sums.All()}, Do: func() error { values++; return nil }},
		{Name: "store", Engine: tpu.Engine{Kind: tpu.DMAOut}, Reads: []tpu.Range{sums.All()}, Writes: []tpu.Range{output.All()}},
	} {
		must(p.Add(o))
	}
	r := must(p.Run(context.Background(), tpu.RunOptions{}))
	for _, g := range r.Groups {
		fmt.Printf("%-7s %-6s %4d of %d cycles\n", g.Name, g.Kind, g.BusyCycles, r.Cycles)
	}
	fmt.Println("computed", values)

	// Output:
	// load    DmaIn   141 of 4240 cycles
	// matmul  Mxu     256 of 4240 cycles
	// reduce  Vpu     768 of 4240 cycles
	// store   DmaOut  561 of 4240 cycles
	// computed 1
}
