// Package yosys checks generated Verilog with Yosys: that it synthesises, and
// to what.
package yosys

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"lockstep/tool"
)

// Elaborate is the Yosys script between hierarchy and optimisation. It merges
// read registers into memories first: Yosys 0.23 otherwise drops the constant
// columns of a ROM (opt_mem) and then leaves the rest of its merged read
// register without a driver (memory_dff). Before that, opt_dff turns the read
// enables from multiplexers into enables, which is how memory_dff knows them.
const Elaborate = "proc; opt_clean; opt_dff -nosdff; opt_clean; memory_dff; opt_clean"

// Synthesise has Yosys read sv, whose top module is top, check it (no loops,
// no undriven or multiply driven nets), refuse any latch and map it to generic
// gates. Warnings are errors.
func Synthesise(ctx context.Context, top string, sv []byte) error {
	yosys, err := tool.Find("yosys")
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lockstep-yosys-*")
	if err != nil {
		return fmt.Errorf("yosys: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, top+".sv"), sv, 0o644); err != nil {
		return fmt.Errorf("yosys: %w", err)
	}
	script := "read_verilog -sv " + top + ".sv; hierarchy -check -top " + top + "; " + Elaborate +
		"; select -assert-none t:$dlatch t:$adlatch t:$dlatchsr; check -assert; opt; memory -nomap; opt_clean; check -assert" +
		"; techmap; opt_clean; check -assert"
	cmd := exec.CommandContext(ctx, yosys.Path, "-q", "-p", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("yosys: module %s: %w\n%s", top, err, strings.TrimSpace(string(out)))
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Warning:") && !strings.Contains(line, "Resizing cell port") {
			return fmt.Errorf("yosys: module %s: %s", top, strings.TrimSpace(line))
		}
	}
	return nil
}
