package rtl_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

// eval runs one cycle of m.
func eval(it *rtl.Interp, out [][]int64, in ...int64) []int64 {
	ports := make([][]int64, len(in))
	for i, v := range in {
		ports[i] = []int64{v}
	}
	it.Eval(ports, out)
	it.Clock()
	flat := []int64{}
	for _, lanes := range out {
		flat = append(flat, lanes...)
	}
	return flat
}

func TestRequireNamesTheCycle(t *testing.T) {
	sub := rtl.New("sub", "")
	x := sub.In(p("x", rtl.U(4), 1))[0]
	sub.Require(x.EqConst(9).Not(), "x below %d", 9)
	sub.Out(p("y", rtl.U(4), 1), []rtl.Sig{x})
	m := rtl.New("top", "")
	a := m.In(p("a", rtl.U(4), 1))[0]
	arr := m.Array("pe", sub, [][][]rtl.Sig{{{a}}, {{a.Not()}}})
	out(m, arr[0][0][0].Xor(arr[1][0][0]))
	it, err := rtl.NewInterp(m)
	require.NoError(t, err)
	for _, v := range []int64{0, 1, 9, 2, 6, 3} {
		eval(it, [][]int64{{0}}, v)
	}
	err = it.Err()
	require.Error(t, err)
	lines := strings.Split(err.Error(), "\n")
	require.Len(t, lines, 2)
	require.Regexp(t, `^interp_test\.go:\d+: module u_pe\[0\]\.sub: requirement failed: x below 9 \(cycle 2\)$`, lines[0])
	require.Regexp(t, `^interp_test\.go:\d+: module u_pe\[1\]\.sub: requirement failed: x below 9 \(cycle 4\)$`, lines[1])
	it.Reset()
	require.NoError(t, it.Err(), "reset clears the failures")
	for range 20 {
		eval(it, [][]int64{{0}}, 9)
	}
	require.Len(t, strings.Split(it.Err().Error(), "\n"), 8, "at most eight are kept")
}

func TestRequireIsNotEvaluatedByEval(t *testing.T) {
	m := rtl.New("m", "")
	a := m.In(p("a", rtl.U(1), 1))[0]
	m.Require(a, "a")
	out(m, a)
	it, err := rtl.NewInterp(m)
	require.NoError(t, err)
	it.Eval([][]int64{{0}}, [][]int64{{0}})
	it.Eval([][]int64{{1}}, [][]int64{{0}})
	it.Clock()
	require.NoError(t, it.Err(), "only the values at the clock edge count")
}

func TestPeek(t *testing.T) {
	sub := rtl.New("sub", "")
	x := sub.In(p("x", rtl.S(4), 1))[0]
	sub.Out(p("y", rtl.S(4), 1), []rtl.Sig{x.Not().Named("inverted").Reg("held")})
	m := rtl.New("m", "")
	a := m.In(p("a", rtl.S(4), 1))[0]
	arr := m.Array("pe", sub, [][][]rtl.Sig{{{a}}, {{a.Not()}}})
	one := m.Instance("one", sub, [][]rtl.Sig{{a}})[0][0]
	out(m, arr[0][0][0].Xor(arr[1][0][0]).Xor(one))
	it, err := rtl.NewInterp(m)
	require.NoError(t, err)
	eval(it, [][]int64{{0}}, -3)
	it.Eval([][]int64{{5}}, [][]int64{{0}})
	for path, want := range map[string]int64{"u_pe[0].held": 2, "u_pe[1].held": -3, "u_one.held": 2,
		"u_pe[0].inverted": -6, "u_pe[1].inverted": 5} {
		got, err := it.Peek(path)
		require.NoError(t, err)
		require.Equal(t, want, got, path)
	}
	_, err = it.Peek("u_pe[2].held")
	require.EqualError(t, err, `rtl: module m has no register or net "u_pe[2].held"`)
}

