// Package yosys checks generated Verilog with Yosys: that it synthesises, and
// to what.
package yosys

import (
	"context"
	"fmt"
	"strings"
)

// Elaborate is the Yosys script between hierarchy and optimisation. It merges
// read registers into memories first: Yosys 0.23 otherwise drops the constant
// columns of a ROM (opt_mem) and then leaves the rest of its merged read
// register without a driver (memory_dff). Before that, opt_dff turns the read
// enables from multiplexers into enables, which is how memory_dff knows them.
const Elaborate = "proc; opt_clean; opt_dff -nosdff; opt_clean; memory_dff; opt_clean"

// refuseLatches ends the script when the elaborated design has a latch.
const refuseLatches = "select -assert-none t:$dlatch t:$adlatch t:$dlatchsr"

// Synthesise has Yosys read sv, whose top module is top, check it (no loops,
// no undriven or multiply driven nets), refuse any latch and map it to generic
// gates, multipliers aside: they would take nine tenths of the time, and
// families have blocks for them. Warnings are errors.
func Synthesise(ctx context.Context, top string, sv []byte) error {
	if !identifier.MatchString(top) {
		return fmt.Errorf("yosys: top module is %q, want a Verilog identifier", top)
	}
	script := "read_verilog -sv " + top + ".sv; hierarchy -check -top " + top + "; " + Elaborate + "; " + refuseLatches +
		"; check -assert; opt; memory -nomap; opt_clean; check -assert; techmap t:* t:$mul %d; opt_clean; check -assert\n"
	return inFolder(func(dir string) error {
		out, err := run(ctx, dir, map[string]string{top + ".sv": string(sv), scriptFile: script})
		if err != nil {
			return fmt.Errorf("yosys: module %s: %w", top, err)
		}
		for line := range strings.Lines(out) {
			if strings.HasPrefix(line, "Warning:") && !strings.Contains(line, "Resizing cell port") {
				return fmt.Errorf("yosys: module %s: %s", top, strings.TrimSpace(line))
			}
		}
		return nil
	})
}
