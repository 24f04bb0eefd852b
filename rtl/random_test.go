package rtl_test

import (
	"fmt"
	"math/rand/v2"

	"lockstep/rtl"
)

// A generator builds a random module that uses every operator of the language.
// It keeps a pool of signals and joins only what the stage rules allow.
type generator struct {
	*rand.Rand
	m    *rtl.Module
	pool []rtl.Sig
	uses map[string]int
	regs int
	gate rtl.Sig // an input bit: 0 during reset
}

// random returns a module whose inputs take at most 292 bits.
func random(r *rand.Rand, name string, depth int, uses map[string]int) *rtl.Module {
	g := &generator{Rand: r, m: rtl.New(name, "random module"), uses: uses}
	g.gate = g.m.In(rtl.Port{Name: "gate", Shape: rtl.U(1), Lanes: 1})[0]
	bits := 1
	for i := range 1 + r.IntN(4) {
		p := rtl.Port{Name: fmt.Sprintf("x%d", i), Shape: g.shape(), Lanes: 1 + r.IntN(3)}
		if bits += p.Bits(); bits > 160 {
			break
		}
		g.pool = append(g.pool, g.m.In(p)...)
	}
	if len(g.pool) == 0 {
		g.pool = append(g.pool, g.gate)
	}
	for range 2 + r.IntN(6) {
		g.step(depth)
	}
	if r.IntN(3) == 0 {
		g.stream()
	}
	g.outputs()
	return g.m
}

func (g *generator) shape() rtl.Shape {
	widths := []int{1, 1, 2, 3, 4, 5, 7, 8, 8, 9, 12, 16, 17, 24, 31, 32, 33, 48, 63, 64}
	return rtl.Shape{Width: widths[g.IntN(len(widths))], Signed: g.IntN(2) == 0}
}

func (g *generator) any() rtl.Sig { return g.pool[g.IntN(len(g.pool))] }

func (g *generator) name(prefix string) string {
	g.regs++
	return fmt.Sprintf("%s%d", prefix, g.regs)
}

// fit converts a to shape sh by the operators that change shapes.
func (g *generator) fit(a rtl.Sig, sh rtl.Shape) rtl.Sig {
	if a.Shape().Signed != sh.Signed {
		if a = a.AsUnsigned(); sh.Signed {
			a = a.AsSigned()
		}
	}
	switch {
	case a.Shape().Width < sh.Width:
		return a.Extend(sh.Width)
	case a.Shape().Width > sh.Width && g.IntN(2) == 0:
		g.uses["saturate"]++
		return a.Saturate(sh.Width)
	}
	g.uses["wrap"]++
	return a.Wrap(sh.Width)
}

// late delays s and keeps the result observable.
func (g *generator) late(s rtl.Sig, n int) rtl.Sig {
	if n > 0 {
		s = s.Delay(g.name("al"), n)
		g.pool = append(g.pool, s)
	}
	return s
}

// align delays the earlier signals until all are at the stage of the latest.
func (g *generator) align(ss ...rtl.Sig) []rtl.Sig {
	last := 0
	for _, s := range ss {
		if st, ok := s.Stage(); ok {
			last = max(last, st)
		}
	}
	for i, s := range ss {
		if st, ok := s.Stage(); ok && st < last {
			ss[i] = g.late(s, last-st)
		}
	}
	return ss
}

func (g *generator) pair() (a, b rtl.Sig) {
	a = g.any()
	s := g.align(a, g.fit(g.any(), a.Shape()))
	return s[0], s[1]
}

func (g *generator) bit() rtl.Sig { a := g.any(); return a.Bit(g.IntN(a.Shape().Width)) }

func (g *generator) add(op string, s rtl.Sig) {
	g.uses[op]++
	if g.IntN(4) == 0 {
		s = s.Named(g.name("net"))
	}
	g.pool = append(g.pool, s)
}

