package verify_test

import (
	"context"
	"flag"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/catalogue"
	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/tool/tooltest"
	"lockstep/verify"
	"lockstep/verilator"
)

var full = flag.Bool("full", false, "inject faults at every site of a configuration of every unit")

// named returns a unit of the catalogue.
func named(t *testing.T, family, config string) *unit.Unit {
	t.Helper()
	all, err := catalogue.Units()
	require.NoError(t, err)
	for _, e := range all {
		if e.Family == family && e.Config == config {
			return e.Unit
		}
	}
	t.Fatalf("no unit %s %s", family, config)
	return nil
}

const (
	value = `frame \d+ port y: %s gives \[.*\], golden model gives \[.*\] \(run 0, seed 1\)$`
	beat  = `beat \d+ port \w+: interpreter gives \[.*\], golden model gives \[.*\] \(run 0, seed 1\)$`
	late  = `: operands arrive at cycles \d+ and \d+; delay the earlier one`
)

// caught says of every kind of fault, in a real unit, which witness reports it
// and in which words.
var caught = []struct {
	family, config string
	kind           rtl.FaultKind
	witness        verify.Witness
	text           string // %s is the witness
}{
	{"ternary/dot", "odd", rtl.WrongSelect, verify.Interpreter, value},
	{"ternary/dot", "odd", rtl.DroppedSign, verify.Interpreter, value},
	{"ternary/dot", "odd", rtl.NarrowWidth, verify.Build, `^rtl\.go:\d+: module ternary_dot_l13_x8: (add|slice|extend|mux)\b`},
	{"ternary/dot", "odd", rtl.MissingRegister, verify.Build, `^rtl\.go:\d+: module ternary_dot_l13_x8: \w+` + late},
	{"ternary/dot", "odd", rtl.ExtraRegister, verify.Build, `^rtl\.go:\d+: module ternary_dot_l13_x8: \w+` + late},
	{"ternary/dot", "odd", rtl.SwappedOperands, verify.Interpreter, value},
	{"ternary/dot", "odd", rtl.WrongConstant, verify.Interpreter, value},
	{"ternary/dot", "odd", rtl.ShiftedSlice, verify.Interpreter, value},
	{"ternary/rowwise", "narrow", rtl.MissingSaturation, verify.Interpreter, value},
	{"ternary/rowwise", "narrow", rtl.StaleMemory, verify.Interpreter, value},
	{"ternary/rowwise", "narrow", rtl.WrongTableEntry, verify.Interpreter, value},
	{"ternary/tmatmul", "tiny", rtl.WrongReset, verify.Interpreter, beat},
	{"ternary/tmatmul", "tiny", rtl.StaleMemory, verify.Interpreter, beat},
	{"ternary/tmatmul", "tiny", rtl.StuckEnable, verify.Interpreter, beat},
	{"ternary/tmatmul", "tiny", rtl.DuplicatedBeat, verify.Interpreter, beat},
	// Without stalls, in runs 0 and 1, nothing is lost.
	{"ternary/tmatmul", "tiny", rtl.LostBeat, verify.Interpreter, `beat \d+ port \w+: interpreter gives \[.*\], golden model gives \[.*\] \(run 2, seed 1\)$`},
	// The printer's faults exist only in the text.
	{"ternary/dot", "odd", rtl.UnsignedNet, verify.Verilator, value},
	{"ternary/quant", "narrow", rtl.UnsignedText, verify.Verilator, value},
}

// TestFaultsAreCaught tries the first sites of each kind.
func TestFaultsAreCaught(t *testing.T) {
	judges := map[string]*verify.Judge{}
	kinds := map[rtl.FaultKind]bool{}
	for _, tt := range caught {
		kinds[tt.kind] = true
		t.Run(strings.ReplaceAll(tt.family, "/", "_")+"_"+string(tt.kind), func(t *testing.T) {
			if tt.witness == verify.Verilator {
				tooltest.Need(t, "verilator", "g++")
			}
			j := judges[tt.family]
			if j == nil {
				var err error
				j, err = verify.NewJudge(named(t, tt.family, tt.config), verify.Options{Seed: 1, Frames: 300})
				require.NoError(t, err)
				judges[tt.family] = j
			}
			sites, err := verify.Sites(named(t, tt.family, tt.config), tt.kind)
			require.NoError(t, err)
			var v verify.Verdict
			for i := range min(8, len(sites)) {
				v, err = j.Judge(t.Context(), rtl.Fault{Kind: tt.kind, Index: i})
				require.NoError(t, err)
				require.Equal(t, sites[i], v.Site)
				if v.Witness == tt.witness {
					break
				}
			}
			require.Equal(t, tt.witness, v.Witness, v.String())
			text := tt.text
			if strings.Contains(text, "%s") {
				text = fmt.Sprintf(text, tt.witness)
			}
			first := v.Text
			if tt.witness == verify.Build {
				first, _, _ = strings.Cut(first, "\n")
			}
			require.Regexp(t, text, first)
			t.Log(v)
			if *full && v.Witness == verify.Interpreter {
				require.Equal(t, strings.ReplaceAll(v.Text, "interpreter", "verilator"), underVerilator(t, named(t, tt.family, tt.config), v.Fault))
			}
		})
	}
	for _, k := range rtl.FaultKinds() {
		require.True(t, kinds[k], "no fault of kind %s is shown", k)
	}
}

