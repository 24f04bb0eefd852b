package isa

import (
	"fmt"
	"strconv"
	"strings"

	"lockstep/ternary/fixed"
)

// An operand is one word of an instruction's text: how it is written, and how
// it is read back into the instruction.
type operand struct {
	name  string // in errors
	print func(*Instr) string
	parse func(*Instr, string) bool
}

// number is an operand with a prefix and a decimal number, such as v3 or n256.
func number(name, prefix string, field func(*Instr) *int) operand {
	return operand{name + ", as " + prefix + "0",
		func(i *Instr) string { return prefix + strconv.Itoa(*field(i)) },
		func(i *Instr, word string) bool {
			digits, ok := strings.CutPrefix(word, prefix)
			n, err := strconv.ParseUint(digits, 10, 31)
			*field(i) = int(n)
			return ok && err == nil
		}}
}

var (
	destination = number("a vector register", "v", func(i *Instr) *int { return &i.D })
	first       = number("a vector register", "v", func(i *Instr) *int { return &i.A })
	second      = number("a vector register", "v", func(i *Instr) *int { return &i.B })
	scalar      = number("a scalar register", "s", func(i *Instr) *int { return &i.S })
	buffer      = number("an operand buffer", "q", func(i *Instr) *int { return &i.Q })
	elements    = number("a number of elements", "n", func(i *Instr) *int { return &i.N })
	columns     = number("a number of columns", "c", func(i *Instr) *int { return &i.Cols })

	address = operand{"an address, as 0x40",
		func(i *Instr) string { return fmt.Sprintf("0x%x", i.Addr) },
		func(i *Instr, word string) bool { return hex(word, &i.Addr) }}

	// tokenAddress is an address, with its advance per token if there is one.
	tokenAddress = operand{"an address, as 0x40 or 0x40+token*0x200",
		func(i *Instr) string {
			if i.Stride == 0 {
				return address.print(i)
			}
			return fmt.Sprintf("0x%x+token*0x%x", i.Addr, i.Stride)
		},
		func(i *Instr, word string) bool {
			base, stride, indexed := strings.Cut(word, "+token*")
			return hex(base, &i.Addr) && (!indexed || hex(stride, &i.Stride) && i.Stride > 0)
		}}

	epsilon = operand{"eps, as eps=67",
		func(i *Instr) string { return fmt.Sprintf("eps=%d", i.Eps) },
		func(i *Instr, word string) bool {
			digits, ok := strings.CutPrefix(word, "eps=")
			n, err := strconv.ParseUint(digits, 10, 64)
			i.Eps = n
			return ok && err == nil
		}}

	scale = operand{"a scale, as out=40000*2^-12",
		func(i *Instr) string { return fmt.Sprintf("out=%d*2^%d", i.Out.Mant, i.Out.Exp) },
		func(i *Instr, word string) bool {
			text, ok := strings.CutPrefix(word, "out=")
			mant, exp, power := strings.Cut(text, "*2^")
			m, errM := strconv.ParseUint(mant, 10, 16)
			e, errE := strconv.ParseInt(exp, 10, 16)
			i.Out = fixed.Scale{Mant: uint32(m), Exp: int(e)}
			return ok && power && errM == nil && errE == nil
		}}
)

// hex parses 0x and hexadecimal digits.
func hex(word string, to *int64) bool {
	digits, ok := strings.CutPrefix(word, "0x")
	n, err := strconv.ParseUint(digits, 16, 63)
	*to = int64(n)
	return ok && err == nil
}

// operands are the words after the mnemonic of each operation.
var operands = [numOps][]operand{
	LDV:     {destination, tokenAddress, elements},
	STV:     {first, address, elements},
	RMS:     {scalar, first, second, elements, epsilon, scale},
	NORM:    {destination, first, second, scalar, elements},
	QUANT:   {buffer, first, second, scalar, elements},
	TMATMUL: {destination, buffer, scalar, address, elements, columns},
	ADD:     {destination, first, second, elements},
	SUB:     {destination, first, second, elements},
	MUL:     {destination, first, second, elements},
	SIG:     {destination, first, elements},
	CSIG:    {destination, first, elements},
	SILU:    {destination, first, elements},
	ARGMAX:  {first, elements, columns},
}

// String returns the text form, such as "ADD v3 v1 v2 n256".
func (i *Instr) String() string {
	if i.Op >= numOps {
		return i.Op.String()
	}
	words := []string{i.Op.String()}
	for _, o := range operands[i.Op] {
		words = append(words, o.print(i))
	}
	return strings.Join(words, " ")
}

// Disassemble returns the text of a program, one instruction per line; what
// the compiler knows of an instruction follows as a comment.
func Disassemble(instrs []Instr) string {
	var b strings.Builder
	for k := range instrs {
		line := instrs[k].String()
		if note := instrs[k].Note; note != "" {
			line = fmt.Sprintf("%-44s # %s", line, note)
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

// Assemble reads the text form: one instruction per line, words separated by
// blanks, comments from # on, empty lines ignored. Errors name file, line and
// what was wanted. A comment behind an instruction becomes its note.
func Assemble(file, text string) ([]Instr, error) {
	var instrs []Instr
	number := 0
	for line := range strings.Lines(text) {
		number++
		code, note, _ := strings.Cut(strings.TrimSpace(line), "#")
		words := strings.Fields(code)
		if len(words) == 0 {
			continue
		}
		in, err := assemble(words)
		if err == nil {
			err = in.Validate()
		}
		if err != nil {
			return nil, fmt.Errorf("isa: %s:%d: %w", file, number, err)
		}
		in.Note = strings.TrimSpace(note)
		instrs = append(instrs, in)
	}
	return instrs, nil
}

func assemble(words []string) (Instr, error) {
	var in Instr
	for in.Op < numOps && opNames[in.Op] != words[0] {
		in.Op++
	}
	if in.Op == numOps {
		return in, fmt.Errorf("operation is %q, want one of %s", words[0], strings.Join(opNames[:], " "))
	}
	want := operands[in.Op]
	if len(words)-1 != len(want) {
		return in, fmt.Errorf("%s has %d operands, want %d, as in %s", in.Op, len(words)-1, len(want), in.String())
	}
	for k, o := range want {
		if !o.parse(&in, words[k+1]) {
			return in, fmt.Errorf("%s: operand %d is %q, want %s", in.Op, k+1, words[k+1], o.name)
		}
	}
	return in, nil
}
