package core

import (
	"fmt"

	"lockstep/rtl/unit"
	"lockstep/sim"
	"lockstep/ternary/argmax"
	"lockstep/ternary/fetch"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/ternary/quant"
	"lockstep/ternary/rms"
	"lockstep/ternary/rowwise"
	"lockstep/ternary/sparse"
	"lockstep/ternary/tmatmul"
	"lockstep/ternary/unpack"
)

// Timing holds the pipeline depths of the units, derived from their RTL, and
// the rates at which they take elements. docs/timing.md has the cycle by cycle
// account of one instruction of each kind.
type Timing struct {
	RowWise sim.Cycle `json:"rowwise_latency"` // cycles from a beat to its result
	Quant   sim.Cycle `json:"quant_latency"`   // the same
	RMS     sim.Cycle `json:"rms_latency"`     // cycles from the last beat to the scales
	Matrix  sim.Cycle `json:"tmatmul_latency"` // cycles from the last weight beat of a row to its result
	Unpack  sim.Cycle `json:"unpack_latency"`  // cycles from a beat of memory to the weight beat that it completes; 0 without unpacker
	Search  sim.Cycle `json:"argmax_latency"`  // cycles from the last beat to the index
}

// units returns the unit of each kind that core c has for a program.
func units(c Config, numbers fixed.Config, p *isa.Program) (map[isa.Unit]*unit.Unit, error) {
	longest := p.Target.VectorElements
	us := map[isa.Unit]*unit.Unit{}
	var err error
	if us[isa.RowWise], err = rowwise.New(rowwise.Config{Lanes: c.VP, Fixed: numbers}); err != nil {
		return nil, err
	}
	if us[isa.Quantiser], err = quant.New(quant.Config{Lanes: c.VP, Fixed: numbers}); err != nil {
		return nil, err
	}
	if us[isa.Norm], err = rms.New(rms.Config{Lanes: c.VP, Fixed: numbers, MaxBeats: beats(longest, c.VP)}); err != nil {
		return nil, err
	}
	if us[isa.Search], err = argmax.New(argmax.Config{Lanes: c.VP, Width: numbers.Vector.Width}); err != nil {
		return nil, err
	}
	if c.ZeroSkip {
		us[isa.Matrix], err = sparse.New(c.sparse(numbers, longest))
		return us, err
	}
	us[isa.Matrix], err = tmatmul.New(tmatmul.Config{Lanes: c.TP, MaxBeats: max(2, beats(longest, c.TP)), MaxRows: longest, Vector: numbers.Vector})
	return us, err
}

// sparse describes the matrix unit that skips zeros, for vectors and results of
// up to longest elements.
func (c Config) sparse(numbers fixed.Config, longest int) sparse.Config {
	return sparse.Config{Lanes: c.TP, MaxBeats: max(2, beats(longest, c.TP)), MaxRows: max(longest, c.TP+1), Out: c.VP, Runs: 16, Banks: 1,
		Vector: numbers.Vector}
}

// measure builds the units of a core and reads their latencies.
func measure(c Config, numbers fixed.Config, p *isa.Program) (Timing, error) {
	var t Timing
	us, err := units(c, numbers, p)
	if err != nil {
		return t, fmt.Errorf("core: %w", err)
	}
	for _, f := range []struct {
		unit isa.Unit
		to   *sim.Cycle
	}{{isa.RowWise, &t.RowWise}, {isa.Quantiser, &t.Quant}, {isa.Norm, &t.RMS}, {isa.Matrix, &t.Matrix}, {isa.Search, &t.Search}} {
		m, err := us[f.unit].Module()
		if err != nil {
			return t, fmt.Errorf("core: %w", err)
		}
		*f.to = sim.Cycle(m.Latency())
	}
	if c.direct() {
		return t, nil
	}
	u, err := unpack.New(c.unpacker())
	if err != nil {
		return t, fmt.Errorf("core: %w", err)
	}
	m, err := u.Module()
	if err != nil {
		return t, fmt.Errorf("core: %w", err)
	}
	t.Unpack = sim.Cycle(m.Latency())
	return t, nil
}

func beats(n, perBeat int) int { return (n + perBeat - 1) / perBeat }

// Cycles of the core around its units (docs/timing.md).
const (
	walkCycles    = 1               // from the issue of a vector instruction to its first read
	writeCycles   = 1               // from a result to its use
	requestCycles = 1               // from issue to the request of memory
	importCycles  = 2               // from the issue of a product to the first word of its operand
	fetchCycles   = fetch.Depth + 1 // from the token to its first instruction
)

// latency returns the cycles from the last operand beat of a vector instruction
// in its unit to its result.
func (t Timing) latency(u isa.Unit) sim.Cycle {
	switch u {
	case isa.RowWise:
		return t.RowWise
	case isa.Quantiser:
		return t.Quant
	case isa.Norm:
		return t.RMS
	}
	return t.Search
}
