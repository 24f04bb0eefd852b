// Package catalogue lists the units and their named configurations, for the
// tools that go over all of them: listing, co-verification, Verilog, area.
package catalogue

import (
	"fmt"
	"maps"
	"slices"

	"lockstep/hecross/barrett"
	"lockstep/hecross/chunk"
	"lockstep/hecross/lane"
	"lockstep/hecross/montgomery"
	"lockstep/hecross/multiply"
	"lockstep/hecross/ntt"
	"lockstep/rtl/unit"
	"lockstep/systolic/accumulator"
	"lockstep/systolic/array"
	"lockstep/systolic/dma"
	"lockstep/systolic/pe"
	"lockstep/systolic/permute"
	"lockstep/systolic/vector"
	"lockstep/systolic/vmem"
	"lockstep/ternary/argmax"
	"lockstep/ternary/dot"
	"lockstep/ternary/fetch"
	"lockstep/ternary/issue"
	"lockstep/ternary/loadstore"
	"lockstep/ternary/quant"
	"lockstep/ternary/rms"
	"lockstep/ternary/rowwise"
	"lockstep/ternary/scaler"
	"lockstep/ternary/sparse"
	"lockstep/ternary/tmatmul"
	"lockstep/ternary/unpack"
	"lockstep/ternary/vregs"
)

// An Entry is one unit in one named configuration.
type Entry struct {
	Family string // package of the unit, such as ternary/dot
	Config string // name of the configuration in its package
	Unit   *unit.Unit
}

// A family is one unit package: one line here per unit.
var families = []struct {
	name    string
	entries func() ([]Entry, error)
}{
	{"ternary/argmax", of(argmax.Presets, argmax.New)},
	{"ternary/dot", of(dot.Presets, dot.New)},
	{"ternary/fetch", of(fetch.Presets, fetch.New)},
	{"ternary/issue", of(issue.Presets, issue.New)},
	{"ternary/loadstore", of(loadstore.Presets, loadstore.New)},
	{"ternary/quant", of(quant.Presets, quant.New)},
	{"ternary/rms", of(rms.Presets, rms.New)},
	{"ternary/rowwise", of(rowwise.Presets, rowwise.New)},
	{"ternary/scaler", of(scaler.Presets, scaler.New)},
	{"ternary/sparse", of(sparse.Presets, sparse.New)},
	{"ternary/tmatmul", of(tmatmul.Presets, tmatmul.New)},
	{"ternary/unpack", of(unpack.Presets, unpack.New)},
	{"ternary/vregs", of(vregs.Presets, vregs.New)},
	{"hecross/barrett", of(barrett.Presets, barrett.New)},
	{"hecross/chunk", of(chunk.Presets, chunk.New)},
	{"hecross/lane", of(lane.Presets, lane.New)},
	{"hecross/montgomery", of(montgomery.Presets, montgomery.New)},
	{"hecross/multiply", of(multiply.Presets, multiply.New)},
	{"hecross/ntt", of(ntt.Presets, ntt.New)},
	{"systolic/accumulator", of(accumulator.Presets, accumulator.New)},
	{"systolic/array", of(array.Presets, array.New)},
	{"systolic/dma", of(dma.Presets, dma.New)},
	{"systolic/pe", of(pe.Presets, pe.New)},
	{"systolic/permute", of(permute.Presets, permute.New)},
	{"systolic/vector", of(vector.Presets, vector.New)},
	{"systolic/vmem", of(vmem.Presets, vmem.New)},
}

// of builds every named configuration of one family, in the order of names.
func of[C any](configs map[string]C, build func(C) (*unit.Unit, error)) func() ([]Entry, error) {
	return func() ([]Entry, error) {
		var entries []Entry
		for _, name := range slices.Sorted(maps.Keys(configs)) {
			u, err := build(configs[name])
			if err != nil {
				return nil, fmt.Errorf("configuration %s: %w", name, err)
			}
			entries = append(entries, Entry{Config: name, Unit: u})
		}
		return entries, nil
	}
}

// Units returns every unit in every named configuration, in the order of
// families and names.
func Units() ([]Entry, error) {
	var all []Entry
	for _, f := range families {
		entries, err := f.entries()
		if err != nil {
			return nil, fmt.Errorf("catalogue: %s: %w", f.name, err)
		}
		for _, e := range entries {
			e.Family = f.name
			all = append(all, e)
		}
	}
	return all, nil
}
