package fixed

import (
	"fmt"
	"math"
)

// A Format is a signed fixed-point format: two's complement, Width bits, of
// which Frac are below the binary point. The raw integer v stands for
// v * 2^-Frac. Arithmetic saturates at Min and Max and never wraps.
type Format struct {
	Width int // bits including the sign
	Frac  int // bits below the binary point
}

// Max returns the largest raw value, 2^(Width-1) - 1.
func (f Format) Max() int32 { return int32(int64(1)<<(f.Width-1) - 1) }

// Min returns the smallest raw value, -2^(Width-1).
func (f Format) Min() int32 { return int32(int64(-1) << (f.Width - 1)) }

// One returns the raw value of 1, 2^Frac.
func (f Format) One() int32 { return int32(1) << f.Frac }

// Saturate returns v limited to [Min, Max].
func (f Format) Saturate(v int64) int32 {
	return int32(min(max(v, int64(f.Min())), int64(f.Max())))
}

// Quantise returns the raw value nearest to x, ties away from zero, limited to
// [Min, Max]. It runs at load time only. x is finite.
func (f Format) Quantise(x float64) int32 {
	r := math.Round(math.Ldexp(x, f.Frac))
	return int32(min(max(r, float64(f.Min())), float64(f.Max())))
}

// Float returns the value of the raw integer v.
func (f Format) Float(v int32) float64 { return math.Ldexp(float64(v), -f.Frac) }

// String returns the format as s<Width>.<Frac>, for example s16.10.
func (f Format) String() string { return fmt.Sprintf("s%d.%d", f.Width, f.Frac) }

// validate reports a Width outside [minWidth, maxWidth], or a Frac outside
// [4, 24] or too large for the value 1. name is the field in the message.
func (f Format) validate(name string, minWidth, maxWidth int) error {
	switch limit := min(24, f.Width-2); {
	case f.Width < minWidth || f.Width > maxWidth:
		return fmt.Errorf("fixed: %s.Width is %d, want %d to %d", name, f.Width, minWidth, maxWidth)
	case f.Frac < 4 || f.Frac > limit:
		return fmt.Errorf("fixed: %s.Frac is %d, want 4 to %d at Width %d", name, f.Frac, limit, f.Width)
	}
	return nil
}

// RoundShift returns v / 2^shift rounded to the nearest integer, ties away from
// zero.
//
//	v       |v| < 2^63
//	shift   0 to 64; 64 always gives 0
//	result  |result| <= ceil(|v| / 2^shift)
//
// Hardware: magnitude of v, add 2^(shift-1), drop shift bits, restore the sign.
// For a constant shift this equals v + 2^(shift-1) - (1 if v < 0) shifted right
// arithmetically.
func RoundShift(v int64, shift int) int64 {
	if v < 0 {
		return -int64(roundShift(uint64(-v), shift))
	}
	return int64(roundShift(uint64(v), shift))
}

// roundShift is RoundShift of a magnitude below 2^63.
func roundShift(mag uint64, shift int) uint64 {
	return (mag + 1<<uint(shift)>>1) >> uint(shift)
}
