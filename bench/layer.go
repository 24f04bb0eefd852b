// Package bench measures the speed of each layer of the product beside a
// reference that does the same work more plainly: the event kernel beside a bare
// loop, the event model and the RTL of the ternary core beside its golden model,
// the byte products beside three plain loops, simulated machines beside closed
// forms and golden arithmetic.
//
// What it reports are ratios. The ways of doing one piece of work take turns, in
// one process and one run, so that a change of machine or a busy neighbour moves
// both sides; rates are given too, but are those of this machine at this moment.
// Before anything is timed, every way has shown that it gives the results of the
// reference.
package bench

import (
	"context"
	"fmt"
	"regexp"
	"strings"
)

// A Layer is one group of measurements: several ways of doing the same work.
type Layer struct {
	Name  string `json:"name"`
	What  string `json:"what"`  // the ways and what they are compared with
	Needs string `json:"needs"` // what must be installed or cached for all of its rows, "" if nothing
}

// A spec is a layer and how its ways are prepared. note hears of slow steps.
type spec struct {
	Layer
	prepare func(ctx context.Context, note func(step string)) (*subject, error)
}

// specs are all layers in the order of the table.
func specs() []spec {
	return []spec{
		{Layer{"kernel", "event kernel against a bare loop that schedules the same ops in the same cycles", ""}, prepareKernel},
		{Layer{"ternary", "a token of the built-in model: event model and RTL against the golden model", "verilator, g++"}, prepareTernary},
		{Layer{"int8", "byte matrix product on each path of the processor against three plain loops", ""}, prepareInt8},
		{Layer{"gemm", "timing-only matrix products on simulated machines against SCALE-Sim's published closed form", ""}, prepareGEMM},
		{Layer{"gemm-values", "matrix product with values on a simulated TPU against the byte product alone", ""}, prepareGEMMValues},
		{Layer{"he-ntt", "transform on a simulated TPU and through literal bytes against the golden butterflies", ""}, prepareNTT},
		{Layer{"he-mult", "HE-Mult on a simulated TPU, with values and timing-only, against the golden arithmetic", ""}, prepareMult},
		{Layer{"area", "area of a unit from the cache against the synthesis that made the entry", "an entry in the area cache"}, prepareArea},
	}
}

// Layers returns all layers in the order in which Run measures them.
func Layers() []Layer {
	var layers []Layer
	for _, s := range specs() {
		layers = append(layers, s.Layer)
	}
	return layers
}

// selected returns the layers whose name only matches, all if it is nil.
func selected(only *regexp.Regexp) ([]spec, error) {
	var chosen []spec
	var names []string
	for _, s := range specs() {
		names = append(names, s.Name)
		if only == nil || only.MatchString(s.Name) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("bench: no layer matches %q, want one of %s", only, strings.Join(names, ", "))
	}
	return chosen, nil
}
