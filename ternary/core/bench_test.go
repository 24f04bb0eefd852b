package core_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/opticks"
)

// BenchmarkToken measures the event model on the shipped model: tokens per
// second with values, and counting cycles only.
func BenchmarkToken(b *testing.B) {
	w, err := opticks.Load()
	require.NoError(b, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(b, err)
	functional, err := core.New(machine(b), m, core.Options{})
	require.NoError(b, err)
	timing, err := core.NewTiming(machine(b), m.Shape, core.Options{Numbers: m.Config})
	require.NoError(b, err)
	large, err := ternary.Preset("mmfree-2.7b")
	require.NoError(b, err)
	timing27, err := core.NewTiming(machine(b), large, core.Options{Numbers: m.Config})
	require.NoError(b, err)
	for _, c := range []struct {
		name string
		mc   *core.Machine
	}{{"functional", functional}, {"timing-only", timing}, {"timing-only-2.7b", timing27}} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := c.mc.Step(context.Background(), 'e'); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "tokens/s")
			b.ReportMetric(float64(b.N*len(c.mc.Program.Instrs))/b.Elapsed().Seconds(), "ops/s")
		})
	}
}
