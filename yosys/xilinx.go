package yosys

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"lockstep/tool"
)

// Xilinx maps sv, whose top module is top, to the cells of an UltraScale+ FPGA
// and returns how many there are of each kind, such as RAMB36E2, LUT6, FDCE or
// DSP48E2.
func Xilinx(ctx context.Context, top string, sv []byte) (map[string]int, error) {
	yosys, err := tool.Find("yosys")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "lockstep-yosys-*")
	if err != nil {
		return nil, fmt.Errorf("yosys: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, top+".sv"), sv, 0o644); err != nil {
		return nil, fmt.Errorf("yosys: %w", err)
	}
	script := "read_verilog -sv " + top + ".sv; hierarchy -check -top " + top + "; " + Elaborate +
		"; synth_xilinx -family xcup -flatten -noiopad -top " + top + "; tee -q -o stat.json stat -json"
	cmd := exec.CommandContext(ctx, yosys.Path, "-q", "-p", script)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("yosys: mapping module %s: %w\n%s", top, err, strings.TrimSpace(string(out)))
	}
	text, err := os.ReadFile(filepath.Join(dir, "stat.json"))
	if err != nil {
		return nil, fmt.Errorf("yosys: %w", err)
	}
	var stat struct {
		Design struct {
			Cells map[string]int `json:"num_cells_by_type"`
		} `json:"design"`
	}
	if err := json.Unmarshal(text, &stat); err != nil {
		return nil, fmt.Errorf("yosys: statistics of module %s: %w", top, err)
	}
	return stat.Design.Cells, nil
}
