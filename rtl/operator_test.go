package rtl

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// An operatorTest is one operator: how it is built, its width rule, its
// mathematical value and its printed form.
type operatorTest struct {
	name   string
	op     opcode
	ins    func(sh Shape) []Shape // operand shapes for a base shape
	build  func(m *Module, x []Sig) Sig
	shape  func(x []Shape) Shape
	value  func(x []*big.Int, sh []Shape) *big.Int // exact: it must be a value of the shape
	base   Shape                                   // of the printed form
	prints string
}

func same(n int) func(Shape) []Shape {
	return func(sh Shape) []Shape {
		x := make([]Shape, n)
		for i := range x {
			x[i] = sh
		}
		return x
	}
}

// with appends shapes to the base shape, first where at is 0.
func with(more ...Shape) func(Shape) []Shape {
	return func(sh Shape) []Shape { return append([]Shape{sh}, more...) }
}

func selectOf(n int) func(Shape) []Shape {
	return func(sh Shape) []Shape { return append([]Shape{U(1)}, same(n)(sh)...) }
}

func keep(x []Shape) Shape { return x[0] }
func flag([]Shape) Shape   { return U(1) }

func unary(f func(a Sig) Sig) func(*Module, []Sig) Sig {
	return func(_ *Module, x []Sig) Sig { return f(x[0]) }
}
func binary(f func(a, b Sig) Sig) func(*Module, []Sig) Sig {
	return func(_ *Module, x []Sig) Sig { return f(x[0], x[1]) }
}

func num(v int64) *big.Int              { return big.NewInt(v) }
func two(n int) *big.Int                { return new(big.Int).Lsh(num(1), uint(n)) }
func truthOf(b bool) *big.Int           { return map[bool]*big.Int{true: num(1), false: num(0)}[b] }
func bitsAt(v *big.Int, w int) *big.Int { return new(big.Int).Mod(v, two(w)) }

// wrapTo returns v modulo 2^w in the range of sh.
func wrapTo(v *big.Int, sh Shape) *big.Int {
	r := bitsAt(v, sh.Width)
	if sh.Signed && r.Bit(sh.Width-1) == 1 {
		r.Sub(r, two(sh.Width))
	}
	return r
}

func limits(sh Shape) (lo, hi *big.Int) {
	if sh.Signed {
		return new(big.Int).Neg(two(sh.Width - 1)), new(big.Int).Sub(two(sh.Width-1), num(1))
	}
	return num(0), new(big.Int).Sub(two(sh.Width), num(1))
}

func clamp(v *big.Int, sh Shape) *big.Int {
	lo, hi := limits(sh)
	switch {
	case v.Cmp(lo) < 0:
		return lo
	case v.Cmp(hi) > 0:
		return hi
	}
	return v
}

type bigOp func(z, a, b *big.Int) *big.Int

func exact(f bigOp) func([]*big.Int, []Shape) *big.Int {
	return func(x []*big.Int, _ []Shape) *big.Int { return f(new(big.Int), x[0], x[1]) }
}

func wrapped(f bigOp) func([]*big.Int, []Shape) *big.Int {
	return func(x []*big.Int, sh []Shape) *big.Int { return wrapTo(f(new(big.Int), x[0], x[1]), sh[0]) }
}

func shifted(x []*big.Int, left bool) *big.Int {
	n := uint(x[1].Uint64())
	if left {
		return new(big.Int).Lsh(x[0], n)
	}
	return new(big.Int).Rsh(x[0], n) // rounds down
}

