// Package tpu is a TPU-like machine as an event model: cores with systolic
// arrays, a vector unit (VPU), cross-lane units (XLU), on-chip memory (VMEM) and
// DMA engines, which share one HBM. It executes a [Program] of operations on
// named buffers in in-order queues, one queue per engine, and lowers matrix
// products of any shape to such programs.
//
// One event is one operation, which may stand for thousands of identical passes
// of an array; no event is ever spent on a processing element. Values are
// computed by functions that operations carry, and cannot change a cycle count.
package tpu

import (
	"fmt"

	"lockstep/systolic"
)

// A Config describes one machine. The keys are those of presets, of
// configuration files and of simulate --set.
type Config struct {
	ClockHz int64 `json:"clock_hz"` // Hz, of everything
	Cores   int   `json:"cores"`    // they share the HBM and nothing else

	Arrays   int    `json:"arrays"`    // systolic arrays per core
	Rows     int    `json:"rows"`      // of processing elements in an array
	Cols     int    `json:"cols"`      // of processing elements in an array
	Dataflow string `json:"dataflow"`  // os, ws or is, where a program does not say
	BF16Rate Ratio  `json:"bf16_rate"` // operand beats per cycle of an array for bf16; 0: bf16 is not supported
	Int8Rate Ratio  `json:"int8_rate"` // operand beats per cycle of an array for u8, s8 and ternary; 0: not supported

	VMEMBytes         int64 `json:"vmem_bytes"`           // on-chip memory per core
	VMEMBytesPerCycle Ratio `json:"vmem_bytes_per_cycle"` // of a core; its arrays share it in equal parts, any other engine has all of it
	HBMBytes          int64 `json:"hbm_bytes"`            // of the machine
	HBMBytesPerCycle  Ratio `json:"hbm_bytes_per_cycle"`  // of the machine, all cores together
	HBMLatencyCycles  int64 `json:"hbm_latency_cycles"`   // from a request to its first bytes
	DMAEngines        int   `json:"dma_engines"`          // per core and direction
	DMAInFlight       int   `json:"dma_in_flight"`        // moves that one engine has under way at most

	Lanes                int   `json:"lanes"`                   // of the VPU
	Sublanes             int   `json:"sublanes"`                // of the VPU; lanes*sublanes 32-bit words are one vector register
	ALUs                 Ratio `json:"alus"`                    // operations per cycle of each lane and sublane
	XLUs                 int   `json:"xlus"`                    // cross-lane units per core
	XLURegistersPerCycle Ratio `json:"xlu_registers_per_cycle"` // vector registers that one XLU moves per cycle

	OverlapWeights bool `json:"overlap_weights"` // the next stationary operand is loaded under the running pass
	OverlapDrain   bool `json:"overlap_drain"`   // the next pass streams directly behind the running one
	OverlapDMA     bool `json:"overlap_dma"`     // transfers run under computation

	LaunchCycles int64 `json:"launch_cycles"` // added once per program
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	for _, f := range fields {
		if err := f.check(&c); err != nil {
			return fmt.Errorf("tpu: %w", err)
		}
	}
	switch {
	case c.BF16Rate.zero() && c.Int8Rate.zero():
		return fmt.Errorf("tpu: bf16_rate and int8_rate are 0, want one above 0")
	case c.VMEMBytesPerCycle.Less(c.HBMBytesPerCycle):
		return fmt.Errorf("tpu: vmem_bytes_per_cycle is %s, want at least hbm_bytes_per_cycle, %s",
			c.VMEMBytesPerCycle, c.HBMBytesPerCycle)
	}
	return nil
}

// Array returns the shape of one array.
func (c Config) Array() systolic.Array { return systolic.Array{Rows: c.Rows, Cols: c.Cols} }

// Overlap returns the overlap of the machine.
func (c Config) Overlap() Overlap {
	return Overlap{Weights: c.OverlapWeights, Drain: c.OverlapDrain, DMA: c.OverlapDMA}
}

// WithOverlap returns c with another overlap.
func (c Config) WithOverlap(o Overlap) Config {
	c.OverlapWeights, c.OverlapDrain, c.OverlapDMA = o.Weights, o.Drain, o.DMA
	return c
}

// RegisterBytes is the size of a vector register: Lanes*Sublanes words of 32
// bits.
func (c Config) RegisterBytes() int64 { return int64(c.Lanes) * int64(c.Sublanes) * 4 }

// PeakMACsPerCycle returns the multiply-accumulates per cycle of all arrays for
// operands of the types; it is 0 if they are not supported.
func (c Config) PeakMACsPerCycle(t Types) float64 {
	return float64(c.Cores) * float64(c.Arrays) * float64(c.Array().PEs()) * c.rate(t).Float()
}

// rate returns the operand beats per cycle of an array.
func (c Config) rate(t Types) Ratio {
	if t.A == BF16 {
		return c.BF16Rate
	}
	return c.Int8Rate
}

// Single returns a machine with one array and nothing else that limits: what
// closed forms of systolic arrays are about. Its clock of 1 GHz is arbitrary.
func Single(a systolic.Array, d systolic.Dataflow) Config {
	one := Ratio{1, 1}
	return Config{
		ClockHz: 1e9, Cores: 1, Arrays: 1, Rows: a.Rows, Cols: a.Cols, Dataflow: d.String(), BF16Rate: one, Int8Rate: one,
		VMEMBytes: maxBytes, VMEMBytesPerCycle: Ratio{maxRatioNum, 1},
		HBMBytes: maxBytes, HBMBytesPerCycle: Ratio{maxRatioNum, 1}, HBMLatencyCycles: 1, DMAEngines: 1, DMAInFlight: 1,
		Lanes: 128, Sublanes: 8, ALUs: Ratio{2, 1}, XLUs: 1, XLURegistersPerCycle: one,
	}.WithOverlap(Overlap{Weights: true, Drain: true, DMA: true})
}
