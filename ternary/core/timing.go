package core

import (
	"fmt"

	"lockstep/rtl/unit"
	"lockstep/sim"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/ternary/quant"
	"lockstep/ternary/rms"
	"lockstep/ternary/rowwise"
	"lockstep/ternary/tmatmul"
)

// Timing holds the pipeline depths of the units, derived from their RTL, and
// the rates at which they take elements. docs/timing.md has the cycle by cycle
// account of one instruction of each kind.
type Timing struct {
	RowWise sim.Cycle `json:"rowwise_latency"` // cycles from a beat to its result
	Quant   sim.Cycle `json:"quant_latency"`   // the same
	RMS     sim.Cycle `json:"rms_latency"`     // cycles from the last beat to the scales
	Matrix  sim.Cycle `json:"tmatmul_latency"` // cycles from the last weight beat of a row to its result

	vectorLanes, matrixLanes int
	vectorBeat               int // elements per beat of the vector port
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
	us[isa.Matrix], err = tmatmul.New(tmatmul.Config{Lanes: c.TP, MaxBeats: max(2, beats(longest, c.TP)), MaxRows: longest, Vector: numbers.Vector})
	return us, err
}

// measure builds the units of a core and reads their latencies.
func measure(c Config, numbers fixed.Config, p *isa.Program) (Timing, error) {
	t := Timing{vectorLanes: c.VP, matrixLanes: c.TP, vectorBeat: max(1, c.VectorBeatBytes/p.Target.ElementBytes)}
	us, err := units(c, numbers, p)
	if err != nil {
		return t, fmt.Errorf("core: %w", err)
	}
	for _, f := range []struct {
		unit isa.Unit
		to   *sim.Cycle
	}{{isa.RowWise, &t.RowWise}, {isa.Quantiser, &t.Quant}, {isa.Norm, &t.RMS}, {isa.Matrix, &t.Matrix}} {
		m, err := us[f.unit].Module()
		if err != nil {
			return t, fmt.Errorf("core: %w", err)
		}
		*f.to = sim.Cycle(m.Latency())
	}
	return t, nil
}

func beats(n, perBeat int) int { return (n + perBeat - 1) / perBeat }

// registerFile is the cost of the vector registers around a unit: one cycle to
// read a beat, one to write its result.
const registerFile = 2

// apply sets the timing of an op. A vector instruction of b beats reads one
// beat per cycle from its start on, so that its unit is free, and the registers
// it read are, after b cycles; its last result is usable after
// b - 1 + registerFile + latency cycles. A matrix product first imports its
// operand, then takes one weight beat per cycle, and ends with the result of
// the last row; it ends no earlier than the memory delivers its weights.
func (t Timing) apply(op *sim.Op, in isa.Instr) {
	b := sim.Cycle(beats(in.N, t.vectorLanes))
	vector := func(latency sim.Cycle) {
		op.Latency, op.Interval = b-1+registerFile+latency, b
		op.ReadsFree = sim.AfterStart(b)
	}
	switch in.Op.Unit() {
	case isa.RowWise:
		vector(t.RowWise)
	case isa.Quantiser:
		vector(t.Quant)
	case isa.Norm:
		vector(t.RMS)
	case isa.Matrix:
		row := sim.Cycle(beats(in.Cols, t.matrixLanes))
		op.Latency = row + sim.Cycle(in.N)*row + t.Matrix + 1
		op.Tail = t.Matrix + 1
	case isa.LoadStore:
		op.Latency, op.Interval = 1, sim.Cycle(beats(in.N, t.vectorBeat))
		op.Tail = 1
	}
}
