package vector

import (
	"fmt"
	"math"
)

// An Op is an operation on the words a and b of a lane. In arithmetic that is
// called signed they are two's complement, otherwise they are unsigned.
type Op uint8

// The operations.
const (
	Add     Op = iota // a + b modulo 2^32
	Sub               // a - b modulo 2^32
	MulLo             // a * b modulo 2^32
	MulHi             // floor(a * b / 2^32)
	And               // bitwise
	Or                // bitwise
	Xor               // bitwise
	Shl               // a * 2^b modulo 2^32; 0 for b of 32 or more
	Shr               // floor(a / 2^b); 0 for b of 32 or more
	Sar               // floor(a / 2^b), a signed; 0 or -1 for b of 32 or more
	MinU              // the lesser
	MaxU              // the greater
	MinS              // the lesser, signed
	MaxS              // the greater, signed
	LtU               // 1 if a < b, else 0
	LtS               // 1 if a < b, signed, else 0
	Eq                // 1 if a = b, else 0
	Select            // a where the mask is 1, else b
	QuantU8           // round(a / 2^b), a signed, saturated to 0 to 255
	QuantS8           // round(a / 2^b), a signed, saturated to -128 to 127, sign-extended
)

var names = [...]string{"add", "sub", "mul_lo", "mul_hi", "and", "or", "xor", "shl", "shr", "sar", "min_u", "max_u", "min_s", "max_s",
	"lt_u", "lt_s", "eq", "select", "quant_u8", "quant_s8"}

// Ops returns all operations in the order of their codes.
func Ops() []Op {
	ops := make([]Op, len(names))
	for i := range ops {
		ops[i] = Op(i)
	}
	return ops
}

// String returns the name of the operation in programs and in Verilog, such as
// "mul_hi".
func (o Op) String() string {
	if int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// ParseOp returns the operation that String calls name.
func ParseOp(name string) (Op, error) {
	for _, o := range Ops() {
		if o.String() == name {
			return o, nil
		}
	}
	return 0, fmt.Errorf("vector: operation is %q, want one of %v", name, names)
}

// Compares reports whether the result of the operation is also a mask.
func (o Op) Compares() bool { return o == LtU || o == LtS || o == Eq }

// Eval returns what the operation gives on one lane; the mask is false unless
// the operation compares. The quantisers round to the nearest integer and halves
// upward: floor(a/2^b + 1/2). An operation that does not exist gives 0.
func (o Op) Eval(a, b uint32, mask bool) (y uint32, compared bool) {
	sa, sb := int32(a), int32(b)
	switch o {
	case Add:
		return a + b, false
	case Sub:
		return a - b, false
	case MulLo:
		return a * b, false
	case MulHi:
		return uint32(uint64(a) * uint64(b) >> 32), false
	case And:
		return a & b, false
	case Or:
		return a | b, false
	case Xor:
		return a ^ b, false
	case Shl:
		return a << b, false
	case Shr:
		return a >> b, false
	case Sar:
		return uint32(sa >> b), false
	case MinU:
		return min(a, b), false
	case MaxU:
		return max(a, b), false
	case MinS:
		return uint32(min(sa, sb)), false
	case MaxS:
		return uint32(max(sa, sb)), false
	case LtU:
		return truth(a < b)
	case LtS:
		return truth(sa < sb)
	case Eq:
		return truth(a == b)
	case Select:
		if mask {
			return a, false
		}
		return b, false
	case QuantU8:
		return uint32(max(0, min(math.MaxUint8, scaled(sa, b)))), false
	case QuantS8:
		return uint32(max(math.MinInt8, min(math.MaxInt8, scaled(sa, b)))), false
	}
	return 0, false
}

// truth is a truth value as a word and as a mask.
func truth(v bool) (uint32, bool) {
	if v {
		return 1, true
	}
	return 0, false
}

// scaled returns floor(a/2^b + 1/2); every a is 0 from b = 32 on.
func scaled(a int32, b uint32) int64 {
	if b == 0 {
		return int64(a)
	}
	b = min(b, Bits)
	return (int64(a) + 1<<(b-1)) >> b
}
