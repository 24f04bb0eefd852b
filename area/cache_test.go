package area

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/tool"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

const tiny = `module m (input logic clk_i, input logic rst_ni, input logic a_i, output logic y_o);
  always_ff @(posedge clk_i or negedge rst_ni) if (!rst_ni) y_o <= '0; else y_o <= !a_i;
endmodule
`

// onlyFile returns the only file of the cache.
func onlyFile(t *testing.T, dir string) string {
	files, err := filepath.Glob(filepath.Join(dir, "area", "*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	return files[0]
}

// TestCache changes what is stored, in every way, and expects it to be used when
// it is whole and made again when it is not.
func TestCache(t *testing.T) {
	tooltest.Need(t, "yosys")
	dir := fresh(t)
	of := func() Area {
		a, err := Of(t.Context(), "m", []byte(tiny), yosys.IntelALM)
		require.NoError(t, err)
		return a
	}
	first := of()
	require.Equal(t, 1, first.FF)
	require.Equal(t, first, of(), "with the seconds of the first")

	file := onlyFile(t, dir)
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var e entry
	require.NoError(t, json.Unmarshal(text, &e))

	other := first
	other.LUT = 12345
	require.NoError(t, write(file, e.Key, other))
	require.Equal(t, other, of(), "what is stored is used")

	flipped := []byte(string(text))
	for i := range flipped {
		if i+5 < len(flipped) && string(flipped[i:i+5]) == `"ff":` {
			flipped[i+5] = '7'
		}
	}
	require.NotEqual(t, text, flipped)
	strange, err := json.Marshal(map[string]int{"luts": 3})
	require.NoError(t, err)
	wrap := func(key string, area []byte) []byte {
		data, err := json.Marshal(entry{key, sum(area), area})
		require.NoError(t, err)
		return data
	}
	for name, damaged := range map[string][]byte{
		"empty": nil, "cut": text[:len(text)/2], "one digit": flipped, "no JSON": []byte("\x00\xff"), "other key": wrap("1234", e.Value),
		"other fields": wrap(e.Key, strange),
	} {
		require.NoError(t, os.WriteFile(file, damaged, 0o644), name)
		again := of()
		again.Seconds = first.Seconds
		require.Equal(t, first, again, name)
		healed, err := read[Area](file, e.Key)
		require.NoError(t, err, name)
		require.Equal(t, 1, healed.FF, name)
	}
	require.Equal(t, file, onlyFile(t, dir), "nothing is left lying about")
}

// TestCacheThatCannotBe says where it cannot be.
func TestCacheThatCannotBe(t *testing.T) {
	tooltest.Need(t, "yosys")
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o644))
	t.Setenv(CacheEnv, file)
	_, err := Of(t.Context(), "m", []byte(tiny), yosys.XCUP)
	require.ErrorContains(t, err, "cache")
	require.ErrorContains(t, err, file)

	t.Setenv(CacheEnv, dir)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "area"), nil, 0o644))
	_, err = Of(t.Context(), "m", []byte(tiny), yosys.XCUP)
	require.ErrorContains(t, err, "area: cache: ")

	t.Setenv(CacheEnv, "")
	t.Setenv("XDG_CACHE_HOME", "")
	t.Setenv("HOME", "")
	_, err = Of(t.Context(), "m", []byte(tiny), yosys.XCUP)
	require.ErrorContains(t, err, "area: no cache directory: ")
	require.ErrorContains(t, err, "; set LOCKSTEP_CACHE")

	require.ErrorContains(t, write(dir, "key", Area{}), "area: cache: ", "a folder in its place")
}

// TestCacheAtOnce has several ask for the same at the same time.
func TestCacheAtOnce(t *testing.T) {
	tooltest.Need(t, "yosys")
	dir := fresh(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if a, err := Of(t.Context(), "m", []byte(tiny), yosys.IntelALM); err != nil || a.FF != 1 {
				t.Errorf("Of = %+v, %v", a, err)
			}
		})
	}
	wg.Wait()
	onlyFile(t, dir)
}

// TestKey differs wherever the result may.
func TestKey(t *testing.T) {
	m := yosys.Mapping{Top: "m", SV: []byte(tiny), Family: yosys.XCUP}
	program := tool.Tool{Name: "yosys", Version: "0.23"}
	seen := map[string]string{}
	add := func(what string, m yosys.Mapping, program tool.Tool) {
		k, err := key(m, program)
		require.NoError(t, err)
		require.Len(t, k, 64)
		require.Empty(t, seen[k], what)
		seen[k] = what
		again, err := key(m, program)
		require.NoError(t, err)
		require.Equal(t, k, again)
	}
	add("as it is", m, program)
	add("version", m, tool.Tool{Name: "yosys", Version: "0.24"})
	changed := m
	changed.Top = "n"
	add("top", changed, program)
	changed = m
	changed.SV = []byte(tiny + "\n")
	add("source", changed, program)
	changed = m
	changed.Family = yosys.IntelALM
	add("family", changed, program)
	changed = m
	changed.Hierarchical = true
	add("hierarchy", changed, program)
	changed.Family = yosys.IntelALM
	add("hierarchy and family", changed, program)
}
