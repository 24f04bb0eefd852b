package core_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// tiny is a core with a program for its hardware.
func tiny(t *testing.T) (core.Config, *fixed.Model, *isa.Program) {
	s := ternary.Shape{Layers: 2, Hidden: 20, Intermediate: 24, Vocab: 17, NormEps: 1e-6}
	w, err := ternary.Random(s, 3)
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	c, err := core.Preset(core.DefaultPreset)
	require.NoError(t, err)
	c.TP, c.VP, c.WeightBeatBytes, c.VectorBeatBytes = 8, 4, 2, 8
	p, err := isa.Compile(s, c.Target(m.Config))
	require.NoError(t, err)
	require.NoError(t, p.Bind(m))
	return c, m, p
}

// Every operation is shown in one observation.
func TestObservations(t *testing.T) {
	for op := isa.LDV; op <= isa.ARGMAX; op++ {
		n := 0
		for k, o := range core.Observations {
			if slices.Contains(o.Ops, op) {
				n++
				require.Equal(t, k, core.ObservationOf(op))
			}
		}
		require.Equal(t, 1, n, op)
	}
}

// An observed core is the core with more output ports.
func TestObserved(t *testing.T) {
	c, m, p := tiny(t)
	plain, err := core.RTL(c, p, m.Config)
	require.NoError(t, err)
	observed, err := core.Observed(c, p, m.Config, core.Fault{})
	require.NoError(t, err)
	require.Equal(t, plain.Ins(), observed.Ins())
	var more []string
	for _, port := range observed.Outs() {
		if !slices.Contains(plain.Outs(), port) {
			more = append(more, port.Name)
		}
	}
	want := []string{core.IssuePort}
	for _, o := range core.Observations {
		for _, what := range []string{"end", "write", "place", "word", "data"} {
			want = append(want, o.Port(what))
		}
		if o.Requests {
			want = append(want, o.Port("request"), o.Port("addr"), o.Port("beats"))
		}
	}
	require.ElementsMatch(t, want, more)
	require.Len(t, observed.Outs(), len(plain.Outs())+len(more))
	text, err := plain.Verilog()
	require.NoError(t, err)
	require.NotContains(t, string(text), "observe")
}

