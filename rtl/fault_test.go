package rtl_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
)

// everything has a site for every kind of fault.
func everything(f rtl.Fault) *rtl.Module {
	m := rtl.New("everything", "a site for every fault")
	m.Inject(f)
	a, b := m.In(p("a", rtl.S(8), 1))[0], m.In(p("b", rtl.S(8), 1))[0]
	sum := a.Add(b).Named("sum").Reg("sum").Saturate(8)
	low := a.Lt(b).Reg("low").Mux(sum, sum.Not())
	s := m.State("s", rtl.U(4), 3)
	s.SetWhen(a.Bit(0), a.Slice(5, 2).Xor(m.Const(rtl.U(4), 6)))
	ram := m.Mem("ram", 16, rtl.S(8), 1)
	ram.Init([][]int64{{1}, {-128}})
	ram.Write(a.Bit(7), s.Sig, []rtl.Sig{a})
	q := ram.Read(s.Sig)[0]
	in := m.InStream(rtl.Stream{Name: "i", Fields: []rtl.Port{p("x", rtl.S(8), 1)}})
	o := m.OutStream(rtl.Stream{Name: "o", Fields: []rtl.Port{p("x", rtl.S(8), 1)}})
	pipe := m.NewPipe("pipe", in.Valid)
	in.Accept(pipe.Advance)
	pipe.Drive(1, o, [][]rtl.Sig{{pipe.Reg("x", in.Data[0][0])}})
	m.Out(p("y", rtl.S(8), 1), []rtl.Sig{low})
	m.Out(p("z", rtl.S(8), 1), []rtl.Sig{q.Extend(9).Wrap(8)})
	return m
}

// TestFaultSites lists the sites without injecting anything, and injects at each.
func TestFaultSites(t *testing.T) {
	clean := everything(rtl.Fault{})
	want, err := clean.Verilog()
	require.NoError(t, err)
	require.Empty(t, clean.FaultSites())
	for _, k := range rtl.FaultKinds() {
		t.Run(string(k), func(t *testing.T) {
			m := everything(rtl.Fault{Kind: k, Index: -1})
			text, err := m.Verilog()
			require.NoError(t, err)
			require.Equal(t, string(want), string(text), "collecting sites changes nothing")
			sites := m.FaultSites()
			require.NotEmpty(t, sites)
			for i, at := range sites {
				require.Regexp(t, `^fault_test\.go:\d+$`, at)
				m := everything(rtl.Fault{Kind: k, Index: i})
				text, err := m.Verilog()
				if err != nil {
					require.Contains(t, []rtl.FaultKind{rtl.NarrowWidth, rtl.MissingRegister, rtl.ExtraRegister}, k, err.Error())
					continue
				}
				notes, rest := split(string(text))
				require.Equal(t, "//   FAULT INJECTED: "+string(k)+" at site "+strconv.Itoa(i), notes)
				require.NotEqual(t, string(want), rest, "site %d changes nothing", i)
				again, err := m.Verilog()
				require.NoError(t, err)
				require.Equal(t, string(text), string(again), "printing twice is the same")
			}
			_, err = everything(rtl.Fault{Kind: k, Index: len(sites)}).Verilog()
			require.EqualError(t, err, fmt.Sprintf("rtl: module everything has %d sites for %s, site %d does not exist",
				len(sites), k, len(sites)))
		})
	}
}

// TestFaultBelow injects into a module inside another: the fault is in the text
// of that module alone, printing twice is the same, and a site that it does not
// have is named.
func TestFaultBelow(t *testing.T) {
	around := func(f rtl.Fault) *rtl.Module {
		sub := everything(f)
		m := rtl.New("around", "a module with another in it")
		a, b := m.In(p("a", rtl.S(8), 1))[0], m.In(p("b", rtl.S(8), 1))[0]
		ready, zero := m.Const(rtl.U(1), 1), m.Const(rtl.S(8), 0)
		var ins [][]rtl.Sig
		for _, port := range sub.Ins() {
			ins = append(ins, []rtl.Sig{map[string]rtl.Sig{"a": a, "b": b, "i_valid": ready, "i_x": zero, "o_ready": ready}[port.Name]})
		}
		for k, lanes := range m.Instance("below", sub, ins) {
			m.Out(sub.Outs()[k], lanes)
		}
		return m
	}
	clean, err := around(rtl.Fault{}).Verilog()
	require.NoError(t, err)
	for _, k := range []rtl.FaultKind{rtl.SwappedOperands, rtl.UnsignedNet} {
		m := around(rtl.Fault{Kind: k})
		text, err := m.Verilog()
		require.NoError(t, err)
		note, rest := split(string(text))
		require.Equal(t, "//   FAULT INJECTED: "+string(k)+" at site 0", note)
		require.NotEqual(t, string(clean), rest)
		_, top, _ := strings.Cut(rest, "module around (")
		_, want, _ := strings.Cut(string(clean), "module around (")
		require.NotEmpty(t, want)
		require.Equal(t, want, top)
		again, err := m.Verilog()
		require.NoError(t, err)
		require.Equal(t, string(text), string(again))
		_, err = around(rtl.Fault{Kind: k, Index: 999}).Verilog()
		require.ErrorContains(t, err, fmt.Sprintf("sites for %s, site 999 does not exist", k))
		require.ErrorContains(t, err, "rtl: module everything has ")
	}
}

