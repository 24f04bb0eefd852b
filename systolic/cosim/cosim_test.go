package cosim_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/sim"
	"lockstep/systolic"
	"lockstep/systolic/chip"
	"lockstep/systolic/cosim"
	"lockstep/tool/tooltest"
)

// fills are how the bytes of operands are chosen: at random, and full-range
// patterns whose sums are as large as they get.
var fills = map[string]func(r *rand.Rand, i int) byte{
	"random":      func(r *rand.Rand, _ int) byte { return byte(r.Uint32()) },
	"all 255":     func(*rand.Rand, int) byte { return 255 },
	"all -128":    func(*rand.Rand, int) byte { return 128 },
	"alternating": func(_ *rand.Rand, i int) byte { return byte(127 + i%2) },
}

// chips are small machines of different arrays, types, memories and overlaps.
func chips() []chip.Config {
	whole := chip.Default(8, 8)
	wide := chip.Default(4, 8)
	wide.X, wide.W, wide.Overlap, wide.LatencyCycles, wide.Efficiency = systolic.S8, systolic.S8, false, 100, sim.Ratio{Num: 1, Den: 3}
	tall := chip.Default(8, 4)
	tall.W, tall.QueueDepth, tall.DMAInFlight, tall.LatencyCycles, tall.Efficiency = systolic.S8, 1, 1, 4, sim.Ratio{Num: 3, Den: 4}
	tiny := chip.Default(2, 3)
	tiny.X, tiny.BankWords, tiny.AccumulatorWords, tiny.ResultBanks = systolic.S8, 16, 8, 1
	return []chip.Config{whole, wide, tall, tiny}
}

// Golden model, event model and RTL multiply any matrices alike: sums, the start
// and the end of every instruction, and the cycles of the run; with several
// tiles in every direction and ragged edges. What the array is taken for without
// overlap is its closed form.
func TestProducts(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	for k, c := range chips() {
		t.Run(fmt.Sprintf("%dx%d", c.Rows, c.Cols), func(t *testing.T) {
			t.Parallel()
			h, err := cosim.NewHardware(t.Context(), c, 1<<17, nil)
			require.NoError(t, err)
			defer func() { require.NoError(t, h.Close()) }()
			r := rand.New(rand.NewPCG(uint64(k), 7))
			gemms := []systolic.GEMM{{M: 1, N: 1, K: 1}, {M: c.Rows, N: c.Cols, K: c.Rows}, {M: 40, N: 2*c.Cols + 1, K: 3*c.Rows - 1}, {M: 2, N: c.Cols - 1, K: 330*c.Rows - 1}}
			for range 4 {
				gemms = append(gemms, systolic.GEMM{M: 1 + r.IntN(70), N: 1 + r.IntN(3*c.Cols), K: 1 + r.IntN(4*c.Rows)})
			}
			for _, g := range gemms {
				for name, fill := range fills {
					multiply(t, h, c, g, name, fill, r)
				}
			}
		})
	}
}

func multiply(t *testing.T, h *cosim.Hardware, c chip.Config, g systolic.GEMM, name string, fill func(*rand.Rand, int) byte, r *rand.Rand) {
	t.Helper()
	p, err := chip.Compile(c, g)
	require.NoError(t, err, "%v", g)
	a, b := make([]byte, g.M*g.K), make([]byte, g.K*g.N)
	for _, m := range [2][]byte{a, b} {
		for i := range m {
			m[i] = fill(r, i)
		}
	}
	both, err := h.Multiply(t.Context(), p, a, b)
	require.NoError(t, err, "%v, %s", g, name)
	require.Equal(t, both.Event.Cycles, both.RTL.Cycles)
	if c.Overlap {
		return
	}
	least := int64(0)
	for _, in := range p.Instrs {
		if in.Op == chip.Pass {
			least += systolic.PassCycles(systolic.GEMM{M: in.Count, N: c.Cols, K: c.Rows}, c.Array(), systolic.WeightStationary)
		}
	}
	require.Equal(t, least, both.Event.MXUBusyCycles, "%v", g)
}

// With everything in place, passes start one closed form apart without overlap,
// and with it as fast as inputs stream, on the RTL as on the event model.
func TestEverythingInPlace(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	for _, c := range chips()[:2] {
		h, err := cosim.NewHardware(t.Context(), c, 1<<17, nil)
		require.NoError(t, err)
		const passes, length = 6, 21
		p := &chip.Program{Config: c, MemoryBytes: 1 << 12, Instrs: []chip.Instr{
			{Op: chip.Load, Count: 2 * c.Rows, Bytes: c.Cols, Stride: int64(c.Cols)},
			{Op: chip.Load, Count: length, Bytes: c.Rows, Row: c.BankWords * c.WordRows(), Stride: int64(c.Rows), Signals: chip.Counts{1}},
		}}
		for k := range passes {
			p.Instrs = append(p.Instrs, chip.Instr{Op: chip.Pass, Count: length, Row: k % 2 * c.Rows, Input: p.Instrs[1].Row, First: k == 0})
		}
		p.Instrs[2].Waits[0] = 1
		both, err := h.Compare(t.Context(), p, make([]byte, p.MemoryBytes))
		require.NoError(t, err)
		apart := systolic.PassCycles(systolic.GEMM{M: length, N: c.Cols, K: c.Rows}, c.Array(), systolic.WeightStationary)
		if c.Overlap {
			apart = length
		}
		spans := both.RTL.Spans[2:]
		// With overlap the first waits for its weights, which the others have behind it.
		for k := 2; k < passes; k++ {
			require.Equal(t, apart, spans[k].Start-spans[k-1].Start)
			require.Equal(t, apart, spans[k].End-spans[k-1].End)
		}
		require.NoError(t, h.Close())
	}
}

func TestOtherChip(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	c := chips()[3]
	h, err := cosim.NewHardware(t.Context(), c, 1<<17, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, h.Close()) }()
	_, err = h.Run(&chip.Program{Config: c}, make([]byte, 1<<17+1), 1)
	require.EqualError(t, err, "cosim: memory has 131073 bytes, want at most 131072")
	c.LatencyCycles++
	p, err := chip.Compile(c, systolic.GEMM{M: 9, N: 5, K: 5})
	require.NoError(t, err)
	_, err = h.Compare(t.Context(), &p.Program, make([]byte, p.MemoryBytes))
	require.ErrorContains(t, err, "cosim: program is for chip {")
}