// underVerilator returns what Verilator says of a unit with a fault.
func underVerilator(t *testing.T, u *unit.Unit, f rtl.Fault) string {
	tooltest.Need(t, "verilator", "g++")
	u.Fault = f
	plan, err := u.Plan(1, 300)
	require.NoError(t, err)
	got, err := verilator.Executor{Context: t.Context()}.Run(u, plan.Runs)
	require.NoError(t, err)
	_, err = plan.Check("verilator", got)
	require.Error(t, err)
	return err.Error()
}

// TestCampaignOfDot pins the whole result of one small unit: what is missed is
// the reset value of registers that are always written before they are read.
func TestCampaignOfDot(t *testing.T) {
	j, err := verify.NewJudge(named(t, "ternary/dot", "odd"), verify.Options{Seed: 1, Frames: 200})
	require.NoError(t, err)
	r, err := j.Campaign(t.Context(), 0, 0)
	require.NoError(t, err)
	noticed, tried := r.Rate()
	require.Greater(t, tried, 150)
	for _, v := range r.Missed() {
		require.Equal(t, rtl.WrongReset, v.Fault.Kind, v.String())
	}
	require.Equal(t, tried-noticed, len(r.Missed()))
	text := r.String()
	require.True(t, strings.HasPrefix(text, fmt.Sprintf("ternary_dot_l13_x8: %d of %d faults noticed\n", noticed, tried)), text)
	require.Regexp(t, regexp.MustCompile(`(?m)^wrong-select +26 +26 +0 +26 +0 +0 +0$`), text)
	require.Regexp(t, regexp.MustCompile(`(?m)^missed: wrong-reset:\d+ at rtl\.go:\d+$`), text)
}

func TestJudgeErrors(t *testing.T) {
	u := named(t, "ternary/dot", "tiny")
	j, err := verify.NewJudge(u, verify.Options{Seed: 1, Frames: 10})
	require.NoError(t, err)
	_, err = j.Judge(t.Context(), rtl.Fault{Kind: rtl.LostBeat})
	require.EqualError(t, err, "verify: ternary_dot_l2_x2 has 0 sites for lost-beat, site 0 does not exist")
	_, err = j.Judge(t.Context(), rtl.Fault{Kind: rtl.WrongSelect, Index: -1})
	require.ErrorContains(t, err, "sites for wrong-select, site -1 does not exist")
	_, err = verify.NewJudge(u, verify.Options{Seed: 1})
	require.EqualError(t, err, "verify: ternary_dot_l2_x2: Frames is 0, want 1 or more")

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = j.Campaign(ctx, 0, 0)
	require.ErrorIs(t, err, context.Canceled)

	golden := u.Golden
	u.Golden = func() unit.Model {
		m := golden()
		return func(in, out unit.Frame) { m(in, out); out[0][0] ^= 1 }
	}
	_, err = verify.NewJudge(u, verify.Options{Seed: 1, Frames: 10})
	require.ErrorContains(t, err, "verify: ternary_dot_l2_x2 without fault fails (interpreter): ternary_dot_l2_x2: frame 0 port y: ")
	u.Fault = rtl.Fault{Kind: rtl.WrongSelect}
	_, err = verify.NewJudge(u, verify.Options{Seed: 1, Frames: 10})
	require.EqualError(t, err, "verify: ternary_dot_l2_x2 has the fault wrong-select:0 already")
}

// TestCampaigns injects faults all over one configuration of every unit and
// reports the rates. What is missed is listed for a person to judge: it is
// equivalent, or the stimulus of the unit has a gap. Wrong resets do not count
// in the rate: a register that is written before it is read may start with
// anything, and most registers of a pipeline are such.
func TestCampaigns(t *testing.T) {
	if !*full {
		t.Skip("runs with -full")
	}
	tooltest.Need(t, "verilator", "g++")
	small := map[string]string{"ternary/dot": "odd", "ternary/tmatmul": "tiny"}
	all, err := catalogue.Units()
	require.NoError(t, err)
	for _, e := range all {
		config := small[e.Family]
		if config == "" {
			config = "narrow"
		}
		if e.Config != config {
			continue
		}
		t.Run(e.Unit.Name, func(t *testing.T) {
			j, err := verify.NewJudge(e.Unit, verify.Options{Seed: 1, Frames: 2000})
			require.NoError(t, err)
			r, err := j.Campaign(t.Context(), 0, 4)
			require.NoError(t, err)
			t.Log("\n" + r.String())
			noticed, tried := r.Rate()
			for _, k := range r.Kinds {
				if k.Kind == rtl.WrongReset {
					tried -= k.Tried
					noticed -= k.Tried - k.By[verify.Nobody]
				}
			}
			require.GreaterOrEqual(t, float64(noticed)/float64(tried), 0.8, "%d of %d", noticed, tried)
			for _, k := range r.Kinds {
				switch k.Kind {
				case rtl.MissingRegister, rtl.ExtraRegister, rtl.StaleMemory, rtl.LostBeat, rtl.DuplicatedBeat, rtl.StuckEnable:
					require.Empty(t, k.Missed, "every %s must be noticed", k.Kind)
				}
			}
		})
	}
}