// step adds one random operator to the pool.
func (g *generator) step(depth int) {
	steps := []func(){g.arithmetic, g.arithmetic, g.logic, g.compare, g.shift, g.shape1, g.shape1, g.choose,
		g.register, g.state, g.constant}
	if g.IntN(3) == 0 {
		steps = append(steps, g.memory)
	}
	if depth > 0 {
		steps = append(steps, func() { g.instance(depth) })
	}
	steps[g.IntN(len(steps))]()
}

func (g *generator) arithmetic() {
	a, b := g.pair()
	w := a.Shape().Width
	switch g.IntN(5) {
	case 0:
		if w < 64 {
			g.add("add", a.Add(b))
		}
	case 1:
		if w < 64 {
			g.add("sub", a.Sub(b))
		}
	case 2:
		g.add("add-wrap", a.AddWrap(b))
	case 3:
		g.add("sub-wrap", a.SubWrap(b))
	case 4:
		b = g.fit(b, rtl.Shape{Width: 1 + g.IntN(32), Signed: a.Shape().Signed})
		if w+b.Shape().Width <= 64 {
			g.add("mul", a.Mul(b))
		}
	}
}

func (g *generator) logic() {
	a, b := g.pair()
	switch g.IntN(7) {
	case 0:
		g.add("and", a.And(b))
	case 1:
		g.add("or", a.Or(b))
	case 2:
		g.add("xor", a.Xor(b))
	case 3:
		g.add("not", a.Not())
	case 4:
		g.add("all-ones", a.AllOnes())
	case 5:
		g.add("any-one", a.AnyOne())
	case 6:
		g.add("parity", a.Parity())
	}
}

func (g *generator) compare() {
	a, b := g.pair()
	switch g.IntN(4) {
	case 0:
		g.add("eq", a.Eq(b))
	case 1:
		g.add("ne", a.Ne(b))
	case 2:
		g.add("lt", a.Lt(b))
	case 3:
		g.add("ge", a.Ge(b))
	}
}

func (g *generator) shift() {
	s := g.align(g.any(), g.fit(g.any(), rtl.U(1+g.IntN(7))))
	if g.IntN(2) == 0 {
		g.add("shl", s[0].Shl(s[1]))
	} else {
		g.add("shr", s[0].Shr(s[1]))
	}
}

func (g *generator) shape1() {
	a := g.any()
	w := a.Shape().Width
	switch g.IntN(7) {
	case 0:
		lo := g.IntN(w)
		g.add("slice", a.Slice(lo+g.IntN(w-lo), lo))
	case 1:
		s := g.align(a, g.any(), g.any())
		if s[0].Shape().Width+s[1].Shape().Width+s[2].Shape().Width <= 64 {
			g.add("concat", rtl.Concat(s...))
		}
	case 2:
		g.add("extend", a.Extend(w+g.IntN(65-w)))
	case 3:
		g.add("wrap", a.Wrap(1+g.IntN(w)))
	case 4:
		g.add("saturate", a.Saturate(1+g.IntN(w)))
	case 5:
		if g.IntN(2) == 0 {
			g.add("cast", a.AsSigned())
		} else {
			g.add("cast", a.AsUnsigned())
		}
	case 6:
		if n := g.IntN(w); g.IntN(2) == 0 {
			g.add("shr-const", a.ShrConst(n))
		} else if w+n <= 64 {
			g.add("shl-const", a.ShlConst(n))
		}
	}
}

func (g *generator) choose() {
	a, b := g.pair()
	if g.IntN(2) == 0 {
		s := g.align(g.bit(), a, b)
		g.add("mux", s[0].Mux(s[1], s[2]))
		return
	}
	if g.IntN(3) == 0 {
		e := g.m.Enum(g.name("mode"), "idle", "load", "run")
		s := g.align(g.fit(g.any(), rtl.U(2)), a, b)
		g.add("enum", rtl.Switch(e.Of(s[0])).Is("load", s[1]).Is("run", s[2]).Else(s[1].Not()))
		return
	}
	s := g.align(g.fit(g.any(), rtl.U(1+g.IntN(3))), a, b)
	sel, n := rtl.Switch(s[0]), int64(1)<<s[0].Shape().Width
	first := g.Int64N(n)
	g.add("switch", sel.Case(first, s[1]).Case((first+1)%n, s[2]).Else(s[2].Not()))
}

