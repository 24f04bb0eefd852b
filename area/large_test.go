package area_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/area"
	"lockstep/nextpnr"
	"lockstep/tool/tooltest"
)

// TestPlaceWide has a unit of one flip-flop and so many inputs that the wrapper
// does not fit, which nextpnr says, and the cache from then on.
func TestPlaceWide(t *testing.T) {
	if !*full {
		t.Skip("runs with -full")
	}
	tooltest.Need(t, "yosys", nextpnr.Program)
	dir := t.TempDir()
	t.Setenv(area.CacheEnv, dir)
	wide := []byte(`module m (input logic clk_i, input logic rst_ni, input logic [7699:0] a_i, output logic y_o);
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) y_o <= '0; else y_o <= a_i[7699];
endmodule`)
	for range 2 {
		p, err := area.Place(t.Context(), "m", wide, 1)
		var large *nextpnr.TooLargeError
		require.ErrorAs(t, err, &large)
		require.Regexp(t, `^area: module m: nextpnr: does not fit: needs 770\d of 7680 logic cells$`, err.Error())
		require.Zero(t, p)
	}
	files, err := filepath.Glob(filepath.Join(dir, "area", "m-placed-1-*.json"))
	require.NoError(t, err)
	require.Len(t, files, 1)
}
