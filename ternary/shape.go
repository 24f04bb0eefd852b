package ternary

import "fmt"

// Limits of a Shape. They bound what a configuration can make a reader
// allocate and are far above any published model.
const (
	MaxLayers       = 1 << 12
	MaxHidden       = 1 << 16
	MaxIntermediate = 1 << 18
	MaxVocab        = 1 << 22
)

// Validate reports the first field that is out of range.
func (s Shape) Validate() error {
	if err := s.check(); err != nil {
		return fmt.Errorf("ternary: %w", err)
	}
	return nil
}

func (s Shape) check() error {
	for _, f := range []struct {
		name       string
		value, max int
	}{
		{"Layers", s.Layers, MaxLayers},
		{"Hidden", s.Hidden, MaxHidden},
		{"Intermediate", s.Intermediate, MaxIntermediate},
		{"Vocab", s.Vocab, MaxVocab},
	} {
		if f.value < 1 || f.value > f.max {
			return fmt.Errorf("%s is %d, want 1 to %d", f.name, f.value, f.max)
		}
	}
	if !(s.NormEps > 0 && s.NormEps < 1) {
		return fmt.Errorf("NormEps is %v, want a number in (0, 1)", s.NormEps)
	}
	return nil
}

// matrices returns rows and columns of every ternary matrix of the model.
func (s Shape) matrices() [][2]int {
	h, i := s.Hidden, s.Intermediate
	list := make([][2]int, 0, 6*s.Layers+1)
	for range s.Layers {
		list = append(list, [][2]int{{h, h}, {h, h}, {h, h}, {h, h}, {2 * i, h}, {h, i}}...)
	}
	return append(list, [2]int{s.Vocab, h})
}

// TernaryCount returns the number of ternary weights, the head included: each
// is read once per token.
func (s Shape) TernaryCount() int {
	n := 0
	for _, m := range s.matrices() {
		n += m[0] * m[1]
	}
	return n
}

// ParameterCount returns the number of parameters of the checkpoint: ternary
// weights, embedding, norm weights and lower bounds.
func (s Shape) ParameterCount() int {
	perLayer := 8*s.Hidden + s.Intermediate // attn, mlp, g, i, f, g, o, gate; down
	return s.TernaryCount() + s.Vocab*s.Hidden + s.Layers*(perLayer+s.Hidden) + 2*s.Hidden
}

// BytesPerToken returns the bytes of ternary weights that one token reads, each
// matrix packed without gaps between its rows.
func (s Shape) BytesPerToken(p Packing) int {
	n := 0
	for _, m := range s.matrices() {
		n += p.Bytes(m[0] * m[1])
	}
	return n
}
