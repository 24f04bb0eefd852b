package scalesim

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"lockstep/systolic"
)

// A Config is what a configuration file of SCALE-Sim says. Only Array and
// Dataflow decide the figures of this package; the rest is checked and kept.
// A number that the file does not give is 0, a text "".
type Config struct {
	RunName       string
	Array         systolic.Array
	Dataflow      systolic.Dataflow
	IfmapSRAMKB   int // SRAM sizes in the unit of the file, kilobytes
	FilterSRAMKB  int
	OfmapSRAMKB   int
	IfmapOffset   int // addresses
	FilterOffset  int
	OfmapOffset   int
	Bandwidth     []int // of the memory interface in words per cycle: one for all, or one per operand
	MemoryBanks   int
	UserBandwidth bool     // InterfaceBandwidth: false CALC, what keeps the array busy; true USER, what Bandwidth says
	TopologyFile  string   // of older files; "" if it comes from the command line
	Ignored       []string // "[section] key" that are read by nobody here, sorted
}

// ReadConfig reads a configuration file; errors call the text file and give
// line, column and what was wanted. ArrayHeight, ArrayWidth and Dataflow are
// required. Keys that are unknown here are listed in Ignored, except for
// SparsitySupport, which must be off.
func ReadConfig(file string, data []byte) (Config, error) {
	sections, err := readINI(file, data)
	if err != nil {
		return Config{}, err
	}
	r := reader{file: file, sections: sections}
	const presets = "architecture_presets"
	var c Config
	r.text("general", "run_name", &c.RunName)
	r.integer(presets, "ArrayHeight", &c.Array.Rows, 1, systolic.MaxSide, true)
	r.integer(presets, "ArrayWidth", &c.Array.Cols, 1, systolic.MaxSide, true)
	r.dataflow(presets, "Dataflow", &c.Dataflow)
	r.integer(presets, "IfmapSramSzkB", &c.IfmapSRAMKB, 1, math.MaxInt32, false)
	r.integer(presets, "FilterSramSzkB", &c.FilterSRAMKB, 1, math.MaxInt32, false)
	r.integer(presets, "OfmapSramSzkB", &c.OfmapSRAMKB, 1, math.MaxInt32, false)
	r.integer(presets, "IfmapOffset", &c.IfmapOffset, 0, math.MaxInt, false)
	r.integer(presets, "FilterOffset", &c.FilterOffset, 0, math.MaxInt, false)
	r.integer(presets, "OfmapOffset", &c.OfmapOffset, 0, math.MaxInt, false)
	r.bandwidth(presets, "Bandwidth", &c.Bandwidth)
	r.integer(presets, "MemoryBanks", &c.MemoryBanks, 1, math.MaxInt32, false)
	r.flag("run_presets", "InterfaceBandwidth", &c.UserBandwidth, "CALC", "USER")
	r.text("network_presets", "TopologyCsvLoc", &c.TopologyFile)
	c.TopologyFile = strings.Trim(c.TopologyFile, `"`)
	var sparse bool
	sparsity, given := r.flag("sparsity", "SparsitySupport", &sparse, "false", "true")
	switch {
	case r.err != nil:
		return Config{}, r.err
	case given && sparse:
		return Config{}, sparsity.errorf("false: sparse layers are not supported")
	case c.UserBandwidth && c.Bandwidth == nil:
		return Config{}, fmt.Errorf("scalesim: %s: InterfaceBandwidth is USER without a Bandwidth, want one in [%s]", file, presets)
	}
	c.Ignored = r.rest()
	return c, nil
}

// Notes returns a sentence for each thing that the configuration asks for and
// that has no effect here, none if there is nothing.
func (c Config) Notes() []string {
	var notes []string
	if c.UserBandwidth {
		notes = append(notes, "InterfaceBandwidth is USER: stalls of the memory interface are not modelled, cycles are those of CALC")
	}
	if len(c.Ignored) > 0 {
		notes = append(notes, "not used: "+strings.Join(c.Ignored, ", "))
	}
	return notes
}

// A reader takes values out of sections and keeps the first error.
type reader struct {
	file     string
	sections ini
	err      error
}

// take removes and returns a value.
func (r *reader) take(section, key string) (value, bool) {
	low := strings.ToLower(key)
	v, ok := r.sections[section][low]
	delete(r.sections[section], low)
	return v, ok && r.err == nil
}

func (r *reader) text(section, key string, to *string) {
	if v, ok := r.take(section, key); ok {
		*to = v.text
	}
}

// missing notes that a required key is not there.
func (r *reader) missing(section, key, want string) {
	if r.err == nil {
		r.err = fmt.Errorf("scalesim: %s: no %s in [%s], want %s", r.file, key, section, want)
	}
}

func (r *reader) integer(section, key string, to *int, least, most int, required bool) {
	v, ok := r.take(section, key)
	switch {
	case ok:
		*to, r.err = v.integer(least, most)
	case required:
		r.missing(section, key, fmt.Sprintf("an integer from %d to %d", least, most))
	}
}

func (r *reader) dataflow(section, key string, to *systolic.Dataflow) {
	v, ok := r.take(section, key)
	if !ok {
		r.missing(section, key, "os, ws or is")
		return
	}
	var err error
	if *to, err = systolic.ParseDataflow(strings.ToLower(v.text)); err != nil {
		r.err = v.errorf("os, ws or is")
	}
}

// bandwidth reads one number or three separated by commas.
func (r *reader) bandwidth(section, key string, to *[]int) {
	v, ok := r.take(section, key)
	if !ok {
		return
	}
	for part := range strings.SplitSeq(v.text, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 {
			r.err = v.errorf("positive integers, one or three separated by commas")
			return
		}
		*to = append(*to, n)
	}
	if len(*to) != 1 && len(*to) != 3 {
		r.err = v.errorf("positive integers, one or three separated by commas")
	}
}

// flag reads one of two words, in any case.
func (r *reader) flag(section, key string, to *bool, no, yes string) (value, bool) {
	v, ok := r.take(section, key)
	if !ok {
		return v, false
	}
	*to = strings.EqualFold(v.text, yes)
	if !*to && !strings.EqualFold(v.text, no) {
		r.err = v.errorf("%s or %s", no, yes)
	}
	return v, true
}

// rest lists what nobody has taken.
func (r *reader) rest() []string {
	var names []string
	for section, keys := range r.sections {
		for _, v := range keys {
			names = append(names, fmt.Sprintf("[%s] %s", section, v.key))
		}
	}
	slices.Sort(names)
	return names
}
