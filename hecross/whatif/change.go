package whatif

import (
	"fmt"
	"strings"

	"lockstep/hecross/lower"
	"lockstep/systolic/tpu"
)

// A Change is one difference to the base machine or the base strategies.
type Change struct {
	Name    string
	Doc     string
	Set     []string // key=value of the machine
	Options []string // key=value of the lowering
	Parts   []Part   // what it adds, or takes away; none: nothing
	Memory  bool     // it adds memory or bandwidth, which has no area here
}

// A Part is a number of units. Count is negative for those that go.
type Part struct {
	Unit  string // name in units
	Count func(base, changed tpu.Config) int64
}

// Base is the name of the change that changes nothing.
const Base = "base"

// changes are in the order of the report: strategies, then hardware.
var changes = []Change{
	{Name: Base, Doc: "BAT, MAT, Barrett on 32-bit lanes, gathered permutation, u8 arrays, streamed parameters"},
	{Name: "sparse-bytes", Doc: "the sparse byte matrix of GPUs instead of BAT", Options: []string{"product=toeplitz"}},
	{Name: "explicit-transpose", Doc: "transposes around the second product instead of MAT", Options: []string{"transform=transpose"}},
	{Name: "montgomery", Doc: "Montgomery instead of Barrett", Options: []string{"reduction=montgomery"}},
	{Name: "shoup", Doc: "Shoup for known factors", Options: []string{"reduction=shoup"}},
	{Name: "structured-rotation", Doc: "rotations as row, column and cyclic moves", Options: []string{"permutation=structured"}},
	{Name: "fused-kernels", Doc: "no barrier between kernels", Options: []string{"fusion=program"}},
	{Name: "native-modular-unit", Doc: "a pipelined modular unit beside every vector operation slot", Options: []string{"reduction=native"},
		Parts: []Part{{"modular lane", func(_, c tpu.Config) int64 { return slots(c) }}}},
	{Name: "no-u8", Doc: "arrays for s8 only: chunks of 7 bits", Options: []string{"bytes=s8"},
		Parts: []Part{{"pe s8", func(b, _ tpu.Config) int64 { return elements(b) }}, {"pe u8", func(b, _ tpu.Config) int64 { return -elements(b) }}}},
	{Name: "bf16-only", Doc: "arrays for bf16 only, exact up to 64 residues per sum", Options: []string{"bytes=bf16"}, Memory: true},
	{Name: "arrays-128", Doc: "sixteen arrays of 128x128 in place of four of 256x256", Set: []string{"arrays=16", "rows=128", "cols=128"}},
	{Name: "arrays-512", Doc: "one array of 512x512 in place of four of 256x256", Set: []string{"arrays=1", "rows=512", "cols=512"}},
	{Name: "arrays-half", Doc: "two arrays", Set: []string{"arrays=2"}, Parts: []Part{{"pe u8", moreElements}}},
	{Name: "arrays-double", Doc: "eight arrays", Set: []string{"arrays=8"}, Parts: []Part{{"pe u8", moreElements}}},
	{Name: "vector-double", Doc: "twice the vector lanes", Set: []string{"sublanes=16"}, Parts: []Part{{"vector lane", moreSlots}}},
	{Name: "xlu-double", Doc: "twice the cross-lane units", Set: []string{"xlus=4"},
		Parts: []Part{{"permutation network", func(b, c tpu.Config) int64 { return int64(c.XLUs-b.XLUs) * int64(c.Sublanes) }}}},
	{Name: "hbm-double", Doc: "twice the HBM bandwidth", Set: []string{"hbm_bytes_per_cycle=1492"}, Memory: true},
	{Name: "vmem-double", Doc: "twice the on-chip memory", Set: []string{"vmem_bytes=268435456"}, Memory: true},
	{Name: "vmem-double-resident", Doc: "twice the on-chip memory, parameters in it", Set: []string{"vmem_bytes=268435456"}, Options: []string{"parameters=resident"}, Memory: true},
}

// Kind returns what a change is of: base, strategy, logic, or memory and
// interfaces, which have no logic to count.
func (c Change) Kind() string {
	switch {
	case c.Name == Base:
		return "base"
	case c.Memory:
		return "memory"
	case len(c.Set) > 0 || len(c.Parts) > 0:
		return "logic"
	}
	return "strategy"
}

func elements(c tpu.Config) int64 { return int64(c.Arrays * c.Array().PEs()) }

func moreElements(b, c tpu.Config) int64 { return elements(c) - elements(b) }

// slots is the vector operations that can be under way in a cycle, whole ones.
func slots(c tpu.Config) int64 {
	perLane := (c.ALUs.Num + c.ALUs.Den - 1) / c.ALUs.Den
	return int64(c.Lanes) * int64(c.Sublanes) * perLane
}

func moreSlots(b, c tpu.Config) int64 { return slots(c) - slots(b) }

// Names returns the names of all changes, the base first.
func Names() []string {
	names := make([]string, len(changes))
	for i, c := range changes {
		names[i] = c.Name
	}
	return names
}

// Find returns the change of a name.
func Find(name string) (Change, error) {
	for _, c := range changes {
		if c.Name == name {
			return c, nil
		}
	}
	return Change{}, fmt.Errorf("whatif: change is %q, want one of %s", name, strings.Join(Names(), ", "))
}

// Apply returns machine and strategies with the change.
func (c Change) Apply(m tpu.Config, o lower.Options) (tpu.Config, lower.Options, error) {
	for _, s := range c.Set {
		if err := m.Set(s); err != nil {
			return m, o, fmt.Errorf("whatif: %s: %w", c.Name, err)
		}
	}
	for _, s := range c.Options {
		if err := o.Set(s); err != nil {
			return m, o, fmt.Errorf("whatif: %s: %w", c.Name, err)
		}
	}
	if err := m.Validate(); err != nil {
		return m, o, fmt.Errorf("whatif: %s: %w", c.Name, err)
	}
	return m, o, nil
}