var operators = []operatorTest{
	{name: "add", op: opAdd, ins: same(2), build: binary(Sig.Add), value: exact((*big.Int).Add),
		shape: func(x []Shape) Shape { return Shape{x[0].Width + 1, x[0].Signed} },
		base:  S(4), prints: "assign y = 5'($signed(x0_i)) + 5'($signed(x1_i));"},
	{name: "sub", op: opSub, ins: same(2), build: binary(Sig.Sub), value: exact((*big.Int).Sub),
		shape: func(x []Shape) Shape { return S(x[0].Width + 1) }, base: U(4), prints: "assign y = 5'(x0_i) - 5'(x1_i);"},
	{name: "add wrap", op: opAdd, ins: same(2), build: binary(Sig.AddWrap), value: wrapped((*big.Int).Add), shape: keep,
		base: S(4), prints: "assign y = $signed(x0_i) + $signed(x1_i);"},
	{name: "sub wrap", op: opSub, ins: same(2), build: binary(Sig.SubWrap), value: wrapped((*big.Int).Sub), shape: keep,
		base: U(4), prints: "assign y = x0_i - x1_i;"},
	{name: "mul", op: opMul, ins: func(sh Shape) []Shape { return []Shape{sh, {3, sh.Signed}} }, build: binary(Sig.Mul),
		value: exact((*big.Int).Mul), shape: func(x []Shape) Shape { return Shape{x[0].Width + 3, x[0].Signed} },
		base: S(4), prints: "assign y = 7'($signed(x0_i)) * 7'($signed(x1_i));"},
	{name: "mul wide", op: opMul, ins: func(sh Shape) []Shape { return []Shape{{min(sh.Width, 32), sh.Signed}, {32, sh.Signed}} },
		build: binary(Sig.Mul), value: exact((*big.Int).Mul),
		shape: func(x []Shape) Shape { return Shape{x[0].Width + 32, x[0].Signed} }, base: U(2), prints: "assign y = 34'(x0_i) * 34'(x1_i);"},
	{name: "and", op: opAnd, ins: same(2), build: binary(Sig.And), value: exact((*big.Int).And), shape: keep,
		base: U(4), prints: "assign y = x0_i & x1_i;"},
	{name: "or", op: opOr, ins: same(2), build: binary(Sig.Or), value: exact((*big.Int).Or), shape: keep,
		base: U(4), prints: "assign y = x0_i | x1_i;"},
	{name: "xor", op: opXor, ins: same(2), build: binary(Sig.Xor), value: exact((*big.Int).Xor), shape: keep,
		base: S(4), prints: "assign y = $signed(x0_i) ^ $signed(x1_i);"},
	{name: "not", op: opNot, ins: same(1), build: unary(Sig.Not), shape: keep,
		value: func(x []*big.Int, sh []Shape) *big.Int { return wrapTo(new(big.Int).Not(x[0]), sh[0]) },
		base:  U(4), prints: "assign y = ~x0_i;"},
	{name: "eq", op: opEq, ins: same(2), build: binary(Sig.Eq), shape: flag,
		value: func(x []*big.Int, _ []Shape) *big.Int { return truthOf(x[0].Cmp(x[1]) == 0) },
		base:  S(4), prints: "assign y = $signed(x0_i) == $signed(x1_i);"},
	{name: "ne", op: opEq, ins: same(2), build: binary(Sig.Ne), shape: flag,
		value: func(x []*big.Int, _ []Shape) *big.Int { return truthOf(x[0].Cmp(x[1]) != 0) },
		base:  U(4), prints: "assign n1 = x0_i == x1_i;"},
	{name: "lt", op: opLt, ins: same(2), build: binary(Sig.Lt), shape: flag,
		value: func(x []*big.Int, _ []Shape) *big.Int { return truthOf(x[0].Cmp(x[1]) < 0) },
		base:  S(4), prints: "assign y = $signed(x0_i) < $signed(x1_i);"},
	{name: "ge", op: opNot, ins: same(2), build: binary(Sig.Ge), shape: flag,
		value: func(x []*big.Int, _ []Shape) *big.Int { return truthOf(x[0].Cmp(x[1]) >= 0) },
		base:  U(4), prints: "assign n1 = x0_i < x1_i;"},
	{name: "shl", op: opShl, ins: with(U(7)), build: binary(Sig.Shl), shape: keep,
		value: func(x []*big.Int, sh []Shape) *big.Int { return wrapTo(shifted(x, true), sh[0]) },
		base:  S(4), prints: "assign y = $signed(x0_i) << x1_i;"},
	{name: "shr", op: opShr, ins: with(U(7)), build: binary(Sig.Shr), shape: keep,
		value: func(x []*big.Int, _ []Shape) *big.Int { return shifted(x, false) },
		base:  S(4), prints: "assign y = $signed(x0_i) >>> x1_i;"},
	{name: "shr unsigned", op: opShr, ins: with(U(64)), build: binary(Sig.Shr), shape: keep,
		value: func(x []*big.Int, _ []Shape) *big.Int {
			if !x[1].IsInt64() || x[1].Int64() > 100 {
				return shifted([]*big.Int{x[0], num(100)}, false)
			}
			return shifted(x, false)
		}, base: U(4), prints: "assign y = x0_i >> x1_i;"},
	{name: "shl const", op: opConcat, ins: same(1), build: unary(func(a Sig) Sig { return a.ShlConst(3) }),
		shape: func(x []Shape) Shape { return Shape{x[0].Width + 3, x[0].Signed} },
		value: func(x []*big.Int, _ []Shape) *big.Int { return new(big.Int).Lsh(x[0], 3) },
		base:  U(4), prints: "assign y = {x0_i, 3'h0};"},
	{name: "shr const", op: opSlice, ins: same(1), build: unary(func(a Sig) Sig { return a.ShrConst(a.Shape().Width / 2) }),
		shape: func(x []Shape) Shape { return Shape{x[0].Width - x[0].Width/2, x[0].Signed} },
		value: func(x []*big.Int, sh []Shape) *big.Int { return new(big.Int).Rsh(x[0], uint(sh[0].Width/2)) },
		base:  S(4), prints: "$signed(x0_i[3:2])"},
	{name: "mux", op: opMux, ins: selectOf(2), build: func(_ *Module, x []Sig) Sig { return x[0].Mux(x[1], x[2]) },
		shape: func(x []Shape) Shape { return x[1] }, value: func(x []*big.Int, _ []Shape) *big.Int { return x[2-x[0].Int64()] },
		base: S(4), prints: "assign y = x0_i ? $signed(x1_i) : $signed(x2_i);"},
	{name: "switch", op: opSwitch, ins: func(sh Shape) []Shape { return []Shape{S(2), sh, sh, sh} },
		build: func(_ *Module, x []Sig) Sig { return Switch(x[0]).Case(-1, x[1]).Case(1, x[2]).Else(x[3]) },
		shape: func(x []Shape) Shape { return x[1] },
		value: func(x []*big.Int, _ []Shape) *big.Int {
			return x[map[int64]int{-2: 3, -1: 1, 0: 3, 1: 2}[x[0].Int64()]]
		},
		base: U(4), prints: "case ($signed(x0_i))\n      2'sh3: y = x1_i;\n      2'sh1: y = x2_i;\n      default: y = x3_i;\n    endcase"},
	{name: "enumeration", op: opSwitch, ins: func(sh Shape) []Shape { return []Shape{U(2), sh, sh} },
		build: func(m *Module, x []Sig) Sig {
			return Switch(m.Enum("op", "none", "one", "two").Of(x[0])).Is("two", x[1]).Else(x[2])
		},
		shape: func(x []Shape) Shape { return x[1] },
		value: func(x []*big.Int, _ []Shape) *big.Int { return x[map[int64]int{0: 2, 1: 2, 2: 1, 3: 2}[x[0].Int64()]] },
		base:  U(4), prints: "      OpTwo: y = x1_i;"},
	{name: "slice", op: opSlice, ins: same(1), build: unary(func(a Sig) Sig { return a.Slice(a.Shape().Width-1, a.Shape().Width/2) }),
		shape: func(x []Shape) Shape { return U(x[0].Width - x[0].Width/2) },
		value: func(x []*big.Int, sh []Shape) *big.Int {
			return bitsAt(new(big.Int).Rsh(x[0], uint(sh[0].Width/2)), sh[0].Width-sh[0].Width/2)
		}, base: S(5), prints: "x0_i[4:2]"},
	{name: "bit", op: opSlice, ins: same(1), build: unary(func(a Sig) Sig { return a.Bit(a.Shape().Width / 2) }), shape: flag,
		value: func(x []*big.Int, sh []Shape) *big.Int { return num(int64(bitsAt(x[0], 64).Bit(sh[0].Width / 2))) },
		base:  U(5), prints: "x0_i[2]"},
	{name: "concat", op: opConcat, ins: with(S(3), U(1)), build: func(_ *Module, x []Sig) Sig { return Concat(x...) },
		shape: func(x []Shape) Shape { return U(x[0].Width + 4) },
		value: func(x []*big.Int, sh []Shape) *big.Int {
			hi := new(big.Int).Lsh(bitsAt(x[0], sh[0].Width), 4)
			return hi.Add(hi, new(big.Int).Add(new(big.Int).Lsh(bitsAt(x[1], 3), 1), x[2]))
		}, base: U(4), prints: "assign y = {x0_i, $signed(x1_i), x2_i};"},
	{name: "extend", op: opExtend, ins: same(1), build: unary(func(a Sig) Sig { return a.Extend(min(64, a.Shape().Width+7)) }),
		shape: func(x []Shape) Shape { return Shape{min(64, x[0].Width+7), x[0].Signed} },
		value: func(x []*big.Int, _ []Shape) *big.Int { return x[0] }, base: S(4), prints: "assign y = 11'($signed(x0_i));"},
	{name: "wrap", op: opWrap, ins: same(1), build: unary(func(a Sig) Sig { return a.Wrap((a.Shape().Width + 1) / 2) }),
		shape: func(x []Shape) Shape { return Shape{(x[0].Width + 1) / 2, x[0].Signed} },
		value: func(x []*big.Int, sh []Shape) *big.Int {
			return wrapTo(x[0], Shape{(sh[0].Width + 1) / 2, sh[0].Signed})
		},
		base: S(4), prints: "assign y = $signed(x0_i[1:0]);"},
	{name: "saturate", op: opSat, ins: same(1), build: unary(func(a Sig) Sig { return a.Saturate((a.Shape().Width + 1) / 2) }),
		shape: func(x []Shape) Shape { return Shape{(x[0].Width + 1) / 2, x[0].Signed} },
		value: func(x []*big.Int, sh []Shape) *big.Int {
			return clamp(x[0], Shape{(sh[0].Width + 1) / 2, sh[0].Signed})
		},
		base: S(4), prints: "assign y = ($signed(x0_i) > 4'sh1) ? 2'sh1 : ($signed(x0_i) < 4'she) ? 2'sh2 : $signed(x0_i[1:0]);"},
	{name: "as signed", op: opCast, ins: same(1), build: unary(Sig.AsSigned), shape: func(x []Shape) Shape { return S(x[0].Width) },
		value: func(x []*big.Int, sh []Shape) *big.Int { return wrapTo(x[0], S(sh[0].Width)) }, base: U(4), prints: "$signed(x0_i)"},
	{name: "as unsigned", op: opCast, ins: same(1), build: unary(Sig.AsUnsigned), shape: func(x []Shape) Shape { return U(x[0].Width) },
		value: func(x []*big.Int, sh []Shape) *big.Int { return bitsAt(x[0], sh[0].Width) }, base: S(4), prints: "assign out_o = x0_i;"},
	{name: "to signed", op: opCast, ins: func(sh Shape) []Shape { return []Shape{U(sh.Width)} }, build: unary(Sig.ToSigned),
		shape: func(x []Shape) Shape { return S(x[0].Width + 1) }, value: func(x []*big.Int, _ []Shape) *big.Int { return x[0] },
		base: U(4), prints: "assign n1 = 5'(x0_i);"},
	{name: "all ones", op: opRedAnd, ins: same(1), build: unary(Sig.AllOnes), shape: flag,
		value: func(x []*big.Int, sh []Shape) *big.Int {
			return truthOf(bitsAt(x[0], sh[0].Width).Cmp(new(big.Int).Sub(two(sh[0].Width), num(1))) == 0)
		}, base: S(4), prints: "assign y = &x0_i;"},
	{name: "any one", op: opRedOr, ins: same(1), build: unary(Sig.AnyOne), shape: flag,
		value: func(x []*big.Int, _ []Shape) *big.Int { return truthOf(x[0].Sign() != 0) }, base: U(4), prints: "assign y = |x0_i;"},
	{name: "parity", op: opRedXor, ins: same(1), build: unary(Sig.Parity), shape: flag,
		value: func(x []*big.Int, sh []Shape) *big.Int {
			n := 0
			for i := range sh[0].Width {
				n += int(bitsAt(x[0], 64).Bit(i))
			}
			return num(int64(n % 2))
		}, base: U(4), prints: "assign y = ^x0_i;"},
	{name: "eq const", op: opConst, ins: same(1), build: unary(func(a Sig) Sig { return a.EqConst(a.Shape().Min()) }), shape: flag,
		value: func(x []*big.Int, sh []Shape) *big.Int { lo, _ := limits(sh[0]); return truthOf(x[0].Cmp(lo) == 0) },
		base:  S(4), prints: "assign y = $signed(x0_i) == 4'sh8;"},
	{name: "reg", op: opReg, ins: same(1), build: unary(func(a Sig) Sig { return a.Reg("r") }), shape: keep,
		value: func(x []*big.Int, _ []Shape) *big.Int { return x[0] }, base: S(4), prints: "r_q <= $signed(x0_i);"},
	{name: "reg enable", op: opReg, ins: func(sh Shape) []Shape { return []Shape{sh, U(1)} },
		build: binary(func(a, en Sig) Sig { return a.RegEn("r", en) }), shape: keep,
		value: func(x []*big.Int, _ []Shape) *big.Int { return new(big.Int).Mul(x[0], x[1]) },
		base:  U(4), prints: "if (x1_i) r_q <= x0_i;"},
	{name: "state", op: opReg, ins: same(1), build: func(m *Module, x []Sig) Sig {
		s := m.State("s", x[0].Shape(), x[0].Shape().Max())
		s.Set(s.Xor(x[0]))
		return s.Sig
	}, shape: keep, value: func(x []*big.Int, sh []Shape) *big.Int {
		_, hi := limits(sh[0])
		return hi
	}, base: U(4), prints: "s_q <= 4'hf;"},
	{name: "memory", op: opMemRead, ins: func(sh Shape) []Shape { return []Shape{U(2), sh} }, build: func(m *Module, x []Sig) Sig {
		sh := x[1].Shape()
		words := []int64{sh.Min(), sh.Max(), 0, sh.Value(0x5555555555555555)}
		return m.ROM("table", sh, words).Read(x[0])[0].Xor(x[1].Reg("r"))
	}, shape: func(x []Shape) Shape { return x[1] }, value: func(x []*big.Int, sh []Shape) *big.Int {
		lo, hi := limits(sh[1])
		alternating, _ := new(big.Int).SetString("5555555555555555", 16)
		return new(big.Int).Xor(x[1], []*big.Int{lo, hi, num(0), wrapTo(alternating, sh[1])}[x[0].Int64()])
	}, base: S(4), prints: "table_rd0_q <= table_mem[x0_i];"},
	{name: "instance", op: opInst, ins: same(2), build: func(m *Module, x []Sig) Sig {
		sub := New("sub", "inverts")
		p := Port{Name: "a", Shape: x[0].Shape(), Lanes: 2}
		a := sub.In(p)
		sub.Out(p, []Sig{a[1].Not(), a[0].Not()})
		return m.Instance("i", sub, [][]Sig{{x[0], x[1]}})[0][0]
	}, shape: keep, value: func(x []*big.Int, sh []Shape) *big.Int { return wrapTo(new(big.Int).Not(x[1]), sh[0]) },
		base: U(4), prints: "  sub u_i ( // "},
	{name: "wire", op: opWire, ins: same(1), build: func(m *Module, x []Sig) Sig {
		w := m.Wire("later", x[0].Shape())
		n := w.Not()
		w.Set(x[0])
		return n
	}, shape: keep, value: func(x []*big.Int, sh []Shape) *big.Int { return wrapTo(new(big.Int).Not(x[0]), sh[0]) },
		base: U(4), prints: "assign later = x0_i;"},
	{name: "unstaged", op: opFree, ins: same(2), build: func(m *Module, x []Sig) Sig { return x[0].Reg("r").Xor(x[1].Unstaged()) },
		shape: keep, value: exact((*big.Int).Xor), base: U(4), prints: "assign y = r_q ^ x1_i;"},
}

