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
