package energy_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/energy"
	"lockstep/sweeps"
	"lockstep/systolic"
	"lockstep/systolic/tpu"
	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/published"
	"lockstep/ternary/ternip"
)

// The formulas of the package comment, on real reports.

// ofTernip is one token on every lane of a published machine.
func ofTernip(t testing.TB, machine, model string) (energy.Activity, int) {
	m, err := published.Preset(machine)
	require.NoError(t, err)
	s, err := published.Shape(model)
	require.NoError(t, err)
	c, err := m.Config(s)
	require.NoError(t, err)
	p, err := ternip.Compile(s, c)
	require.NoError(t, err)
	lanes := m.DefaultLanes(model)
	r, err := m.Run(t.Context(), s, lanes)
	require.NoError(t, err)

	units, padding := 1, true
	if m.Bank != nil {
		units, padding = m.Bank.ComputeUnits, m.Bank.Padding
	}
	var a energy.Activity // of one lane, but for the weights
	weights, n := 0.0, float64(c.D)
	for _, in := range p.Instrs {
		registers := 0.0
		switch in.Op {
		case ternip.ADD, ternip.SUB:
			a.VectorAdds += n
			registers = 3
		case ternip.MUL:
			a.VectorMultiplies += n
			registers = 3
		case ternip.SIG, ternip.CSIG, ternip.NORM:
			a.VectorMultiplies += n
			registers = 2
		case ternip.SILU:
			a.VectorMultiplies += 2 * n
			registers = 2
		case ternip.ACC:
			a.VectorMultiplies += n
			registers = 1
		case ternip.IMPORT, ternip.EXPORT:
			registers = 1
		case ternip.LDV, ternip.SV:
			a.OffChipBytes += ternip.ElementBytes * n
			registers = 1
		case ternip.GO:
			tile, ok := p.Tiles[in.Args[0]]
			if !ok || padding {
				tile = ternip.Tile{Rows: int64(c.D), RowBeats: int64(c.D / c.TP)}
			}
			trits := float64(tile.Rows * tile.RowBeats * int64(c.TP))
			a.TernaryAdds += trits
			weights += trits / 4
		}
		a.BufferBytes += ternip.ElementBytes * n * registers
	}
	a = a.Scale(float64(lanes))
	a.OffChipBytes += float64(units) * weights
	a.Seconds = float64(lanes) / r.TokensPerSec
	return a, lanes
}

// record runs everything behind the validation.
func record(t testing.TB) (list []energy.Run) {
	for _, r := range []struct{ name, machine, model string }{
		{"u250-370m", "ternip-u250", "mmfree-370m"}, {"u250-1.3b", "ternip-u250", "mmfree-1.3b"},
		{"u250-2.7b", "ternip-u250", "mmfree-2.7b"}, {"d5005-block", "paper-d5005", "block-512"},
	} {
		a, lanes := ofTernip(t, r.machine, r.model)
		run := energy.Run{Name: r.name, Doc: r.model + " on " + r.machine + ", one token of every lane", Tokens: float64(lanes), Activity: a}
		if r.model == "block-512" {
			run.Doc, run.Tokens = "one block on "+r.machine, 0
		}
		list = append(list, run)
	}

	c, err := core.Preset(core.DefaultPreset)
	require.NoError(t, err)
	c.Packing = ternary.FiveTrit
	s, err := ternary.Preset("mmfree-2.7b")
	require.NoError(t, err)
	mc, err := core.NewTiming(c, s, core.Options{Numbers: fixed.Default()})
	require.NoError(t, err)
	_, err = mc.Step(t.Context(), 0)
	require.NoError(t, err)
	a := sweeps.CoreActivity(mc)
	a.Seconds = 1.0 / 727
	list = append(list, energy.Run{Name: "hbm-2.7b", Doc: "mmfree-2.7b on core lockstep with 5-trit packing, one token in 1/727 s, the published rate", Tokens: 1, Activity: a})

	v4, err := tpu.Preset("v4")
	require.NoError(t, err)
	bf16 := tpu.Types{A: tpu.BF16, B: tpu.BF16}
	g, err := tpu.LowerGEMM(v4, systolic.GEMM{M: 8192, N: 8192, K: 8192}, tpu.GEMMOptions{Types: bf16})
	require.NoError(t, err)
	r, err := g.Run(t.Context(), tpu.RunOptions{TimingOnly: true})
	require.NoError(t, err)
	list = append(list, energy.Run{Name: "v4-gemm", Doc: "8192x8192x8192 of bf16 on TPU v4", Activity: sweeps.TPUActivity(r, v4, bf16)})
	return list
}