// module builds the operator on ports x0, x1, ... with output y.
func (tt operatorTest) module(t *testing.T, base Shape) (*Module, []Shape) {
	m := New("operator", tt.name)
	shapes := tt.ins(base)
	x := make([]Sig, len(shapes))
	for i, sh := range shapes {
		x[i] = m.In(Port{Name: fmt.Sprintf("x%d", i), Shape: sh, Lanes: 1})[0]
	}
	y := tt.build(m, x)
	require.Equal(t, tt.shape(shapes), y.Shape(), "width rule of %s of %v", tt.name, shapes)
	switch y.n.op {
	case opCast, opSlice, opConst, opFree, opInst, opReg:
	default:
		y.n.name = "y"
	}
	m.Out(Port{Name: "out", Shape: y.Shape(), Lanes: 1}, []Sig{y})
	require.NoError(t, m.Finish(), "%s of %v", tt.name, shapes)
	return m, shapes
}

// edges returns the values at which an operator could go wrong.
func edges(sh Shape) []*big.Int {
	lo, hi := limits(sh)
	alternating, _ := new(big.Int).SetString("aaaaaaaaaaaaaaaa", 16)
	set := map[string]*big.Int{}
	for _, v := range []*big.Int{lo, new(big.Int).Add(lo, num(1)), num(-1), num(0), num(1), num(2), num(int64(sh.Width)),
		num(63), num(64), new(big.Int).Sub(hi, num(1)), hi, alternating, new(big.Int).Rsh(alternating, 1)} {
		v = wrapTo(v, sh)
		set[v.String()] = v
	}
	var vs []*big.Int
	for _, v := range set {
		vs = append(vs, v)
	}
	return vs
}

