package tpu

import "fmt"

// A Type is the number type of an operand of the arrays. The zero value is
// none.
type Type uint8

// The types of operands.
const (
	U8      Type = iota + 1 // 0 to 255
	S8                      // -128 to 127
	Ternary                 // -1, 0, 1, four in a byte
	BF16                    // timed only: no program computes bf16 values
)

// SumBits is the width of a result, an int32, or an fp32 for bf16.
const SumBits = 32

var typeNames = [...]string{U8: "u8", S8: "s8", Ternary: "ternary", BF16: "bf16"}

// String returns "u8", "s8", "ternary" or "bf16".
func (t Type) String() string {
	if t < U8 || t > BF16 {
		return fmt.Sprintf("Type(%d)", uint8(t))
	}
	return typeNames[t]
}

// ParseType returns the type that String calls name.
func ParseType(name string) (Type, error) {
	for t := U8; t <= BF16; t++ {
		if typeNames[t] == name {
			return t, nil
		}
	}
	return 0, fmt.Errorf("tpu: type is %q, want u8, s8, ternary or bf16", name)
}

// Bits returns the width of an element in memory: 2 for ternary, 8 for bytes,
// 16 for bf16.
func (t Type) Bits() int {
	switch t {
	case Ternary:
		return 2
	case BF16:
		return 16
	}
	return 8
}

// Bytes returns the size of n elements, packed, in whole bytes.
func (t Type) Bytes(n int64) int64 { return (n*int64(t.Bits()) + 7) / 8 }

// Types are those of the operands of a matrix product C = A*B.
type Types struct{ A, B Type }

// String returns the two types, as "u8*s8".
func (t Types) String() string { return t.A.String() + "*" + t.B.String() }

// Validate reports a value that is no type, and a bf16 beside another type.
func (t Types) Validate() error {
	for _, x := range [2]Type{t.A, t.B} {
		if x < U8 || x > BF16 {
			return fmt.Errorf("tpu: type is %d, want 1 to 4 (u8, s8, ternary, bf16)", uint8(x))
		}
	}
	if (t.A == BF16) != (t.B == BF16) {
		return fmt.Errorf("tpu: types are %s, want bf16 with bf16", t)
	}
	return nil
}
