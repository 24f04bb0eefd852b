package yosys

import (
	_ "embed"
	"fmt"
	"strings"
)

// A Family is a kind of FPGA that Yosys maps to.
type Family string

// The families.
const (
	XCUP     Family = "xcup"      // AMD UltraScale+, by synth_xilinx
	XCUPLUT  Family = "xcup_lut"  // the same without DSP blocks: look-up tables are the one currency
	IntelALM Family = "intel_alm" // Intel Cyclone V, by synth_intel_alm
	ICE40    Family = "ice40"     // Lattice iCE40 HX, which has no DSP blocks, by synth_ice40
)

// Families lists the families.
func Families() []Family { return []Family{XCUP, XCUPLUT, IntelALM, ICE40} }

//go:embed lib/intel_alm.txt
var intelRules string

//go:embed lib/intel_alm.v
var intelCells string

//go:embed lib/intel_alm_map.v
var intelMap string

// A flow is how a design is mapped to a family.
type flow struct {
	reads  map[string]string // files that the script reads, by name
	script string            // FLAT is the flag to flatten, or not to; TOP the top module
}

const xilinx = `
synth_xilinx -family xcup -noiopad -noclkbuf DSP FLAT -top TOP -run begin:map_ffram
json -o memories.json t:$mem_v2
synth_xilinx -family xcup -noiopad -noclkbuf DSP FLAT -top TOP -run map_ffram:check
`

// Every flow writes the memories that no block could take before it turns
// them into flip-flops. A synth_... command goes through a part of its steps.
var flows = map[Family]flow{
	XCUP:    {script: strings.ReplaceAll(xilinx, "DSP ", "")},
	XCUPLUT: {script: strings.ReplaceAll(xilinx, "DSP ", "-nodsp ")},
	// Its own steps for memories take none whose contents are known at power-up,
	// and autoname, one of its last, takes time for names that nobody reads.
	IntelALM: {
		reads: map[string]string{"intel_alm.txt": intelRules, "intel_alm.v": intelCells, "intel_alm_map.v": intelMap},
		script: `
read_verilog -lib intel_alm.v
synth_intel_alm -family cyclonev -noiopad -noclkbuf FLAT -top TOP -run begin:map_bram
memory_libmap -lib intel_alm.txt
techmap -map intel_alm_map.v
json -o memories.json t:$mem_v2
synth_intel_alm -family cyclonev -noiopad -noclkbuf FLAT -top TOP -run map_ffram:map_luts
techmap -map +/intel_alm/common/abc9_map.v
abc9 -maxlut 6 -W 600
techmap -map +/intel_alm/common/abc9_unmap.v
techmap -map +/intel_alm/common/alm_map.v
opt -fast
clean
`},
	ICE40: {script: `
synth_ice40 FLAT -top TOP -run begin:map_ffram
json -o memories.json t:$mem_v2
synth_ice40 FLAT -top TOP -run map_ffram:check
`},
}

// flatten is the flag of a flow that removes the hierarchy, or keeps it.
func (f Family) flatten(hierarchical bool) string {
	switch {
	case (f == XCUP || f == XCUPLUT) && !hierarchical:
		return "-flatten"
	case (f == IntelALM || f == ICE40) && hierarchical:
		return "-noflatten"
	}
	return ""
}

// Validate reports a family that Yosys is not asked to map to.
func (f Family) Validate() error {
	if _, ok := flows[f]; !ok {
		return fmt.Errorf("yosys: family is %q, want one of %s", f, strings.Trim(fmt.Sprint(Families()), "[]"))
	}
	return nil
}