func (g *generator) register() {
	a := g.any()
	switch g.IntN(4) {
	case 0:
		g.add("reg", a.Reg(g.name("r")))
	case 1:
		g.add("reg-enable", a.RegEn(g.name("r"), g.bit()))
	case 2:
		g.add("delay", a.Delay(g.name("r"), 1+g.IntN(3)))
	case 3:
		s := g.align(a, g.bit())
		g.add("hold", s[0].Hold(g.name("h"), s[1]))
	}
}

func (g *generator) state() {
	a := g.any()
	if _, ok := a.Stage(); !ok {
		a = g.pool[0]
	}
	sh := a.Shape()
	st := g.m.State(g.name("s"), sh, sh.Value(g.Uint64()))
	next := st.AddWrap(a)
	if g.IntN(2) == 0 {
		st.Set(next)
	} else {
		s := g.align(next, g.bit())
		if t, ok := s[0].Stage(); ok {
			if at, _ := a.Stage(); t != at {
				s[1] = g.pool[0].Bit(0)
				s[1] = g.late(s[1], at)
			}
		}
		st.SetWhen(s[1], next)
	}
	g.add("state", st.Sig)
}

func (g *generator) memory() {
	sh, lanes, k := g.shape(), 1+g.IntN(2), 1+g.IntN(4)
	name := g.name("m")
	if g.IntN(3) == 0 {
		words := make([]int64, 1<<k)
		for i := range words {
			words[i] = sh.Value(g.Uint64())
		}
		g.add("rom", g.m.ROM(name, sh, words).Read(g.fit(g.any(), rtl.U(k)))[0])
		return
	}
	mem := g.m.Mem(name, 1<<k, sh, lanes)
	ports := 1 + g.IntN(2)
	for range ports {
		in := g.align(g.gate, g.bit(), g.fit(g.any(), rtl.U(k)), g.fit(g.any(), sh), g.fit(g.any(), sh))
		mem.Write(in[0].And(in[1]).And(g.gate.Unstaged()), in[2], in[3:3+lanes])
		addr := in[2]
		if ports == 1 {
			addr = g.fit(g.any(), rtl.U(k))
		}
		var out []rtl.Sig
		if g.IntN(2) == 0 {
			out = mem.ReadEn(addr, g.bit())
			g.uses["mem-read-enable"]++
		} else {
			out = mem.Read(addr)
		}
		for _, s := range out {
			g.add("mem", s)
		}
	}
}

func (g *generator) constant() {
	a := g.any()
	c := g.m.Const(a.Shape(), a.Shape().Value(g.Uint64()))
	g.add("const", a.Xor(c))
}

func (g *generator) instance(depth int) {
	sub := random(g.Rand, g.m.Name+"_"+g.name("sub"), depth-1, g.uses)
	connect := func() [][]rtl.Sig {
		var flat []rtl.Sig
		for _, p := range sub.Ins() {
			for range p.Lanes {
				flat = append(flat, g.fit(g.any(), p.Shape))
			}
		}
		flat[0] = g.gate
		flat = g.align(flat...)
		flat[0] = flat[0].And(g.gate.Unstaged())
		ins := make([][]rtl.Sig, len(sub.Ins()))
		for k, p := range sub.Ins() {
			ins[k], flat = flat[:p.Lanes], flat[p.Lanes:]
		}
		return ins
	}
	var outs [][]rtl.Sig
	if g.IntN(3) == 0 {
		g.grid()
	}
	if g.IntN(2) == 0 {
		outs = g.m.Instance(g.name("i"), sub, connect())
		g.uses["instance"]++
	} else {
		copies := [][][]rtl.Sig{connect(), connect(), connect()}
		for _, ports := range g.m.Array(g.name("a"), sub, copies[:1+g.IntN(3)]) {
			outs = append(outs, ports...)
		}
		g.uses["array"]++
	}
	for _, lanes := range outs {
		g.pool = append(g.pool, lanes[g.IntN(len(lanes))].Unstaged())
	}
}

