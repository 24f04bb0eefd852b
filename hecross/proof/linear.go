package proof

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strings"
)

// A translation writes the equations of the words that an output depends on.
type translation struct {
	*Circuit
	at    map[int]place       // by wire
	alias map[int]bit         // by wire: the bit that it is, or a constant
	words map[string]int      // by variable: its width
	most  map[string]*big.Int // by variable: the greatest value it can have
	cuts  map[string][]int    // by variable: first bits of its pieces
	order []int               // cells, operands first
	state map[int]int         // of the search: 1 open, 2 done
	text  strings.Builder
}

// A place is a bit of a variable.
type place struct {
	word string
	bit  int
}

// Equations returns SMT-LIB declarations and assertions that hold between the
// words called inputs and outputs in every operation of the circuit: the names
// are integers of the text. Inputs are ports, or nets at which the circuit is cut
// open. Words in fixed have that value.
func (c *Circuit) Equations(inputs, outputs []string, fixed map[string]uint64) (string, error) {
	t := &translation{Circuit: c, alias: map[int]bit{}, at: map[int]place{}, words: map[string]int{}, most: map[string]*big.Int{},
		cuts: map[string][]int{}, state: map[int]int{}}
	text, err := t.run(inputs, outputs, fixed)
	if err != nil {
		return "", fmt.Errorf("proof: module %s: %w", c.top, err)
	}
	return text, nil
}

func (t *translation) run(inputs, outputs []string, fixed map[string]uint64) (string, error) {
	for _, name := range slices.Concat(inputs, outputs, slices.Sorted(maps.Keys(fixed))) {
		if t.nets[name] == nil {
			return "", fmt.Errorf("no net is called %s", name)
		}
	}
	for name, value := range fixed {
		for i, b := range t.nets[name] {
			t.alias[b.wire] = bit{constant: true, one: value>>i&1 == 1}
		}
	}
	for _, name := range inputs {
		t.place(name, t.nets[name])
	}
	for _, name := range outputs {
		if err := t.visit(t.nets[name]); err != nil {
			return "", err
		}
	}
	for _, k := range t.order {
		for _, pin := range t.cells[k].operands() {
			t.cut(t.cells[k].pins[pin])
		}
	}
	for _, name := range outputs {
		t.cut(t.nets[name])
	}
	for _, name := range inputs {
		t.declare(name, ones(t.words[name]))
	}
	for _, k := range t.order {
		if err := t.equation(k); err != nil {
			return "", err
		}
	}
	for _, name := range outputs {
		if _, input := t.words[name]; !input {
			value, most := t.sum(t.nets[name])
			t.variable(name, most)
			t.assert("(= %s %s)", name, value)
		}
	}
	return t.text.String(), nil
}

// place makes a variable of a word. A bit that is part of two words stays with
// the first.
func (t *translation) place(name string, word []bit) {
	t.words[name] = len(word)
	for i, b := range word {
		if _, taken := t.at[b.wire]; !b.constant && !taken {
			t.at[b.wire] = place{name, i}
		}
	}
}

// operands returns the pins whose values a cell depends on, outside reset.
func (k cell) operands() []string {
	if k.register() {
		return []string{"D"}
	}
	return slices.DeleteFunc([]string{"A", "B", "S"}, func(pin string) bool { return k.pins[pin] == nil })
}

func (k cell) register() bool { return k.kind == "$adff" || k.kind == "$dff" }

// visit orders the cells that drive bits.
func (t *translation) visit(bits []bit) error {
	for _, b := range bits {
		b = t.resolve(b)
		if _, known := t.at[b.wire]; b.constant || known {
			continue
		}
		k, ok := t.cell[b.wire]
		switch {
		case !ok:
			return fmt.Errorf("wire %d is no bit of an input and has no driver", b.wire)
		case t.state[k] == 1:
			return fmt.Errorf("a loop through cell %s", t.cells[k].name)
		}
		t.state[k] = 1
		for _, pin := range t.cells[k].operands() {
			if err := t.visit(t.cells[k].pins[pin]); err != nil {
				return err
			}
		}
		t.state[k] = 2
		if !t.wires(t.cells[k]) {
			t.place(fmt.Sprintf("w%d", k), t.cells[k].word)
			t.order = append(t.order, k)
		}
	}
	return nil
}