func toInt64(v *big.Int) int64 { return int64(bitsAt(v, 64).Uint64()) }

func TestOperators(t *testing.T) {
	for _, tt := range operators {
		t.Run(strings.ReplaceAll(tt.name, " ", "_"), func(t *testing.T) {
			checked := 0
			for _, w := range []int{1, 2, 3, 8, 31, 32, 33, 57, 60, 61, 63, 64} {
				for _, signed := range []bool{false, true} {
					base := Shape{w, signed}
					if tt.shape(tt.ins(base)).Width > MaxWidth {
						continue
					}
					checked += tt.evaluate(t, base)
				}
			}
			require.Greater(t, checked, 100)
			m, _ := tt.module(t, tt.base)
			text, err := m.Verilog()
			require.NoError(t, err)
			require.Contains(t, string(text), tt.prints)
		})
	}
}

// evaluate compares the interpreter with the exact value at every combination
// of edge values.
func (tt operatorTest) evaluate(t *testing.T, base Shape) int {
	m, shapes := tt.module(t, base)
	it, err := NewInterp(m)
	require.NoError(t, err)
	lo, hi := limits(m.outs[0].Shape)
	n := 0
	var visit func(x []*big.Int)
	visit = func(x []*big.Int) {
		if len(x) < len(shapes) {
			for _, v := range edges(shapes[len(x)]) {
				visit(append(x[:len(x):len(x)], v))
			}
			return
		}
		in, out := make([][]int64, len(x)), [][]int64{{0}}
		for i, v := range x {
			in[i] = []int64{toInt64(v)}
		}
		it.Reset()
		it.Eval(in, out)
		for range m.Latency() {
			it.Clock()
			it.Eval(in, out)
		}
		want := tt.value(x, shapes)
		require.False(t, want.Cmp(lo) < 0 || want.Cmp(hi) > 0, "%s of %v: %v is not in [%v, %v]", tt.name, x, want, lo, hi)
		require.Equal(t, toInt64(want), out[0][0], "%s of %v as %v", tt.name, x, shapes)
		n++
	}
	visit(nil)
	return n
}

// TestEveryOpcodeIsTested keeps the table complete.
func TestEveryOpcodeIsTested(t *testing.T) {
	seen := map[opcode]bool{opIn: true}
	for _, tt := range operators {
		m, _ := tt.module(t, tt.base)
		found := false
		for _, n := range m.nodes {
			found = found || n.op == tt.op
		}
		require.True(t, found, "%s has no %s", tt.name, tt.op)
		seen[tt.op] = true
	}
	for op := range numOps {
		require.True(t, seen[op], "no test of %s", op)
	}
}
