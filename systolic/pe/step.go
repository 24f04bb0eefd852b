package pe

import "lockstep/systolic"

// value is what an operand port of kind k that carries v stands for.
func value(k systolic.Kind, v int64) int64 {
	if k == systolic.Ternary && v == -2 {
		return 0
	}
	return v
}

// A holding is a stationary element as its definition has it: a factor in use
// and one in waiting.
type holding struct {
	x, w           systolic.Kind
	active, shadow int64
}

// step is one cycle: with swap, the waiting factor is taken into use before it
// multiplies x; with load, w waits from then on. It returns the factor in
// waiting after the cycle and sum plus the product, modulo 2^32.
func (e *holding) step(load, swap bool, x, w int64, sum int32) (waiting int64, result int32) {
	if swap {
		e.active = e.shadow
	}
	if load {
		e.shadow = w
	}
	return e.shadow, sum + int32(value(e.x, x)*value(e.w, e.active))
}

// A summing is an output-stationary element: the sum so far and the last
// finished one.
type summing struct {
	x, w          systolic.Kind
	sum, finished int32
}

// step is one cycle: x*w is added, modulo 2^32; with last, the sum is finished
// and the next begins at 0; with drain alone, above takes the place of the
// finished sum. It returns the finished sum after the cycle.
func (e *summing) step(drain, last bool, x, w int64, above int32) int32 {
	e.sum += int32(value(e.x, x) * value(e.w, w))
	switch {
	case last:
		e.finished, e.sum = e.sum, 0
	case drain:
		e.finished = above
	}
	return e.finished
}
