package rtl_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
	"lockstep/yosys"
)

var (
	moduleCount = flag.Int("modules", 2000, "random modules of the differential test")
	moduleSeed  = flag.Uint64("module-seed", 1, "seed of the first random module")
)

const (
	batchSize   = 125
	batchCycles = 20
	rowBits     = 320
)

// TestRandomModules is the differential test of the language: random modules
// over every operator give the same outputs in every cycle in the interpreter,
// under Verilator and Icarus Verilog, and in the netlist that Yosys makes of them.
func TestRandomModules(t *testing.T) {
	tooltest.Need(t, "verilator", "g++", "iverilog", "yosys")
	uses := map[string]int{}
	for first := 0; first < *moduleCount; first += batchSize {
		n := min(batchSize, *moduleCount-first)
		b := newBatch(t, *moduleSeed+uint64(first), n, uses)
		t.Run(fmt.Sprintf("seeds_%d_to_%d", b.seed, b.seed+uint64(n)-1), func(t *testing.T) {
			t.Parallel()
			b.compare(t)
		})
	}
	if *moduleCount < 500 {
		return
	}
	for _, op := range []string{"add", "add-wrap", "all-ones", "and", "any-one", "array", "cast", "concat", "const",
		"delay", "enum", "eq", "extend", "ge", "grid", "hold", "instance", "lt", "mem", "mem-read-enable", "mul", "mux", "ne",
		"not", "or", "parity", "reg", "reg-enable", "require", "rom", "saturate", "shl", "shl-const", "shr",
		"shr-const", "slice", "state", "stream", "sub", "sub-wrap", "switch", "wrap", "xor"} {
		require.Greater(t, uses[op], *moduleCount/50, "operator %s is hardly used", op)
	}
}

// A batch is many random modules in one file, side by side on one row of
// inputs, so that each tool runs once.
type batch struct {
	seed    uint64
	modules []*rtl.Module
	rows    [][]byte // [cycle] of rowBits/8 bytes, little-endian
	source  string
	dir     string
}

func newBatch(t *testing.T, seed uint64, n int, uses map[string]int) *batch {
	b := &batch{seed: seed, dir: t.TempDir()}
	for i := range n {
		s := seed + uint64(i)
		depth := map[bool]int{true: 1}[s%5 == 0]
		if s%64 == 0 {
			depth = 2
		}
		b.modules = append(b.modules, random(rand.New(rand.NewPCG(s, 0)), fmt.Sprintf("m%d", s), depth, uses))
	}
	r := rand.New(rand.NewPCG(seed, 1))
	for c := range batchCycles {
		row := make([]byte, rowBits/8)
		for i := range row {
			row[i] = [3]byte{byte(r.Uint32()), 0, 0xff}[map[int]int{3: 1, 4: 2}[c]]
		}
		row[0] |= byte(c>>1) & 1
		b.rows = append(b.rows, row)
	}
	return b
}

func (b *batch) compare(t *testing.T) {
	want := b.interpret(t)
	b.write(t)
	for _, w := range []struct {
		name string
		run  func(*testing.T) []string
	}{{"verilator", b.verilator}, {"icarus", b.icarus}, {"yosys", b.yosys}} {
		got := w.run(t)
		for k := range want {
			if got[k] != want[k] {
				cycle, m := k/len(b.modules), b.modules[k%len(b.modules)]
				t.Fatalf("%s: cycle %d: %s gives %s, the interpreter gives %s; files in %s (-module-seed %s -modules 1)",
					m.Name, cycle, w.name, got[k], want[k], b.keep(t), m.Name[1:])
			}
		}
	}
}

// keep copies the files of a failed batch to where they outlive the test.
func (b *batch) keep(t *testing.T) string {
	dir, err := os.MkdirTemp("", "lockstep-differential-*")
	require.NoError(t, err)
	require.NoError(t, os.CopyFS(dir, os.DirFS(b.dir)))
	return dir
}

// interpret returns the outputs of every module in every cycle as binary
// digits, the last port and lane first, as Verilog concatenates them.
func (b *batch) interpret(t *testing.T) []string {
	out := make([]string, batchCycles*len(b.modules))
	for i, m := range b.modules {
		it, err := rtl.NewInterp(m)
		require.NoError(t, err)
		in, res := frame(m.Ins()), frame(m.Outs())
		for c, row := range b.rows {
			at := 0
			for k, p := range m.Ins() {
				for l := range p.Lanes {
					in[k][l] = bitsOf(row, at, p.Shape)
					at += p.Shape.Width
				}
			}
			it.Eval(in, res)
			it.Clock()
			text := ""
			for k, p := range m.Outs() {
				for l := range p.Lanes {
					text = fmt.Sprintf("%0*b", p.Shape.Width, uint64(res[k][l])<<(64-p.Shape.Width)>>(64-p.Shape.Width)) + text
				}
			}
			out[c*len(b.modules)+i] = text
		}
		require.NoError(t, it.Err())
	}
	return out
}

