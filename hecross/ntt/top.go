package ntt

import (
	"fmt"
	"slices"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

var flag = rtl.U(1)

// A top is the engine under construction. What moves in it moves under
// handshakes, or as many cycles later as the latencies of the units say, so that
// no signal has a stage.
type top struct {
	c Config
	m *rtl.Module

	idle, parametersLoad, residuesLoad, first, second, unloads rtl.Sig // u1: the phase

	inverse rtl.Sig
	modulus [][]rtl.Sig // values of barrett.Config.ModulusPorts

	left, twist, right *rtl.Mem         // the parameters
	data               [pieces]*rtl.Mem // residues: see read
	row                *counter         // of beats that are loaded or unloaded
}

// rtl builds the engine: the sequencer around the memories and the two products.
func (c Config) rtl(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
	t := &top{c: c, m: m}
	phases := m.Enum("phase", "idle", "parameters", "load", "first", "second", "unload")
	phase := phases.State("phase", "idle")
	for _, p := range []struct {
		in   *rtl.Sig
		name string
	}{{&t.idle, "idle"}, {&t.parametersLoad, "parameters"}, {&t.residuesLoad, "load"},
		{&t.first, "first"}, {&t.second, "second"}, {&t.unloads, "unload"}} {
		*p.in = phases.Is(phase.Unstaged(), p.name).Named("in_" + p.name)
	}
	t.row = t.counter("row", log2(c.Beats()))
	takes := t.command(in[cmdStream])
	parametersEnd := t.parameters(in[parameterStream])
	loads := t.load(in[residueStream])
	w := t.walk()
	u := t.unload(out[0])
	t.row.connect(loads.Or(u.moves), m.Const(flag, 0))
	found := t.read(w, u)
	results := t.results(w, t.turn(w, t.sums(w, t.operands(w, found))))
	t.store(loads, in[residueStream].Data[0], results)
	u.drive(found.row)

	to := phases.Const
	stay := func(now, next string, ends rtl.Sig) rtl.Sig { return ends.Mux(to(next), to(now)) }
	begins := in[cmdStream].Data[0][0].Unstaged().Mux(to("parameters"), to("load"))
	phase.Set(rtl.Switch(phases.Of(phase.Unstaged())).
		Is("idle", takes.Mux(begins, to("idle"))).
		Is("parameters", stay("parameters", "idle", parametersEnd)).
		Is("load", stay("load", "first", loads.And(t.row.last(c.Beats())))).
		Is("first", stay("first", "second", w.ends.Sig)).
		Is("second", stay("second", "unload", w.ends.Sig)).
		Else(stay("unload", "idle", u.ends)))
}

// command accepts commands and keeps what they say.
func (t *top) command(cmd *rtl.InStream) (takes rtl.Sig) {
	cmd.Accept(t.idle)
	takes = cmd.Valid.Unstaged().And(t.idle).Named("takes")
	sets := takes.And(cmd.Data[0][0].Unstaged()).Named("takes_parameters")
	t.inverse = cmd.Data[1][0].Unstaged().Hold("inverse", sets)
	for k, port := range t.c.Reduce.ModulusPorts() {
		t.modulus = append(t.modulus, []rtl.Sig{cmd.Data[2+k][0].Unstaged().Hold("modulus_"+port.Name, sets)})
	}
	known := t.m.Const(flag, 1).Hold("known", sets)
	t.m.Require(takes.Not().Or(sets).Or(known), "parameters come before the first transform")
	return takes
}

// parameters stores the beats of parameters, matrix by matrix.
func (t *top) parameters(beat *rtl.InStream) (end rtl.Sig) {
	m, c := t.m, t.c
	beat.Accept(t.parametersLoad)
	arrives := beat.Valid.Unstaged().And(t.parametersLoad).Named("parameter_arrives")
	sections := m.Enum("section", "rows", "twist", "cols")
	section := sections.State("section", "rows")
	index := m.State("parameter", rtl.U(log2(max(c.leftBeats(), c.twistBeats(), c.rightBeats()))), 0)
	last := func(beats int) rtl.Sig { return m.Const(index.Shape(), int64(beats-1)) }
	final := rtl.Switch(sections.Of(section.Unstaged())).
		Is("rows", last(c.leftBeats())).Is("twist", last(c.twistBeats())).Else(last(c.rightBeats()))
	ends := arrives.And(index.Unstaged().Eq(final)).Named("section_ends")
	index.SetWhen(arrives, ends.Mux(m.Const(index.Shape(), 0), t.up(index.Unstaged())))
	section.SetWhen(ends, rtl.Switch(sections.Of(section.Unstaged())).
		Is("rows", sections.Const("twist")).Is("twist", sections.Const("cols")).Else(sections.Const("rows")))
	for _, s := range []struct {
		mem   **rtl.Mem
		name  string
		beats int
	}{{&t.left, "rows", c.leftBeats()}, {&t.twist, "twist", c.twistBeats()}, {&t.right, "cols", c.rightBeats()}} {
		*s.mem = m.Mem(s.name, s.beats, rtl.U(8), c.Side)
		here := sections.Is(section.Unstaged(), s.name)
		(*s.mem).Write(arrives.And(here).Named(s.name+"_arrives"), index.Unstaged().Slice(log2(s.beats)-1, 0), unstaged(beat.Data[0]))
	}
	return ends.And(sections.Is(section.Unstaged(), "cols")).Named("parameters_end")
}

// load accepts a limb.
func (t *top) load(x *rtl.InStream) (loads rtl.Sig) {
	x.Accept(t.residuesLoad)
	loads = x.Valid.Unstaged().And(t.residuesLoad).Named("loads")
	for l, s := range x.Data[0] {
		t.m.Require(loads.Not().Or(s.Unstaged().Lt(t.modulus[0][0])), "x of lane %d is below q", l)
	}
	return loads
}

// place instantiates a unit; ins are the lanes of its inputs in the order of
// their ports, the results are by name.
func (t *top) place(name string, u *unit.Unit, err error, ins ...[]rtl.Sig) map[string][]rtl.Sig {
	if err != nil {
		panic(fmt.Sprintf("ntt: %v", err)) // Validate has accepted the configuration
	}
	sub, err := u.Module()
	if err != nil {
		panic(fmt.Sprintf("ntt: %v", err))
	}
	for k := range ins {
		ins[k] = unstaged(ins[k])
	}
	outs := map[string][]rtl.Sig{}
	for k, lanes := range t.m.Instance(name, sub, ins) {
		outs[sub.Outs()[k].Name] = unstaged(lanes)
	}
	return outs
}

func unstaged(lanes []rtl.Sig) []rtl.Sig {
	out := make([]rtl.Sig, len(lanes))
	for l, s := range lanes {
		out[l] = s.Unstaged()
	}
	return out
}

// state declares a register and returns what it holds.
func (t *top) state(name string, sh rtl.Shape) (now rtl.Sig, s rtl.State) {
	s = t.m.State(name, sh, 0)
	return s.Unstaged(), s
}

// up returns a plus 1, modulo its width.
func (t *top) up(a rtl.Sig) rtl.Sig { return a.AddWrap(t.m.Const(a.Shape(), 1)) }

// late returns a after n cycles.
func late(name string, a rtl.Sig, n int) rtl.Sig { return a.Unstaged().Delay(name, n).Unstaged() }

// field returns n bits of a from bit low on: one part of an address, or none.
func field(a rtl.Sig, low, n int) []rtl.Sig {
	if n == 0 {
		return nil
	}
	return []rtl.Sig{a.Slice(low+n-1, low)}
}

// address joins parts, the highest first.
func address(parts ...[]rtl.Sig) rtl.Sig { return rtl.Concat(slices.Concat(parts...)...) }
