package rtl_test

import (
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
)

func p(name string, sh rtl.Shape, lanes int) rtl.Port {
	return rtl.Port{Name: name, Shape: sh, Lanes: lanes}
}

// out drives an output with s so that a module has one.
func out(m *rtl.Module, s rtl.Sig) { m.Out(p("y", s.Shape(), 1), []rtl.Sig{s}) }

func leaf(name string) *rtl.Module {
	m := rtl.New(name, "passes a and, later, b")
	a := m.In(p("a", rtl.U(4), 2))
	m.Out(p("b", rtl.U(4), 1), []rtl.Sig{a[0].Xor(a[1])})
	return m
}

// cell hands a on to the right; what it does with b stays inside.
func cell() *rtl.Module {
	m := rtl.New("pass", "exclusive or on the way")
	a, b := m.In(p("a", rtl.U(4), 1))[0], m.In(p("b", rtl.U(4), 1))[0]
	m.Out(p("a", rtl.U(4), 1), []rtl.Sig{a.Xor(b).Reg("q")})
	return m
}

// mistakes are what a designer may do wrong, with the whole text of the first
// error after "file:line: module m: ". The line of the file has the comment
// "here".
var mistakes = []struct {
	name  string
	build func(m *rtl.Module, a, b rtl.Sig) // inputs u4 and s5
	want  string
}{
	{"shapes of add", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Add(b)) // here
	}, "add: operands are u4 and s5"},
	{"signedness of add", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Add(a.AsSigned())) // here
	}, "add: operands are u4 and s4"},
	{"shapes of sub", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, b.Sub(a)) // here
	}, "sub: operands are s5 and u4"},
	{"shapes of and", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.And(b)) // here
	}, "and: operands are u4 and s5"},
	{"shapes of eq", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Eq(b)) // here
	}, "eq: operands are u4 and s5"},
	{"shapes of lt", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Lt(b)) // here
	}, "lt: operands are u4 and s5"},
	{"signedness of mul", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Mul(b)) // here
	}, "mul: operands are u4 and s5, want the same signedness"},
	{"branches of mux", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Bit(0).Mux(a, b)) // here
	}, "mux: operands are u4 and s5"},
	{"select of mux", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Mux(b, b)) // here
	}, "mux: select is u4, want u1"},
	{"values of switch", func(m *rtl.Module, a, b rtl.Sig) {
		s := rtl.Switch(a).Case(1, b)
		out(m, s.Else(a)) // here
	}, "switch: operands are u4 and s5"},
	{"label of switch", func(m *rtl.Module, a, b rtl.Sig) {
		s := rtl.Switch(a).Case(16, b) // here
		out(m, s.Else(b))
	}, "switch: case 16 does not fit u4"},
	{"label twice", func(m *rtl.Module, a, b rtl.Sig) {
		s := rtl.Switch(b).Case(-1, b)
		s.Case(-1, b) // here
		out(m, s.Else(b))
	}, "switch: case -1 appears twice"},
	{"name of no enumeration", func(m *rtl.Module, a, b rtl.Sig) {
		s := rtl.Switch(a).Is("idle", b) // here
		out(m, s.Else(b))
	}, `switch: "idle" names a case of a signal that is no enumeration`},
	{"unknown enumeration value", func(m *rtl.Module, a, b rtl.Sig) {
		e := m.Enum("op", "load", "store")
		out(m, e.Const("jump")) // here
	}, `enumeration op has no value "jump"`},
	{"empty enumeration", func(m *rtl.Module, a, b rtl.Sig) {
		e := m.Enum("op") // here
		out(m, e.Of(a.Bit(0)))
	}, "enumeration op has no values"},
	{"shape of an enumeration", func(m *rtl.Module, a, b rtl.Sig) {
		e := m.Enum("op", "x", "y", "z")
		out(m, e.Of(a)) // here
	}, "enumeration op: signal is u4, want u2"},
	{"stages", func(m *rtl.Module, a, b rtl.Sig) {
		late := a.Reg("late")
		out(m, a.Xor(late)) // here
	}, "xor: operands arrive at cycles 0 and 1; delay the earlier one"},
	{"stages of lanes", func(m *rtl.Module, a, b rtl.Sig) {
		late := a.Reg("late")
		m.Out(p("y", rtl.U(4), 2), []rtl.Sig{late.Reg("later"), a}) // here
	}, "output y: operands arrive at cycles 2 and 0; delay the earlier one"},
	{"stages of a stream", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.OutStream(rtl.Stream{Name: "s", Fields: []rtl.Port{p("x", rtl.U(4), 1)}})
		s.Drive(s.Ready, [][]rtl.Sig{{a.Reg("late")}})
		t := m.OutStream(rtl.Stream{Name: "t", Fields: []rtl.Port{p("x", rtl.U(4), 1)}})
		t.Drive(a.Bit(0), [][]rtl.Sig{{a.Reg("late2")}}) // here
	}, "stream t: operands arrive at cycles 0 and 1; delay the earlier one"},
	{"width 0", func(m *rtl.Module, a, b rtl.Sig) {
		m.In(p("x", rtl.U(0), 1)) // here
	}, "in: width 0 is outside 1 to 64"},
	{"width 65", func(m *rtl.Module, a, b rtl.Sig) {
		wide := b.Extend(64)
		out(m, wide.Add(wide)) // here
	}, "add: width 65 is outside 1 to 64"},
	{"width of a concatenation", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, rtl.Concat(b.Extend(64), a)) // here
	}, "concat: width 68 is outside 1 to 64"},
	{"negative width", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, m.Const(rtl.S(-3), 0)) // here
	}, "const: width -3 is outside 1 to 64"},
	{"width of a register", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.State("s", rtl.U(100), 0) // here
		s.Set(s.Sig)
	}, "reg: width 100 is outside 1 to 64"},
	{"constant", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, m.Const(rtl.S(4), 8)) // here
	}, "constant 8 does not fit s4"},
	{"negative constant", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.EqConst(-1)) // here
	}, "constant -1 does not fit u4"},
	{"reset value", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.State("s", rtl.U(4), 16) // here
		s.Set(a)
		out(m, s.Sig)
	}, "register s: reset value 16 does not fit u4"},
	{"extend narrows", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, b.Extend(4)) // here
	}, "extend: to 4 bits narrows s5"},
	{"wrap widens", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Wrap(5)) // here
	}, "wrap: to 5 bits widens u4"},
	{"saturate widens", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Saturate(5)) // here
	}, "saturate: to 5 bits widens u4"},
	{"wrap to nothing", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Wrap(0)) // here
	}, "wrap: width 0 is outside 1 to 64"},
	{"slice above", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Slice(4, 1)) // here
	}, "slice: [4:1] of u4"},
	{"slice backwards", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Slice(1, 2)) // here
	}, "slice: [1:2] of u4"},
	{"bit below", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Bit(-1)) // here
	}, "slice: [-1:-1] of u4"},
	{"shift by everything", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.ShrConst(4)) // here
	}, "slice: [3:4] of u4"},
	{"negative shift", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.ShlConst(-2)) // here
	}, "const: width -2 is outside 1 to 64"},
	{"signed shift", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Shl(b)) // here
	}, "shl: amount is s5, want unsigned"},
	{"unused register", func(m *rtl.Module, a, b rtl.Sig) {
		a.Reg("lonely") // here
		out(m, b)
	}, "register lonely is never used"},
	{"unused state", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.State("lonely", rtl.U(4), 0) // here
		s.Set(s.Xor(a))
		out(m, b)
	}, "register lonely is never used"},
	{"never set", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.State("s", rtl.U(4), 0) // here
		out(m, s.Sig)
	}, "register s is never set"},
	{"wire never set", func(m *rtl.Module, a, b rtl.Sig) {
		w := m.Wire("w", rtl.U(4)) // here
		out(m, w.Sig)
	}, "wire w is never set"},
	{"set twice", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.State("s", rtl.U(4), 0)
		s.Set(a)
		s.SetWhen(a.Bit(0), a) // here
		out(m, s.Sig)
	}, "register s is set twice"},
	{"wire set twice", func(m *rtl.Module, a, b rtl.Sig) {
		w := m.Wire("w", rtl.U(4))
		w.Set(a)
		w.Set(a) // here
		out(m, w.Sig)
	}, "wire w is set twice"},
	{"set to another shape", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.State("s", rtl.U(4), 0)
		s.Set(b) // here
		out(m, s.Sig)
	}, "register s is u4, set to s5"},
	{"wire of another shape", func(m *rtl.Module, a, b rtl.Sig) {
		w := m.Wire("w", rtl.U(4))
		w.Set(b) // here
		out(m, w.Sig)
	}, "wire w is u4, set to s5"},
	{"enable of a register", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.RegEn("r", a)) // here
	}, "reg r: enable is u4, want u1"},
	{"enable of a state", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.State("s", rtl.U(4), 0)
		s.SetWhen(a, a) // here
		out(m, s.Sig)
	}, "set s: enable is u4, want u1"},
	{"loop through a wire", func(m *rtl.Module, a, b rtl.Sig) {
		w := m.Wire("w", rtl.U(4))
		n := w.Xor(a) // here
		w.Set(n)
		out(m, n)
	}, "combinational loop through this xor"},
	{"loop of wires only", func(m *rtl.Module, a, b rtl.Sig) {
		w := m.Wire("w", rtl.U(4)) // here
		w.Set(w.Sig)
		out(m, w.Sig)
	}, "combinational loop through wire w"},
	{"loop through an instance", func(m *rtl.Module, a, b rtl.Sig) {
		w := m.Wire("w", rtl.U(4))
		y := m.Instance("l", leaf("leaf"), [][]rtl.Sig{{w.Sig, a}})[0][0]
		w.Set(y)
		out(m, y)
	}, "combinational loop through this xor in u_l"},
	{"memory written in reset", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.Mem("r", 16, rtl.U(4), 1) // here
		r.Write(a.Bit(0).Not(), a, []rtl.Sig{a})
		out(m, r.Read(a)[0])
	}, "memory r is written during reset; gate its enable"},
	{"memory never read", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.Mem("r", 16, rtl.U(4), 1) // here
		r.Write(a.Bit(0), a, []rtl.Sig{a})
		out(m, a)
	}, "memory r is never read"},
	{"write ports", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.Mem("r", 16, rtl.U(4), 1)
		r.Write(a.Bit(0), a, []rtl.Sig{a})
		r.Write(a.Bit(1), a, []rtl.Sig{a})
		r.Write(a.Bit(2), a, []rtl.Sig{a}) // here
		out(m, r.Read(a)[0])
	}, "memory r has 0 read and 3 write ports, want at most 2 writes, and 2 reads beside 2 writes"},
	{"read ports", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.Mem("r", 16, rtl.U(4), 1)
		r.Write(a.Bit(0), a, []rtl.Sig{a})
		r.Write(a.Bit(1), a, []rtl.Sig{a})
		y := r.Read(a)[0].Xor(r.Read(a)[0])
		out(m, y.Xor(r.Read(a)[0])) // here
	}, "memory r has 3 read and 2 write ports, want at most 2 writes, and 2 reads beside 2 writes"},
	{"address of a memory", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.Mem("r", 17, rtl.U(4), 1)
		out(m, r.Read(a)[0]) // here
	}, "memory r: read address is u4, want u5"},
	{"lanes written", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.Mem("r", 16, rtl.U(4), 2)
		r.Write(a.Bit(0), a, []rtl.Sig{a}) // here
		out(m, r.Read(a)[0])
	}, "memory r: write of 1 lanes, want 2"},
	{"value written", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.Mem("r", 16, rtl.U(4), 1)
		r.Write(a.Bit(0), a, []rtl.Sig{b}) // here
		out(m, r.Read(a)[0])
	}, "memory r: written value is s5, want u4"},
	{"one word", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.ROM("r", rtl.U(4), []int64{3}) // here
		out(m, r.Read(a.Bit(0))[0])
	}, "memory r has 1 words of 1 lanes, want at least 2 of 1"},
	{"contents too long", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.Mem("r", 2, rtl.U(4), 1)
		r.Init([][]int64{{1}, {2}, {3}}) // here
		out(m, r.Read(a.Bit(0))[0])
	}, "memory r has 2 words, initialised with 3"},
	{"contents of other lanes", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.Mem("r", 2, rtl.U(4), 1)
		r.Init([][]int64{{1}, {2, 3}}) // here
		out(m, r.Read(a.Bit(0))[0])
	}, "memory r: initial word 1 has 2 lanes, want 1"},
	{"contents out of range", func(m *rtl.Module, a, b rtl.Sig) {
		r := m.ROM("r", rtl.U(4), []int64{3, 16}) // here
		out(m, r.Read(a.Bit(0))[0])
	}, "memory r: initial value 16 of word 1 does not fit u4"},
	{"no lanes", func(m *rtl.Module, a, b rtl.Sig) {
		m.In(p("x", rtl.U(4), 0)) // here
		out(m, a)
	}, "input x has 0 lanes, want at least 1"},
	{"lanes of an output", func(m *rtl.Module, a, b rtl.Sig) {
		m.Out(p("y", rtl.U(4), 2), []rtl.Sig{a}) // here
	}, "output y is driven with 1 lanes, want 2"},
	{"shape of an output", func(m *rtl.Module, a, b rtl.Sig) {
		m.Out(p("y", rtl.U(4), 1), []rtl.Sig{b}) // here
	}, "output y[0] is s5, want u4"},
	{"no outputs", func(m *rtl.Module, a, b rtl.Sig) {
	}, "no output port"},
	{"bad port name", func(m *rtl.Module, a, b rtl.Sig) {
		m.In(p("X", rtl.U(4), 1)) // here
		out(m, a)
	}, `input port name "X_i" is not a lower_snake_case Verilog identifier`},
	{"keyword", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Not().Named("wire")) // here
	}, `net name "wire" is not a lower_snake_case Verilog identifier`},
	{"clock", func(m *rtl.Module, a, b rtl.Sig) {
		m.In(p("clk", rtl.U(1), 1)) // here
		out(m, a)
	}, `input port name "clk_i" is not a lower_snake_case Verilog identifier`},
	{"name of a wire", func(m *rtl.Module, a, b rtl.Sig) {
		w := m.Wire("9lives", rtl.U(4)) // here
		w.Set(a)
		out(m, w.Sig)
	}, `net name "9lives" is not a lower_snake_case Verilog identifier`},
	{"empty name", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.Not().Named("")) // here
	}, `net name "" is not a lower_snake_case Verilog identifier`},
	{"input twice", func(m *rtl.Module, a, b rtl.Sig) {
		m.In(p("a", rtl.U(4), 1)) // here
		out(m, a)
	}, "input port a_i declared twice"},
	{"output twice", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a)
		m.Out(p("y", rtl.U(4), 1), []rtl.Sig{a}) // here
	}, "output port y_o declared twice"},
	{"register twice", func(m *rtl.Module, a, b rtl.Sig) {
		r := a.Reg("r")
		out(m, r.Reg("r")) // here
	}, "register r_q declared twice"},
	{"net twice", func(m *rtl.Module, a, b rtl.Sig) {
		n := a.Not().Named("n")
		out(m, n.Not().Named("n")) // here
	}, "net n declared twice"},
	{"foreign signal", func(m *rtl.Module, a, b rtl.Sig) {
		other := rtl.New("other", "").In(p("x", rtl.U(4), 1))[0]
		out(m, a.Xor(other)) // here
	}, "xor: operand belongs to module other"},
	{"foreign output", func(m *rtl.Module, a, b rtl.Sig) {
		other := rtl.New("other", "").In(p("x", rtl.U(4), 1))[0]
		out(m, other) // here, in out
	}, "output y: operand belongs to module other"},
	{"foreign next value", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.State("s", rtl.U(4), 0)
		s.Set(rtl.New("other", "").In(p("x", rtl.U(4), 1))[0]) // here
		out(m, s.Sig)
	}, "set s: operand belongs to module other"},
	{"zero operand", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, a.And(rtl.Sig{})) // here
	}, "and: operand is the zero Sig"},
	{"zero receiver", func(m *rtl.Module, a, b rtl.Sig) {
		out(m, rtl.Sig{}.Add(a)) // here
	}, "add: operand is the zero Sig"},
	{"zero output", func(m *rtl.Module, a, b rtl.Sig) {
		m.Out(p("y", rtl.U(4), 1), make([]rtl.Sig, 1)) // here
	}, "output y: operand is the zero Sig"},
	{"zero state", func(m *rtl.Module, a, b rtl.Sig) {
		rtl.State{}.Set(a) // here
		out(m, a)
	}, "set: the State is the zero State"},
	{"zero wire", func(m *rtl.Module, a, b rtl.Sig) {
		rtl.Wire{}.Set(a) // here
		out(m, a)
	}, "set: the Wire is the zero Wire"},
	{"requirement", func(m *rtl.Module, a, b rtl.Sig) {
		m.Require(a, "a") // here
		out(m, a)
	}, "Require: condition is u4, want u1"},
	{"ports of an instance", func(m *rtl.Module, a, b rtl.Sig) {
		m.Instance("l", leaf("leaf"), [][]rtl.Sig{{a, a}, {a}}) // here
		out(m, a)
	}, "instance l: 2 input ports connected, want 1"},
	{"lanes of an instance", func(m *rtl.Module, a, b rtl.Sig) {
		m.Instance("l", leaf("leaf"), [][]rtl.Sig{{a}}) // here
		out(m, a)
	}, "instance l: port a is not connected to 2 lanes"},
	{"shape of an instance", func(m *rtl.Module, a, b rtl.Sig) {
		m.Instance("l", leaf("leaf"), [][]rtl.Sig{{a, b}}) // here
		out(m, a)
	}, "instance l: port a is s5, want u4"},
	{"stages of an instance", func(m *rtl.Module, a, b rtl.Sig) {
		m.Instance("l", leaf("leaf"), [][]rtl.Sig{{a, a.Reg("r")}}) // here
		out(m, a)
	}, "instance l: operands arrive at cycles 0 and 1; delay the earlier one"},
	{"instance of nothing", func(m *rtl.Module, a, b rtl.Sig) {
		m.Instance("l", nil, nil) // here
		out(m, a)
	}, "instance l: the module is nil"},
	{"instance of itself", func(m *rtl.Module, a, b rtl.Sig) {
		m.Instance("l", m, nil) // here
		out(m, a)
	}, "instance l: the module is placed in itself"},
	{"no copies", func(m *rtl.Module, a, b rtl.Sig) {
		m.Array("l", leaf("leaf"), nil) // here
		out(m, a)
	}, "instance l: no copies"},
	{"grid of nothing", func(m *rtl.Module, a, b rtl.Sig) {
		m.Grid("g", nil, 1, 1) // here
		out(m, a)
	}, "instance g: the module is nil"},
	{"grid without rows", func(m *rtl.Module, a, b rtl.Sig) {
		m.Grid("g", cell(), 0, 2) // here
		out(m, a)
	}, "instance g: 0 rows and 2 columns, want at least 1"},
	{"grid without columns", func(m *rtl.Module, a, b rtl.Sig) {
		m.Grid("g", cell(), 2, -1) // here
		out(m, a)
	}, "instance g: 2 rows and -1 columns, want at least 1"},
	{"feeds of a grid", func(m *rtl.Module, a, b rtl.Sig) {
		m.Grid("g", cell(), 1, 1, rtl.ToAll(a)) // here
		out(m, a)
	}, "instance g: 1 input ports fed, want 2"},
	{"west edge of a grid", func(m *rtl.Module, a, b rtl.Sig) {
		m.Grid("g", cell(), 2, 1, rtl.FromWest([][]rtl.Sig{{a}}), rtl.ToAll(a)) // here
		out(m, a)
	}, "instance g: port a is fed with 1 rows at its west edge, want 2"},
	{"north edge of a grid", func(m *rtl.Module, a, b rtl.Sig) {
		m.Grid("g", cell(), 2, 1, rtl.FromNorth([][]rtl.Sig{{a}, {a}}), rtl.ToAll(a)) // here
		out(m, a)
	}, "instance g: port a is fed with 2 columns at its north edge, want 1"},
	{"neighbours of a grid", func(m *rtl.Module, a, b rtl.Sig) {
		m.Grid("g", cell(), 1, 1, rtl.ToAll(a), rtl.FromNorth([][]rtl.Sig{{a}})) // here
		out(m, a)
	}, "instance g: module pass has no output port b of 1 x u4 to feed its neighbour"},
	{"lanes of a grid", func(m *rtl.Module, a, b rtl.Sig) {
		m.Grid("g", cell(), 1, 1, rtl.FromWest([][]rtl.Sig{{a, a}}), rtl.ToAll(a)) // here
		out(m, a)
	}, "instance g: port a is not connected to 1 lanes"},
	{"shape of a grid", func(m *rtl.Module, a, b rtl.Sig) {
		m.Grid("g", cell(), 1, 1, rtl.FromWest([][]rtl.Sig{{a}}), rtl.ToAll(b)) // here
		out(m, a)
	}, "instance g: port b is s5, want u4"},
	{"skew of a grid", func(m *rtl.Module, a, b rtl.Sig) {
		a1 := a.Reg("a1")
		m.Grid("g", cell(), 1, 2, rtl.FromWest([][]rtl.Sig{{a}}), rtl.ToAll(a)) // here
		out(m, a1)
	}, "instance g: operands arrive at cycles 1 and 0; delay the earlier one"},
	{"instance twice", func(m *rtl.Module, a, b rtl.Sig) {
		y := m.Instance("l", leaf("leaf"), [][]rtl.Sig{{a, a}})[0][0]
		out(m, m.Instance("l", leaf("leaf"), [][]rtl.Sig{{y, y}})[0][0]) // here
	}, "instance u_l declared twice"},
	{"stream driven twice", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.OutStream(rtl.Stream{Name: "s"})
		s.Drive(s.Ready, nil)
		s.Drive(s.Ready, nil) // here
	}, "stream s is driven twice"},
	{"ready driven twice", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.InStream(rtl.Stream{Name: "s"})
		s.Accept(s.Valid)
		s.Accept(s.Valid) // here
	}, "stream s: ready is driven twice"},
	{"fields of a stream", func(m *rtl.Module, a, b rtl.Sig) {
		s := m.OutStream(rtl.Stream{Name: "s"})
		s.Drive(s.Ready, [][]rtl.Sig{{a}}) // here
	}, "stream s is driven with 1 fields, want 0"},
}

