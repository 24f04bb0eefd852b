package bench

import (
	"context"
	"encoding/json"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/systolic/kernel"
	"lockstep/tool/tooltest"
)

func TestLayers(t *testing.T) {
	layers := Layers()
	var names []string
	for _, l := range layers {
		names = append(names, l.Name)
		require.NotEmpty(t, l.What, l.Name)
	}
	require.Equal(t, []string{"kernel", "ternary", "int8", "gemm", "gemm-values", "he-ntt", "he-mult", "area"}, names)
	layers[0].Name = "changed"
	require.Equal(t, "kernel", Layers()[0].Name)
}

// ways are the rows of each layer that needs no tool; those that simulate begin
// with >.
var ways = map[string][]string{
	"kernel":      {">bare loop of the same schedule", ">event kernel on Akita"},
	"gemm":        {"closed form of SCALE-Sim, one array 128x128", ">event model, the same array", ">event model, TPU v6e with HBM and overlap"},
	"gemm-values": {"byte product alone, 1024x1024x1024, kernel " + kernel.Best().String(), ">TPU v6e, values and cycles", ">TPU v6e, cycles only"},
	"he-ntt": {"golden butterflies, 8 limbs of N = 8192", "three steps through literal bytes", ">TPU v6e, literal bytes and cycles",
		">TPU v6e, cycles only"},
	"he-mult": {"golden arithmetic, parameter set HEAP", ">TPU v6e, literal bytes and cycles", ">TPU v6e, cycles only"},
}

// only returns the options to measure one layer for hardly any time.
func only(pattern string) Options {
	return Options{Time: time.Microsecond, Only: regexp.MustCompile("^(" + pattern + ")$")}
}

func TestRows(t *testing.T) {
	for layer, want := range ways {
		t.Run(layer, func(t *testing.T) {
			r, err := Run(t.Context(), only(layer))
			require.NoError(t, err)
			requireRows(t, r, layer, want)
		})
	}
	t.Run("int8", func(t *testing.T) {
		want := []string{"three plain Go loops, u8*u8, 32x1024x1024"}
		for _, p := range kernel.Paths() {
			want = append(want, "kernel "+p.String()+", 256x1024x1024, B packed before")
		}
		r, err := Run(t.Context(), only("int8"))
		require.NoError(t, err)
		requireRows(t, r, "int8", want)
	})
	t.Run("ternary", func(t *testing.T) {
		tooltest.Need(t, "verilator", "g++")
		r, err := Run(t.Context(), only("ternary"))
		require.NoError(t, err)
		requireRows(t, r, "ternary", []string{"golden model", ">event model, values and cycles", ">event model, cycles only", ">RTL under Verilator"})
	})
}

func requireRows(t *testing.T, r *Result, layer string, want []string) {
	t.Helper()
	var got []string
	for i, row := range r.Rows {
		name := row.What
		if row.CycleRate != (Spread{}) {
			name = ">" + name
			requireSpread(t, row.CycleRate)
		}
		got = append(got, name)
		require.Equal(t, layer, row.Layer)
		require.NotEmpty(t, row.Item)
		require.Equal(t, r.Rows[0].Item, row.Item)
		require.Empty(t, row.Missing)
		require.False(t, row.Recorded)
		requireSpread(t, row.Rate)
		requireSpread(t, row.Ratio)
		require.InEpsilon(t, 1/row.SecondsPerItem, row.Rate.Median, 1e-9)
		require.GreaterOrEqual(t, row.Rounds, minRounds)
		require.Equal(t, 1, row.Rounds%2)
		require.Positive(t, row.Calls)
		if i == 0 {
			require.Empty(t, row.Reference)
			require.Equal(t, Spread{1, 1, 1}, row.Ratio)
		} else {
			require.Equal(t, r.Rows[0].What, row.Reference)
		}
	}
	require.Equal(t, want, got)
	text, err := json.Marshal(r)
	require.NoError(t, err)
	var back Result
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, *r, back)
}

func requireSpread(t *testing.T, s Spread) {
	t.Helper()
	require.Positive(t, s.Min)
	require.LessOrEqual(t, s.Min, s.Median)
	require.LessOrEqual(t, s.Median, s.Max)
}

func TestResultSaysWhereItRan(t *testing.T) {
	r, err := Run(t.Context(), only("kernel"))
	require.NoError(t, err)
	r.Rows = nil
	require.Equal(t, &Result{Platform: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.GOMAXPROCS(0), Go: runtime.Version(), TimeSeconds: 1e-6}, r)
}

func TestOptionErrors(t *testing.T) {
	for want, o := range map[string]Options{
		"bench: Time is -1ns, want 0 for 1.5s or up to 10m0s":                                                          {Time: -1},
		"bench: Time is 10m0.1s, want 0 for 1.5s or up to 10m0s":                                                       {Time: 10*time.Minute + 100*time.Millisecond},
		`bench: no layer matches "^gem$", want one of kernel, ternary, int8, gemm, gemm-values, he-ntt, he-mult, area`: {Only: regexp.MustCompile("^gem$")},
	} {
		r, err := Run(t.Context(), o)
		require.EqualError(t, err, want)
		require.Nil(t, r)
	}
}

func TestProgress(t *testing.T) {
	var log []string
	o := only("kernel|gemm")
	o.Progress = func(done, total int, step string) {
		require.Equal(t, 2, total)
		log = append(log, strings.Repeat("+", done)+step)
	}
	_, err := Run(t.Context(), o)
	require.NoError(t, err)
	require.Equal(t, []string{
		"kernel: preparing", "kernel: warming up", "kernel: measuring",
		"+gemm: preparing", "+gemm: warming up", "+gemm: measuring",
	}, log)
}

// A run that is ended gives the layers that are complete.
func TestCancel(t *testing.T) {
	for step, complete := range map[string]int{
		"kernel: preparing": 0, "kernel: warming up": 0, "kernel: measuring": 0,
		"gemm: preparing": 2, "gemm: warming up": 2, "gemm: measuring": 2,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		o := only("kernel|gemm")
		o.Progress = func(_, _ int, now string) {
			if now == step {
				cancel()
			}
		}
		r, err := Run(ctx, o)
		require.ErrorIs(t, err, context.Canceled, step)
		layer, _, _ := strings.Cut(step, ":")
		require.True(t, strings.HasPrefix(err.Error(), "bench: "+layer+": "), err)
		require.Len(t, r.Rows, complete)
		require.False(t, slices.ContainsFunc(r.Rows, func(r Row) bool { return r.Layer != "kernel" }))
	}
}

func TestCancelledBefore(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, err := Run(ctx, Options{})
	require.EqualError(t, err, "bench: kernel: context canceled")
	require.Empty(t, r.Rows)
}
