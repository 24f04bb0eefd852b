package main

import (
	"encoding/json"
	"errors"
	"html"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/energy"
	"lockstep/hecross/lower"
	"lockstep/report"
	"lockstep/systolic/tpu"
	"lockstep/ternary/core"
	"lockstep/ternary/ternip"
	"lockstep/tool/tooltest"
)

// A pageText is what a reader finds in a page.
type pageText struct {
	text    string           // without markup
	numbers map[float64]bool // of cells in full, and in listings
}

var (
	pageStyle = regexp.MustCompile(`(?s)<(style|script)>.*?</(style|script)>`)
	pageValue = regexp.MustCompile(`data-value="([^"]*)"`)
	pageTag   = regexp.MustCompile(`<[^>]*>`)
	pageSpace = regexp.MustCompile(`\s+`)
)

func readPage(t *testing.T, file string) (string, pageText) {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	p := pageText{numbers: map[float64]bool{}}
	body := pageStyle.ReplaceAllString(string(data), "")
	for _, m := range pageValue.FindAllStringSubmatch(body, -1) {
		v, err := strconv.ParseFloat(html.UnescapeString(m[1]), 64)
		require.NoError(t, err)
		p.numbers[v] = true
	}
	body = strings.ReplaceAll(body, "<wbr>", "")
	p.text = html.UnescapeString(pageTag.ReplaceAllString(body, " "))
	for _, word := range strings.Fields(p.text) {
		if v, err := strconv.ParseFloat(word, 64); err == nil {
			p.numbers[v] = true
		}
	}
	p.text = pageSpace.ReplaceAllString(p.text, " ")
	return string(data), p
}

// has allows for the rounding of relative errors, which pages compute from the
// two numbers that they are between.
func (p pageText) has(v float64) bool {
	for x := range p.numbers {
		if math.Abs(x-v) <= 1e-12*math.Abs(v) {
			return true
		}
	}
	return false
}

// missing returns where in the JSON output of a run there is a number or a text
// that the page of that run does not have.
func (p pageText) missing(path string, v any) (list []string) {
	switch v := v.(type) {
	case map[string]any:
		for key, x := range v {
			if key != "host_seconds" { // differs from run to run
				list = append(list, p.missing(path+"."+key, x)...)
			}
		}
	case []any:
		for i, x := range v {
			list = append(list, p.missing(path+"["+strconv.Itoa(i)+"]", x)...)
		}
	case float64:
		if strings.HasSuffix(path, ".target") {
			v *= 100 // shown in percent
		}
		if !p.has(v) {
			list = append(list, path+": "+strconv.FormatFloat(v, 'g', -1, 64))
		}
	case string:
		v = pageSpace.ReplaceAllString(visible(v, '\n', '\t'), " ")
		// The names of counts are words in a page.
		if !strings.Contains(p.text, strings.TrimSpace(v)) && !strings.Contains(p.text, strings.ReplaceAll(v, "_", " ")) {
			list = append(list, path+": "+v)
		}
	}
	slices.Sort(list)
	return list
}

