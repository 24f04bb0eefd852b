package yosys

import "context"

// Xilinx maps sv, whose top module is top, to the cells of an UltraScale+ FPGA
// and returns how many there are of each kind, such as RAMB36E2, LUT6, FDCE or
// DSP48E2.
func Xilinx(ctx context.Context, top string, sv []byte) (map[string]int, error) {
	n, err := Mapping{Top: top, SV: sv, Family: XCUP}.Run(ctx)
	if err != nil {
		return nil, err
	}
	return n.Count(), nil
}
