package ntt_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"lockstep/hecross/ntt"
)

// What a transform costs on the engines of the presets, and how much of that time
// the array multiplies.
func ExampleConfig_TransformCycles() {
	engines := slices.AppendSeq(slices.Collect(maps.Values(ntt.Presets)), maps.Values(ntt.Engines))
	slices.SortFunc(engines, func(a, b ntt.Config) int { return cmp.Or(a.N()-b.N(), a.R-b.R) })
	wide := ntt.Engines["n1024"]
	wide.Side = 32
	for _, c := range append(engines, wide) {
		fmt.Printf("N=%d as %dx%d on %dx%d: %d cycles, array busy %.1f %%; parameters %d bytes, %d cycles\n",
			c.N(), c.R, c.C, c.Side, c.Side, c.TransformCycles(), 100*c.Utilisation(),
			c.ParameterBeats()*c.Side, c.ParameterCycles())
	}
	// Output:
	// N=16 as 4x4 on 4x4: 257 cycles, array busy 49.8 %; parameters 576 bytes, 145 cycles
	// N=32 as 4x8 on 4x4: 537 cycles, array busy 71.5 %; parameters 1408 bytes, 353 cycles
	// N=32 as 8x4 on 4x4: 535 cycles, array busy 71.8 %; parameters 1408 bytes, 353 cycles
	// N=256 as 16x16 on 16x16: 809 cycles, array busy 63.3 %; parameters 9216 bytes, 577 cycles
	// N=1024 as 32x32 on 16x16: 4777 cycles, array busy 85.7 %; parameters 36864 bytes, 2305 cycles
	// N=1024 as 32x32 on 32x32: 1545 cycles, array busy 66.3 %; parameters 36864 bytes, 1153 cycles
}
