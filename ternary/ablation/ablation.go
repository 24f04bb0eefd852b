// Package ablation measures what each feature of the ternary core is worth: the
// core with one thing changed, its tokens per second on a text of the shipped
// model and on a published shape, and its area.
package ablation

import (
	"context"
	"fmt"
	"slices"

	"lockstep/area"
	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/yosys"
)

// A Variant is a core that differs from the base in one thing.
type Variant struct {
	Name string
	Set  []string // key=value over the base
}

// Variants are the features of the core, each taken away or added on its own,
// and what is best of them together.
func Variants() []Variant {
	return []Variant{
		{"base", nil},
		{"one pair of operand ports", []string{"vector_ports=1"}},
		{"three pairs of operand ports", []string{"vector_ports=3"}},
		{"no product behind the running one", []string{"matrix_queue=0"}},
		{"5 trits per byte", []string{"packing=5-trit"}},
		{"zeros skipped", []string{"zero_skip=true", "matrix_queue=0"}},
		{"batch of 2", []string{"batch=2"}},
		{"batch of 4", []string{"batch=4"}},
		{"batch of 4, 5 trits per byte", []string{"batch=4", "packing=5-trit"}},
	}
}

// Options say what is measured.
type Options struct {
	Base     core.Config
	Model    *fixed.Model // runs functionally, and gives the core its size
	Tokens   []int        // that the model consumes, at least 1
	Shape    ternary.Shape
	Families []yosys.Family       // of areas; none means no areas
	Progress func(variant string) // may be nil
}

// A Row is one variant.
type Row struct {
	Variant string   `json:"variant"`
	Set     []string `json:"set,omitempty"`

	Cycles      float64 `json:"cycles_per_token"`       // mean over the text, shipped model
	TokensPerS  float64 `json:"tokens_per_second"`      // of all lanes
	MatrixShare float64 `json:"matmul_share"`           // 0 to 1
	ShapeCycles float64 `json:"shape_cycles_per_token"` // of the published shape, timing only: no activation is 0
	ShapePerS   float64 `json:"shape_tokens_per_second"`
	ShapeShare  float64 `json:"shape_matmul_share"`

	Areas []area.Area `json:"areas,omitempty"` // whole core, by family
}

// Run measures the variants, in their order.
func Run(ctx context.Context, variants []Variant, o Options) ([]Row, error) {
	var rows []Row
	for _, v := range variants {
		if o.Progress != nil {
			o.Progress(v.Name)
		}
		c := o.Base
		for _, s := range v.Set {
			if err := c.Set(s); err != nil {
				return nil, fmt.Errorf("ablation: %s: %w", v.Name, err)
			}
		}
		r, err := measure(ctx, c, o)
		if err != nil {
			return nil, fmt.Errorf("ablation: %s: %w", v.Name, err)
		}
		r.Variant, r.Set = v.Name, slices.Clone(v.Set)
		rows = append(rows, r)
	}
	return rows, nil
}

func measure(ctx context.Context, c core.Config, o Options) (Row, error) {
	var r Row
	m, err := core.New(c, o.Model, core.Options{})
	if err != nil {
		return r, err
	}
	for _, token := range o.Tokens {
		if _, err := m.Step(ctx, token); err != nil {
			return r, err
		}
	}
	s := m.Summary()
	r.Cycles, r.TokensPerS, r.MatrixShare = s.MeanCycles, s.TokensPerSec, s.MatrixShare
	timed, err := core.NewTiming(c, o.Shape, core.Options{Numbers: o.Model.Config})
	if err != nil {
		return r, err
	}
	if _, err := timed.Step(ctx, 0); err != nil {
		return r, err
	}
	s = timed.Summary()
	r.ShapeCycles, r.ShapePerS, r.ShapeShare = s.MeanCycles, s.TokensPerSec, s.MatrixShare
	for _, family := range o.Families {
		a, err := Area(ctx, c, o.Model.Shape, o.Model.Config, family)
		if err != nil {
			return r, err
		}
		r.Areas = append(r.Areas, a)
	}
	return r, nil
}

// Area maps the whole core, sized for a model of shape s, to a family.
func Area(ctx context.Context, c core.Config, s ternary.Shape, numbers fixed.Config, family yosys.Family) (area.Area, error) {
	p, err := isa.Compile(s, c.Target(numbers))
	if err != nil {
		return area.Area{}, err
	}
	top, err := core.RTL(c, p, numbers)
	if err != nil {
		return area.Area{}, err
	}
	sv, err := top.Verilog()
	if err != nil {
		return area.Area{}, err
	}
	return area.Of(ctx, top.Name, sv, family)
}
