package ternip

import (
	"fmt"
	"strconv"
	"strings"
)

// A Ratio is an exact fraction of beats per cycle, 0 < Num/Den <= 1, Den at
// most 65536, written as a decimal (0.5) or a fraction (1/3).
type Ratio struct{ Num, Den int64 }

func (r Ratio) valid() bool { return r.Num >= 1 && r.Num <= r.Den && r.Den <= 1<<16 }

// String returns the fraction in the form that --set reads.
func (r Ratio) String() string {
	if r.Den == 1 {
		return strconv.FormatInt(r.Num, 10)
	}
	return fmt.Sprintf("%d/%d", r.Num, r.Den)
}

// MarshalJSON writes the fraction as a string.
func (r Ratio) MarshalJSON() ([]byte, error) { return []byte(strconv.Quote(r.String())), nil }

// UnmarshalYAML reads what --set reads.
func (r *Ratio) UnmarshalYAML(data []byte) error {
	text := strings.Trim(strings.TrimSpace(string(data)), `"'`)
	next, err := parseRatio(text)
	if err != nil {
		return fmt.Errorf("ratio is %q, %w", text, err)
	}
	*r = next
	return nil
}

// cycles returns in which cycle, counted from 1, the n-th credit is whole.
func (r Ratio) cycles(n int64) int64 { return (n*r.Den + r.Num - 1) / r.Num }

// parseRatio reads a decimal of at most four places or a fraction.
func parseRatio(text string) (Ratio, error) {
	num, den, fraction := strings.Cut(text, "/")
	if !fraction {
		whole, frac, _ := strings.Cut(text, ".")
		if len(frac) > 4 {
			return Ratio{}, errRatio
		}
		num, den = whole+frac, "1"+strings.Repeat("0", len(frac))
	}
	n, errN := strconv.ParseUint(num, 10, 32)
	d, errD := strconv.ParseUint(den, 10, 32)
	r := Ratio{int64(n), int64(d)}
	if errN != nil || errD != nil || !r.valid() {
		return Ratio{}, errRatio
	}
	g := gcd(r.Num, r.Den)
	return Ratio{r.Num / g, r.Den / g}, nil
}

// What a value that cannot be read should have been.
var (
	errRatio   = fmt.Errorf("want a number in (0, 1] of at most 4 decimals or a fraction such as 1/3")
	errInteger = fmt.Errorf("want an integer")
)

func parseInteger(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return 0, errInteger
	}
	return n, nil
}

func gcd(a, b int64) int64 {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
