// Package isa is the instruction set of the ternary core: vector instructions
// on registers of a whole vector, scalars that hold the results of a norm
// pass, and the compiler from a model's shape to the program of one token. It
// knows nothing of time.
package isa

import (
	"fmt"

	"lockstep/ternary/fixed"
)

// An Op is an operation code.
type Op uint8

// The operations. V, W and D are vector registers, S a scalar register.
const (
	LDV     Op = iota // D = memory[Addr + token*Stride]
	STV               // memory[Addr] = A
	RMS               // S = scales of the vector A with norm weights B (one pass: sum of squares, peak)
	NORM              // D = A * B * S.norm
	QUANT             // Q = int8 of A * B * S.quant, into the operand buffer
	TMATMUL           // D = rows of the ternary matrix at Addr times Q, * S.rescale
	ADD               // D = A + B
	SUB               // D = A - B
	MUL               // D = A * B
	SIG               // D = sigmoid(A)
	CSIG              // D = 1 - sigmoid(A)
	SILU              // D = A * sigmoid(A)
	ARGMAX            // the next token is the index of the largest element of A and of those that follow, Cols in all; with Cols 0, A is one that follows
	numOps
)

var opNames = [numOps]string{"LDV", "STV", "RMS", "NORM", "QUANT", "TMATMUL", "ADD", "SUB", "MUL", "SIG", "CSIG", "SILU", "ARGMAX"}

// String returns the mnemonic.
func (o Op) String() string {
	if o < numOps {
		return opNames[o]
	}
	return fmt.Sprintf("Op(%d)", uint8(o))
}

// A Unit is what executes an instruction.
type Unit uint8

// The units of the core.
const (
	LoadStore Unit = iota
	Norm           // RMS
	Quantiser      // NORM, QUANT
	Matrix         // TMATMUL
	RowWise
	Search // ARGMAX
	NumUnits
)

var unitNames = [NumUnits]string{"LOADSTORE", "RMS", "QUANT", "TMATMUL", "ROWWISE", "ARGMAX"}

// String returns the name of the unit.
func (u Unit) String() string { return unitNames[u] }

// Unit returns the unit that executes o.
func (o Op) Unit() Unit {
	switch o {
	case LDV, STV:
		return LoadStore
	case RMS:
		return Norm
	case NORM, QUANT:
		return Quantiser
	case TMATMUL:
		return Matrix
	case ARGMAX:
		return Search
	}
	return RowWise
}

// Unary reports whether o reads no second vector register.
func (o Op) Unary() bool { return o == STV || o >= SIG }

// An Instr is one instruction. Fields that an operation does not use are zero.
type Instr struct {
	Op      Op
	D, A, B int         // vector registers
	S       int         // scalar register
	Q       int         // operand buffer
	N       int         // elements of the vectors; for TMATMUL the rows
	Cols    int         // TMATMUL: elements of the operand; ARGMAX: of the whole vector, 0 in all but its first part
	Addr    int64       // bytes: LDV, STV, TMATMUL
	Stride  int64       // LDV: bytes by which the address advances per token
	Eps     uint64      // RMS: added to the sum of squares
	Out     fixed.Scale // RMS: factor of the norm and rescale results

	// What the compiler knows and the encoding does not hold.
	Const Ref    // RMS: whose Eps and Out it uses
	Data  Ref    // what lies at Addr
	Note  string // what the instruction computes, for listings
}

// Reads returns the vector registers that i reads.
func (i *Instr) Reads() []int {
	switch i.Op {
	case STV, SIG, CSIG, SILU, ARGMAX:
		return []int{i.A}
	case RMS, NORM, QUANT, ADD, SUB, MUL:
		if i.A == i.B {
			return []int{i.A}
		}
		return []int{i.A, i.B}
	}
	return nil
}

// Writes returns the vector register that i writes; ok is false if none.
func (i *Instr) Writes() (register int, ok bool) {
	switch i.Op {
	case STV, RMS, QUANT, ARGMAX:
		return 0, false
	}
	return i.D, true
}