// TestMemoryCollisions pins what happens when ports meet at one address.
func TestMemoryCollisions(t *testing.T) {
	m := rtl.New("m", "")
	in := func(name string, sh rtl.Shape) rtl.Sig { return m.In(p(name, sh, 1))[0] }
	en0, addr0, data0 := in("en0", rtl.U(1)), in("addr0", rtl.U(2)), in("data0", rtl.S(8))
	en1, addr1, data1 := in("en1", rtl.U(1)), in("addr1", rtl.U(2)), in("data1", rtl.S(8))
	re := in("re", rtl.U(1))
	r := m.Mem("ram", 4, rtl.S(8), 1)
	r.Init([][]int64{{-1}, {-2}})
	r.Write(en0, addr0, []rtl.Sig{data0})
	r.Write(en1, addr1, []rtl.Sig{data1})
	m.Out(p("q0", rtl.S(8), 1), r.Read(addr0))
	m.Out(p("q1", rtl.S(8), 1), r.ReadEn(addr1, re))
	it, err := rtl.NewInterp(m)
	require.NoError(t, err)
	q := [][]int64{{0}, {0}}
	for cycle, row := range [][2][]int64{ // inputs of a cycle, outputs of that cycle
		{{0, 0, 0, 0, 1, 0, 1}, {-1, 0}},   // the clock edge in reset read word 0
		{{1, 1, 7, 0, 1, 0, 1}, {-1, -2}},  // write 7 to 1 and read it by both ports
		{{0, 1, 0, 0, 1, 0, 0}, {-2, -2}},  // both gave the old word
		{{1, 2, 10, 1, 2, 20, 0}, {7, -2}}, // port 1 is off and keeps; both write to 2
		{{0, 2, 0, 0, 2, 0, 1}, {0, -2}},   // word 2 was zero
		{{1, 3, 5, 1, 0, 6, 1}, {20, 20}},  // the later port won; two writes to two words
		{{0, 3, 0, 0, 0, 0, 1}, {0, -1}},   // old words again
		{{0, 0, 0, 0, 3, 0, 1}, {5, 6}},    //
		{{0, 0, 0, 0, 0, 0, 1}, {6, 5}},    //
	} {
		require.Equal(t, row[1], eval(it, q, row[0]...), "cycle %d", cycle)
	}
	got, err := it.PeekWord("ram", 3)
	require.NoError(t, err)
	require.Equal(t, []int64{5}, got)
	it.Reset()
	got, err = it.PeekWord("ram", 3)
	require.NoError(t, err)
	require.Equal(t, []int64{0}, got, "the interpreter's reset is a power-up")
	_, err = it.PeekWord("ram", 4)
	require.EqualError(t, err, "rtl: memory ram: word is 4, want 0 to 3")
	_, err = it.PeekWord("rom", 0)
	require.EqualError(t, err, `rtl: module m has no memory "rom"`)
}

func TestAddressBeyondTheDepth(t *testing.T) {
	m := rtl.New("m", "")
	a, en := m.In(p("a", rtl.U(2), 1))[0], m.In(p("en", rtl.U(1), 1))[0]
	r := m.Mem("ram", 3, rtl.U(8), 1)
	r.Write(en, a, []rtl.Sig{a.Extend(8)})
	m.Out(p("q", rtl.U(8), 1), r.ReadEn(a, en))
	it, err := rtl.NewInterp(m)
	require.NoError(t, err)
	eval(it, [][]int64{{0}}, 3, 0)
	require.NoError(t, it.Err(), "no port is enabled")
	eval(it, [][]int64{{0}}, 3, 1)
	require.ErrorContains(t, it.Err(), "requirement failed: memory ram: address below 3 (cycle 1)")
}

func TestArrayPrintsOneLoop(t *testing.T) {
	sub := rtl.New("pe", "")
	x := sub.In(p("x", rtl.S(8), 2))
	sub.Out(p("y", rtl.S(9), 1), []rtl.Sig{x[0].Add(x[1]).Reg("sum")})
	m := rtl.New("row", "")
	a := m.In(p("a", rtl.S(8), 129))
	ins := make([][][]rtl.Sig, 128)
	for i := range ins {
		ins[i] = [][]rtl.Sig{{a[i], a[i+1]}}
	}
	ys := m.Array("pe", sub, ins)
	all := make([]rtl.Sig, len(ys))
	for i := range ys {
		all[i] = ys[i][0][0]
	}
	m.Out(p("y", rtl.S(9), 128), all)
	text, err := m.Verilog()
	require.NoError(t, err)
	sv := string(text)
	require.Contains(t, sv, `  for (genvar i = 0; i < 128; i = i + 1) begin : gen_pe
    pe u_pe ( // interp_test.go:`)
	require.Contains(t, sv, `
      .clk_i(clk_i),
      .rst_ni(rst_ni),
      .x_i(u_pe_x_in[i*16 +: 16]),
      .y_o(u_pe_y[i*9 +: 9])
    );
  end
`)
	require.Equal(t, 1, strings.Count(sv, "module pe ("), "the module is printed once")
	require.Equal(t, 1, strings.Count(sv, " u_pe ("), "and placed once")
	for i, line := range strings.Split(sv, "\n") {
		require.LessOrEqual(t, len(line), 110, "line %d", i+1)
	}
	loc, err := m.Locate("u_pe[127].sum")
	require.NoError(t, err)
	require.Equal(t, rtl.Location{Scope: "gen_pe[127].u_pe", Verilog: "sum_q", Shape: rtl.S(9), Lanes: 1}, loc)
}

