package whatif_test

import (
	"flag"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
	"lockstep/hecross/calibration"
	"lockstep/hecross/lower"
	"lockstep/hecross/whatif"
	"lockstep/systolic/tpu"
	"lockstep/tool/tooltest"
)

var full = flag.Bool("full", false, "map the large units too")

func machine(t testing.TB) tpu.Config {
	m, err := calibration.Machine("v6e")
	require.NoError(t, err)
	return m
}

// Every change applies to the machine it is about, differs from the base in what
// it says, and has a time.
func TestChanges(t *testing.T) {
	set, err := hecross.Preset("HEAP")
	require.NoError(t, err)
	s, err := lower.ShapeOf(set, 1)
	require.NoError(t, err)
	base := machine(t)
	reference := map[string]float64{}
	for _, name := range whatif.Names() {
		c, err := whatif.Find(name)
		require.NoError(t, err)
		m, o, err := c.Apply(base, lower.Options{})
		require.NoError(t, err, name)
		require.Equal(t, name != whatif.Base, m != base || o != lower.Options{}, name)
		for _, operation := range whatif.Operations[:2] {
			us, err := c.Time(t.Context(), base, s, operation)
			require.NoError(t, err, "%s of %s", operation, name)
			require.Positive(t, us)
			if name == whatif.Base {
				reference[operation] = us
			}
		}
	}
	for name, faster := range map[string]bool{
		"native-modular-unit": true, "montgomery": true, "fused-kernels": true, "vector-double": true, "vmem-double-resident": true,
		"sparse-bytes": false, "explicit-transpose": false, "no-u8": false, "bf16-only": false,
	} {
		c, err := whatif.Find(name)
		require.NoError(t, err)
		us, err := c.Time(t.Context(), base, s, "mult")
		require.NoError(t, err)
		require.Equal(t, faster, us < reference["mult"], "%s: %v against %v", name, us, reference["mult"])
	}
}

// The double bandwidth is twice that of the calibrated machine.
func TestDoubleBandwidth(t *testing.T) {
	base := machine(t)
	c, err := whatif.Find("hbm-double")
	require.NoError(t, err)
	m, _, err := c.Apply(base, lower.Options{})
	require.NoError(t, err)
	require.InEpsilon(t, 2*base.HBMBytesPerCycle.Float(), m.HBMBytesPerCycle.Float(), 1e-9)
	c, err = whatif.Find("vmem-double")
	require.NoError(t, err)
	m, _, err = c.Apply(base, lower.Options{})
	require.NoError(t, err)
	require.Equal(t, 2*base.VMEMBytes, m.VMEMBytes)
}

func TestArea(t *testing.T) {
	tooltest.Need(t, "yosys")
	base := machine(t)
	cost := func(name string) whatif.Cost {
		c, err := whatif.Find(name)
		require.NoError(t, err)
		a, err := c.Area(t.Context(), base)
		require.NoError(t, err)
		return a
	}
	require.Equal(t, whatif.Cost{}, cost(whatif.Base))
	require.Equal(t, whatif.Cost{}, cost("montgomery"), "a strategy takes no logic")
	if *full {
		require.Positive(t, cost("native-modular-unit").LUT)
		require.Positive(t, cost("vector-double").LUT)
		require.Positive(t, cost("xlu-double").LUT)
	}
	require.InEpsilon(t, -2*cost("arrays-half").LUT, cost("arrays-double").LUT, 1e-9, "two arrays fewer, four more")
}

func TestUnknown(t *testing.T) {
	_, err := whatif.Find("faster")
	require.ErrorContains(t, err, `whatif: change is "faster", want one of base, sparse-bytes, `)
}
