// Package verilator runs generated Verilog under Verilator.
//
// One generic C++ harness, given access to the ports of a unit, plays stimuli
// from standard input and reports on standard output what moved and when.
// Binaries are cached by the hash of everything they are built from.
package verilator

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"

	"lockstep/rtl/unit"
)

//go:embed harness/unit.cpp
var harness string

// An Executor builds and runs Verilator binaries. The zero value is ready.
type Executor struct {
	Context  context.Context // of builds and runs; nil means background
	Progress func(module string)
}

// Run implements [unit.Executor]. A missing tool is an error wrapping
// tool.ErrMissing.
func (e Executor) Run(u *unit.Unit, runs []unit.Stimulus) ([]unit.Result, error) {
	for _, s := range runs {
		if err := u.Admits(s); err != nil {
			return nil, err
		}
	}
	r, err := unitRecipe(u)
	if err != nil {
		return nil, err
	}
	bin, err := r.Build(e.ctx(), e.Progress)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(e.ctx(), bin)
	cmd.Stdin = bytes.NewReader(encode(u, runs))
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("verilator: running %s: %w\n%s", u.Name, err, log.Bytes())
	}
	results, err := decode(u, runs, out.Bytes())
	for i := range results {
		results[i].Fault = explain(results[i].Fault, r.Files[r.Top+".sv"])
	}
	return results, err
}

// Build builds the binary of u without running it.
func (e Executor) Build(u *unit.Unit) error {
	r, err := unitRecipe(u)
	if err != nil {
		return err
	}
	_, err = r.Build(e.ctx(), e.Progress)
	return err
}

func (e Executor) ctx() context.Context {
	if e.Context == nil {
		return context.Background()
	}
	return e.Context
}

func unitRecipe(u *unit.Unit) (Recipe, error) {
	m, err := u.Module()
	if err != nil {
		return Recipe{}, err
	}
	sv, err := m.Verilog()
	if err != nil {
		return Recipe{}, err
	}
	return Recipe{Top: m.Name, Optimise: shortRuns, Files: map[string]string{
		m.Name + ".sv": string(sv), "ports.h": portsHeader(u, m), "harness.cpp": harness}}, nil
}

// encode writes stimuli in the form that the harness reads.
func encode(u *unit.Unit, runs []unit.Stimulus) []byte {
	in, _ := u.Channels()
	le := binary.LittleEndian
	b := le.AppendUint32(nil, uint32(len(runs)))
	for _, s := range runs {
		b = le.AppendUint64(b, s.Seed)
		b = le.AppendUint32(b, uint32(s.StallIn))
		b = le.AppendUint32(b, uint32(s.StallOut))
		b = le.AppendUint32(b, uint32(s.Limit))
		for _, e := range s.Expect {
			b = le.AppendUint32(b, uint32(e))
		}
		for i, items := range s.In {
			b = le.AppendUint32(b, uint32(len(items)))
			for _, it := range items {
				b = le.AppendUint32(b, uint32(it.Gap))
				for k, p := range in[i].Payload {
					b = pack(b, p, it.Frame[k])
				}
			}
		}
	}
	return b
}

var errShort = errors.New("verilator: the harness ended its reply early")

// decode reads the harness's reply.
func decode(u *unit.Unit, runs []unit.Stimulus, b []byte) ([]unit.Result, error) {
	in, out := u.Channels()
	short := false
	take := func(n int) []byte {
		if short || n < 0 || n > len(b) {
			short = true
			return nil
		}
		t := b[:n]
		b = b[n:]
		return t
	}
	next := func() int {
		if w := take(4); w != nil {
			return int(binary.LittleEndian.Uint32(w))
		}
		return 0
	}
	// count is next, for a list whose elements take at least 4 bytes.
	count := func() int {
		n := next()
		if n > len(b)/4 {
			short = true
			return 0
		}
		return n
	}
	results := make([]unit.Result, len(runs))
	for r := range results {
		res := unit.Result{Cycles: next(), Accepted: make([][]int, len(in)), Out: make([][]unit.Beat, len(out))}
		for i := range in {
			for range count() {
				res.Accepted[i] = append(res.Accepted[i], next())
			}
		}
		for i, c := range out {
			var beats []unit.Beat
			if n := count(); n > 0 {
				beats = make([]unit.Beat, n)
			}
			for k := range beats {
				beats[k] = unit.Beat{Cycle: next(), Out: unit.NewFrame(c.Payload)}
			}
			for k := range beats {
				for p, port := range c.Payload {
					if w := take(4 * words(port)); !short {
						unpack(port, w, beats[k].Out[p])
					}
				}
			}
			res.Out[i] = beats
		}
		res.Fault = string(take(next()))
		if short {
			return nil, errShort
		}
		results[r] = res
	}
	return results, nil
}
