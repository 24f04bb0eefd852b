package ntt

import (
	"fmt"

	"lockstep/hecross/barrett"
	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// Input streams and output streams of the unit, in order.
const (
	cmdStream = iota
	parameterStream
	residueStream
)

// New describes the engine as a unit of streams: commands, parameters and
// residues in, residues out.
func New(c Config) (*unit.Unit, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	one := func(name string, sh rtl.Shape, doc string) rtl.Port {
		return rtl.Port{Name: name, Shape: sh, Lanes: 1, Doc: doc}
	}
	residues := rtl.Port{Shape: rtl.U(c.Reduce.Bits), Lanes: c.Lanes(), Doc: "residues, row-major"}
	result := residues
	result.Name = "data"
	return &unit.Unit{
		Name:   c.Name(),
		Doc:    fmt.Sprintf("three-step NTT of %d residues on %d x %d elements, forward or inverse", c.N(), c.Side, c.Side),
		Source: "memory aligned and basis aligned transformation, arXiv:2501.07047",
		Streams: &unit.Streams{
			In: []rtl.Stream{
				{Name: "cmd", Doc: "what to do next", Fields: append([]rtl.Port{
					one("parameters", flag, "1 load parameters, 0 transform; the other fields belong to parameters"),
					one("inverse", flag, "they are for the inverse transform"),
				}, c.Reduce.ModulusPorts()...)},
				{Name: "parameter", Doc: fmt.Sprintf("the matrices, %d beats", c.ParameterBeats()), Fields: []rtl.Port{
					{Shape: rtl.U(8), Lanes: c.Side, Doc: "bytes in the order of their use"}}},
				{Name: "x", Doc: fmt.Sprintf("a limb, %d beats", c.Beats()), Fields: []rtl.Port{residues}},
			},
			Out: []rtl.Stream{{Name: "y", Doc: fmt.Sprintf("its transform, %d beats", c.Beats()), Fields: []rtl.Port{
				result, one("last", flag, "last beat of the limb")}}},
			Golden: c.golden, RTL: c.rtl, Due: c.due, Stimulus: c.stimulus,
		},
	}, nil
}

// Frames returns the beats of the input streams of the unit for tasks, which were
// checked.
func (c Config) Frames(tasks []Task) [][]unit.Frame {
	in := make([][]unit.Frame, residueStream+1)
	for _, t := range tasks {
		cmd := unit.Frame{{0}, {0}}
		modulus := c.Reduce.Frame(barrett.Constants{})
		if p := t.Parameters; p != nil {
			cmd[0][0] = 1
			if p.Inverse {
				cmd[1][0] = 1
			}
			modulus = c.Reduce.Frame(p.Constants)
			for b := range c.ParameterBeats() {
				in[parameterStream] = append(in[parameterStream], unit.Frame{widen(p.Beats[b*c.Side:][:c.Side])})
			}
		}
		in[cmdStream] = append(in[cmdStream], append(cmd, modulus...))
		for b := 0; b < len(t.Residues); b += c.Lanes() {
			in[residueStream] = append(in[residueStream], unit.Frame{widen(t.Residues[b:][:c.Lanes()])})
		}
	}
	return in
}

func widen[T byte | uint32](xs []T) []int64 {
	out := make([]int64, len(xs))
	for i, x := range xs {
		out[i] = int64(x)
	}
	return out
}

// due returns the cycles of the results: B beats of each transform, one per cycle,
// from the two products after its last residue on.
func (c Config) due(in [][]unit.Frame, accepted [][]int, _ int) [][]int {
	var due []int
	beats := accepted[residueStream]
	for ; len(beats) > 0; beats = beats[c.Beats():] {
		first := beats[c.Beats()-1] + 1 + c.productCycles(c.left()) + c.productCycles(c.right()) + unloadCycles
		for b := range c.Beats() {
			due = append(due, first+b)
		}
	}
	return [][]int{due}
}
