package experiment

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// A reader turns a tree of YAML into an experiment and remembers where every
// part of it is.
type reader struct {
	file string
	at   map[string]*token.Position // by path, as refine.metrics[0].unit
}

// A field reads the value of one key.
type field func(path string, n ast.Node) error

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func (y *reader) errorf(at *token.Position, format string, args ...any) error {
	return fmt.Errorf("%s:%d:%d: %s", y.file, at.Line, at.Column, fmt.Sprintf(format, args...))
}

// position returns where a node begins: a mapping at its first key.
func position(n ast.Node) *token.Position {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		return position(m.Values[0].Key)
	}
	if n == nil || n.GetToken() == nil {
		return &token.Position{Line: 1, Column: 1}
	}
	return n.GetToken().Position
}

// A pair is one entry of a mapping.
type pair struct {
	key, path string
	value     ast.Node
}

// pairs returns the entries of a mapping in the order of the text.
func (y *reader) pairs(path string, n ast.Node) ([]pair, error) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		return nil, y.wrong(path, n, "a mapping")
	}
	if y.at[path] == nil { // otherwise that of its key
		y.at[path] = position(n)
	}
	var pairs []pair
	seen := map[string]bool{}
	for _, v := range m.Values {
		key, ok := v.Key.(*ast.StringNode)
		if !ok || v.Key.IsMergeKey() {
			return nil, y.errorf(position(v.Key), "key is %s, want text", strings.TrimSpace(v.Key.String()))
		}
		if seen[key.Value] {
			return nil, y.errorf(position(v.Key), "%s is there twice, want it once", join(path, key.Value))
		}
		seen[key.Value] = true
		p := pair{key.Value, join(path, key.Value), v.Value}
		y.at[p.path] = position(v.Key)
		pairs = append(pairs, p)
	}
	return pairs, nil
}

// fields reads a mapping with known keys, all of which may be left out.
func (y *reader) fields(path string, n ast.Node, known map[string]field) error {
	pairs, err := y.pairs(path, n)
	if err != nil {
		return err
	}
	for _, p := range pairs {
		read, ok := known[p.key]
		if !ok {
			return y.errorf(y.at[p.path], "unknown key %s, want one of %s", p.path, listed(sorted(known)))
		}
		if err := read(p.path, p.value); err != nil {
			return err
		}
	}
	return nil
}

// list reads a sequence.
func list[T any](y *reader, to *[]T, read func(path string, n ast.Node) (T, error)) field {
	return func(path string, n ast.Node) error {
		s, ok := n.(*ast.SequenceNode)
		if !ok {
			return y.wrong(path, n, "a list")
		}
		for i, v := range s.Values {
			p := fmt.Sprintf("%s[%d]", path, i)
			y.at[p] = position(v)
			t, err := read(p, v)
			if err != nil {
				return err
			}
			*to = append(*to, t)
		}
		return nil
	}
}

func (y *reader) settings(to *Settings) field {
	return func(path string, n ast.Node) error {
		pairs, err := y.pairs(path, n)
		if err != nil {
			return err
		}
		*to = Settings{}
		for _, p := range pairs {
			if (*to)[p.key], err = y.scalar(p.path, p.value); err != nil {
				return err
			}
		}
		return nil
	}
}

func (y *reader) text(to *string) field {
	return func(path string, n ast.Node) (err error) {
		if literal, ok := n.(*ast.LiteralNode); ok {
			*to = strings.TrimSpace(literal.Value.Value)
			return nil
		}
		*to, err = y.scalar(path, n)
		return err
	}
}

func (y *reader) number(to *int) field {
	return func(path string, n ast.Node) error {
		text, err := y.scalar(path, n)
		if err != nil {
			return err
		}
		if *to, err = strconv.Atoi(text); err != nil {
			return y.errorf(position(n), "%s is %s, want an integer", path, text)
		}
		return nil
	}
}

// scalar reads a value; numbers get their one form.
func (y *reader) scalar(path string, n ast.Node) (string, error) {
	switch v := n.(type) {
	case *ast.StringNode:
		return v.Value, nil
	case *ast.IntegerNode:
		return fmt.Sprint(v.Value), nil
	case *ast.FloatNode:
		if !math.IsInf(v.Value, 0) {
			return decimalText(v.Value), nil
		}
	case *ast.BoolNode:
		return strconv.FormatBool(v.Value), nil
	}
	return "", y.wrong(path, n, "a value")
}

// decimalText has no exponent unless it would be long.
func decimalText(v float64) string {
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e15) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v+0, 'f', -1, 64) // -0 + 0 is 0
}

func (y *reader) wrong(path string, n ast.Node, want string) error {
	if path == "" {
		path = "the file"
	}
	what := map[ast.NodeType]string{
		ast.MappingType: "a mapping", ast.SequenceType: "a list", ast.NullType: "empty", ast.TagType: "a tag", ast.AliasType: "an alias",
		ast.AnchorType: "an anchor", ast.LiteralType: "a block of text", ast.StringType: "text",
	}
	is := "not that"
	if n != nil {
		if is = what[n.Type()]; is == "" {
			is = strings.TrimSpace(n.String())
		}
	}
	return y.errorf(position(n), "%s is %s, want %s", path, is, want)
}

// maxSpan limits a range.
const maxSpan = 1000

// span reads a range, from and to included; the arithmetic is exact.
func (y *reader) span(path string, n ast.Node) ([]string, error) {
	parts := map[string]*big.Rat{}
	known := map[string]field{}
	for _, key := range []string{"from", "to", "step", "factor"} {
		known[key] = func(path string, n ast.Node) error {
			text, err := y.scalar(path, n)
			if err != nil {
				return err
			}
			switch n.(type) {
			case *ast.IntegerNode, *ast.FloatNode:
				parts[key], _ = new(big.Rat).SetString(text) // text of a number
				return nil
			}
			return y.errorf(position(n), "%s is %s, want a number", path, text)
		}
	}
	if err := y.fields(path, n, known); err != nil {
		return nil, err
	}
	from, to, step, factor := parts["from"], parts["to"], parts["step"], parts["factor"]
	zero, one := new(big.Rat), big.NewRat(1, 1)
	switch {
	case from == nil || to == nil || (step == nil) == (factor == nil):
		return nil, y.errorf(position(n), "%s is a range without from, to, and either step or factor", path)
	case from.Cmp(to) > 0:
		return nil, y.errorf(position(n), "%s goes from %s to %s, want from at most to", path, exact(from), exact(to))
	case step != nil && step.Cmp(zero) <= 0:
		return nil, y.errorf(position(n), "%s.step is %s, want more than 0", path, exact(step))
	case factor != nil && (factor.Cmp(one) <= 0 || from.Cmp(zero) <= 0):
		return nil, y.errorf(position(n), "%s has from %s and factor %s, want more than 0 and more than 1", path, exact(from), exact(factor))
	}
	var values []string
	for v := from; v.Cmp(to) <= 0; {
		if len(values) == maxSpan {
			return nil, y.errorf(position(n), "%s has more than %d values, want at most that", path, maxSpan)
		}
		values = append(values, exact(v))
		if step != nil {
			v = new(big.Rat).Add(v, step)
		} else {
			v = new(big.Rat).Mul(v, factor)
		}
	}
	return values, nil
}

// exact returns a decimal fraction as text.
func exact(r *big.Rat) string {
	places, _ := r.FloatPrec() // a product or sum of decimals is a decimal
	return r.FloatString(places)
}
