package sweeps_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/experiment"
	"lockstep/hecross/whatif"
	"lockstep/sweeps"
)

// Every built-in experiment names a system, its keys and one of its phases, and
// the first point has all metrics in their units.
func TestBuiltins(t *testing.T) {
	require.Equal(t, []string{"gemm-scalesim", "he-ablation", "he-whatif", "ternary-core"}, sweeps.Names())
	for _, name := range sweeps.Names() {
		e, err := sweeps.Builtin(name)
		require.NoError(t, err)
		require.Equal(t, name, e.Name)
		if name == "he-whatif" {
			continue // needs Yosys; its own test is in hecross/whatif
		}
		s, err := sweeps.Registry().Find(e.System)
		require.NoError(t, err)
		at := slices.IndexFunc(s.Phases, func(p experiment.Phase) bool { return p.Name == e.Phase })
		require.GreaterOrEqual(t, at, 0, name)
		point := e.Points()[0]
		for key := range point.Settings {
			require.Contains(t, s.Keys, key, name)
		}
		got, err := s.Phases[at].Evaluator.Evaluate(t.Context(), point.Settings)
		require.NoError(t, err, name)
		for _, m := range e.Metrics {
			i := slices.IndexFunc(got.Values, func(v experiment.Measurement) bool { return v.Name == m.Name })
			require.GreaterOrEqual(t, i, 0, "%s has no %s", name, m.Name)
			require.Equal(t, m.Unit, got.Values[i].Unit, "%s of %s", m.Name, name)
		}
	}
	_, err := sweeps.Builtin("everything")
	require.EqualError(t, err, `sweeps: experiment is "everything", want one of gemm-scalesim, he-ablation, he-whatif, ternary-core, or a file`)
}

// At least 200 points, as the experiment promises to be a sweep.
func TestTernaryCorePoints(t *testing.T) {
	e, err := sweeps.Builtin("ternary-core")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(e.Points()), 200)
}

// The experiment has all changes there are.
func TestWhatIfChanges(t *testing.T) {
	e, err := sweeps.Builtin("he-whatif")
	require.NoError(t, err)
	a, err := e.Axis("change")
	require.NoError(t, err)
	require.Equal(t, whatif.Names(), a.Labels())
}

// Where the closed form is what is simulated, both are equal.
func TestClosedForm(t *testing.T) {
	s, err := sweeps.Registry().Find("gemm")
	require.NoError(t, err)
	for _, dataflow := range []string{"os", "ws", "is"} {
		got, err := s.Phases[0].Evaluator.Evaluate(t.Context(), experiment.Settings{
			"machine": "single", "overlap": "none", "dataflow": dataflow, "m": "100", "n": "70", "k": "300", "rows": "16", "cols": "16",
		})
		require.NoError(t, err)
		by := map[string]float64{}
		for _, v := range got.Values {
			by[v.Name] = v.Value
		}
		require.Equal(t, by["closed_form"], by["cycles"], dataflow)
	}
}

// A point that cannot be built is a result; it does not end a sweep.
func TestInvalidPoints(t *testing.T) {
	for system, point := range map[string]experiment.Settings{
		"ternary-core": {"TP": "7"},
		"gemm":         {"m": "many"},
		"he":           {"operation": "divide"},
		"he-whatif":    {"change": "faster"},
	} {
		s, err := sweeps.Registry().Find(system)
		require.NoError(t, err)
		e := experiment.Experiment{Name: "x", System: system, Base: point, Axes: []experiment.Axis{experiment.Over("params", "HEAP")},
			Phase: s.Phases[0].Name, Metrics: []experiment.Metric{{Name: "m", Unit: "1"}}}
		if system == "ternary-core" {
			e.Axes = []experiment.Axis{experiment.Over("VP", 4)}
		}
		if system == "gemm" {
			e.Axes = []experiment.Axis{experiment.Over("k", 4)}
		}
		sum, err := experiment.Run(t.Context(), e, experiment.Options{Registry: sweeps.Registry(), Folder: t.TempDir(), Version: "1", Jobs: 1})
		require.NoError(t, err, system)
		require.Equal(t, 1, sum.Invalid, system)
	}
}
