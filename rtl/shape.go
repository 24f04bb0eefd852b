package rtl

import "fmt"

// MaxWidth is the widest signal of the language, in bits. Wider buses are
// lanes of one port, memory or instance.
const MaxWidth = 64

// A Shape is the type of a signal: Width bits, two's complement if Signed.
type Shape struct {
	Width  int // in [1, MaxWidth]
	Signed bool
}

// U returns the unsigned shape of w bits.
func U(w int) Shape { return Shape{w, false} }

// S returns the signed shape of w bits.
func S(w int) Shape { return Shape{w, true} }

// String returns u8 for U(8) and s8 for S(8).
func (s Shape) String() string {
	if s.Signed {
		return fmt.Sprintf("s%d", s.Width)
	}
	return fmt.Sprintf("u%d", s.Width)
}

// Min returns the smallest value of s.
func (s Shape) Min() int64 {
	if !s.Signed {
		return 0
	}
	return -1 << (s.Width - 1)
}

// Max returns the largest value of s; for U(64) it is the bit pattern of all
// ones, which reads as -1.
func (s Shape) Max() int64 {
	if s.Signed {
		return int64(mask(s.Width - 1))
	}
	return int64(mask(s.Width))
}

// Holds reports whether v is a value of s. Every int64 is the bit pattern of a
// value of U(64).
func (s Shape) Holds(v int64) bool {
	if s.Width == MaxWidth {
		return true
	}
	return s.Min() <= v && v <= s.Max()
}

// Value returns the low Width bits of v read as s: the value that a port of
// shape s carries when it is driven with the bit pattern v.
func (s Shape) Value(v uint64) int64 {
	if s.Signed {
		return int64(signExtend(v, s.Width))
	}
	return int64(v & mask(s.Width))
}

func mask(w int) uint64 {
	if w <= 0 {
		return 0
	}
	return ^uint64(0) >> (64 - w)
}

func signExtend(v uint64, w int) uint64 { return uint64(int64(v<<(64-w)) >> (64 - w)) }
