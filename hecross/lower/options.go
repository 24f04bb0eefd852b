package lower

import (
	"fmt"
	"slices"
	"strings"
)

// Options are the strategies of a program, each a switch of an ablation. The
// zero value of a field is its first choice.
type Options struct {
	Reduction   string `json:"reduction"`   // barrett, montgomery, shoup or native: how products are reduced
	Product     string `json:"product"`     // bat or toeplitz: the bytes of known constants
	Transform   string `json:"transform"`   // mat or transpose: layout between the steps of a transform
	Permutation string `json:"permutation"` // gather or structured: how an automorphism moves elements
	Bytes       string `json:"bytes"`       // u8, s8 or bf16: the operand type of byte products
	Parameters  string `json:"parameters"`  // streamed or resident: where known matrices and keys come from
	Fusion      string `json:"fusion"`      // kernels or program: what runs one after another
}

// The choices of every switch; the first is the default.
//
// barrett and montgomery reduce every product; shoup uses the quotient of a
// known factor where there is one, and Barrett elsewhere; native is a modular
// unit in every lane, one modular product, sum or reduction of a byte product
// per operation. s8 cuts residues into chunks of 7 bits; bf16 adds at most 64
// residues exactly and then needs another sum. Resident parameters are on chip
// before the program begins, as far as they fit. With the fusion "program"
// nothing orders kernels but their data.
var choices = []struct {
	name   string
	values []string
	at     func(*Options) *string
}{
	{"reduction", []string{"barrett", "montgomery", "shoup", "native"}, func(o *Options) *string { return &o.Reduction }},
	{"product", []string{"bat", "toeplitz"}, func(o *Options) *string { return &o.Product }},
	{"transform", []string{"mat", "transpose"}, func(o *Options) *string { return &o.Transform }},
	{"permutation", []string{"gather", "structured"}, func(o *Options) *string { return &o.Permutation }},
	{"bytes", []string{"u8", "s8", "bf16"}, func(o *Options) *string { return &o.Bytes }},
	{"parameters", []string{"streamed", "resident"}, func(o *Options) *string { return &o.Parameters }},
	{"fusion", []string{"kernels", "program"}, func(o *Options) *string { return &o.Fusion }},
}

// OptionKeys returns the names of the switches, in the order of Options.
func OptionKeys() []string {
	keys := make([]string, len(choices))
	for i, c := range choices {
		keys[i] = c.name
	}
	return keys
}

// Choices returns the values of a switch, the default first, nil if there is
// no such switch.
func Choices(key string) []string {
	for _, c := range choices {
		if c.name == key {
			return slices.Clone(c.values)
		}
	}
	return nil
}

// Set changes one switch, given as key=value.
func (o *Options) Set(assignment string) error {
	key, value, _ := strings.Cut(assignment, "=")
	for _, c := range choices {
		if c.name == key {
			if !slices.Contains(c.values, value) {
				return fmt.Errorf("lower: %s is %q, want %s", key, value, strings.Join(c.values, ", "))
			}
			*c.at(o) = value
			return nil
		}
	}
	return fmt.Errorf("lower: unknown key %q, want one of %s", key, strings.Join(OptionKeys(), ", "))
}

// resolve returns o with defaults filled in, and reports a value that is none.
func (o Options) resolve() (Options, error) {
	for _, c := range choices {
		v := c.at(&o)
		if *v == "" {
			*v = c.values[0]
		}
		if !slices.Contains(c.values, *v) {
			return o, fmt.Errorf("lower: %s is %q, want %s", c.name, *v, strings.Join(c.values, ", "))
		}
	}
	return o, nil
}
