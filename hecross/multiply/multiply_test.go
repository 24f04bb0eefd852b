package multiply

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			require.Equal(t, Registers(c.ABits, c.BBits, c.Keep), m.Latency())
			unittest.Check(t, u, 1500)
		})
	}
}

// TestRegisters: each of the three structures is among the presets.
func TestRegisters(t *testing.T) {
	for name, want := range map[string]int{"single": 1, "narrow": 1, "quotient": 2, "residue": 3, "word": 3, "low": 3} {
		c := Presets[name]
		require.Equal(t, want, Registers(c.ABits, c.BBits, c.Keep), name)
	}
}

// TestAnyWidths runs the structure of random widths against math/big.
func TestAnyWidths(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Config{ABits: rapid.IntRange(1, MaxBits).Draw(t, "a"), BBits: rapid.IntRange(1, MaxBits).Draw(t, "b")}
		c.Keep = rapid.IntRange(1, c.ABits+c.BBits).Draw(t, "keep")
		u, err := New(c)
		require.NoError(t, err)
		frames := u.Frames(rapid.Uint64().Draw(t, "seed"), 120)
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back(frames)})
		require.NoError(t, err)
		modulus := new(big.Int).Lsh(big.NewInt(1), uint(c.Keep))
		for k, f := range frames {
			want := new(big.Int).Mul(big.NewInt(f[0][0]), big.NewInt(f[1][0]))
			want.Mod(want, modulus)
			require.Equal(t, want.Uint64(), uint64(res[0].Out[0][k].Out[0][0]), "%d * %d in %+v", f[0][0], f[1][0], c)
		}
	})
}

func TestConfigErrors(t *testing.T) {
	for want, c := range map[string]Config{
		"multiply: ABits is 0, want 1 to 32":  {0, 1, 1},
		"multiply: ABits is 33, want 1 to 32": {33, 1, 1},
		"multiply: BBits is 0, want 1 to 32":  {1, 0, 1},
		"multiply: BBits is 33, want 1 to 32": {1, 33, 1},
		"multiply: Keep is 0, want 1 to 49":   {32, 17, 0},
		"multiply: Keep is 50, want 1 to 49":  {32, 17, 50},
	} {
		_, err := New(c)
		require.EqualError(t, err, want)
	}
}
