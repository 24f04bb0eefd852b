package whatif

import (
	"context"
	"fmt"

	"lockstep/area"
	"lockstep/hecross/barrett"
	"lockstep/hecross/lane"
	"lockstep/rtl/unit"
	"lockstep/systolic/pe"
	"lockstep/systolic/permute"
	"lockstep/systolic/tpu"
	"lockstep/systolic/vector"
	"lockstep/yosys"
)

// units are what changes add: a design, and how many of the part it holds.
var units = map[string]struct {
	build func() (*unit.Unit, error)
	holds int
}{
	"modular lane": {func() (*unit.Unit, error) {
		return lane.New(lane.Config{Lanes: 2, Reduce: barrett.Config{Bits: barrett.MaxBits, Narrower: 11}})
	}, 2},
	"pe u8":       {func() (*unit.Unit, error) { return pe.New(pe.Presets["ws_u8"]) }, 1},
	"pe s8":       {func() (*unit.Unit, error) { return pe.New(pe.Presets["ws_s8"]) }, 1},
	"vector lane": {func() (*unit.Unit, error) { return vector.New(vector.Config{Lanes: 2}) }, 2},
	"permutation network": {func() (*unit.Unit, error) {
		return permute.New(permute.Config{Lanes: 128, Bits: vector.Bits, Columns: 4})
	}, 1},
}

// Cost is the logic that a change adds; it is negative for what it takes away.
type Cost struct {
	LUT float64 // with multipliers in look-up tables
	FF  float64
}

// Area returns the cost of a change on a machine; Yosys maps its parts, or the
// cache knows them. Changes of memory and bandwidth have no cost: see
// Change.Memory.
func (c Change) Area(ctx context.Context, base tpu.Config) (Cost, error) {
	changed, _, err := c.Apply(base, noOptions)
	if err != nil {
		return Cost{}, err
	}
	var cost Cost
	for _, p := range c.Parts {
		a, err := partArea(ctx, p.Unit)
		if err != nil {
			return Cost{}, fmt.Errorf("whatif: %s: %w", c.Name, err)
		}
		n := float64(p.Count(base, changed)) / float64(units[p.Unit].holds)
		cost.LUT += n * float64(a.LUT+a.MemoryLUT)
		cost.FF += n * float64(a.FF)
	}
	return cost, nil
}

func partArea(ctx context.Context, name string) (area.Area, error) {
	u, err := units[name].build()
	if err != nil {
		return area.Area{}, err
	}
	m, err := u.Module()
	if err != nil {
		return area.Area{}, err
	}
	sv, err := m.Verilog()
	if err != nil {
		return area.Area{}, err
	}
	return area.Of(ctx, m.Name, sv, yosys.XCUPLUT)
}