// wires reports whether a cell does nothing but hand on bits, as a register and
// a shift by a constant do, and notes them.
func (t *translation) wires(c cell) bool {
	var from func(int) int
	source := c.pins["A"]
	amount, fixed := t.constant(c.pins["B"])
	n := 0
	if fixed && amount.IsInt64() {
		n = int(min(amount.Int64(), 1<<16))
	}
	switch {
	case c.register():
		source, from = c.pins["D"], func(i int) int { return i }
	case c.signed || !fixed:
		return false
	case c.kind == "$shl":
		from = func(i int) int { return i - n }
	case c.kind == "$shr":
		from = func(i int) int { return i + n }
	default:
		return false
	}
	for i, b := range c.word {
		t.alias[b.wire] = bit{constant: true}
		if j := from(i); j >= 0 && j < len(source) {
			t.alias[b.wire] = t.resolve(source[j])
		}
	}
	return true
}

// resolve returns the bit that b is.
func (t *translation) resolve(b bit) bit {
	if _, cut := t.at[b.wire]; b.constant || cut {
		return b
	}
	if a, ok := t.alias[b.wire]; ok {
		return a
	}
	return b
}

// A run is consecutive bits of one variable, or of a constant.
type run struct {
	place
	n     int
	ones  bool // of a constant: the bit
	fixed bool
}

// runs splits a word, the lowest bits first.
func (t *translation) runs(bits []bit) []run {
	var rs []run
	for _, b := range bits {
		b = t.resolve(b)
		next := run{n: 1, fixed: b.constant, ones: b.one}
		if !b.constant {
			next.place = t.at[b.wire]
		}
		if k := len(rs) - 1; k >= 0 && !next.fixed && !rs[k].fixed && rs[k].word == next.word && rs[k].bit+rs[k].n == next.bit {
			rs[k].n++
			continue
		}
		rs = append(rs, next)
	}
	return rs
}

// cut notes where words have to be cut so that bits are whole pieces.
func (t *translation) cut(bits []bit) {
	for _, r := range t.runs(bits) {
		if !r.fixed {
			t.cuts[r.word] = append(t.cuts[r.word], r.bit, r.bit+r.n)
		}
	}
}

func (t *translation) assert(format string, args ...any) {
	fmt.Fprintf(&t.text, "(assert "+format+")\n", args...)
}

func power(n int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(n)) }

// ones returns 2^n - 1.
func ones(n int) *big.Int { return new(big.Int).Sub(power(n), big.NewInt(1)) }

// variable declares a number between 0 and top.
func (t *translation) variable(name string, top *big.Int) {
	fmt.Fprintf(&t.text, "(declare-const %s Int)\n", name)
	t.assert("(<= 0 %s %d)", name, top)
}

func piece(word string, bit int) string { return fmt.Sprintf("%s.%d", word, bit) }

// declare makes the variable of a word that is at most top, and those of its
// pieces.
func (t *translation) declare(name string, top *big.Int) {
	width := t.words[name]
	if most := ones(width); top.Cmp(most) > 0 {
		top = most
	}
	t.most[name] = top
	t.variable(name, top)
	cuts := append(t.cuts[name], 0, width)
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	t.cuts[name] = cuts
	if len(cuts) == 2 {
		return
	}
	var terms []string
	for i, at := range cuts[:len(cuts)-1] {
		t.variable(piece(name, at), t.part(name, at, cuts[i+1]))
		terms = append(terms, fmt.Sprintf("(* %d %s)", power(at), piece(name, at)))
	}
	t.assert("(= %s (+ %s))", name, strings.Join(terms, " "))
}

