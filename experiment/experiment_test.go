package experiment

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestPoints(t *testing.T) {
	e := toy()
	require.NoError(t, e.Validate())
	points := e.Points()
	require.Len(t, points, 4*3*2-2)
	for i, want := range []string{
		"lanes=8 ports=1 packing=2-bit beat=32",
		"lanes=8 ports=1 packing=5-trit beat=26",
		"lanes=8 ports=2 packing=2-bit beat=32",
	} {
		require.Equal(t, want, e.Label(points[i].Settings))
	}
	require.Equal(t, "lanes=64 ports=2 packing=5-trit beat=26", e.Label(points[21].Settings))
	require.Equal(t, "beat=26 eff=1/2 lanes=64 machine=small packing=5-trit ports=2", points[21].Settings.String())
	require.Equal(t, []string{"2-bit,32", "5-trit,26"}, e.Axes[2].Labels())
	require.Equal(t, 1, e.Axes[2].Position(points[21].Settings))
	require.Equal(t, -1, e.Axes[2].Position(Settings{"packing": "2-bit", "beat": "26"}))
	_, err := Together(Over("a", 1, 2), Over("b", 1))
	require.EqualError(t, err, "experiment: b has 1 values, want 2, as many as a")
}

// drawn is any valid experiment, with odd texts in it.
func drawn(t *rapid.T) Experiment {
	value := rapid.OneOf(rapid.Map(rapid.IntRange(-100, 100), func(n int) string { return fmt.Sprint(n) }),
		rapid.StringMatching(`[a-z:#\[\]{}'"&*!|>%@,\\ -]{1,6}`).Filter(func(s string) bool { return strings.TrimSpace(s) == s }),
		rapid.SampledFrom([]string{"true", "null", "~", "0x10", "1e3", ".5", "-0", "1_0", "010", "0o7", ".inf", "yes", "2-bit", "=", "<<", "é", "1/3", "- a", "a: b", "2026-01-01", "<a&b>", "\u2028", "🙂"}))
	name := rapid.StringMatching(`[a-z0-9]{1,4}(-[a-z0-9]{1,3}){0,2}`)
	key := rapid.OneOf(rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_.-]{0,4}`), rapid.SampledFrom([]string{"true", "null", "y", "NO", "_"}))
	e := Experiment{Name: name.Draw(t, "name"), System: name.Draw(t, "system"), Phase: name.Draw(t, "phase"), Description: value.Draw(t, "description")}
	keys := rapid.SliceOfNDistinct(key, 3, 7, rapid.ID).Draw(t, "keys")
	if keys[0] != "x" {
		e.Base = Settings{keys[0]: value.Draw(t, "base")}
	}
	for rest := keys[1:]; len(rest) > 0; {
		width := rapid.IntRange(1, len(rest)).Draw(t, "keys of the axis")
		a := Axis{Keys: rest[:width]}
		rest = rest[width:]
		for _, v := range rapid.SliceOfNDistinct(value, 1, 3, rapid.ID).Draw(t, "values") {
			position := []string{v}
			for len(position) < width {
				position = append(position, value.Draw(t, "value"))
			}
			a.Values = append(a.Values, position)
		}
		e.Axes = append(e.Axes, a)
	}
	if first := e.Axes[0]; len(first.Values) > 1 {
		e.Exclude = []Exclude{{first.Keys[0]: {first.Values[0][0]}}}
	}
	goal := rapid.SampledFrom([]Goal{Min, Max})
	e.Metrics = []Metric{{"m", value.Draw(t, "unit"), goal.Draw(t, "goal")}, {"null", "1", None}}
	if rapid.Bool().Draw(t, "refine") {
		e.Refine = &Refine{Phase: e.Phase + "-2", Pareto: []string{"m"}, Ranks: rapid.IntRange(1, 3).Draw(t, "ranks"), Metrics: []Metric{{"n", "LUT", goal.Draw(t, "goal")}}}
	}
	if e.Validate() != nil {
		t.Skip("the exclusion leaves nothing")
	}
	return e
}

// Points are the nested loops over the axes, written as a recursion.
func TestPointsProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := drawn(t)
		var want []string
		var loop func(axes []Axis, s Settings)
		loop = func(axes []Axis, s Settings) {
			if len(axes) == 0 {
				if len(e.Exclude) > 0 && e.Exclude[0][e.Axes[0].Keys[0]][0] == s[e.Axes[0].Keys[0]] {
					return
				}
				want = append(want, s.String())
				return
			}
			for _, v := range axes[0].Values {
				next := s.clone()
				for i, k := range axes[0].Keys {
					next[k] = v[i]
				}
				loop(axes[1:], next)
			}
		}
		base := e.Base.clone()
		if base == nil {
			base = Settings{}
		}
		loop(e.Axes, base)
		var got []string
		for i, p := range e.Points() {
			require.Equal(t, i, p.Index)
			got = append(got, p.Settings.String())
		}
		require.Equal(t, want, got)
	})
}

func TestValidate(t *testing.T) {
	long := strings.Repeat("x", 257)
	for _, tt := range []struct {
		change func(e *Experiment)
		want   string
	}{
		{func(e *Experiment) { e.Name = "Toy" }, `experiment: name is "Toy", want lower-case letters, digits and single hyphens`},
		{func(e *Experiment) { e.Name = "../toy" }, `experiment: name is "../toy", want lower-case letters, digits and single hyphens`},
		{func(e *Experiment) { e.System = "" }, `experiment: toy: system is "", want lower-case letters, digits and single hyphens`},
		{func(e *Experiment) { e.Description = "a\tb" }, `experiment: toy: description is "a\tb", want text without control characters but ends of lines`},
		{func(e *Experiment) { e.Phase = "a--b" }, `experiment: toy: phase is "a--b", want lower-case letters, digits and single hyphens`},
		{func(e *Experiment) { e.Base["a b"] = "1" }, `experiment: toy: base: key is "a b", want a letter or _, then letters, digits, _, . and -`},
		{func(e *Experiment) { e.Base["a"] = "" }, `experiment: toy: base: a has 0 bytes, want 1 to 256`},
		{func(e *Experiment) { e.Base["a"] = long }, `experiment: toy: base: a has 257 bytes, want 1 to 256`},
		{func(e *Experiment) { e.Base["a"] = "x\n" }, `experiment: toy: base: a is "x\n", want text without control characters, and without blanks at its ends`},
		{func(e *Experiment) { e.Base["a"] = "\xff" }, `experiment: toy: base: a is "\xff", want text without control characters, and without blanks at its ends`},
		{func(e *Experiment) { e.Axes = nil }, `experiment: toy: axes is empty, want at least one`},
		{func(e *Experiment) { e.Axes[0].Keys = nil }, `experiment: toy: axes[0]: it has no key, want at least one`},
		{func(e *Experiment) { e.Axes[0].Values = nil }, `experiment: toy: axes[0]: lanes has no value, want at least one`},
		{func(e *Experiment) { e.Axes[0].Values[1][0] = "8" }, `experiment: toy: axes[0]: lanes has 8 twice, want every value once`},
		{func(e *Experiment) { e.Axes[2].Values[1] = []string{"2-bit"} }, `experiment: toy: axes[2]: packing,beat: position 1 has 1 values, want 2, one for every key`},
		{func(e *Experiment) { e.Axes[2].Keys[1] = "packing" }, `experiment: toy: axes[2]: packing is there twice, want it once`},
		{func(e *Experiment) { e.Axes[2].Keys[1] = "lanes" }, `experiment: toy: axes[2]: lanes is in two axes, want it in one`},
		{func(e *Experiment) { e.Axes[1].Keys[0] = "eff" }, `experiment: toy: axes[1]: eff is in base too, want it in one of them`},
		{func(e *Experiment) {
			for i := range 317 {
				e.Axes = append(e.Axes, Over(fmt.Sprint("x", i), 1, 2))
			}
		}, `experiment: toy: axes have more than 100000 combinations, want at most that`},
		{func(e *Experiment) { e.Exclude = []Exclude{{}} }, `experiment: toy: exclude[0]: it has no key, want at least one`},
		{func(e *Experiment) { e.Exclude[0]["machine"] = []string{"small"} }, `experiment: toy: exclude[0]: machine is the key of no axis`},
		{func(e *Experiment) { e.Exclude[0]["lanes"] = nil }, `experiment: toy: exclude[0]: lanes has no value, want at least one`},
		{func(e *Experiment) { e.Exclude[0]["lanes"] = []string{"9"} }, `experiment: toy: exclude[0]: lanes is "9", want a value of its axis: 8, 16, 32, 64`},
		{func(e *Experiment) { e.Exclude = []Exclude{{"lanes": {"8", "16", "32", "64"}}} }, `experiment: toy: exclude leaves no point, want at least one`},
		{func(e *Experiment) { e.Metrics = nil }, `experiment: toy: metrics is empty, want at least one`},
		{func(e *Experiment) { e.Metrics[0].Name = "" }, `experiment: toy: metrics[0]: name is "", want a letter or _, then letters, digits, _, . and -`},
		{func(e *Experiment) { e.Metrics[1].Name = "cycles" }, `experiment: toy: metrics[1]: cycles is there twice, want it once`},
		{func(e *Experiment) { e.Metrics[1].Goal = "least" }, `experiment: toy: metrics[1]: goal of adders is "least", want min, max or none`},
		{func(e *Experiment) { e.Metrics[1].Unit = "" }, `experiment: toy: metrics[1]: adders: unit has 0 bytes, want 1 to 256`},
		{func(e *Experiment) { e.Refine.Phase = "" }, `experiment: toy: refine: phase is "", want lower-case letters, digits and single hyphens`},
		{func(e *Experiment) { e.Refine.Phase = "speed" }, `experiment: toy: refine: phase is "speed", want another than that of all points`},
		{func(e *Experiment) { e.Refine.Ranks = 0 }, `experiment: toy: refine: ranks is 0, want at least 1`},
		{func(e *Experiment) { e.Refine.Pareto = nil }, `experiment: toy: refine: pareto is empty, want at least one metric`},
		{func(e *Experiment) { e.Refine.Pareto[0] = "lut" }, `experiment: toy: refine: pareto[0] is "lut", want one of the metrics of all points: cycles, adders, share`},
		{func(e *Experiment) { e.Refine.Pareto[1] = "cycles" }, `experiment: toy: refine: pareto[1] is "cycles" again, want every metric once`},
		{func(e *Experiment) { e.Refine.Pareto[1] = "share" }, `experiment: toy: refine: pareto[1]: metric share has no goal, want min or max`},
		{func(e *Experiment) { e.Refine.Metrics = nil }, `experiment: toy: refine: metrics is empty, want at least one`},
		{func(e *Experiment) { e.Refine.Metrics[0].Name = "adders" }, `experiment: toy: refine: metrics[0]: adders is a metric of all points too, want another name`},
	} {
		e := toy()
		tt.change(&e)
		require.EqualError(t, e.Validate(), tt.want)
	}
}

func TestNames(t *testing.T) {
	e := toy()
	m, err := e.Metric("lut")
	require.NoError(t, err)
	require.Equal(t, Metric{"lut", "LUT", Min}, m)
	_, err = e.Metric("ff")
	require.EqualError(t, err, `experiment: toy: metric is "ff", want one of cycles, adders, share, lut`)
	_, err = e.Axis("packing")
	require.EqualError(t, err, `experiment: toy: axis is "packing", want one of lanes, ports, packing,beat`)
	_, err = Registry{}.Find("core")
	require.EqualError(t, err, `experiment: system is "core", want one of (none)`)
	e.Refine = nil
	require.Equal(t, e.Metrics, e.AllMetrics())
}

func TestInvalid(t *testing.T) {
	require.NoError(t, Invalid(nil))
	err := fmt.Errorf("core: %w", Invalid(errTool))
	require.ErrorIs(t, err, errTool)
	require.EqualError(t, err, "core: yosys is not installed")
	require.True(t, isInvalid(err))
	require.False(t, isInvalid(errTool))
	require.False(t, isInvalid(Invalid(fmt.Errorf("yosys: %w", context.Canceled))), "an interruption is no property of the point")
	require.False(t, isInvalid(errors.Join(Invalid(errTool), context.DeadlineExceeded)))
}