// Every run writes the page of its JSON: with all of its numbers and texts, the
// same bytes for the same run, and standard output as without a page.
func TestPages(t *testing.T) {
	topology, config := topologyFiles(t)
	program := writeTemp(t, "layer.txt", "LDV 0 100\nCLEAR\nACC 0\n")
	text := writeTemp(t, "text.txt", "The Rays of Light fall upon a Prism.")
	for _, tt := range []struct {
		name string
		args []string
		want []string
	}{
		{"ternary", []string{"ternary", "--prompt", "Light's\nRays", "--tokens", "3"}, []string{"Bounds", "alveo-u250", "M. Horowitz", "akita", `--prompt $'Light\'s\nRays' --tokens 3 --html page.html`}},
		{"batch", []string{"ternary", "--prompt", "L", "--tokens", "2", "--set", "batch=2", "--set", "TP=64", "--temperature", "0.7"}, []string{"Lane 2", "--set batch=2 --set TP=64"}},
		{"zero skipping", []string{"ternary", "--prompt", "L", "--tokens", "1", "--set", "matrix_queue=0", "--set", "zero_skip=true"}, []string{"Cycles of each token."}},
		{"float", []string{"ternary", "--prompt", "L", "--tokens", "2", "--model", "float"}, []string{"no machine, no cycles"}},
		{"shape", []string{"ternary", "--tokens", "1", "--preset", "mmfree-370m"}, []string{"timed without values"}},
		{"eval", []string{"ternary", "--eval", text}, []string{"bit/byte"}},
		{"board", []string{"ternary", "--machine", "ternip-u250"}, []string{"Published and simulated"}},
		{"ternip", []string{"ternary", "--machine", "ternip", "--program", program}, []string{"LDV 0 100"}},
		{"gemm", []string{"gemm", "--m", "70", "--n", "130", "--k", "300"}, []string{"Overlap and roofline", "under the roofline", "tpu-v6e", "clock_hz 1750000000 Hz"}},
		{"cores", []string{"gemm", "--m", "700", "--n", "130", "--k", "300", "--preset", "v4", "--set", "arrays=32", "--timing-only"}, []string{"busiest"}},
		{"array", []string{"gemm", "--m", "70", "--n", "130", "--k", "300", "--array", "16x8", "--timing-only"}, []string{"operands in place", "not computed"}},
		{"topology", []string{"gemm", "--topology", topology, "--config", config}, []string{"Conv2", "without overlap", "SCALE-Sim"}},
		{"client", []string{"he", "--op", "mult", "--params", "HEAP"}, []string{"Lattigo, same ciphertexts", "published share", "VecModOps", "github.com/tuneinsight/lattigo/v6"}},
		{"programs", []string{"he", "--op", "dot", "--params", "HEAP"}, []string{"Program 13 of 13: add"}},
		{"sets", []string{"he", "--op", "mult", "--params", "HEAP,WarpDrive_128_512", "--timing-only"}, []string{"--params HEAP,WarpDrive_128_512 --timing-only"}},
		{"set", []string{"he", "--op", "ntt", "--params", "NTT_A", "--timing-only", "--batch", "4"}, []string{"of a batch of 4"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			first, second := filepath.Join(t.TempDir(), "a.html"), filepath.Join(t.TempDir(), "b.html")
			args := append([]string{"run"}, tt.args...)
			code, stdout, stderr := simulate(t, append(args, "--json", "--html", first)...)
			require.Zero(t, code, stderr)
			require.Contains(t, stderr, "simulate: page: "+first+"\n")
			var result any
			require.NoError(t, json.Unmarshal([]byte(stdout), &result))
			page, found := readPage(t, first)
			require.Empty(t, found.missing("", result))
			for _, want := range append(tt.want, "simulate run "+tt.args[0], "simulate "+version) {
				require.Contains(t, found.text, pageSpace.ReplaceAllString(want, " "))
			}
			require.NotContains(t, page, first)
			if tt.name == "programs" {
				return // slow, and the same code as that of one program
			}
			code, table, stderr := simulate(t, append(args, "--html", second)...)
			require.Zero(t, code, stderr)
			again, _ := readPage(t, second)
			require.Equal(t, page, again)
			require.NotContains(t, table, "<html")
			require.NotContains(t, table, "page:")
		})
	}
}

// A page of SCALE-Sim's convention leaves the CSV on standard output alone.
func TestPageBesideComputeReport(t *testing.T) {
	topology, config := topologyFiles(t)
	args := []string{"run", "gemm", "--topology", topology, "--config", config, "--compat", "scalesim"}
	_, want, _ := simulate(t, args...)
	file := filepath.Join(t.TempDir(), "page.html")
	code, stdout, stderr := simulate(t, append(args, "--html", file)...)
	require.Zero(t, code, stderr)
	require.Equal(t, want, stdout)
	require.FileExists(t, file)
}

