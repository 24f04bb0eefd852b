package systolic

import (
	"fmt"
	"math"
)

// A Kind is the number type of one operand of a GEMM. The zero value is none.
type Kind uint8

// The kinds of operand.
const (
	U8      Kind = iota + 1 // 0 to 255
	S8                      // -128 to 127
	Ternary                 // -1, 0, 1, stored as S8
)

// Kinds returns all kinds in the order of their constants.
func Kinds() []Kind { return []Kind{U8, S8, Ternary} }

// String returns "u8", "s8" or "ternary".
func (k Kind) String() string {
	switch k {
	case U8:
		return "u8"
	case S8:
		return "s8"
	case Ternary:
		return "ternary"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// ParseKind returns the kind that String calls name.
func ParseKind(name string) (Kind, error) {
	for _, k := range Kinds() {
		if k.String() == name {
			return k, nil
		}
	}
	return 0, fmt.Errorf("systolic: kind is %q, want u8, s8 or ternary", name)
}

// Validate reports a value that is no kind.
func (k Kind) Validate() error {
	if k < U8 || k > Ternary {
		return fmt.Errorf("systolic: kind is %d, want 1 to 3 (u8, s8, ternary)", uint8(k))
	}
	return nil
}

// Range returns the least and the greatest value of the kind; both are 0 if k
// is not valid.
func (k Kind) Range() (least, greatest int) {
	switch k {
	case U8:
		return 0, math.MaxUint8
	case S8:
		return math.MinInt8, math.MaxInt8
	case Ternary:
		return -1, 1
	}
	return 0, 0
}

// ExactK returns the longest K for which no sum of K products of an a and a b,
// nor any partial sum, can leave the int32 range; a longer one may wrap. It is
// 0 if a or b is not valid.
//
//	u8*u8  33,025   (an unsigned 32-bit sum would be exact to 66,051)
//	u8*s8  65,793   s8*u8 alike
//	s8*s8 131,071   131,072 products of -128*-128 are 2^31
//	u8*ternary 8,421,504   s8*ternary 16,777,215
//	ternary*ternary 2,147,483,647
func ExactK(a, b Kind) int {
	if a.Validate() != nil || b.Validate() != nil {
		return 0
	}
	a0, a1 := a.Range()
	b0, b1 := b.Range()
	k := math.MaxInt32
	for _, product := range []int{a0 * b0, a0 * b1, a1 * b0, a1 * b1} {
		switch {
		case product > 0:
			k = min(k, math.MaxInt32/product)
		case product < 0:
			k = min(k, math.MinInt32/product)
		}
	}
	return k
}
