package experiment

import (
	"errors"
	"fmt"
	"regexp"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFileBytes is far above any declaration.
const maxFileBytes = 256 << 10

// Parse reads an experiment from a YAML text and validates it. Errors call the
// text file and begin with file:line:column. The form:
//
//	name: ternary-core
//	description: what the experiment is to show   # may be left out
//	system: ternary-core                          # of the program
//	base: {machine: lockstep}                     # settings of every point; may be left out
//	axes:                                         # the first is outermost
//	  - TP: [64, 128]
//	  - VP: {from: 1, to: 8, factor: 2}           # 1, 2, 4, 8
//	  - lat: {from: 20, to: 100, step: 40}        # 20, 60, 100
//	  - packing: [2-bit, 5-trit]                  # keys of one entry move together
//	    weight_beat_bytes: [32, 26]
//	exclude:                                      # points with all of an entry's keys; may be left out
//	  - {TP: 64, VP: [4, 8]}
//	phase: speed                                  # of the system, at every point
//	metrics:
//	  - {name: cycles_per_token, unit: cycle, goal: min}
//	  - {name: adders, unit: "1", goal: min}
//	  - {name: utilisation, unit: "1"}            # without a goal
//	refine:                                       # may be left out
//	  phase: area                                 # at the best points only
//	  pareto: [cycles_per_token, adders]
//	  ranks: 2                                    # Pareto fronts; 1 if left out
//	  metrics:
//	    - {name: lut, unit: LUT, goal: min}
//
// Numbers are kept in one form, whatever the file has: 0x40 is 64, 1.0e3 is
// 1000, 0.50 is 0.5.
func Parse(file string, data []byte) (Experiment, error) {
	y := &reader{file: file, at: map[string]*token.Position{}}
	e, err := y.experiment(data)
	if err == nil {
		err = y.place(e.Validate())
	}
	if err != nil {
		return Experiment{}, fmt.Errorf("experiment: %w", err)
	}
	return e, nil
}

func (y *reader) experiment(data []byte) (Experiment, error) {
	if len(data) > maxFileBytes {
		return Experiment{}, fmt.Errorf("%s has %d bytes, want at most %d", y.file, len(data), maxFileBytes)
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		var e yaml.Error
		if errors.As(err, &e) && e.GetToken() != nil {
			return Experiment{}, y.errorf(e.GetToken().Position, "%s", e.GetMessage())
		}
		return Experiment{}, fmt.Errorf("%s: %w", y.file, err)
	}
	if len(tree.Docs) == 0 || len(tree.Docs) == 1 && tree.Docs[0].Body == nil {
		return Experiment{}, fmt.Errorf("%s is empty, want an experiment", y.file)
	}
	if len(tree.Docs) > 1 {
		return Experiment{}, fmt.Errorf("%s has %d documents, want one", y.file, len(tree.Docs))
	}
	var e Experiment
	err = y.fields("", tree.Docs[0].Body, map[string]field{
		"name":        y.text(&e.Name),
		"description": y.text(&e.Description),
		"system":      y.text(&e.System),
		"base":        y.settings(&e.Base),
		"axes":        list(y, &e.Axes, y.axis),
		"exclude":     list(y, &e.Exclude, y.exclude),
		"phase":       y.text(&e.Phase),
		"metrics":     list(y, &e.Metrics, y.metric),
		"refine": func(path string, n ast.Node) error {
			e.Refine = &Refine{Ranks: 1}
			return y.fields(path, n, map[string]field{
				"phase":   y.text(&e.Refine.Phase),
				"pareto":  list(y, &e.Refine.Pareto, y.scalar),
				"ranks":   y.number(&e.Refine.Ranks),
				"metrics": list(y, &e.Refine.Metrics, y.metric),
			})
		},
	})
	return e, err
}

func (y *reader) axis(path string, n ast.Node) (Axis, error) {
	pairs, err := y.pairs(path, n)
	if err != nil {
		return Axis{}, err
	}
	var a Axis
	for i, p := range pairs {
		values, err := y.values(p.path, p.value)
		if err != nil {
			return Axis{}, err
		}
		if i > 0 && len(values) != len(a.Values) {
			return Axis{}, y.errorf(position(p.value), "%s has %d values, want %d, as many as %s", p.path, len(values), len(a.Values), a.Keys[0])
		}
		a.Keys = append(a.Keys, p.key)
		for j, v := range values {
			if i == 0 {
				a.Values = append(a.Values, nil)
			}
			a.Values[j] = append(a.Values[j], v)
		}
	}
	return a, nil
}

// values reads a list, or a range with a step or a factor.
func (y *reader) values(path string, n ast.Node) ([]string, error) {
	if _, ok := n.(*ast.MappingNode); ok {
		return y.span(path, n)
	}
	var values []string
	return values, list(y, &values, y.scalar)(path, n)
}

func (y *reader) exclude(path string, n ast.Node) (Exclude, error) {
	pairs, err := y.pairs(path, n)
	if err != nil {
		return nil, err
	}
	x := Exclude{}
	for _, p := range pairs {
		if _, ok := p.value.(*ast.SequenceNode); !ok {
			v, err := y.scalar(p.path, p.value)
			if err != nil {
				return nil, err
			}
			x[p.key] = []string{v}
			continue
		}
		var values []string
		if err := list(y, &values, y.scalar)(p.path, p.value); err != nil {
			return nil, err
		}
		x[p.key] = values
	}
	return x, nil
}

func (y *reader) metric(path string, n ast.Node) (Metric, error) {
	var m Metric
	var goal string
	err := y.fields(path, n, map[string]field{"name": y.text(&m.Name), "unit": y.text(&m.Unit), "goal": y.text(&goal)})
	m.Goal = Goal(goal)
	return m, err
}

// prefix is a part of a path at the beginning of an error of Validate.
var prefix = regexp.MustCompile(`^([a-z]+(?:\[\d+\])?)(: | )`)

// place puts the position in front of an error of Validate: that of the longest
// path with which its text begins.
func (y *reader) place(err error) error {
	if err == nil {
		return nil
	}
	text := regexp.MustCompile(`^experiment: ([a-z0-9-]+: )?`).ReplaceAllString(err.Error(), "")
	at, path := y.at[""], ""
	for rest := text; ; {
		m := prefix.FindStringSubmatch(rest)
		if m == nil {
			break
		}
		path = join(path, m[1])
		if y.at[path] == nil {
			break
		}
		at, rest = y.at[path], rest[len(m[0]):]
		if m[2] == " " {
			break
		}
	}
	return y.errorf(at, "%s", text)
}