// split takes the line that names the fault out of a text.
func split(text string) (note, rest string) {
	for line := range strings.Lines(text) {
		if strings.Contains(line, "FAULT INJECTED") {
			note = strings.TrimRight(line, "\n")
			continue
		}
		rest += line
	}
	return note, rest
}

func TestInPrinter(t *testing.T) {
	n := 0
	for _, k := range rtl.FaultKinds() {
		if !k.InPrinter() {
			continue
		}
		n++
		sound, err := rtl.NewInterp(everything(rtl.Fault{}))
		require.NoError(t, err)
		faulty, err := rtl.NewInterp(everything(rtl.Fault{Kind: k}))
		require.NoError(t, err)
		for v := int64(-128); v < 128; v += 5 {
			a, b := [][]int64{{0}, {0}, {0}, {0}, {0}, {0}}, [][]int64{{0}, {0}, {0}, {0}, {0}, {0}}
			require.Equal(t, eval(sound, a, v, 3, 1, v, 1), eval(faulty, b, v, 3, 1, v, 1))
		}
	}
	require.Equal(t, 2, n)
}

func TestLocate(t *testing.T) {
	deep := rtl.New("deep", "")
	x := deep.In(p("x", rtl.S(4), 1))[0]
	m := deep.Mem("words", 5, rtl.S(4), 3)
	m.Write(x.Bit(0), m3(deep, x), []rtl.Sig{x, x, x})
	deep.Out(p("y", rtl.S(4), 1), []rtl.Sig{m.Read(m3(deep, x))[0].Xor(x.Reg("held"))})
	mid := rtl.New("mid", "")
	a := mid.In(p("a", rtl.S(4), 1))[0]
	arr := mid.Array("row", deep, [][][]rtl.Sig{{{a}}, {{a}}})
	mid.Out(p("y", rtl.S(4), 1), []rtl.Sig{arr[0][0][0].Xor(arr[1][0][0])})
	top := rtl.New("top", "")
	in := top.In(p("in", rtl.S(4), 1))[0]
	out(top, top.Instance("core", mid, [][]rtl.Sig{{in}})[0][0])
	for path, want := range map[string]rtl.Location{
		"u_core.u_row[1].held":  {Scope: "u_core.gen_row[1].u_row", Verilog: "held_q", Shape: rtl.S(4), Lanes: 1},
		"u_core.u_row[0].words": {Scope: "u_core.gen_row[0].u_row", Verilog: "words_mem", Shape: rtl.S(4), Lanes: 3, Depth: 5},
	} {
		got, err := top.Locate(path)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for path, want := range map[string]string{
		"":                      `rtl: module top has no register or memory ""`,
		"held":                  `rtl: module top has no register or memory "held"`,
		"u_core.held":           `rtl: module mid has no register or memory "held"`,
		"core.u_row[0].held":    `rtl: module top has no instance "core", wanted for "core.u_row[0].held"`,
		"u_core.u_row.held":     `rtl: module mid: u_row is an array, index it, wanted for "u_core.u_row.held"`,
		"u_core[0].u_row.held":  `rtl: module top: u_core is no array, wanted for "u_core[0].u_row.held"`,
		"u_core.u_row[2].held":  `rtl: module mid: index "2" of u_row, want 0 to 1`,
		"u_core.u_row[-1].held": `rtl: module mid: index "-1" of u_row, want 0 to 1`,
		"u_core.u_row[x].held":  `rtl: module mid: index "x" of u_row, want 0 to 1`,
	} {
		_, err := top.Locate(path)
		require.EqualError(t, err, want)
	}
}

// m3 returns an address below 5.
func m3(m *rtl.Module, x rtl.Sig) rtl.Sig { return rtl.Concat(m.Const(rtl.U(1), 0), x.Slice(2, 1)) }
