package area

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"lockstep/nextpnr"
	"lockstep/tool"
	"lockstep/yosys"
)

// A Timing is how fast a design is on an iCE40 HX8K, placed and routed once for
// each seed, as a block between flip-flops (see yosys.Block). MHz and what
// follows is of the median, the lower of the two in the middle.
type Timing struct {
	Device    string    `json:"device"`
	Seeds     []float64 `json:"seeds"`      // MHz of each seed, from 1 on
	BestMHz   float64   `json:"best_mhz"`   // of them
	MHz       float64   `json:"mhz"`        // clock, at most
	PathNS    float64   `json:"path_ns"`    // critical path between flip-flops
	LogicNS   float64   `json:"logic_ns"`   // of it in cells, from clock to output and setup included
	RoutingNS float64   `json:"routing_ns"` // of it in wires
	Cells     int       `json:"cells"`      // logic cells of the design, of LUT, carry bit and flip-flop
	Wrapper   int       `json:"wrapper"`    // more, of the wrapper that makes it a block
	RAM       int       `json:"ram"`        // memory blocks
	Bare      bool      `json:"bare"`       // the critical path is one of the wrapper: the design alone is faster
	Tools     string    `json:"tools"`      // and their versions
}

// MaxSeeds is the largest number of seeds.
const MaxSeeds = 100

// A run is one seed, as it is stored.
type run struct {
	nextpnr.Result
	Wrapper  int                    `json:"wrapper"`
	TooLarge *nextpnr.TooLargeError `json:"too_large,omitempty"`
}

// Place maps sv, whose top module is top, to iCE40 as Of does and has it placed
// and routed from seeds 1 to seeds, at most MaxSeeds, or reads the results from
// the cache. A design that the device has no room for, wrapper included, is a
// [*nextpnr.TooLargeError].
func Place(ctx context.Context, top string, sv []byte, seeds int) (Timing, error) {
	if seeds < 1 || seeds > MaxSeeds {
		return Timing{}, fmt.Errorf("area: number of seeds is %d, want 1 to %d", seeds, MaxSeeds)
	}
	m := yosys.Mapping{Top: top, SV: sv, Family: yosys.ICE40}
	a, err := Of(ctx, top, sv, yosys.ICE40)
	if err != nil {
		return Timing{}, err
	}
	if err := nextpnr.Check(a.LUT, a.FF, a.RAM["SB_RAM40_4K"]); err != nil {
		return Timing{}, fmt.Errorf("area: module %s: %w", top, err)
	}
	var programs []tool.Tool
	var versions []string
	for _, name := range []string{"yosys", nextpnr.Program} {
		program, err := tool.Find(name)
		if err != nil {
			return Timing{}, err
		}
		programs = append(programs, program)
		versions = append(versions, program.Name+" "+program.Version)
	}
	p := placement{m: m}
	var runs []run
	for seed := 1; seed <= seeds; seed++ {
		k, err := digest(m, append(slices.Clone(versions), fmt.Sprint("seed ", seed)), yosys.Reading, yosys.Wrapping, nextpnr.Source)
		if err != nil {
			return Timing{}, err
		}
		r, err := remembered(fmt.Sprintf("%s-placed-%d", top, seed), k, func() (run, error) { return p.run(ctx, seed) })
		if err != nil {
			return Timing{}, err
		}
		if r.TooLarge != nil {
			return Timing{}, fmt.Errorf("area: module %s: %w", top, r.TooLarge)
		}
		runs = append(runs, r)
	}
	t := summary(runs)
	t.Tools = fmt.Sprintf("Yosys %s, nextpnr %s", programs[0].Version, programs[1].Version)
	return t, nil
}

// A placement is mapped once, for all seeds that are not in the cache.
type placement struct {
	m     yosys.Mapping
	block *yosys.Block
}

func (p *placement) run(ctx context.Context, seed int) (run, error) {
	if p.block == nil {
		b, err := p.m.Block(ctx)
		if err != nil {
			return run{}, err
		}
		p.block = &b
	}
	r := run{Wrapper: p.block.Wrapper}
	var err error
	r.Result, err = nextpnr.Run(ctx, p.block.JSON, seed)
	if errors.As(err, &r.TooLarge) {
		return r, nil
	}
	if err != nil {
		return run{}, fmt.Errorf("area: module %s: %w", p.m.Top, err)
	}
	return r, nil
}

// summary returns the median of runs, of which there is at least one.
func summary(runs []run) Timing {
	t := Timing{Device: nextpnr.Device}
	for _, r := range runs {
		t.Seeds = append(t.Seeds, r.MHz)
	}
	t.BestMHz = slices.Max(t.Seeds)
	sorted := slices.SortedStableFunc(slices.Values(runs), func(a, b run) int { return cmp.Compare(a.MHz, b.MHz) })
	r := sorted[(len(sorted)-1)/2]
	t.MHz, t.PathNS, t.LogicNS, t.RoutingNS = r.MHz, r.PathNS, r.LogicNS, r.RoutingNS
	t.Cells, t.Wrapper, t.RAM, t.Bare = r.Cells-r.Wrapper, r.Wrapper, r.RAM, true
	for _, s := range r.Path {
		if strings.Contains(s.From, yosys.UnitPrefix) || strings.Contains(s.To, yosys.UnitPrefix) {
			t.Bare = false
		}
	}
	return t
}
