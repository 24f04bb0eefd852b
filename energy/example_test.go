package energy_test

import (
	"fmt"

	"lockstep/energy"
)

// What one token of a ternary model of 341 million weights costs on an Alveo
// U250 that makes 90 of them per second.
func Example() {
	m, err := energy.Preset("alveo-u250")
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := energy.Estimate(energy.Activity{
		TernaryAdds:  341e6,
		OffChipBytes: 341e6 / 4,
		Seconds:      1.0 / 90,
	}, m)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.3g J, %.3g W\n", b.Joules, b.Watts)
	for _, t := range b.Terms {
		fmt.Printf("%-14s %.3g J, %.0f %%; %s\n", t.Name, t.Joules, 100*t.Share, t.Sources[0].Kind)
	}
	// Output:
	// 0.527 J, 47.4 W
	// ternary_adds   0.000245 J, 0 %; published
	// off_chip_bytes 0.0139 J, 3 %; published
	// static         0.513 J, 97 %; fitted
}

// An array of 8-bit products on TPU v5e for a microsecond.
func ExampleBreakdown_String() {
	m, err := energy.Preset("tpu-v5e")
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := energy.Estimate(energy.Activity{Int8MACs: 1e8, ScratchpadBytes: 1e6, OffChipBytes: 5e5, Seconds: 1e-6}, m)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(b)
	// Output:
	// component  count  unit      each          J    share  sources
	//          int8_macs  1e+08    op    0.1 pJ      1e-05   12.4 %  [1] [2]
	//   scratchpad_bytes  1e+06  byte   1.75 pJ   1.75e-06    2.2 %  [1] [2]
	//     off_chip_bytes  5e+05  byte  43.75 pJ  2.187e-05   27.2 %      [3]
	//             static  1e-06     s    46.9 W   4.69e-05   58.2 %      [4]
	//              total                         8.052e-05  100.0 %        -
	//
	// tpu-v5e: 8.052e-05 J in 1e-06 s, 80.52 W
	// int8_macs: registers of the array left out
	// scratchpad_bytes: assumption: banks of 1 MB, wires between them left out
	// [1] N. Jouppi et al., Ten Lessons From Three Generations Shaped Google's TPUv4i, ISCA 2021, table 2 (45 nm and 7 nm)
	// [2] assumption: as TPU v4: not published for this generation
	// [3] assumption: middle of the 250 to 450 pJ per 64 bits of HBM2 of N. Jouppi et al., ISCA 2021, table 2
	// [4] assumption: 90/192, the idle share of TPU v4, of the chip's power that the CROSS authors assume (100 W for v5e, 200 W for v6e)
}