// part returns the greatest value of bits from to end-1 of a variable.
func (t *translation) part(name string, from, end int) *big.Int {
	v := new(big.Int).Rsh(t.most[name], uint(from))
	if most := ones(end - from); v.Cmp(most) > 0 {
		return most
	}
	return v
}

// constant returns the value of bits if all are constant.
func (t *translation) constant(bits []bit) (*big.Int, bool) {
	v := new(big.Int)
	for i, b := range bits {
		b = t.resolve(b)
		if !b.constant {
			return nil, false
		}
		if b.one {
			v.SetBit(v, i, 1)
		}
	}
	return v, true
}

// sum returns the value of bits as a linear term, and the greatest it can be.
func (t *translation) sum(bits []bit) (term string, top *big.Int) {
	var terms []string
	fixed, at := new(big.Int), 0
	top = new(big.Int)
	add := func(variable string, at int, most *big.Int) {
		terms = append(terms, fmt.Sprintf("(* %d %s)", power(at), variable))
		top.Add(top, new(big.Int).Lsh(most, uint(at)))
	}
	for _, r := range t.runs(bits) {
		cuts := t.cuts[r.word]
		switch {
		case r.fixed && r.ones:
			fixed.SetBit(fixed, at, 1)
		case r.fixed:
		case r.bit == 0 && r.n == t.words[r.word]:
			add(r.word, at, t.most[r.word])
		default:
			for i, from := range cuts[:len(cuts)-1] {
				if from >= r.bit && cuts[i+1] <= r.bit+r.n {
					add(piece(r.word, from), at+from-r.bit, t.part(r.word, from, cuts[i+1]))
				}
			}
		}
		at += r.n
	}
	top.Add(top, fixed)
	if len(terms) == 0 {
		return fixed.String(), top
	}
	return fmt.Sprintf("(+ %d %s)", fixed, strings.Join(terms, " ")), top
}

// equation declares the word of cell k and asserts what the cell does.
func (t *translation) equation(k int) error {
	c := t.cells[k]
	if c.signed {
		return fmt.Errorf("cell %s of kind %s is signed", c.name, c.kind)
	}
	y, most := fmt.Sprintf("w%d", k), ones(len(c.word))
	values, tops := map[string]string{}, map[string]*big.Int{}
	for _, pin := range c.operands() {
		values[pin], tops[pin] = t.sum(c.pins[pin])
	}
	// modular asserts that y is value modulo 2^width.
	modular := func(value string, top *big.Int, negative bool) {
		t.declare(y, top)
		if !negative && top.Cmp(most) <= 0 {
			t.assert("(= %s %s)", y, value)
			return
		}
		fmt.Fprintf(&t.text, "(declare-const %s.lost Int)\n", y)
		t.assert("(= %s (+ %s (* %d %s.lost)))", value, y, power(len(c.word)), y)
	}
	switch c.kind {
	case "$add":
		modular(fmt.Sprintf("(+ %s %s)", values["A"], values["B"]), new(big.Int).Add(tops["A"], tops["B"]), false)
	case "$sub":
		modular(fmt.Sprintf("(- %s %s)", values["A"], values["B"]), most, true)
	case "$mul":
		_, first := t.constant(c.pins["A"])
		_, second := t.constant(c.pins["B"])
		if !first && !second {
			return fmt.Errorf("cell %s multiplies two variables", c.name)
		}
		modular(fmt.Sprintf("(* %s %s)", values["A"], values["B"]), new(big.Int).Mul(tops["A"], tops["B"]), false)
	case "$mux":
		t.declare(y, most)
		t.assert("(= %s (ite (= 1 %s) %s %s))", y, values["S"], values["B"], values["A"])
	default:
		return fmt.Errorf("cell %s is of kind %s, which is not linear", c.name, c.kind)
	}
	return nil
}