func TestMistakes(t *testing.T) {
	source, err := os.ReadFile("mistake_test.go")
	require.NoError(t, err)
	lines := strings.Split(string(source), "\n")
	place := regexp.MustCompile(`^mistake_test\.go:(\d+): module m: (.*)$`)
	for _, tt := range mistakes {
		t.Run(strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			m := rtl.New("m", "a mistake")
			a, b := m.In(p("a", rtl.U(4), 1))[0], m.In(p("b", rtl.S(5), 1))[0]
			tt.build(m, a, b)
			err := m.Finish()
			require.Error(t, err)
			first, _, _ := strings.Cut(err.Error(), "\n")
			found := place.FindStringSubmatch(first)
			require.NotNil(t, found, first)
			require.Equal(t, tt.want, found[2])
			line, err := strconv.Atoi(found[1])
			require.NoError(t, err)
			switch tt.name {
			case "no outputs", "loop through an instance", "foreign output": // reported elsewhere
			default:
				require.Contains(t, lines[line-1], "// here", "line %d", line)
			}
			_, err = m.Verilog()
			require.Error(t, err, "a module with mistakes is not printed")
			_, err = rtl.NewInterp(m)
			require.Error(t, err, "nor executed")
		})
	}
	require.Greater(t, len(mistakes), 25)
}