// rams are memories that an FPGA should hold in block RAM, with the cell wanted.
var rams = map[string]func(m *rtl.Module, addr, other, en, data rtl.Sig){
	"simple": func(m *rtl.Module, addr, other, en, data rtl.Sig) {
		r := m.Mem("ram", 1024, rtl.U(32), 1)
		r.Write(en, addr, []rtl.Sig{data})
		m.Out(p("q", rtl.U(32), 1), r.Read(other))
	},
	"initialised": func(m *rtl.Module, addr, other, en, data rtl.Sig) {
		r := m.Mem("ram", 1024, rtl.U(32), 1)
		words := make([][]int64, 700)
		for i := range words {
			words[i] = []int64{int64(i) * 0x9e3779b1 & 0xffffffff}
		}
		r.Init(words)
		r.Write(en, addr, []rtl.Sig{data})
		m.Out(p("q", rtl.U(32), 1), r.ReadEn(other, en))
	},
	"rom": func(m *rtl.Module, addr, other, en, data rtl.Sig) {
		words := make([]int64, 1024)
		for i := range words {
			words[i] = int64(i) * 0x9e3779b1 & 0xffffffff
		}
		q := m.ROM("ram", rtl.U(32), words).Read(addr)
		m.Out(p("q", rtl.U(32), 1), q)
	},
	"dual": func(m *rtl.Module, addr, other, en, data rtl.Sig) {
		r := m.Mem("ram", 1024, rtl.U(16), 2)
		lanes := []rtl.Sig{data.Wrap(16), data.Slice(31, 16)}
		r.Write(en, addr, lanes)
		r.Write(data.Bit(0).And(en), other, lanes)
		m.Out(p("q0", rtl.U(16), 2), r.Read(addr))
		m.Out(p("q1", rtl.U(16), 2), r.Read(other))
	},
}

// TestBlockRAM maps all of them at once: synthesis is slow.
func TestBlockRAM(t *testing.T) {
	tooltest.Need(t, "yosys")
	m := rtl.New("bram", "memories for block RAM")
	in := func(name string, w int) rtl.Sig { return m.In(p(name, rtl.U(w), 1))[0] }
	addr, other, en, data := in("addr", 10), in("other", 10), in("en", 1), in("data", 32)
	var ins [][]rtl.Sig
	for _, s := range []rtl.Sig{addr, other, en, data} {
		ins = append(ins, []rtl.Sig{s})
	}
	for _, name := range []string{"simple", "initialised", "rom", "dual"} {
		sub := rtl.New("bram_"+name, "one of them")
		port := func(name string, w int) rtl.Sig { return sub.In(p(name, rtl.U(w), 1))[0] }
		rams[name](sub, port("addr", 10), port("other", 10), port("en", 1), port("data", 32))
		for k, lanes := range m.Instance(name, sub, ins) {
			m.Out(p(fmt.Sprintf("%s_q%d", name, k), lanes[0].Shape(), len(lanes)), lanes)
		}
	}
	text, err := m.Verilog()
	require.NoError(t, err)
	cells, err := yosys.Xilinx(t.Context(), m.Name, text)
	require.NoError(t, err)
	require.Equal(t, len(rams), cells["RAMB36E2"]+cells["RAMB18E2"], "%v", cells)
	require.Less(t, cells["FDRE"]+cells["FDCE"], 70, "no word in flip-flops: %v", cells)
	require.Zero(t, cells["RAM32M"]+cells["RAM64M"]+cells["RAM64X1D"], "no distributed RAM: %v", cells)
}