func TestFaultText(t *testing.T) {
	for text, want := range map[string]core.Fault{
		"":                       {},
		"wrong-select":           {Fault: rtl.Fault{Kind: rtl.WrongSelect}},
		"stuck-enable:12":        {Fault: rtl.Fault{Kind: rtl.StuckEnable, Index: 12}},
		"rms/missing-register:3": {Module: "rms", Fault: rtl.Fault{Kind: rtl.MissingRegister, Index: 3}},
	} {
		got, err := core.ParseFault(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
		again, err := core.ParseFault(got.String())
		require.NoError(t, err)
		require.Equal(t, want, again)
	}
	for text, want := range map[string]string{
		"wrong":           `core: fault is "wrong", want KIND, KIND:SITE or MODULE/KIND:SITE with one of [wrong-select `,
		"rms/":            `core: fault is "rms/", want KIND, `,
		"wrong-select:-1": `core: fault is "wrong-select:-1", want a site from 0`,
		"wrong-select:":   `core: fault is "wrong-select:", want a site from 0`,
	} {
		_, err := core.ParseFault(text)
		require.ErrorContains(t, err, want)
	}
}

// A fault goes into the module that it names and nowhere else.
func TestFaultInModule(t *testing.T) {
	c, m, p := tiny(t)
	text := func(f core.Fault) string {
		top, err := core.Observed(c, p, m.Config, f)
		require.NoError(t, err)
		sv, err := top.Verilog()
		require.NoError(t, err)
		return string(sv)
	}
	modules := func(sv string) map[string]string {
		by := map[string]string{}
		for _, part := range strings.Split(sv, "\nendmodule") {
			if _, head, ok := strings.Cut(part, "\nmodule "); ok {
				name, _, _ := strings.Cut(head, " ")
				by[name] = head
			}
		}
		return by
	}
	sound := modules(text(core.Fault{}))
	for _, name := range []string{"", "fetch", "rms", "quant", "tmatmul", "rowwise", "argmax"} {
		f := core.Fault{Module: name, Fault: rtl.Fault{Kind: rtl.SwappedOperands, Index: 1}}
		sv := text(f)
		require.Contains(t, sv, "FAULT INJECTED: swapped-operands at site 1")
		var changed []string
		for module, body := range modules(sv) {
			if body != sound[module] {
				changed = append(changed, module)
			}
		}
		require.Len(t, changed, 1, name)
		require.Contains(t, changed[0], map[string]string{"": "ternary_core_"}[name]+name)
	}
	_, err := core.Observed(c, p, m.Config, core.Fault{Module: "alu", Fault: rtl.Fault{Kind: rtl.WrongSelect}})
	require.EqualError(t, err, `core: module of the fault is "alu", want one of [fetch rms quant tmatmul rowwise argmax] or none for the top`)
}

// The observer is told of every instruction once per token, with what it
// asks of memory and what it writes: the stored logits are those of the machine.
func TestObserver(t *testing.T) {
	c, m, p := tiny(t)
	var seen []core.Executed
	machine, err := core.New(c, m, core.Options{Observer: func(e core.Executed) { seen = append(seen, e) }})
	require.NoError(t, err)
	plain, err := core.New(c, m, core.Options{})
	require.NoError(t, err)
	for _, token := range []int{4, 16} {
		seen = nil
		cycles, err := machine.Step(t.Context(), token)
		require.NoError(t, err)
		undisturbed, err := plain.Step(t.Context(), token)
		require.NoError(t, err)
		require.Equal(t, undisturbed, cycles)
		require.Len(t, seen, len(p.Instrs))
		slices.SortFunc(seen, func(a, b core.Executed) int { return a.Index - b.Index })
		for k, e := range seen {
			require.Equal(t, k, e.Index)
			require.Greater(t, e.End, e.Issue)
			require.LessOrEqual(t, e.End, cycles)
			if k > 0 {
				require.Greater(t, e.Issue, seen[k-1].Issue, "in order, one per cycle")
			}
		}
		require.EqualValues(t, 4, seen[0].Issue)
		logits := make([]int64, 17)
		for i, v := range machine.RawLogits(0) {
			logits[i] = int64(v)
		}
		stored, chosen := 0, 0
		for _, e := range seen {
			switch p.Instrs[e.Index].Op {
			case isa.ARGMAX:
				require.Equal(t, [][]int64{{int64(machine.Next(0))}}, e.Values)
				chosen++
			case isa.STV:
				if p.Instrs[e.Index].Data.Kind == isa.Logits {
					require.Equal(t, [][]int64{logits}, e.Values)
					stored++
				}
			}
		}
		require.Equal(t, []int{1, 1}, []int{stored, chosen})
		for _, e := range seen {
			in, want := p.Instrs[e.Index], []core.Request(nil)
			ask := func(bytes, beat int) {
				want = []core.Request{{Cycle: e.Issue + 1, Addr: []int64{in.Addr + int64(token)*in.Stride}, Beats: int64((bytes + beat - 1) / beat)}}
			}
			switch in.Op {
			case isa.LDV, isa.STV:
				ask(2*in.N, c.VectorBeatBytes)
			case isa.TMATMUL:
				ask(in.N*((in.Cols+c.TP-1)/c.TP)*c.TP/4, c.WeightBeatBytes)
			}
			require.Equal(t, want, e.Requests, in.String())
		}
		embedding := make([]int64, 20)
		for i := range embedding {
			embedding[i] = int64(m.Embedding[token*20+i])
		}
		require.Equal(t, [][]int64{embedding}, seen[0].Values)
	}
}
