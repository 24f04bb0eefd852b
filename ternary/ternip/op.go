package ternip

import "strings"

// An Op is the operation of an instruction.
type Op uint8

// The instruction set. v, w and d are vector registers, a is an address in
// beats, n a count of elements.
const (
	LDV    Op = iota // LDV d a: load a vector
	SV               // SV v a: store a vector
	ADD              // ADD v w d: d = v + w
	SUB              // SUB v w d: d = v - w
	MUL              // MUL v w d: d = v * w, elementwise
	SIG              // SIG v d: sigmoid
	CSIG             // CSIG v d: 1 - sigmoid
	SILU             // SILU v d: v * sigmoid(v)
	CLEAR            // CLEAR: start a sum of squares
	ACC              // ACC v: add the squares of v
	FIN              // FIN n: reciprocal root of the mean over n elements
	NORM             // NORM v d: scale v by the result of FIN
	IMPORT           // IMPORT v: take the operand of the matrix product
	GO               // GO a: multiply by the matrix at a
	EXPORT           // EXPORT d: write the product
	SYNC             // SYNC: of the test bench, wait until the core is idle
	numOps
)

// A kind is what an operand stands for.
type kind uint8

const (
	register kind = iota
	address
	count
)

func (k kind) String() string { return [...]string{"register", "address", "count"}[k] }

// opInfo is the row of an operation in the instruction table.
type opInfo struct {
	name string
	args []kind
}

var ops = [numOps]opInfo{
	LDV: {"LDV", []kind{register, address}}, SV: {"SV", []kind{register, address}},
	ADD: {"ADD", []kind{register, register, register}},
	SUB: {"SUB", []kind{register, register, register}},
	MUL: {"MUL", []kind{register, register, register}},
	SIG: {"SIG", []kind{register, register}}, CSIG: {"CSIG", []kind{register, register}},
	SILU:  {"SILU", []kind{register, register}},
	CLEAR: {"CLEAR", nil}, ACC: {"ACC", []kind{register}}, FIN: {"FIN", []kind{count}},
	NORM:   {"NORM", []kind{register, register}},
	IMPORT: {"IMPORT", []kind{register}}, GO: {"GO", []kind{address}}, EXPORT: {"EXPORT", []kind{register}},
	SYNC: {"SYNC", nil},
}

// String returns the mnemonic.
func (o Op) String() string {
	if o >= numOps {
		return "op?"
	}
	return ops[o].name
}

// mnemonics lists all operations for an error text.
func mnemonics() string {
	var names []string
	for _, o := range ops {
		names = append(names, o.name)
	}
	return strings.Join(names, " ")
}

func lookup(name string) (Op, bool) {
	for o, info := range ops {
		if info.name == name {
			return Op(o), true
		}
	}
	return 0, false
}