// grid adds rows and columns of a module that mixes what comes from the left
// with what comes from above.
func (g *generator) grid() {
	g.uses["grid"]++
	px := rtl.Port{Name: "x", Shape: g.shape(), Lanes: 1 + g.IntN(2)}
	py := rtl.Port{Name: "y", Shape: g.shape(), Lanes: 1 + g.IntN(2)}
	flag := func(name string) rtl.Port { return rtl.Port{Name: name, Shape: rtl.U(1), Lanes: 1} }
	cell := &generator{Rand: g.Rand, m: rtl.New(g.m.Name+"_"+g.name("cell"), "cell of a grid"), uses: g.uses}
	y := cell.m.In(py)
	en := cell.m.InUnstaged(flag("en"))[0]
	x := cell.m.In(px)
	right, down := make([]rtl.Sig, len(x)), make([]rtl.Sig, len(y))
	for l := range x {
		right[l] = x[l].Xor(cell.fit(y[l%len(y)], px.Shape)).RegEn(cell.name("right"), en)
	}
	for l := range y {
		down[l] = y[l].AddWrap(cell.fit(x[0], py.Shape)).Reg(cell.name("down"))
	}
	cell.m.Out(flag("odd"), []rtl.Sig{x[0].Parity().RegEn("odd", en)})
	cell.m.Out(px, right)
	cell.m.Out(py, down)

	rows, cols := 1+g.IntN(3), 1+g.IntN(3)
	from := g.align(g.any())[0]
	edge := func(n int, p rtl.Port) [][]rtl.Sig {
		lanes := make([][]rtl.Sig, n)
		for i := range lanes {
			for range p.Lanes {
				lanes[i] = append(lanes[i], g.late(g.fit(from, p.Shape), i))
			}
		}
		return lanes
	}
	copies := g.m.Grid(g.name("g"), cell.m, rows, cols,
		rtl.FromNorth(edge(cols, py)), rtl.ToAll(g.gate.Unstaged()), rtl.FromWest(edge(rows, px)))
	for _, ports := range copies {
		if g.IntN(2) == 0 {
			g.pool = append(g.pool, ports[0][0].Unstaged(), ports[1][0].Unstaged(), ports[2][len(down)-1].Unstaged())
		}
	}
}

// stream adds a stallable pipeline between a pair of streams.
func (g *generator) stream() {
	g.uses["stream"]++
	sh := g.shape()
	in := g.m.InStream(rtl.Stream{Name: "si", Fields: []rtl.Port{{Shape: sh, Lanes: 2}}})
	out := g.m.OutStream(rtl.Stream{Name: "so", Fields: []rtl.Port{{Name: "a", Shape: sh, Lanes: 1}}})
	p := g.m.NewPipe("pipe", in.Valid)
	in.Accept(p.Advance)
	sum := p.Reg("sum", in.Data[0][0].AddWrap(in.Data[0][1]))
	twist := p.Reg("twist", sum.Not())
	p.Drive(2, out, [][]rtl.Sig{{twist}})
}

// outputs makes every signal of the pool observable: a few as they are, all of
// them by parity.
func (g *generator) outputs() {
	parities := []rtl.Sig{g.gate.Unstaged()}
	for _, s := range g.pool {
		if len(parities) == 64 {
			parities = []rtl.Sig{rtl.Concat(parities...).Parity()}
		}
		parities = append(parities, s.Unstaged().Parity())
	}
	parity := rtl.Concat(parities...).Parity()
	g.m.Require(parity.Or(parity.Not()), "a tautology")
	g.uses["require"]++
	g.m.Out(rtl.Port{Name: "parity", Shape: rtl.U(1), Lanes: 1}, []rtl.Sig{parity})
	for i := range min(4, len(g.pool)) {
		s := g.pool[len(g.pool)-1-g.IntN(len(g.pool))].Unstaged()
		g.m.Out(rtl.Port{Name: fmt.Sprintf("y%d", i), Shape: s.Shape(), Lanes: 1}, []rtl.Sig{s})
	}
}
