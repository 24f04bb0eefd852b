// Package area says what a design takes of an FPGA: look-up tables, flip-flops,
// multipliers, memory blocks and logic depth, from the netlist to which Yosys
// maps it. A count is not packing into slices, and depth is not a clock
// frequency. For a small FPGA, the iCE40 HX8K, [Place] has nextpnr place and
// route what fits, and says how fast it is.
package area

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"lockstep/tool"
	"lockstep/yosys"
)

// An Area is what one design takes of one family.
type Area struct {
	Top          string         `json:"top"`
	Family       yosys.Family   `json:"family"`
	Hierarchical bool           `json:"hierarchical"` // modules mapped one by one
	LUT          int            `json:"lut"`          // as logic: LUT1 to LUT6, ALUTs, or SB_LUT4
	MemoryLUT    int            `json:"memory_lut"`   // as memory: distributed RAM and shift registers; 20 for an MLAB
	FF           int            `json:"ff"`           // flip-flops
	Carry        int            `json:"carry"`        // bits of carry chains, used or not: 4 for a CARRY4
	DSP          int            `json:"dsp"`          // blocks: DSP48E2, or those of Cyclone V; iCE40 HX has none
	RAM          map[string]int `json:"ram"`          // blocks by kind: RAMB36E2, RAMB18E2, URAM288, M10K, SB_RAM40_4K
	RAMBits      int            `json:"ram_bits"`     // what those blocks could hold, used or not, parity included
	Depth        int            `json:"depth"`        // LUTs, carry chains and multipliers in series, at most (see depth)
	Cells        map[string]int `json:"cells"`        // of the netlist, by kind
	Tool         string         `json:"tool"`         // and its version
	Seconds      float64        `json:"seconds"`      // that the mapping took when it was done
}

// Of maps sv, whose top module is top, as one piece to a family, or reads the
// result from the cache. The design must have no latch, and no memory above
// yosys.MaxFlipFlopBits that would become flip-flops.
func Of(ctx context.Context, top string, sv []byte, family yosys.Family) (Area, error) {
	return cached(ctx, yosys.Mapping{Top: top, SV: sv, Family: family})
}

// Hierarchical is Of with every module mapped once, and counted as often as it
// is there. Nothing is optimised over the borders of modules, so LUT is an upper
// bound, and Depth is the deepest module's, a lower one.
func Hierarchical(ctx context.Context, top string, sv []byte, family yosys.Family) (Area, error) {
	return cached(ctx, yosys.Mapping{Top: top, SV: sv, Family: family, Hierarchical: true})
}

// synthesise maps the design.
func synthesise(ctx context.Context, m yosys.Mapping, program tool.Tool) (Area, error) {
	start := time.Now()
	n, err := m.Run(ctx)
	if err != nil {
		return Area{}, err
	}
	a := Area{Top: m.Top, Family: m.Family, Hierarchical: m.Hierarchical, Tool: "Yosys " + program.Version,
		RAM: map[string]int{}, Cells: n.Count()}
	if err := a.count(n); err != nil {
		return Area{}, fmt.Errorf("area: module %s in %s: %w", m.Top, m.Family, err)
	}
	a.Seconds = time.Since(start).Seconds()
	return a, nil
}

// count fills in what the netlist says.
func (a *Area) count(n *yosys.Netlist) error {
	for _, kind := range slices.Sorted(maps.Keys(a.Cells)) {
		number := a.Cells[kind]
		k, ok := kinds[kind]
		if !ok {
			return fmt.Errorf("%d cells of kind %s, which is none of the family", number, kind)
		}
		if kind != inverter {
			a.LUT += k.lut * number
		}
		a.MemoryLUT += k.memory * number
		a.FF += k.ff * number
		a.Carry += k.carry * number
		a.RAMBits += k.bits * number
		if k.bits > 0 {
			a.RAM[kind] = number
		}
	}
	a.DSP = a.Cells["DSP48E2"] + dspBlocks(a.Cells)
	var err error
	n.Modules(func(m *yosys.Module, instances int) {
		a.LUT += instances * inverters(m)
		d, e := depth(m)
		a.Depth = max(a.Depth, d)
		if e != nil {
			err = e
		}
	})
	return err
}

// dspBlocks returns how many of the blocks of Cyclone V the multipliers take:
// one holds three of 9 x 9, two of 18 x 18 or one of 27 x 27 bits. Source:
// Cyclone V Device Handbook, volume 1, "Variable Precision DSP Blocks".
func dspBlocks(cells map[string]int) int {
	return (cells["MISTRAL_MUL9X9"]+2)/3 + (cells["MISTRAL_MUL18X18"]+1)/2 + cells["MISTRAL_MUL27X27"]
}
