package rms

import (
	"fmt"

	"lockstep/rtl/unit"
	"lockstep/ternary/fixed"
)

// golden maps the beats of cmd and x to the beats of s.
func golden(ops *fixed.Ops, in [][]unit.Frame) ([][]unit.Frame, error) {
	beats := in[1]
	out := [][]unit.Frame{make([]unit.Frame, 0, len(in[0]))}
	for k, cmd := range in[0] {
		n := int(cmd[0][0])
		if n < 1 || n > len(beats) {
			return nil, fmt.Errorf("rms: command %d has %d beats, want 1 to the %d left", k, n, len(beats))
		}
		var x, w []int32
		for _, b := range beats[:n] {
			x, w = appendRaw(x, b[0]), appendRaw(w, b[1])
		}
		beats = beats[n:]
		st := ops.Stats(x, w)
		eps, factor := uint64(cmd[1][0]), fixed.Scale{Mant: uint32(cmd[2][0]), Exp: int(cmd[3][0])}
		var f unit.Frame
		for _, s := range []fixed.Scale{
			fixed.NormScale(st.SumSquares, eps, factor),
			fixed.QuantScale(st.Peak),
			fixed.RescaleScale(st, eps, factor),
		} {
			f = append(f, []int64{int64(s.Mant)}, []int64{int64(s.Exp)})
		}
		out[0] = append(out[0], f)
	}
	if len(beats) > 0 {
		return nil, fmt.Errorf("rms: %d beats of x belong to no command", len(beats))
	}
	return out, nil
}

func appendRaw(dst []int32, lanes []int64) []int32 {
	for _, v := range lanes {
		dst = append(dst, int32(v))
	}
	return dst
}

// due gives the scales of a vector latency cycles after its last beat.
func due(in [][]unit.Frame, accepted [][]int, latency int) [][]int {
	cycles := make([]int, len(in[0]))
	end := 0
	for k, cmd := range in[0] {
		end += int(cmd[0][0])
		cycles[k] = accepted[1][end-1] + latency
	}
	return [][]int{cycles}
}
