package ternip

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// MaxAddress is the largest address of an instruction.
const MaxAddress = 1<<32 - 1

// notGiven is the B of a FIN that leaves it to the configuration.
const notGiven = -1

// maxInstrs bounds a program.
const maxInstrs = 1 << 20

// An Instr is one instruction.
type Instr struct {
	Op   Op
	Args []int64 // as many as the operation has operands
	B    int8    // of a FIN: 0 or 1 if the text says so, else -1

	where string // in the text, for errors
}

// String returns the instruction in the form that ParseProgram reads.
func (in Instr) String() string {
	b := []byte(in.Op.String())
	for _, a := range in.Args {
		b = strconv.AppendInt(append(b, ' '), a, 10)
	}
	if in.Op == FIN && in.B >= 0 {
		b = strconv.AppendInt(append(b, " b="...), int64(in.B), 10)
	}
	return string(b)
}

// A Program is a list of instructions, executed once from first to last.
type Program struct {
	Name   string
	Instrs []Instr
	Tiles  map[int64]Tile // by address, the matrices that are not full; RunBank reads them
}

// A Tile is the part of a D x D matrix that holds weights; the rest is padding.
type Tile struct {
	Rows     int64 // 1 to D
	RowBeats int64 // 1 to D/TP
}

// ParseProgram reads the text form of a program: one instruction per line, a
// mnemonic in capitals and decimal operands separated by blanks, as in
// "ADD 0 1 2"; # begins a comment. A text that begins with [ is a JSON array
// of such instructions. FIN takes "b=0" or "b=1" as a last operand, see the
// package comment. Registers are checked by Program.Check. Errors call the
// text name and give line or place in the array.
func ParseProgram(name, text string) (*Program, error) {
	p := &Program{Name: name}
	lines, place := strings.Split(text, "\n"), name+":%d"
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		lines, place = nil, name+": instruction %d"
		if err := json.Unmarshal([]byte(text), &lines); err != nil {
			return nil, fmt.Errorf("ternip: %s: %w, want an array of instructions", name, err)
		}
	}
	for i, line := range lines {
		line, _, _ = strings.Cut(line, "#")
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		in := Instr{where: fmt.Sprintf(place, i+1)}
		if err := in.parse(words); err != nil {
			return nil, fmt.Errorf("ternip: %s: %w", in.where, err)
		}
		p.Instrs = append(p.Instrs, in)
	}
	switch n := len(p.Instrs); {
	case n == 0:
		return nil, fmt.Errorf("ternip: %s: program is empty, want an instruction", name)
	case n > maxInstrs:
		return nil, fmt.Errorf("ternip: %s: %d instructions, want at most %d", name, n, maxInstrs)
	}
	return p, nil
}

// parse reads an instruction from its words, of which there is at least one.
func (in *Instr) parse(words []string) error {
	op, ok := lookup(words[0])
	if !ok {
		return fmt.Errorf("unknown mnemonic %q, want one of %s", words[0], mnemonics())
	}
	in.Op, in.B = op, notGiven
	args, kinds := words[1:], ops[op].args
	if op == FIN && len(args) == 2 {
		switch args[1] {
		case "b=0":
			in.B = 0
		case "b=1":
			in.B = 1
		default:
			return fmt.Errorf("FIN: second operand is %q, want b=0 or b=1", args[1])
		}
		args = args[:1]
	}
	if len(args) != len(kinds) {
		return fmt.Errorf("%s has %d operands, want %d%s", op, len(args), len(kinds), operands(kinds))
	}
	for i, k := range kinds {
		low, high := k.limits()
		v, err := strconv.ParseUint(args[i], 10, 64)
		if err != nil || v < low || v > high {
			return fmt.Errorf("%s: %s is %q, want %d to %d", op, k, args[i], low, high)
		}
		in.Args = append(in.Args, int64(v))
	}
	return nil
}

// limits is the range of an operand of any core.
func (k kind) limits() (low, high uint64) {
	switch k {
	case register:
		return 0, 255
	case count:
		return 1, MaxAddress
	default:
		return 0, MaxAddress
	}
}

// operands lists what is wanted, for an error text.
func operands(kinds []kind) string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.String())
	}
	if len(names) == 0 {
		return ""
	}
	return " (" + strings.Join(names, ", ") + ")"
}

// Check reports the first instruction that core c cannot execute. Programs
// that were not parsed are checked in full.
func (p *Program) Check(c Config) error {
	if p == nil || len(p.Instrs) == 0 {
		return fmt.Errorf("ternip: program is empty, want an instruction")
	}
	for i, in := range p.Instrs {
		where := in.where
		if where == "" {
			where = fmt.Sprintf("%s: instruction %d", p.Name, i+1)
		}
		if err := in.check(c); err != nil {
			return fmt.Errorf("ternip: %s: %w", where, err)
		}
	}
	return nil
}

func (in Instr) check(c Config) error {
	if in.Op >= numOps {
		return fmt.Errorf("operation is %d, want 0 to %d", in.Op, numOps-1)
	}
	kinds := ops[in.Op].args
	if len(in.Args) != len(kinds) {
		return fmt.Errorf("%s has %d operands, want %d%s", in.Op, len(in.Args), len(kinds), operands(kinds))
	}
	for i, k := range kinds {
		l, h := k.limits()
		low, high := int64(l), int64(h)
		if k == register {
			high = int64(c.VectorRegisters) - 1
		}
		if v := in.Args[i]; v < low || v > high {
			return fmt.Errorf("%s: %s is %d, want %d to %d", in.Op, k, v, low, high)
		}
	}
	if in.Op == FIN && (in.B < notGiven || in.B > 1) {
		return fmt.Errorf("FIN: b is %d, want -1 (not given), 0 or 1", in.B)
	}
	return nil
}
