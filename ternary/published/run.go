package published

import (
	"context"
	"fmt"

	"lockstep/ternary"
	"lockstep/ternary/ternip"
)

// A Result is what a machine does with one model, embedding and head excluded.
type Result struct {
	Machine       string  `json:"machine"`
	Lanes         int     `json:"lanes"`             // sequences at a time
	Cycles        int64   `json:"cycles"`            // of one token of every lane, in the slowest compute unit
	ClockHz       int64   `json:"clock_hz"`          //
	TokensPerSec  float64 `json:"tokens_per_second"` // of all lanes
	PerLane       float64 `json:"tokens_per_second_and_lane"`
	MatrixShare   float64 `json:"matrix_share"`   // cycles of GO / Cycles, 0 to 1
	Instructions  int     `json:"instructions"`   // per token
	StreamCeiling float64 `json:"stream_ceiling"` // tokens/s of one lane if only the 2-bit weights had to be read, head included
	MatrixPeak    float64 `json:"matrix_peak"`    // tokens/s of all lanes if only the tiles had to be multiplied
}

// Run times one token of a model of shape s on every lane. With a bank, lanes
// is the number of sequences; without one it must be 1.
func (m Machine) Run(ctx context.Context, s ternary.Shape, lanes int) (Result, error) {
	if err := m.Validate(); err != nil {
		return Result{}, err
	}
	c, err := m.Config(s)
	if err != nil {
		return Result{}, err
	}
	p, err := ternip.Compile(s, c)
	if err != nil {
		return Result{}, fmt.Errorf("published: %s: %w", m.Name, err)
	}
	r := Result{Machine: m.Name, Lanes: lanes, ClockHz: m.ClockHz, Instructions: len(p.Instrs)}
	r.StreamCeiling = m.weightRate() / float64(s.BytesPerToken(ternary.TwoBit))
	tiles := 0
	for _, in := range p.Instrs {
		if in.Op == ternip.GO {
			tiles++
		}
	}
	r.MatrixPeak = float64(lanes) * float64(m.ClockHz) * float64(c.TP) / float64(tiles*c.D*c.D)
	switch {
	case m.Bank != nil:
		err = m.runBanks(ctx, c, p, &r)
	case lanes != 1:
		err = fmt.Errorf("%d lanes, want 1: the machine has no batch lanes", lanes)
	default:
		var run ternip.Result
		if run, err = ternip.Run(ctx, c, p, nil); err == nil {
			r.add(run, 1)
		}
	}
	if err != nil {
		return Result{}, fmt.Errorf("published: %s: %w", m.Name, err)
	}
	r.PerLane = r.TokensPerSec / float64(lanes)
	return r, nil
}

// runBanks runs the compute units; those with equally many lanes are alike.
func (m Machine) runBanks(ctx context.Context, c ternip.Config, p *ternip.Program, r *Result) error {
	b := m.Bank
	if err := b.checkLanes(r.Lanes); err != nil {
		return err
	}
	more := r.Lanes % b.ComputeUnits // units with one lane more than the others
	for _, u := range []struct{ units, lanes int }{{more, r.Lanes/b.ComputeUnits + 1}, {b.ComputeUnits - more, r.Lanes / b.ComputeUnits}} {
		if u.units == 0 {
			continue
		}
		bank := ternip.Bank{Lanes: u.lanes, BytesPerCycle: m.bytesPerCycle(), RowCycles: b.RowCycles, Padding: b.Padding}
		run, err := ternip.RunBank(ctx, c, bank, p, nil)
		if err != nil {
			return err
		}
		r.add(run, u.units*u.lanes)
	}
	return nil
}

// add counts lanes that each took the time of run; the slowest come first.
func (r *Result) add(run ternip.Result, lanes int) {
	r.TokensPerSec += float64(lanes) * float64(r.ClockHz) / float64(run.TotalCycles)
	if r.Cycles > 0 {
		return
	}
	r.Cycles = run.TotalCycles
	matrix := int64(0)
	for i, ic := range run.InstructionCycles {
		if len(ic.Text) > 2 && ic.Text[:3] == "GO " {
			matrix += run.IssueReady[i][1] - run.IssueReady[i][0]
		}
	}
	r.MatrixShare = float64(matrix) / float64(r.Cycles)
}

// weightRate returns the bytes per second of a weight stream.
func (m Machine) weightRate() float64 {
	if b := m.Bank; b != nil {
		return float64(b.BytesPerSecond) * float64(b.Efficiency.Num) / float64(b.Efficiency.Den)
	}
	return float64(m.ClockHz) * float64(m.Core.TP) / 4 * float64(m.Core.Eff.Num) / float64(m.Core.Eff.Den)
}