func TestModuleNames(t *testing.T) {
	for _, name := range []string{"", "Core", "my-core", "module", "1st", "a b", "clk_i"} {
		m := rtl.New(name, "")
		require.ErrorContains(t, m.Err(), "is not a lower_snake_case Verilog identifier", name)
	}
}

func TestTwoModulesOfOneName(t *testing.T) {
	m := rtl.New("m", "")
	a := m.In(p("a", rtl.U(4), 1))[0]
	other := rtl.New("leaf", "another")
	in := other.In(p("a", rtl.U(4), 2))
	other.Out(p("b", rtl.U(4), 1), []rtl.Sig{in[0].And(in[1])})
	y := m.Instance("one", leaf("leaf"), [][]rtl.Sig{{a, a}})[0][0]
	out(m, m.Instance("two", other, [][]rtl.Sig{{y, y}})[0][0])
	require.NoError(t, m.Finish())
	_, err := m.Verilog()
	require.EqualError(t, err, "rtl: module m: two different modules below it are named leaf")
}

func TestMistakeInASubmodule(t *testing.T) {
	m := rtl.New("m", "")
	a := m.In(p("a", rtl.U(4), 1))[0]
	sub := rtl.New("sub", "")
	x := sub.In(p("x", rtl.U(4), 1))[0]
	x.Reg("lonely")
	sub.Out(p("y", rtl.U(4), 1), []rtl.Sig{x})
	out(m, m.Instance("s", sub, [][]rtl.Sig{{a}})[0][0])
	require.ErrorContains(t, m.Finish(), "instance s: mistake_test.go:")
	require.ErrorContains(t, m.Finish(), ": module sub: register lonely is never used")
}