func frame(ports []rtl.Port) [][]int64 {
	f := make([][]int64, len(ports))
	for k, p := range ports {
		f[k] = make([]int64, p.Lanes)
	}
	return f
}

func bitsOf(row []byte, at int, sh rtl.Shape) int64 {
	var v uint64
	for k := range sh.Width {
		v |= uint64(row[(at+k)/8]>>((at+k)%8)&1) << k
	}
	return sh.Value(v)
}

// write prints the modules and a top that feeds them rows and displays them.
func (b *batch) write(t *testing.T) {
	var sv, top bytes.Buffer
	fmt.Fprintf(&sv, "/* verilator lint_off DECLFILENAME */ // many modules in one file\n")
	fmt.Fprintf(&top, "/* verilator lint_off UNUSEDSIGNAL */ // the longest row is for the widest module\n")
	fmt.Fprintf(&top, "module batch (input logic clk_i, input logic rst_ni, input logic [%d:0] row_i", rowBits-1)
	for i, m := range b.modules {
		fmt.Fprintf(&top, ", output logic [%d:0] y%d_o", outBits(m)-1, i)
	}
	fmt.Fprintf(&top, ");\n")
	for i, m := range b.modules {
		text, err := m.Verilog()
		require.NoError(t, err)
		sv.Write(text)
		fmt.Fprintf(&top, "  %s u_%s (.clk_i(clk_i), .rst_ni(rst_ni)", m.Name, m.Name)
		in, out := 0, 0
		for _, p := range m.Ins() {
			fmt.Fprintf(&top, ", .%s_i(row_i[%d:%d])", p.Name, in+p.Bits()-1, in)
			in += p.Bits()
		}
		require.LessOrEqual(t, in, rowBits)
		for _, p := range m.Outs() {
			fmt.Fprintf(&top, ", .%s_o(y%d_o[%d:%d])", p.Name, i, out+p.Bits()-1, out)
			out += p.Bits()
		}
		fmt.Fprintf(&top, ");\n")
	}
	fmt.Fprintf(&top, "endmodule\n")
	b.source = sv.String() + top.String()
	b.file(t, "batch.sv", b.source)
	rows := ""
	for _, row := range b.rows {
		for i := range row {
			rows += fmt.Sprintf("%02x", row[len(row)-1-i])
		}
		rows += "\n"
	}
	b.file(t, "rows.hex", rows)
}

func outBits(m *rtl.Module) int {
	n := 0
	for _, p := range m.Outs() {
		n += p.Bits()
	}
	return n
}

func (b *batch) outBits() int {
	n := 0
	for _, m := range b.modules {
		n += outBits(m)
	}
	return n
}

func (b *batch) file(t *testing.T, name, text string) {
	require.NoError(t, os.WriteFile(filepath.Join(b.dir, name), []byte(text), 0o644))
}

// split cuts the lines of a run, one row of all outputs per cycle, by module.
func (b *batch) split(t *testing.T, out string) []string {
	lines := strings.Fields(out)
	if len(lines) != batchCycles {
		t.Fatalf("%d lines of output, want %d: %.300s", len(lines), batchCycles, out)
	}
	var res []string
	for _, line := range lines {
		if len(line) != b.outBits() {
			t.Fatalf("a line of %d bits, want %d", len(line), b.outBits())
		}
		end := len(line)
		for _, m := range b.modules {
			n := outBits(m)
			res = append(res, line[end-n:end])
			end -= n
		}
	}
	return res
}

func (b *batch) run(t *testing.T, name string, args ...string) string {
	t.Helper()
	defer func(t0 time.Time) { t.Log(name, time.Since(t0)) }(time.Now())
	cmd := exec.CommandContext(context.Background(), name, args...)
	cmd.Dir = b.dir
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v; files in %s\n%.3000s%.3000s", name, err, b.keep(t), log.String(), out.String())
	}
	return out.String()
}

