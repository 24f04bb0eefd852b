// Package nextpnr places and routes a netlist on a Lattice iCE40 HX8K with
// nextpnr-ice40 and says how fast it is there. The HX8K is the largest iCE40 and
// of the fastest speed grade: 7,680 logic cells of one LUT of four inputs, one
// carry bit and one flip-flop each, 32 memory blocks of 4,096 bits, no
// multipliers.
package nextpnr

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"lockstep/tool"
)

// Program is the command.
const Program = "nextpnr-ice40"

// Device is the FPGA: the ct256 package has the most pins.
const Device = "iCE40 HX8K"

// What the device has.
const (
	LogicCells   = 7680
	MemoryBlocks = 32
)

// MaxSeed is the largest seed.
const MaxSeed = 1<<31 - 1

// targetMHz is above what any design with logic reaches on the device, so that
// the placer never has slack to give away.
const targetMHz = 500

// A Result is a routed design.
type Result struct {
	MHz       float64 `json:"mhz"`        // of the clock, at most: 1000 / PathNS
	PathNS    float64 `json:"path_ns"`    // critical path, between flip-flops of the clock
	LogicNS   float64 `json:"logic_ns"`   // of it, in cells, from clock to output and setup included
	RoutingNS float64 `json:"routing_ns"` // of it, in wires; the sum of both can differ from PathNS by a percent
	Cells     int     `json:"cells"`      // logic cells used
	RAM       int     `json:"ram"`        // memory blocks used
	Path      []Step  `json:"path"`       // critical path
}

// A Step is one part of a path: through a cell, or along a wire to another.
type Step struct {
	Kind string  `json:"kind"` // clk-to-q, logic, routing or setup
	From string  `json:"from"` // cell
	To   string  `json:"to"`
	NS   float64 `json:"ns"`
}

// args are the arguments that decide what comes out, the seed aside.
var args = []string{"--hx8k", "--package", "ct256", "--freq", strconv.Itoa(targetMHz), "--timing-allow-fail"}

// Run places and routes the netlist, as Yosys writes it, from a seed in
// [1, MaxSeed]: the same netlist, seed and version give the same result. A
// netlist that the device has no room for is a [*TooLargeError].
func Run(ctx context.Context, netlist []byte, seed int) (Result, error) {
	if seed < 1 || seed > MaxSeed {
		return Result{}, fmt.Errorf("nextpnr: seed is %d, want 1 to %d", seed, MaxSeed)
	}
	program, err := tool.Find(Program)
	if err != nil {
		return Result{}, err
	}
	return run(ctx, program.Path, netlist, seed)
}

func run(ctx context.Context, path string, netlist []byte, seed int) (Result, error) {
	dir, err := os.MkdirTemp("", "lockstep-nextpnr-*")
	if err != nil {
		return Result{}, fmt.Errorf("nextpnr: %w", err)
	}
	defer os.RemoveAll(dir)
	in, log, report := filepath.Join(dir, "netlist.json"), filepath.Join(dir, "log"), filepath.Join(dir, "report.json")
	if err := os.WriteFile(in, netlist, 0o644); err != nil {
		return Result{}, fmt.Errorf("nextpnr: %w", err)
	}
	cmd := exec.CommandContext(ctx, path, append([]string{"--json", in, "--seed", strconv.Itoa(seed), "--report", report, "--log", log, "--quiet"}, args...)...)
	cmd.WaitDelay = time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil {
		return Result{}, fmt.Errorf("nextpnr: %w", ctx.Err())
	}
	if err != nil {
		text, _ := os.ReadFile(log) // without one, the message says what failed
		if e := tooLarge(string(text)); e != nil {
			return Result{}, e
		}
		return Result{}, fmt.Errorf("nextpnr: %s: %w\n%s", Program, err, strings.TrimSpace(string(out)))
	}
	data, err := os.ReadFile(report)
	if errors.Is(err, os.ErrNotExist) {
		return Result{}, fmt.Errorf("nextpnr: %s ended well and wrote no report", Program)
	}
	if err != nil {
		return Result{}, fmt.Errorf("nextpnr: %w", err)
	}
	return parse(data)
}