// What cannot be written is refused before the run, with the name as it was
// given, and leaves nothing behind.
func TestPageErrors(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, os.WriteFile(at("file"), []byte("mine"), 0o644))
	require.NoError(t, os.Mkdir(at("folder"), 0o755))
	require.NoError(t, os.Symlink(at("folder"), at("link")))
	topology, _ := topologyFiles(t)
	gemm := []string{"gemm", "--m", "8", "--n", "8", "--k", "8"}
	for _, tt := range []struct {
		args []string
		file string
		code int
		want string
	}{
		{[]string{"ternary"}, at("missing/p.html"), 1, "run ternary: --html DIR/missing/p.html: folder DIR/missing: no such file or directory"},
		{gemm, at("missing/p.html"), 1, "run gemm: --html DIR/missing/p.html: folder DIR/missing: no such file or directory"},
		{[]string{"he", "--op", "mult", "--params", "HEAP"}, at("missing/p.html"), 1, "run he: --html DIR/missing/p.html: folder DIR/missing: no such file or directory"},
		{gemm, at("file/p.html"), 1, "run gemm: --html DIR/file/p.html: folder DIR/file: not a directory"},
		{gemm, at("folder"), 1, "run gemm: --html DIR/folder: is a folder, want a file"},
		{gemm, at("link"), 1, "run gemm: --html DIR/link: is a folder, want a file"},
		{gemm, at("new") + "/", 1, "run gemm: --html DIR/new/: ends as a folder does, want the name of a file"},
		{gemm, "/dev/full", 1, "run gemm: --html /dev/full: is not a regular file, want one, or a new name"},
		{gemm, "", 2, "run gemm: --html is empty, want a file"},
		{[]string{"ternary", "--trace", at("t")}, dir + "/./t", 2, "run ternary: --html and --trace both name DIR/./t, want two files"},
		{[]string{"gemm", "--topology", topology, "--array", "8x8", "--dataflow", "ws"}, topology, 2, "run gemm: --html and --topology both name TOPOLOGY, want two files"},
		{[]string{"he", "--op", "ntt", "--in", "x.json"}, at("p.html"), 2, "run he: --in computes what its file says; leave out --html"},
	} {
		code, stdout, stderr := simulate(t, append(append([]string{"run"}, tt.args...), "--html", tt.file)...)
		require.Equal(t, tt.code, code, stderr)
		first, _, _ := strings.Cut(strings.NewReplacer(dir, "DIR", topology, "TOPOLOGY").Replace(stderr), "\n")
		require.Equal(t, "simulate: "+tt.want, first)
		require.Empty(t, stdout)
	}
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 3)
}

// A run that fails keeps the page that was there.
func TestFailedRunKeepsThePage(t *testing.T) {
	file := writeTemp(t, "page.html", "before")
	code, _, stderr := simulate(t, "run", "he", "--op", "mult", "--params", "HEAP", "--set", "vmem_bytes=65536", "--html", file)
	require.Equal(t, exitFailed, code, stderr)
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "before", string(data))
	entries, err := os.ReadDir(filepath.Dir(file))
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// A full disk keeps the page that was there, and the result is printed.
func TestPageOnFullDisk(t *testing.T) {
	dir := tooltest.Disk(t, "size=8k")
	file := filepath.Join(dir, "page.html")
	require.NoError(t, os.WriteFile(file, []byte("before"), 0o644))
	args := []string{"run", "gemm", "--m", "8", "--n", "8", "--k", "8"}
	_, want, _ := simulate(t, args...)
	code, stdout, stderr := simulate(t, append(args, "--html", file)...)
	require.Equal(t, exitFailed, code)
	require.Equal(t, "simulate: run gemm: --html "+file+": no space left on device\n", stderr)
	require.Equal(t, want, stdout)
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, "before", string(data))
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)
}

// A file system that is read-only is found before the run.
func TestPageOnReadOnlyDisk(t *testing.T) {
	file := filepath.Join(tooltest.Disk(t, "ro"), "page.html")
	code, stdout, stderr := simulate(t, "run", "ternary", "--html", file)
	require.Equal(t, exitFailed, code)
	require.Equal(t, "simulate: run ternary: --html "+file+": folder "+filepath.Dir(file)+": read-only file system\n", stderr)
	require.Empty(t, stdout)
}