// Counts of the core are those of the model; lanes share weights, not vectors;
// cores share nothing.
func TestCountsOfCore(t *testing.T) {
	s, err := ternary.Preset("opticks")
	require.NoError(t, err)
	run := func(batch, cores, tokens int, skip bool) energy.Activity {
		c, err := core.Preset(core.DefaultPreset)
		require.NoError(t, err)
		c.Batch, c.Cores, c.ZeroSkip = batch, cores, skip
		if skip {
			c.MatrixQueue = 0
		}
		mc, err := core.NewTiming(c, s, core.Options{Numbers: fixed.Default()})
		require.NoError(t, err)
		for range tokens {
			_, err = mc.Step(t.Context(), 0)
			require.NoError(t, err)
		}
		return sweeps.CoreActivity(mc)
	}
	one := run(1, 1, 1, false)
	require.Equal(t, float64(s.TernaryCount()), one.TernaryAdds)
	require.Equal(t, one.TernaryAdds, run(1, 1, 1, true).TernaryAdds, "no activation is 0 in a timing-only run")
	weights := float64(s.TernaryCount()) / 4
	vectors := one.OffChipBytes - weights
	require.Positive(t, vectors)
	many := run(3, 2, 4, false)
	require.Equal(t, 24*one.TernaryAdds, many.TernaryAdds)
	require.Equal(t, 24*one.BufferBytes, many.BufferBytes)
	require.Equal(t, 24*one.VectorMultiplies, many.VectorMultiplies)
	require.Equal(t, 8*weights+24*vectors, many.OffChipBytes)
}

// A program of which everything is known.
func TestCountsOfTPU(t *testing.T) {
	c, err := tpu.Preset("v6e")
	require.NoError(t, err)
	p, err := tpu.NewProgram(c, tpu.Derived)
	require.NoError(t, err)
	const m, n, k = 512, 256, 128
	input, err := p.HBM("input", m*k)
	require.NoError(t, err)
	x, err := p.VMEM(0, "x", m*k)
	require.NoError(t, err)
	w, err := p.VMEM(0, "w", k*n)
	require.NoError(t, err)
	sums, err := p.VMEM(0, "sums", 4*m*n)
	require.NoError(t, err)
	types := tpu.Types{A: tpu.U8, B: tpu.U8}
	for _, o := range []tpu.Op{
		{Name: "load", Engine: tpu.Engine{Kind: tpu.DMAIn}, Reads: []tpu.Range{input.All()}, Writes: []tpu.Range{x.All()}},
		{Name: "matmul", Engine: tpu.Engine{Kind: tpu.MXU}, Work: tpu.MatMul(systolic.GEMM{M: m, N: n, K: k}, types, systolic.WeightStationary, false),
			Reads: []tpu.Range{x.All(), w.All()}, Writes: []tpu.Range{sums.All()}},
		{Name: "reduce", Engine: tpu.Engine{Kind: tpu.VPU}, Work: tpu.Vector(m*n, 12), Reads: []tpu.Range{sums.All()}, Writes: []tpu.Range{sums.All()}},
	} {
		_, err := p.Add(o)
		require.NoError(t, err)
	}
	r, err := p.Run(t.Context(), tpu.RunOptions{TimingOnly: true})
	require.NoError(t, err)
	require.Equal(t, energy.Activity{
		Int8MACs: m * n * k, VectorOps: 12 * m * n, OffChipBytes: m * k, Seconds: r.Seconds,
		ScratchpadBytes: m*k + (m*k + k*n + 4*m*n) + 2*4*m*n, // load, matmul, reduce
	}, sweeps.TPUActivity(r, c, types))
	types.B = tpu.Ternary
	require.Equal(t, float64(m*n*k), sweeps.TPUActivity(r, c, types).TernaryAdds)
}
