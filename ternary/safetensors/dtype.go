package safetensors

import (
	"encoding/binary"
	"math"
)

// A DType names the element type of a tensor as the header writes it.
type DType string

// The element types that can be read as float32.
const (
	F32  DType = "F32"  // IEEE 754 binary32
	F16  DType = "F16"  // IEEE 754 binary16
	BF16 DType = "BF16" // upper half of a binary32
)

// sizes holds the bytes per element of every type the format defines in whole
// bytes. Types other than F32, F16 and BF16 are checked but not read.
var sizes = map[DType]int64{
	"F64": 8, F32: 4, F16: 2, BF16: 2, "F8_E4M3": 1, "F8_E5M2": 1,
	"I64": 8, "I32": 4, "I16": 2, "I8": 1,
	"U64": 8, "U32": 4, "U16": 2, "U8": 1, "BOOL": 1,
}

// readable reports whether elements of d convert to float32 without loss.
func (d DType) readable() bool { return d == F32 || d == F16 || d == BF16 }

// decode converts the little-endian elements in src to dst, whose length
// counts the elements; d is readable.
func (d DType) decode(dst []float32, src []byte) {
	for i := range dst {
		switch d {
		case F32:
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		case F16:
			dst[i] = half(binary.LittleEndian.Uint16(src[2*i:]))
		case BF16:
			dst[i] = math.Float32frombits(uint32(binary.LittleEndian.Uint16(src[2*i:])) << 16)
		}
	}
}

// half returns the float32 with the value of the binary16 b: exact for every
// number, and a NaN stays a NaN with its payload in the upper bits.
func half(b uint16) float32 {
	sign := uint32(b>>15) << 31
	exponent := uint32(b>>10) & 0x1f
	fraction := uint32(b) & 0x3ff
	switch exponent {
	case 0: // zero or subnormal: fraction * 2^-24, exact in float32
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 0x1f:
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
