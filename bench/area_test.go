package bench

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/area"
	"lockstep/catalogue"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

// The row names what is in the cache, and takes its reference from there.
func TestAreaFromTheCache(t *testing.T) {
	tooltest.Need(t, "yosys")
	t.Setenv(area.CacheEnv, t.TempDir())
	entries, err := catalogue.Units()
	require.NoError(t, err)
	const name = "systolic_pe_ws_u8_u8"
	var made area.Area
	for _, e := range entries {
		if e.Unit.Name == name {
			m, err := e.Unit.Module()
			require.NoError(t, err)
			sv, err := m.Verilog()
			require.NoError(t, err)
			made, err = area.Of(t.Context(), m.Name, sv, yosys.IntelALM)
			require.NoError(t, err)
		}
	}
	require.Equal(t, name, made.Top)
	r, err := Run(t.Context(), only("area"))
	require.NoError(t, err)
	require.Len(t, r.Rows, 2)
	require.Equal(t, made.Tool+", "+name+", intel_alm", r.Rows[0].What)
	require.True(t, r.Rows[0].Recorded)
	require.InEpsilon(t, made.Seconds, r.Rows[0].SecondsPerItem, 1e-6)
	require.Equal(t, r.Rows[0].What, r.Rows[1].Reference)
	require.False(t, r.Rows[1].Recorded)
	require.InEpsilon(t, made.Seconds/r.Rows[1].SecondsPerItem, r.Rows[1].Ratio.Median, 1e-6)
}