// loop is the C++ around a model: one clock edge in reset, then the rows.
const loop = `
static void show(const char* bits, int n) { fwrite(bits, 1, n, stdout); putchar('\n'); }
int main() {
    FILE* f = fopen("rows.hex", "r"); char line[256]; Model m;
    m.reset();
    while (fscanf(f, "%255s", line) == 1) { m.drive(line); show(m.outputs(), OUT_BITS); m.clock(); }
    return 0;
}
`

func (b *batch) verilator(t *testing.T) []string {
	puts := ""
	for i := range b.modules {
		puts = fmt.Sprintf("        put(p, %d, t->y%d_o);\n", outBits(b.modules[i]), i) + puts
	}
	harness := fmt.Sprintf(`#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include "Vtop.h"
#include "verilated.h"
enum { OUT_BITS = %d, ROW = %d };
double sc_time_stamp() { return 0; }
void vl_stop(const char*, int line, const char*) { fprintf(stderr, "assertion failed at line %%d\n", line); exit(1); }
template <class T> void put(char*& p, int bits, const T& v) {
    while (bits-- > 0) *p++ = '0' + ((uint64_t)v >> bits & 1);
}
template <size_t N> void put(char*& p, int bits, const VlWide<N>& v) {
    while (bits-- > 0) *p++ = '0' + (v[bits / 32] >> (bits %% 32) & 1);
}
struct Model {
    Vtop* t = new Vtop; char text[OUT_BITS];
    void reset() { memset(&t->row_i[0], 0, ROW / 8); t->clk_i = 0; t->rst_ni = 1; t->eval(); t->rst_ni = 0; t->eval(); clock(); t->rst_ni = 1; }
    void clock() { t->clk_i = 1; t->eval(); t->clk_i = 0; t->eval(); }
    void drive(const char* hex) {
        for (int w = 0; w < ROW / 32; w++) t->row_i[w] = strtoul(std::string(hex + ROW / 4 - 8 * (w + 1), 8).c_str(), 0, 16);
        t->eval();
    }
    const char* outputs() {
        char* p = text;
%s        return text;
    }
};`, b.outBits(), rowBits, puts) + loop
	bin, err := verilator.Recipe{Top: "batch", Files: map[string]string{"batch.sv": b.source, "harness.cpp": harness},
		// Random operands may well be constants, which a design would not compare.
		Flags: []string{"-Wno-UNSIGNED", "-Wno-CMPCONST"}, Optimise: "-O0"}.Build(t.Context(), nil)
	require.NoError(t, err)
	return b.split(t, b.run(t, bin))
}

func (b *batch) icarus(t *testing.T) []string {
	nets, ports, all := "", "", ""
	for i, m := range b.modules {
		nets += fmt.Sprintf("  wire [%d:0] y%d;\n", outBits(m)-1, i)
		ports += fmt.Sprintf(", .y%d_o(y%d)", i, i)
		all = fmt.Sprintf(", y%d", i) + all
	}
	b.file(t, "tb.sv", fmt.Sprintf(`module tb;
  logic clk = 0, rst_n = 1; logic [%d:0] rows [0:%d]; logic [%d:0] row = '0;
%s  batch u_batch (.clk_i(clk), .rst_ni(rst_n), .row_i(row)%s);
  initial begin
    $readmemh("rows.hex", rows);
    #1 rst_n = 0; #1 clk = 1; #1 clk = 0; #1 rst_n = 1;
    for (int i = 0; i < %d; i = i + 1) begin
      row = rows[i]; #1 $display("%%b", {%s}); clk = 1; #1 clk = 0; #1;
    end
    $finish(0);
  end
endmodule
`, rowBits-1, batchCycles-1, rowBits-1, nets, ports, batchCycles, all[2:]))
	b.run(t, "iverilog", "-g2012", "-DSYNTHESIS", "-o", "ic", "-s", "tb", "tb.sv", "batch.sv")
	return b.split(t, b.run(t, "vvp", "-n", "ic"))
}

// yosys has Yosys read, optimise and map the modules, memories included, and
// simulates the netlist that it writes.
func (b *batch) yosys(t *testing.T) []string {
	b.run(t, "yosys", "-q", "-p", "read_verilog -sv batch.sv; hierarchy -check -top batch; "+yosys.Elaborate+
		"; opt -fast; wreduce; memory -nomap; memory_map; opt_clean; check -assert; write_verilog -noattr netlist.v")
	b.run(t, "iverilog", "-g2012", "-o", "ys", "-s", "tb", "tb.sv", "netlist.v")
	return b.split(t, b.run(t, "vvp", "-n", "ys"))
}
