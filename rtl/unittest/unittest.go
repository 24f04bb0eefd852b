// Package unittest is the conformance test that every unit calls.
package unittest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"lockstep/rtl/unit"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
	"lockstep/yosys"
)

var (
	update = flag.Bool("update", false, "rewrite generated Verilog")
	seed   = flag.Uint64("seed", 1, "stimulus seed")
)

// Check fails t unless u's golden model, its structure interpreted in Go and
// its Verilog under Verilator agree on every value and cycle over about n
// frames or beats, stalls included; the committed Verilog in testdata is what
// u generates; and Yosys synthesises it without latches, undefined values or
// multiple drivers. A missing tool skips its part unless tools are required
// (see package tool); -short skips the tools.
func Check(t *testing.T, u *unit.Unit, n int) {
	t.Helper()
	m, err := u.Module()
	if err != nil {
		t.Fatal(err)
	}
	sv, err := m.Verilog()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("fresh", func(t *testing.T) { fresh(t, filepath.Join("testdata", u.Name+".sv"), sv) })
	plan, err := u.Plan(*seed, n)
	if err != nil {
		t.Fatal(err)
	}
	var interp []unit.Result
	t.Run("interp", func(t *testing.T) {
		if interp, err = (unit.Interp{}).Run(u, plan.Runs); err != nil {
			t.Fatal(err)
		}
		if err := confirm(plan, "interpreter", interp); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("verilator", func(t *testing.T) {
		tooltest.Need(t, "verilator", "g++")
		got, err := verilator.Executor{}.Run(u, plan.Runs)
		if err != nil {
			t.Fatal(err)
		}
		err = confirm(plan, "verilator", got)
		for r := range got {
			if err == nil && interp != nil && !reflect.DeepEqual(got[r], interp[r]) {
				err = &unit.Mismatch{Unit: u.Name, Executor: "verilator", Run: r, Seed: *seed,
					Text: "verilator and interpreter differ in cycles"}
			}
		}
		if err != nil {
			t.Fatal(explain(t.Context(), u, plan, err, got))
		}
	})
	t.Run("yosys", func(t *testing.T) {
		tooltest.Need(t, "yosys")
		if err := yosys.Synthesise(t.Context(), u.Name, sv); err != nil {
			t.Fatal(err)
		}
	})
}

func fresh(t *testing.T, file string, want []byte) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err == nil && bytes.Equal(got, want) {
		return
	}
	if !*update {
		t.Fatalf("%s is stale; run: go test -run '%s' -update", file, t.Name())
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

func confirm(plan *unit.Plan, executor string, results []unit.Result) error {
	n, err := plan.Check(executor, results)
	if err == nil && n == 0 {
		err = fmt.Errorf("%s: no cycle was confirmed; give the unit's Streams a Due", executor)
	}
	return err
}

// explain writes a crash directory for a mismatch and adds to the error where
// it is and how to repeat the check.
func explain(ctx context.Context, u *unit.Unit, plan *unit.Plan, err error, got []unit.Result) error {
	var bad *unit.Mismatch
	if !errors.As(err, &bad) {
		return err
	}
	c := verilator.Crash{Unit: u, Plan: plan, Mismatch: bad, Got: got}
	dir, crash := c.Write(ctx)
	if crash != nil {
		return fmt.Errorf("%w\nno crash directory: %w\nreproduce: %s", err, crash, c.Reproduce())
	}
	return fmt.Errorf("%w\ncrash directory: %s\nreproduce: %s", err, dir, c.Reproduce())
}
