package tpu

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// A Ratio is the exact rational Num/Den, written as an integer (936), a decimal
// of at most 4 places (1.5) or a fraction (8000/7). Its zero value is 0.
type Ratio struct{ Num, Den int64 }

const (
	maxRatioNum = 1 << 20 // a beat of a memory port of package sim
	maxRatioDen = 1 << 10
)

// ParseRatio reads what String writes. Num is 0 to 2^20 and Den at most 1024
// after reduction.
func ParseRatio(text string) (Ratio, error) {
	wrong := fmt.Errorf("%q, want a number of at most 4 decimals or a fraction such as 8000/7, 0 to %d with a denominator up to %d",
		text, maxRatioNum, maxRatioDen)
	num, den, fraction := strings.Cut(text, "/")
	if !fraction {
		whole, frac, _ := strings.Cut(text, ".")
		if len(frac) > 4 {
			return Ratio{}, wrong
		}
		num, den = whole+frac, "1"+strings.Repeat("0", len(frac))
	}
	n, errN := strconv.ParseUint(num, 10, 40)
	d, errD := strconv.ParseUint(den, 10, 40)
	if errN != nil || errD != nil || d == 0 {
		return Ratio{}, wrong
	}
	g := gcd(n, d)
	r := Ratio{int64(n / g), int64(d / g)}
	if r.Num > maxRatioNum || r.Den > maxRatioDen {
		return Ratio{}, wrong
	}
	return r, nil
}

func gcd(a, b uint64) uint64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}

// String returns the ratio as an integer or a fraction.
func (r Ratio) String() string {
	if r.Num == 0 || r.Den == 1 {
		return strconv.FormatInt(r.Num, 10)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

// MarshalText writes what String writes.
func (r Ratio) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (r *Ratio) UnmarshalText(text []byte) error {
	next, err := ParseRatio(string(text))
	if err != nil {
		return fmt.Errorf("tpu: ratio is %w", err)
	}
	*r = next
	return nil
}

// Float returns the nearest float64.
func (r Ratio) Float() float64 {
	if r.zero() {
		return 0
	}
	return float64(r.Num) / float64(r.Den)
}

// Less reports whether r < o.
func (r Ratio) Less(o Ratio) bool { return r.Num*max(o.Den, 1) < o.Num*max(r.Den, 1) }

func (r Ratio) zero() bool { return r.Num == 0 }

// valid reports whether r is in the range of ParseRatio; a zero Den is valid
// for 0 only.
func (r Ratio) valid() bool {
	return r.Num >= 0 && r.Num <= maxRatioNum && r.Den <= maxRatioDen && (r.Den >= 1 || r == Ratio{})
}

// cycles returns ceil(n/r), the cycles that n >= 0 units take at r > 0 units
// per cycle, at most maxCycles.
func (r Ratio) cycles(n int64) int64 {
	hi, lo := bits.Mul64(uint64(n), uint64(r.Den))
	lo, carry := bits.Add64(lo, uint64(r.Num-1), 0)
	hi += carry
	if hi >= uint64(r.Num) {
		return maxCycles
	}
	q, _ := bits.Div64(hi, lo, uint64(r.Num))
	return int64(min(q, maxCycles))
}

// maxCycles bounds every count of cycles; it is the last cycle of package sim.
const maxCycles = 100_000_000_000_000