// Every key of a configuration has a meaning, and nothing else has.
func TestSettingsAreExplained(t *testing.T) {
	for _, tt := range []struct {
		config any
		known  map[string]setting
	}{
		{core.Config{}, coreSettings}, {core.Timing{}, timingSettings}, {ternip.Config{}, ternipSettings},
		{tpu.Config{}, tpuSettings}, {lower.Options{}, loweringSettings},
	} {
		table, err := settingTable("Keys.", tt.config, tt.known)
		require.NoError(t, err)
		data, err := json.Marshal(tt.config)
		require.NoError(t, err)
		var keys map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(data, &keys))
		require.Len(t, tt.known, len(keys))
		require.Len(t, table.Rows, len(keys))
		for key, value := range keys {
			require.NotEmpty(t, tt.known[key].meaning, key)
			if value[0] != '"' && value[0] != 't' && value[0] != 'f' {
				require.NotEmpty(t, tt.known[key].unit, key)
			}
		}
	}
}

// A shell reads every word of a command line as it was, in one line.
func TestPageWord(t *testing.T) {
	for _, w := range []string{"", "The Rays", "it's", "a\nb", "\x00\x7f", "\\", "'", "\xff'\\n", "\u0085 \ufffe", "ü$HOME`x`", "\x011"} {
		requireWord(t, w)
	}
	rapid.Check(t, func(r *rapid.T) {
		w := string(rapid.SliceOfN(rapid.SampledFrom([]byte("a1'\\\n\t\x01\x85\xc2\xff $\"")), 0, 6).Draw(r, "word"))
		require.Equal(r, visible(pageWord(w)), pageWord(w))
	})
}

func requireWord(t *testing.T, w string) {
	t.Helper()
	word := pageWord(w)
	require.Equal(t, visible(word), word, "a page can hold it")
	if strings.Contains(w, "\x00") { // no argument has one
		return
	}
	out, err := exec.Command("bash", "-c", "printf %s "+word).Output()
	require.NoError(t, err)
	require.Equal(t, w, string(out))
}

// Tokens that take equal cycles share a row; many different ones are a listing.
func TestTokenCycles(t *testing.T) {
	require.Empty(t, tokenCycles(nil))
	table := tokenCycles([]int64{5, 5, 7, 5})
	require.Len(t, table, 1)
	require.Contains(t, renderBlocks(t, table...), `data-value="3"`)
	long := make([]int64, 500)
	for i := range long {
		long[i] = int64(1000 + i)
	}
	page := renderBlocks(t, tokenCycles(long)...)
	require.Contains(t, page, "1000 1001 1002")
	require.Contains(t, page, "1499\n")
	require.NotContains(t, page, "data-value")
}

// Text that a page cannot hold, or that nobody would see, is shown all the same.
func TestTextListing(t *testing.T) {
	page := renderBlocks(t, textListing("Text", "a\x07\xffb\n\tc"), textListing("Blank", " \n"), textListing("None", ""))
	require.Contains(t, page, `a\x07\xffb`+"\n\tc")
	require.Contains(t, page, "&#34; \\n&#34;")
	require.Contains(t, page, "None, quoted")
}

// A run without an estimate says why.
func TestNoEstimate(t *testing.T) {
	e := newEstimate(energy.Breakdown{}, errors.New("energy: no such device"))
	require.Contains(t, renderBlocks(t, e.blocks(1, "per token", "of the run")...), "There is no estimate: energy: no such device.")
	amount, note := e.text(1, "per token")
	require.Equal(t, "no estimate", amount)
	require.Equal(t, "energy: no such device", note)
}

func renderBlocks(t *testing.T, blocks ...report.Block) string {
	t.Helper()
	d := report.Document{Title: "Blocks", Sections: []report.Section{{Title: "All", Blocks: blocks}}}
	page, err := d.HTML()
	require.NoError(t, err)
	return string(page)
}
