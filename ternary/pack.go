package ternary

import "fmt"

// A Packing is a way to write trits (values -1, 0, +1) as bytes.
type Packing int

const (
	// TwoBit holds 4 trits per byte, the first in the lowest bits: 00 is 0, 01
	// is +1, 11 is -1; 10 is invalid. It is the code of a Matrix.
	TwoBit Packing = 1 + iota
	// FiveTrit holds 5 trits per byte in base 3, the first in the lowest digit:
	// the sum of (t[i]+1) * 3^i. Bytes 243 to 255 are invalid. A short last
	// byte is filled with zeros, digit 1.
	FiveTrit
)

// String returns the name of the packing.
func (p Packing) String() string {
	switch p {
	case TwoBit:
		return "2-bit"
	case FiveTrit:
		return "5-trit"
	}
	return fmt.Sprintf("Packing(%d)", int(p))
}

// MarshalText returns the name.
func (p Packing) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads the name of a packing.
func (p *Packing) UnmarshalText(text []byte) error {
	for _, q := range []Packing{TwoBit, FiveTrit} {
		if string(text) == q.String() {
			*p = q
			return nil
		}
	}
	return fmt.Errorf("packing is %q, want %s or %s", text, TwoBit, FiveTrit)
}

// Pack packs trits.
func (p Packing) Pack(trits []int8) ([]byte, error) {
	switch p {
	case TwoBit:
		return PackTwo(trits)
	case FiveTrit:
		return PackFive(trits)
	}
	return nil, fmt.Errorf("ternary: packing is %v, want %v or %v", p, TwoBit, FiveTrit)
}

// TritsPerByte returns 4 for TwoBit, 5 for FiveTrit and 0 for any other value.
func (p Packing) TritsPerByte() int {
	switch p {
	case TwoBit:
		return 4
	case FiveTrit:
		return 5
	}
	return 0
}

// Bytes returns the bytes that n trits take, 0 for a Packing that does not exist.
func (p Packing) Bytes(n int) int {
	per := p.TritsPerByte()
	if per == 0 {
		return 0
	}
	return (n + per - 1) / per
}

// PackTwo packs trits in the TwoBit code. Unused bits of the last byte are 0.
func PackTwo(trits []int8) ([]byte, error) {
	packed := make([]byte, TwoBit.Bytes(len(trits)))
	for i, t := range trits {
		if t < -1 || t > 1 {
			return nil, tritError(i, t)
		}
		packed[i/4] |= byte(t) & 3 << (i % 4 * 2)
	}
	return packed, nil
}

// UnpackTwo returns the first n trits of packed, which holds exactly the bytes
// of n trits. Unused bits of the last byte must be 0.
func UnpackTwo(packed []byte, n int) ([]int8, error) {
	if err := checkLength(TwoBit, packed, n); err != nil {
		return nil, err
	}
	trits := make([]int8, 4*len(packed))
	for i := range trits {
		code := packed[i/4] >> (i % 4 * 2) & 3
		switch {
		case code == 2:
			return nil, fmt.Errorf("ternary: byte %d is %#02x: code 10 at trit %d, want 00, 01 or 11", i/4, packed[i/4], i)
		case code != 0 && i >= n:
			return nil, fmt.Errorf("ternary: byte %d is %#02x, want 0 in the bits after trit %d", i/4, packed[i/4], n-1)
		}
		trits[i] = tritOf[code]
	}
	return trits[:n], nil
}

// PackFive packs trits in the FiveTrit code.
func PackFive(trits []int8) ([]byte, error) {
	packed := make([]byte, FiveTrit.Bytes(len(trits)))
	for b := range packed {
		value := 0
		for i := 5*b + 4; i >= 5*b; i-- {
			t := int8(0)
			if i < len(trits) {
				t = trits[i]
			}
			if t < -1 || t > 1 {
				return nil, tritError(i, t)
			}
			value = 3*value + int(t) + 1
		}
		packed[b] = byte(value)
	}
	return packed, nil
}

// UnpackFive returns the first n trits of packed, which holds exactly the bytes
// of n trits. The digits that fill the last byte must stand for 0.
func UnpackFive(packed []byte, n int) ([]int8, error) {
	if err := checkLength(FiveTrit, packed, n); err != nil {
		return nil, err
	}
	trits := make([]int8, 5*len(packed))
	for b, value := range packed {
		if value >= 243 {
			return nil, fmt.Errorf("ternary: byte %d is %d, want 0 to 242", b, value)
		}
		rest := value
		for i := 5 * b; i < 5*b+5; i++ {
			trits[i] = int8(rest%3) - 1
			rest /= 3
			if i >= n && trits[i] != 0 {
				return nil, fmt.Errorf("ternary: byte %d is %d, want zeros after trit %d", b, value, n-1)
			}
		}
	}
	return trits[:n], nil
}

// tritOf maps a two-bit code to its trit; 10, which does not occur, reads as 0.
var tritOf = [4]int8{0, 1, 0, -1}

func checkLength(p Packing, packed []byte, n int) error {
	if n < 0 || len(packed) != p.Bytes(n) {
		return fmt.Errorf("ternary: %d bytes of %s code, want %d for %d trits", len(packed), p, p.Bytes(max(n, 0)), n)
	}
	return nil
}

func tritError(i int, t int8) error {
	return fmt.Errorf("ternary: trit %d is %d, want -1, 0 or +1", i, t)
}
