package yosys

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// A Mapping is a design to be mapped to the cells of a family.
type Mapping struct {
	Top    string // module
	SV     []byte
	Family Family

	// Hierarchical maps each module once and keeps their borders, over which
	// nothing is then optimised.
	Hierarchical bool
}

// MaxFlipFlopBits is the size up to which a memory that can be written may
// become flip-flops.
const MaxFlipFlopBits = 1024

// ErrLatch is wrapped by the error of a design with a latch.
var ErrLatch = errors.New("has a latch")

// Validate reports a mapping that no script can be written for.
func (m Mapping) Validate() error {
	if !identifier.MatchString(m.Top) {
		return fmt.Errorf("yosys: top module is %q, want a Verilog identifier", m.Top)
	}
	return m.Family.Validate()
}

// Files returns all that the result depends on, by name, the version of Yosys
// and this program aside.
func (m Mapping) Files() map[string]string {
	f := flows[m.Family]
	files := map[string]string{m.Top + ".sv": string(m.SV)}
	maps.Copy(files, f.reads)
	files[scriptFile] = "read_verilog -sv " + m.Top + ".sv; hierarchy -check -top " + m.Top + "; " + Elaborate + "; " + refuseLatches +
		strings.NewReplacer("FLAT", m.Family.flatten(m.Hierarchical), "TOP", m.Top).Replace(f.script) +
		"hierarchy -check -top " + m.Top + "; check; blackbox =A:whitebox\nwrite_json netlist.json\n"
	return files
}

// Run has Yosys map the design. It is an error if the design has a latch or if
// a memory of more than MaxFlipFlopBits would become flip-flops.
func (m Mapping) Run(ctx context.Context) (*Netlist, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	var n *Netlist
	err := inFolder(func(dir string) (err error) {
		n, err = m.in(ctx, dir, m.Files())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("yosys: mapping module %s: %w", m.Top, err)
	}
	return n, nil
}

// in executes the script of files in dir, which maps the design.
func (m Mapping) in(ctx context.Context, dir string, files map[string]string) (*Netlist, error) {
	if _, err := run(ctx, dir, files); err != nil {
		if strings.Contains(err.Error(), "selection is not empty") {
			return nil, fmt.Errorf("the design %w", ErrLatch)
		}
		return nil, err
	}
	left, err := readNetlist(m.Top, filepath.Join(dir, "memories.json"))
	if err != nil {
		return nil, err
	}
	if err := left.refuseMemories(m.Family); err != nil {
		return nil, err
	}
	n, err := readNetlist(m.Top, filepath.Join(dir, "netlist.json"))
	if err == nil && n.modules[m.Top] == nil {
		return nil, fmt.Errorf("netlist: module %s is missing", m.Top)
	}
	return n, err
}

func readNetlist(top, file string) (*Netlist, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return parse(top, data)
}

// refuseMemories reports a memory that found no block and is no table.
func (n *Netlist) refuseMemories(f Family) error {
	for _, m := range n.modules {
		for _, c := range m.Cells {
			if c.Type != "$mem_v2" || c.Int("WR_PORTS") == 0 {
				continue
			}
			if words, width := c.Int("SIZE"), c.Int("WIDTH"); words*width > MaxFlipFlopBits {
				return fmt.Errorf("memory %s of %d words of %d bits fits no memory block of %s, want at most %d bits in flip-flops",
					c.Name, words, width, f, MaxFlipFlopBits)
			}
		}
	}
	return nil
}
