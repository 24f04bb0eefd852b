package verilator

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"lockstep/rtl/unit"
)

// A Crash is a run of a unit under Verilator that differs from the golden
// model, with everything needed to look at it and to repeat it.
type Crash struct {
	Unit     *unit.Unit // the structure that ran
	Plan     *unit.Plan
	Mismatch *unit.Mismatch
	Got      []unit.Result // of Verilator, by run of the plan
	Root     string        // folder of crash directories; "" means crash in the cache
}

// Reproduce returns the command that repeats the failing check.
func (c Crash) Reproduce() string {
	s := fmt.Sprintf("simulate cosim --unit %s --seed %d --frames %d", c.Unit.Name, c.Plan.Seed, c.Plan.N)
	if f := c.Unit.Fault; f.Kind != "" {
		s += fmt.Sprintf(" --inject %s:%d", f.Kind, f.Index)
	}
	return s
}

// Write creates a directory with the failing run: README.txt; the stimulus as
// the harness reads it (stimulus.bin) and in words (stimulus.json);
// expected.txt and got.txt, one line per output beat; the Verilog, harness.cpp
// and ports.h; wave.vcd; and run.sh, which builds and plays the run from these
// files alone, with verilator and g++, and fails while the outputs differ from
// expected.txt. The name is a hash of the contents, so that a failure that
// comes back finds its directory again.
func (c Crash) Write(ctx context.Context) (dir string, err error) {
	run := c.Mismatch.Run
	if run < 0 || run >= len(c.Plan.Runs) || run >= len(c.Got) {
		return "", fmt.Errorf("verilator: crash of %s: run is %d, want 0 to %d", c.Unit.Name, run, len(c.Plan.Runs)-1)
	}
	r, err := unitRecipe(c.Unit)
	if err != nil {
		return "", err
	}
	r.Trace = true
	due, err := c.Plan.Due(run, c.Got[run])
	if err != nil {
		return "", err
	}
	root := c.Root
	if root == "" {
		if root, err = CacheDir(); err != nil {
			return "", err
		}
		root = filepath.Join(root, "crash")
	}
	files := map[string][]byte{
		"stimulus.bin": encode(c.Unit, c.Plan.Runs[run:run+1]),
		"expected.txt": []byte(c.text(c.expected(run, due), due != nil, "none")),
		"got.txt":      []byte(c.text(c.Got[run].Out, due != nil, orNone(c.Got[run].Fault))),
		"README.txt":   []byte(c.readme(run)),
		"run.sh":       []byte(script(r, due != nil)),
	}
	for name, text := range r.Files {
		files[name] = []byte(text)
	}
	if files["stimulus.json"], err = json.MarshalIndent(c.stimulus(run), "", "\t"); err != nil {
		return "", fmt.Errorf("verilator: crash of %s: %w", c.Unit.Name, err)
	}
	hash := sha256.New()
	hash.Write(files["stimulus.bin"])
	hash.Write(files["expected.txt"])
	hash.Write(files["got.txt"])
	io.WriteString(hash, r.Files[r.Top+".sv"])
	dir = filepath.Join(root, c.Unit.Name+"-"+hex.EncodeToString(hash.Sum(nil))[:12])
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("verilator: crash of %s: %w", c.Unit.Name, err)
	}
	for name, text := range files {
		mode := os.FileMode(0o644)
		if name == "run.sh" {
			mode = 0o755
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, mode); err != nil {
			return "", fmt.Errorf("verilator: crash of %s: %w", c.Unit.Name, err)
		}
	}
	return dir, c.wave(ctx, r, dir, files["stimulus.bin"])
}

// wave plays the run with waveforms.
func (c Crash) wave(ctx context.Context, r Recipe, dir string, stimulus []byte) error {
	bin, err := r.Build(ctx, nil)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, bin, "--wave", filepath.Join(dir, "wave.vcd"), "--text")
	cmd.Stdin = bytes.NewReader(stimulus)
	var log bytes.Buffer
	cmd.Stderr = &log
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("verilator: waveform of %s: %w\n%s", c.Unit.Name, err, log.Bytes())
	}
	return nil
}

// expected returns the golden beats of a run; without due, cycles are unknown.
func (c Crash) expected(run int, due [][]int) [][]unit.Beat {
	beats := make([][]unit.Beat, len(c.Plan.Want(run)))
	for i, want := range c.Plan.Want(run) {
		for k, f := range want {
			b := unit.Beat{Out: f}
			if due != nil && k < len(due[i]) {
				b.Cycle = due[i][k]
			}
			beats[i] = append(beats[i], b)
		}
	}
	return beats
}

// text prints output beats as the harness does with --text.
func (c Crash) text(beats [][]unit.Beat, cycles bool, fault string) string {
	var b strings.Builder
	_, outs := c.Unit.Channels()
	for i, ch := range outs {
		for k, beat := range beats[i] {
			fmt.Fprintf(&b, "%s %d", ch.Name, k)
			if cycles {
				fmt.Fprintf(&b, " cycle=%d", beat.Cycle)
			}
			for q, p := range ch.Payload {
				fmt.Fprintf(&b, " %s=%s", p.Name, strings.Trim(strings.ReplaceAll(fmt.Sprint(beat.Out[q]), " ", ","), "[]"))
			}
			b.WriteByte('\n')
		}
	}
	fmt.Fprintf(&b, "fault: %s\n", fault)
	return b.String()
}

func orNone(fault string) string {
	if fault == "" {
		return "none"
	}
	return fault
}

type crashBeat struct {
	Gap  int                `json:"gap"`
	Data map[string][]int64 `json:"data"`
}

// stimulus returns the run in the form of stimulus.json.
func (c Crash) stimulus(run int) any {
	s := c.Plan.Runs[run]
	ins, _ := c.Unit.Channels()
	channels := map[string][]crashBeat{}
	for i, ch := range ins {
		for _, it := range s.In[i] {
			b := crashBeat{Gap: it.Gap, Data: map[string][]int64{}}
			for q, p := range ch.Payload {
				b.Data[p.Name] = it.Frame[q]
			}
			channels[ch.Name] = append(channels[ch.Name], b)
		}
	}
	return map[string]any{"unit": c.Unit.Name, "run": run, "seed": s.Seed, "stall_in_of_256": s.StallIn,
		"stall_out_of_256": s.StallOut, "limit_cycles": s.Limit, "in": channels}
}

func (c Crash) readme(run int) string {
	return fmt.Sprintf(`%s

Run %d of the plan with seed %d, played under Verilator, differs from the golden model: compare
expected.txt with got.txt (one line per output beat), look at wave.vcd, read stimulus.json.
./run.sh builds and plays this run again from the files of this directory and fails while the
outputs differ from expected.txt. In the project, the whole check is repeated by

    %s
`, c.Mismatch.Error(), run, c.Plan.Seed, c.Reproduce())
}

// script returns run.sh.
func script(r Recipe, cycles bool) string {
	flags := "--text"
	if cycles {
		flags += " --cycles"
	}
	return fmt.Sprintf(`#!/bin/sh
# Builds and plays the failing run of %s; exits 1 while it differs from expected.txt.
%s./sim --wave wave.vcd %s < stimulus.bin > replay.txt
if diff expected.txt replay.txt; then
    echo "the outputs equal expected.txt"
else
    echo "the outputs differ from expected.txt" >&2
    exit 1
fi
`, r.Top, buildScript(r), flags)
}
