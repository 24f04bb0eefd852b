package cosim

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"

	"lockstep/verilator"
)

// The window of the waveform around a difference, in cycles.
const (
	waveBefore = 200
	waveAfter  = 50
)

// Crash writes a directory about the difference that was found: README.txt;
// difference.json; program.txt, the instructions with their cycles on both
// sides; wave.vcd, the cycles around the difference within its token; the
// Verilog, the harness, commands.bin and run.sh, which writes wave.vcd again
// with verilator and g++ alone. It lies in folder root, "" meaning crash in the
// cache; its name is a hash of what differs, so that a difference that comes
// back finds its directory again. command is the one that repeats the run.
func (l *Lockstep) Crash(root, command string) (dir string, err error) {
	d := l.found
	if d == nil {
		return "", errors.New("cosim: there is no difference to write about")
	}
	if root == "" {
		cache, err := verilator.CacheDir()
		if err != nil {
			return "", err
		}
		root = filepath.Join(cache, "crash")
	}
	identity, err := json.Marshal(map[string]any{"difference": d, "config": l.config, "fault": l.options.Fault.String(), "tokens": l.tokens,
		"shape": l.model.Shape})
	if err != nil {
		return "", fmt.Errorf("cosim: crash directory: %w", err)
	}
	hash := sha256.Sum256(identity)
	dir = filepath.Join(root, "ternary_core-"+hex.EncodeToString(hash[:])[:12])
	if err := l.replay(dir); err != nil {
		return "", err
	}
	data, err := json.MarshalIndent(d, "", "\t")
	if err != nil {
		return "", fmt.Errorf("cosim: crash directory: %w", err)
	}
	for name, text := range map[string]string{"README.txt": d.readme(command), "difference.json": string(data) + "\n",
		"program.txt": l.at.listing(d.Index)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return "", fmt.Errorf("cosim: crash directory: %w", err)
		}
	}
	return dir, nil
}

// replay runs the RTL again from reset, in the crash directory, with waveforms
// around the difference. A requirement that fails again ends the window.
func (l *Lockstep) replay(dir string) (err error) {
	d, begin := l.found, l.begin
	h, err := l.hardware(verilator.SessionConfig{Progress: l.options.Progress, Trace: true, Replay: dir})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	for _, tokens := range l.tokens[:len(l.tokens)-1] {
		if _, err := h.StepLanes(tokens); err != nil {
			return err
		}
	}
	again, err := h.offer(l.tokens[len(l.tokens)-1], 0)
	if err != nil {
		return err
	}
	if again != begin {
		return fmt.Errorf("cosim: the token is accepted in cycle %d when the run is repeated, was %d", again, begin)
	}
	s, first := h.session, max(0, d.Cycle-waveBefore)
	wave := func() error { return s.Wave("wave.vcd") }
	run := func() error { return errors.Join(h.send("token"), s.Step(max(0, first-1))) }
	if first == 0 {
		err = errors.Join(wave(), run())
	} else {
		err = errors.Join(run(), wave())
	}
	err = errors.Join(err, s.Step(d.Cycle+waveAfter-(s.Cycle()-begin)))
	if d.Requirement != "" {
		err = nil // it is broken again, which ended the window
	}
	return errors.Join(err, s.Wave(""))
}

func (d *Difference) readme(command string) string {
	text := fmt.Sprintf(`%s

program.txt lists the instructions of the token with their cycles on both sides; wave.vcd shows cycles %d
to %d of the token, counted from the one in which it is accepted. ./run.sh builds the RTL and plays
the run again from the files of this directory, which writes wave.vcd.
`, d.Error(), max(0, d.Cycle-waveBefore), d.Cycle+waveAfter)
	if command != "" {
		text += "In the project, the run is repeated by\n\n    " + command + "\n"
	}
	return text
}

// listing prints the program with the cycles of both sides, the difference
// marked.
func (c comparison) listing(marked int) string {
	var b strings.Builder
	cycle := func(n int64) string {
		if n == none {
			return "none"
		}
		return fmt.Sprint(n)
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\tindex\tissue event\tissue rtl\tend event\tend rtl\tunit\tinstruction\t")
	for k := range c.got {
		in, mark := c.program.Instrs[k], ""
		if k == marked {
			mark = "=>"
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\t%d\t%s\t%s\t%s\t# %s\n", mark, k, c.want[k].Issue, cycle(c.got[k].issue),
			c.want[k].End, cycle(c.got[k].end), in.Op.Unit(), in.String(), in.Note)
	}
	w.Flush()
	return b.String()
}
