package unit_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
)

// The ways in which a skid buffer can be wrong.
const (
	sound       = iota
	lossy       // accepts a beat although it is full
	doubling    // keeps a beat that it did not accept
	withdrawing // takes back an offer
	changing    // changes the payload of an offer
	deaf        // never accepts
	broken      // sends what it received before
)

// skid is a buffer of two beats whose handshakes are both registered: a beat
// that arrives while the output stalls skids into the second register.
func skid(name string, how int) *unit.Unit {
	fields := []rtl.Port{{Name: "v", Shape: rtl.S(12), Lanes: 1}, {Name: "tag", Shape: rtl.U(3), Lanes: 2}}
	return &unit.Unit{Name: name, Doc: "skid buffer", Streams: &unit.Streams{
		In:     []rtl.Stream{{Name: "x", Fields: fields, Doc: "beats"}},
		Out:    []rtl.Stream{{Name: "y", Fields: fields, Doc: "the same beats"}},
		Golden: func(in [][]unit.Frame) ([][]unit.Frame, error) { return in, nil },
		RTL: func(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
			x, y := in[0], out[0]
			yes := m.Const(rtl.U(1), 1)
			valid, full := m.State("valid", rtl.U(1), 0), m.State("full", rtl.U(1), 0)
			ready := full.Not()
			offer := valid.Sig
			if how == withdrawing {
				waited := m.State("waited", rtl.U(1), 0)
				offer = valid.And(waited.Not())
				waited.Set(offer.And(y.Ready.Not()))
			}
			free := valid.Not().Or(offer.And(y.Ready))
			arrives := x.Valid.And(ready)
			switch how {
			case lossy:
				x.Accept(yes)
			case doubling:
				x.Accept(ready.And(free))
			case deaf:
				x.Accept(yes.Not())
				arrives = x.Valid.And(yes.Not())
			default:
				x.Accept(ready)
			}
			valid.SetWhen(free, full.Or(arrives))
			full.Set(free.Mux(yes.Not(), full.Or(arrives)))
			var data [][]rtl.Sig
			for f, lanes := range x.Data {
				var outs []rtl.Sig
				for l, s := range lanes {
					suffix := fields[f].Name + string(rune('a'+l))
					held := m.State("held_"+suffix, s.Shape(), 0)
					held.SetWhen(arrives.And(free.Not()), s)
					front := m.State("front_"+suffix, s.Shape(), 0)
					front.SetWhen(free, full.Mux(held.Sig, s))
					outs = append(outs, front.Sig)
				}
				data = append(data, outs)
			}
			switch how {
			case changing:
				data[1][1] = data[1][1].Xor(rtl.Concat(yes.Not(), yes.Not(), y.Ready.Not()))
			case broken:
				data[0][0] = data[0][0].Hold("old", valid.And(y.Ready))
			}
			y.Drive(offer, data)
		},
		Due: func(_ [][]unit.Frame, accepted [][]int, _ int) [][]int {
			due := make([][]int, 1)
			for _, c := range accepted[0] {
				due[0] = append(due[0], c+1)
			}
			return due
		},
		Stimulus: func(r *rand.Rand, n int) [][]unit.Frame {
			beats := [][]unit.Frame{{}}
			for len(beats[0]) < n {
				beats[0] = append(beats[0], unit.RandomFrame(r, fields))
			}
			return beats
		},
	}}
}

func TestSkidBuffer(t *testing.T) { unittest.Check(t, skid("skid_s12", sound), 300) }

// TestStreamFaultsAreCaught shows what either executor says of a stream unit
// that breaks the handshake. Outputs stall from run 2 of the plan on.
func TestStreamFaultsAreCaught(t *testing.T) {
	for _, tt := range []struct {
		name   string
		how    int
		want   string // with EXEC for the executor
		verify bool   // under Verilator too
	}{
		{"lossy", lossy, `beat \d+ port y_v: EXEC gives \[-?\d+\], golden model gives \[-?\d+\] \(run 2, seed 1\)`, true},
		{"doubling", doubling, `beat \d+ port y_v: EXEC gives \[-?\d+\], golden model gives \[-?\d+\] \(run 2, seed 1\)`, true},
		{"withdrawing", withdrawing,
			`EXEC: stream y: a beat offered in cycle \d+ was withdrawn or changed before it was accepted \(run 2, seed 1\)`, true},
		{"changing", changing,
			`EXEC: stream y: a beat offered in cycle \d+ was withdrawn or changed before it was accepted \(run 2, seed 1\)`, true},
		{"deaf", deaf, `beat 0 of 40 of y never arrives from EXEC \(run 0, seed 1\)`, false},
		{"broken", broken, `beat 0 port y_v: EXEC gives \[0\], golden model gives \[-?\d+\] \(run 0, seed 1\)`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := skid("skid_"+tt.name, tt.how)
			plan, err := u.Plan(1, 40)
			require.NoError(t, err)
			says := func(executor string, results []unit.Result) string {
				_, err := plan.Check(executor, results)
				require.Error(t, err)
				require.Regexp(t, "^"+u.Name+": "+strings.ReplaceAll(tt.want, "EXEC", executor)+"$", err.Error())
				return strings.ReplaceAll(err.Error(), executor, "EXEC")
			}
			interp, err := unit.Interp{}.Run(u, plan.Runs)
			require.NoError(t, err)
			text := says("interpreter", interp)
			if !tt.verify {
				return
			}
			tooltest.Need(t, "verilator", "g++")
			vl, err := verilator.Executor{Context: t.Context()}.Run(u, plan.Runs)
			require.NoError(t, err)
			require.Equal(t, text, says("verilator", vl))
			require.Equal(t, interp, vl, "both executors see the same run, fault included")
		})
	}
}

// TestInventedBeat is a beat after the last expected one.
func TestInventedBeat(t *testing.T) {
	u := skid("skid_s12", sound)
	plan, err := u.Plan(1, 5)
	require.NoError(t, err)
	got, err := unit.Interp{}.Run(u, plan.Runs)
	require.NoError(t, err)
	got[3].Out[0] = append(got[3].Out[0], got[3].Out[0][4])
	_, err = plan.Check("interpreter", got)
	require.EqualError(t, err, "skid_s12: interpreter invents 1 beats on y after the 5 expected (run 3, seed 1)")
}

// TestLateBeat has the right values in the wrong cycle.
func TestLateBeat(t *testing.T) {
	u := skid("skid_s12", sound)
	plan, err := u.Plan(1, 5)
	require.NoError(t, err)
	got, err := unit.Interp{}.Run(u, plan.Runs)
	require.NoError(t, err)
	got[1].Out[0][2].Cycle++
	due := got[1].Accepted[0][2] + 1
	_, err = plan.Check("interpreter", got)
	require.EqualError(t, err, fmt.Sprintf("skid_s12: beat 2 appears in cycle %d, want %d (latency 0) (run 1, seed 1)", due+1, due))
	got[1].Out[0][2].Cycle--
	got[2].Out[0][2].Cycle++
	n, err := plan.Check("interpreter", got)
	require.NoError(t, err, "cycles under stall are not specified")
	require.Equal(t, 10, n)
}
