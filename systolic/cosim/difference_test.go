package cosim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/systolic"
	"lockstep/systolic/chip"
	"lockstep/tool/tooltest"
)

// RTL that is that of another chip, with slower memory or other number types, is
// found out, and the first difference named.
func TestDifferencesAreFound(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	for want, change := range map[string]func(*chip.Config){
		`^cosim: instruction 1, LOAD .*: event model has it in cycles 2 to \d+, rtl in 2 to \d+$`: func(c *chip.Config) { c.LatencyCycles += 3 },
		`cosim: row 0, column 0 of C: |cosim: byte \d+ of memory: event model has `:               func(c *chip.Config) { c.W = systolic.S8 },
	} {
		c := chip.Default(2, 3)
		other := c
		change(&other)
		h, err := NewHardware(t.Context(), other, 1<<16, nil)
		require.NoError(t, err)
		h.config = c
		p, err := chip.Compile(c, systolic.GEMM{M: 9, N: 5, K: 5})
		require.NoError(t, err)
		a, b := make([]byte, 9*5), make([]byte, 5*5)
		for i := range a {
			a[i] = 200
		}
		for i := range b {
			b[i] = 250
		}
		_, err = h.Multiply(t.Context(), p, a, b)
		require.Error(t, err)
		require.Regexp(t, want, err.Error())
		require.NoError(t, h.Close())
	}
}

// The end of a run is told until the host has heard it; only then the next run
// begins, with empty semaphores, and takes as long as the first.
func TestRunAgain(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	c := chip.Default(2, 3)
	h, err := NewHardware(t.Context(), c, 1<<16, nil)
	require.NoError(t, err)
	p, err := chip.Compile(c, systolic.GEMM{M: 9, N: 8, K: 5})
	require.NoError(t, err)
	first, err := h.Run(&p.Program, make([]byte, p.MemoryBytes), 10000)
	require.NoError(t, err)
	expect := func(port string, want int64) {
		got, err := h.session.Get(port)
		require.NoError(t, err)
		require.Equal(t, []int64{want}, got, port)
	}
	require.NoError(t, h.session.Step(5))
	expect("done_valid", 1)
	expect("start_ready", 0)
	expect("load_ready", 0)
	require.NoError(t, h.session.Set("done_ready", 1))
	require.NoError(t, h.session.Step(1))
	require.NoError(t, h.session.Set("done_ready", 0))
	expect("done_valid", 0)
	begin, err := h.send(chip.StartStream)
	require.NoError(t, err)
	end, err := h.session.RunUntil(10000, "done_valid", 1)
	require.NoError(t, err)
	require.Equal(t, first.Cycles, end-begin)
	spans, err := h.spans(&p.Program, begin)
	require.NoError(t, err)
	require.Equal(t, first.Spans, spans)
	require.NoError(t, h.Close())
}
