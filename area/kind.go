package area

import "lockstep/yosys"

// A kind is what one cell of a netlist takes, and which of its inputs go
// through to its outputs within a cycle.
type kind struct {
	lut, memory, ff, bits, carry int
	path                         path
}

// A path is how a cell lies on a path through logic.
type path int

const (
	ends   path = iota // a path ends before it and starts after it
	level              // one more level
	inside             // hard-wired to LUTs: no level of its own
	chain              // a carry chain, together with the LUTs before it, or behind it
	stored             // one more level from the read address
	block              // one more level, unless it has registers
)

// inverter is a LUT of AMD's, unless the pin that it drives can invert.
const inverter = "INV"

// kinds are the cells of all families. Sources: UltraScale Architecture
// Configurable Logic Block (UG574), Memory Resources (UG573) and Libraries Guide
// (UG974); Cyclone V Device Handbook, volume 1; Lattice iCE40 LP/HX Family Data
// Sheet (FPGA-DS-02029).
var kinds = map[string]kind{
	"LUT1":   {lut: 1, path: level},
	"LUT2":   {lut: 1, path: level},
	"LUT3":   {lut: 1, path: level},
	"LUT4":   {lut: 1, path: level},
	"LUT5":   {lut: 1, path: level},
	"LUT6":   {lut: 1, path: level},
	inverter: {lut: 1, path: level},
	"MUXF7":  {path: inside},
	"MUXF8":  {path: inside},
	"MUXF9":  {path: inside},
	"CARRY4": {carry: 4, path: chain},
	"CARRY8": {carry: 8, path: chain},

	"FDCE": {ff: 1},
	"FDPE": {ff: 1},
	"FDRE": {ff: 1},
	"FDSE": {ff: 1},

	"SRL16E":   {memory: 1, path: stored},
	"SRLC32E":  {memory: 1, path: stored},
	"RAM32M":   {memory: 4, path: stored},
	"RAM32M16": {memory: 8, path: stored},
	"RAM64M":   {memory: 4, path: stored},
	"RAM64M8":  {memory: 8, path: stored},
	"RAM64X1S": {memory: 1, path: stored}, "RAM64X1D": {memory: 2, path: stored},
	"RAM128X1S": {memory: 2, path: stored}, "RAM128X1D": {memory: 4, path: stored},
	"RAM256X1S": {memory: 4, path: stored}, "RAM256X1D": {memory: 8, path: stored},
	"RAM512X1S": {memory: 8, path: stored},
	"RAMB18E2":  {bits: 18 << 10},
	"RAMB36E2":  {bits: 36 << 10},
	"URAM288":   {bits: 288 << 10},
	"DSP48E2":   {path: block},

	"MISTRAL_ALUT2":      {lut: 1, path: level},
	"MISTRAL_ALUT3":      {lut: 1, path: level},
	"MISTRAL_ALUT4":      {lut: 1, path: level},
	"MISTRAL_ALUT5":      {lut: 1, path: level},
	"MISTRAL_ALUT6":      {lut: 1, path: level},
	"MISTRAL_ALUT_ARITH": {lut: 1, carry: 1, path: chain},
	"MISTRAL_NOT":        {lut: 1, path: level},
	"MISTRAL_FF":         {ff: 1},
	"MISTRAL_MUL9X9":     {path: block},
	"MISTRAL_MUL18X18":   {path: block},
	"MISTRAL_MUL27X27":   {path: block},
	"MLAB":               {memory: 20, path: stored}, // ten ALMs of two ALUTs
	"M10K":               {bits: 10 << 10},

	"SB_LUT4":     {lut: 1, path: level},
	"SB_CARRY":    {carry: 1, path: chain},
	"SB_DFF":      {ff: 1},
	"SB_DFFE":     {ff: 1},
	"SB_DFFR":     {ff: 1},
	"SB_DFFER":    {ff: 1},
	"SB_DFFS":     {ff: 1},
	"SB_DFFES":    {ff: 1},
	"SB_DFFSR":    {ff: 1},
	"SB_DFFESR":   {ff: 1},
	"SB_DFFSS":    {ff: 1},
	"SB_DFFESS":   {ff: 1},
	"SB_RAM40_4K": {bits: 4 << 10},
}

// controls are the pins that invert by themselves.
var controls = map[string]bool{"C": true, "CLR": true, "PRE": true, "R": true, "S": true, "CLK": true}

// inverters returns how many LUTs invert. Yosys has one inverter for every
// flip-flop whose reset is active low.
func inverters(m *yosys.Module) int {
	of := map[yosys.Net]yosys.Net{} // from output to input
	for _, c := range m.Cells {
		if in, out := c.In["I"], c.Out["O"]; c.Type == inverter && len(in) == 1 && len(out) == 1 {
			of[out[0]] = in[0]
		}
	}
	needed := map[yosys.Net]bool{}
	for _, c := range m.Cells {
		flipFlop := kinds[c.Type].ff > 0
		for pin, nets := range c.In {
			for _, n := range nets {
				if i, ok := of[n]; ok && !(flipFlop && controls[pin]) {
					needed[i] = true
				}
			}
		}
	}
	return len(needed)
}