func TestAddedAfterFinish(t *testing.T) {
	m := rtl.New("m", "")
	a := m.In(p("a", rtl.U(4), 1))[0]
	out(m, a)
	require.NoError(t, m.Finish())
	m.Out(p("z", rtl.U(4), 1), []rtl.Sig{a})
	require.ErrorContains(t, m.Err(), "output z: added after Finish")
	a.Not()
	require.ErrorContains(t, m.Finish(), "not: added after Finish")
}

// TestEveryMistakeIsReported keeps going after the first.
func TestEveryMistakeIsReported(t *testing.T) {
	m := rtl.New("m", "")
	a := m.In(p("a", rtl.U(4), 1))[0]
	out(m, a.Add(a.AsSigned()).Wrap(9).Slice(70, 2))
	joined, ok := m.Finish().(interface{ Unwrap() []error })
	require.True(t, ok)
	require.Len(t, joined.Unwrap(), 3)
	require.Error(t, errors.Join(joined.Unwrap()...))
}

// TestNothingPanics calls every method with the zero Sig and a foreign one.
func TestNothingPanics(t *testing.T) {
	foreign := rtl.New("other", "").In(p("x", rtl.U(1), 1))[0]
	for _, z := range []rtl.Sig{{}, foreign} {
		m := rtl.New("m", "")
		a := m.In(p("a", rtl.U(1), 1))[0]
		r, rom := m.Mem("r", 2, rtl.U(1), 1), m.ROM("rom", rtl.U(1), []int64{0, 1})
		e := m.Enum("e", "x", "y")
		in, o := m.InStream(rtl.Stream{Name: "i"}), m.OutStream(rtl.Stream{Name: "o", Fields: []rtl.Port{p("f", rtl.U(1), 1)}})
		require.NotPanics(t, func() {
			for _, f := range []func(x, y rtl.Sig) rtl.Sig{rtl.Sig.Add, rtl.Sig.Sub, rtl.Sig.AddWrap, rtl.Sig.SubWrap, rtl.Sig.Mul,
				rtl.Sig.Eq, rtl.Sig.Ne, rtl.Sig.Lt, rtl.Sig.Ge, rtl.Sig.And, rtl.Sig.Or, rtl.Sig.Xor, rtl.Sig.Shl, rtl.Sig.Shr} {
				f(a, z)
				f(z, a)
				f(z, z)
			}
			for _, f := range []func(x rtl.Sig) rtl.Sig{rtl.Sig.Not, rtl.Sig.AllOnes, rtl.Sig.AnyOne, rtl.Sig.Parity, rtl.Sig.AsSigned,
				rtl.Sig.AsUnsigned, rtl.Sig.ToSigned, rtl.Sig.Unstaged} {
				f(z)
			}
			for _, n := range []int{-1, 0, 1, 2, 65} {
				z.Extend(n)
				z.Wrap(n)
				z.Saturate(n)
				z.ShlConst(n)
				z.ShrConst(n)
				z.Bit(n)
				z.Slice(n, 0)
				z.Delay("d", n)
			}
			z.Stage()
			z.Shape()
			z.EqConst(5)
			z.Named("n")
			z.Reg("r1")
			z.RegEn("r2", a)
			a.RegEn("r3", z)
			z.Hold("h1", a)
			a.Hold("h2", z)
			a.Mux(z, z)
			z.Mux(a, a)
			a.Mux(a, z)
			a.Mux(z, a)
			rtl.Concat()
			rtl.Concat(z)
			rtl.Concat(a, z)
			rtl.Concat(z, a)
			rtl.Switch(z).Case(0, a).Is("x", a).Else(a)
			rtl.Switch(a).Case(0, z).Else(z)
			rtl.Switch(a).Case(0, a).Else(z)
			e.Of(z)
			e.Is(z, "x")
			e.State("es", "none")
			m.Wire("w", rtl.U(1)).Set(z)
			rtl.Wire{}.Set(z)
			rtl.State{}.Set(z)
			rtl.State{}.SetWhen(z, z)
			m.State("s1", rtl.U(1), 0).Set(z)
			m.State("s2", rtl.U(1), 0).SetWhen(z, a)
			m.State("s3", rtl.U(1), 0).SetWhen(a, z)
			r.Write(z, a, []rtl.Sig{a})
			r.Write(a, z, []rtl.Sig{a})
			r.Write(a, a, []rtl.Sig{z})
			r.Read(z)
			rom.ReadEn(a, z)
			m.Require(z, "z")
			p := m.NewPipe("p", z)
			p.Reg("pr", z)
			p.Valid(2)
			in.Fire(z)
			in.Accept(z)
			p.Drive(1, o, [][]rtl.Sig{{z}})
			m.Out(rtl.Port{Name: "y1", Shape: rtl.U(1), Lanes: 1}, []rtl.Sig{z})
			m.Instance("i", leaf("leaf"), [][]rtl.Sig{{z, z}})
			m.Array("j", leaf("leaf"), [][][]rtl.Sig{{{a, a}}, {{z, a}}})
			m.Grid("k", cell(), 1, 2, rtl.FromWest([][]rtl.Sig{{z}}), rtl.ToAll(z))
			m.Grid("l", cell(), 1, 2, rtl.FromWest(nil), rtl.ToAll())
		})
		require.Error(t, m.Finish())
	}
}
