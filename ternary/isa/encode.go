package isa

import (
	"encoding/binary"
	"fmt"
	"strings"

	"lockstep/ternary/fixed"
)

// WordBytes is the size of an encoded instruction.
//
//	byte  0      operation
//	      1 to 3 vector registers D, A, B
//	      4      scalar register S
//	      5      operand buffer Q
//	      6, 7   zero
//	      8      N, uint32
//	      12     Cols, uint32
//	      16     Addr, or Eps of RMS, uint64
//	      24     Stride of LDV, uint64; or Out of RMS: mantissa uint16, exponent int16, zero
//
// All numbers are little-endian. Fields that an operation does not use are
// zero, so that an instruction has one encoding.
const WordBytes = 32

// Limits of the encoding.
const (
	maxRegister = 1<<8 - 1
	maxElements = 1<<20 - 1
	maxAddress  = 1<<40 - 1
	maxEps      = 1<<62 - 1
	maxExponent = 1 << 9
)

// Validate reports the first operand that the encoding cannot hold, or that an
// operation must not have.
func (i *Instr) Validate() error {
	if i.Op >= numOps {
		return fmt.Errorf("operation is %d, want 0 to %d", uint8(i.Op), numOps-1)
	}
	for _, f := range []struct {
		name  string
		value int64
		max   int64
	}{
		{"D", int64(i.D), maxRegister}, {"A", int64(i.A), maxRegister}, {"B", int64(i.B), maxRegister},
		{"S", int64(i.S), maxRegister}, {"Q", int64(i.Q), maxRegister}, {"Cols", int64(i.Cols), maxElements},
		{"Addr", i.Addr, maxAddress}, {"Stride", i.Stride, maxAddress},
	} {
		if f.value < 0 || f.value > f.max {
			return fmt.Errorf("%s: %s is %d, want 0 to %d", i.Op, f.name, f.value, f.max)
		}
	}
	switch {
	case i.N < 1 || i.N > maxElements:
		return fmt.Errorf("%s: N is %d, want 1 to %d", i.Op, i.N, maxElements)
	case i.Op == ARGMAX && i.Cols != 0 && i.Cols < i.N:
		return fmt.Errorf("%s: Cols is %d, want 0 or at least N, %d", i.Op, i.Cols, i.N)
	case i.Op == TMATMUL && i.Cols < 1:
		return fmt.Errorf("%s: Cols is %d, want 1 to %d", i.Op, i.Cols, maxElements)
	case i.Eps > maxEps:
		return fmt.Errorf("%s: Eps is %d, want at most %d", i.Op, i.Eps, int64(maxEps))
	case i.Out.Mant != 0 && (i.Out.Mant < 1<<15 || i.Out.Mant >= 1<<16) || i.Out.Exp < -maxExponent || i.Out.Exp >= maxExponent:
		return fmt.Errorf("%s: Out is %d*2^%d, want a mantissa of 0 or 2^15 to 2^16-1 and an exponent of -512 to 511",
			i.Op, i.Out.Mant, i.Out.Exp)
	}
	return nil
}

// Encode appends the encoding of i to b.
func (i *Instr) Encode(b []byte) ([]byte, error) {
	if err := i.Validate(); err != nil {
		return b, fmt.Errorf("isa: %w", err)
	}
	if used, err := i.used(); err != nil {
		return b, err
	} else if plain := i.plain(); used != plain {
		return b, fmt.Errorf("isa: %s: a field that it does not use is set: %+v", i.Op, plain)
	}
	le := binary.LittleEndian
	b = append(b, byte(i.Op), byte(i.D), byte(i.A), byte(i.B), byte(i.S), byte(i.Q), 0, 0)
	b = le.AppendUint32(b, uint32(i.N))
	b = le.AppendUint32(b, uint32(i.Cols))
	if i.Op == RMS {
		b = le.AppendUint64(b, i.Eps)
		b = le.AppendUint16(b, uint16(i.Out.Mant))
		b = le.AppendUint16(b, uint16(int16(i.Out.Exp)))
		return le.AppendUint32(b, 0), nil
	}
	b = le.AppendUint64(b, uint64(i.Addr))
	return le.AppendUint64(b, uint64(i.Stride)), nil
}

// plain returns i without what the encoding does not hold.
func (i *Instr) plain() Instr {
	p := *i
	p.Const, p.Data, p.Note = Ref{}, Ref{}, ""
	return p
}

// used returns i with the fields that its operation uses, which are those of
// its text.
func (i *Instr) used() (Instr, error) {
	in, err := assemble(strings.Fields(i.String()))
	if err != nil {
		return in, fmt.Errorf("isa: %w", err)
	}
	return in, nil
}

// Decode reads one instruction from the first WordBytes of b. It refuses
// anything that Encode does not write.
func Decode(b []byte) (Instr, error) {
	if len(b) < WordBytes {
		return Instr{}, fmt.Errorf("isa: %d bytes, want %d", len(b), WordBytes)
	}
	le := binary.LittleEndian
	i := Instr{Op: Op(b[0]), D: int(b[1]), A: int(b[2]), B: int(b[3]), S: int(b[4]), Q: int(b[5]),
		N: int(le.Uint32(b[8:])), Cols: int(le.Uint32(b[12:]))}
	if i.Op == RMS {
		i.Eps = le.Uint64(b[16:])
		i.Out = fixed.Scale{Mant: uint32(le.Uint16(b[24:])), Exp: int(int16(le.Uint16(b[26:])))}
	} else {
		i.Addr, i.Stride = int64(le.Uint64(b[16:])), int64(le.Uint64(b[24:]))
	}
	if err := i.Validate(); err != nil {
		return Instr{}, fmt.Errorf("isa: %w", err)
	}
	canonical, err := i.Encode(nil)
	if err != nil {
		return Instr{}, err
	}
	for k, want := range canonical {
		if b[k] != want {
			return Instr{}, fmt.Errorf("isa: %s: byte %d is 0x%02x, want 0x%02x", i.Op, k, b[k], want)
		}
	}
	return i, nil
}

// EncodeAll returns the machine words of a program.
func EncodeAll(instrs []Instr) ([]byte, error) {
	words := make([]byte, 0, len(instrs)*WordBytes)
	for k := range instrs {
		var err error
		if words, err = instrs[k].Encode(words); err != nil {
			return nil, err
		}
	}
	return words, nil
}
