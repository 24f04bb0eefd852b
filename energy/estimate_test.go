package energy_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/energy"
)

func preset(t require.TestingT, name string) energy.Model {
	m, err := energy.Preset(name)
	require.NoError(t, err)
	return m
}

func rate(t require.TestingT, device, name string) float64 {
	for _, r := range preset(t, device).Rates {
		if r.Name == name {
			return r.PicoJoules
		}
	}
	require.Fail(t, "no rate", "%s of %s", name, device)
	return 0
}

// Rates by hand, from the publications.
func TestRates(t *testing.T) {
	for _, e := range []struct {
		device, name string
		want         float64
	}{
		{"tpu-v4", "int8_macs", 0.07 + 0.03},
		{"tpu-v4", "bf16_macs", 0.21 + 0.38},
		{"tpu-v4", "ternary_adds", 0.03},
		{"tpu-v4", "vector_adds", 0.03},
		{"tpu-v4", "vector_multiplies", 1.48},
		{"tpu-v4", "vector_ops", (1.48 + 0.03) / 2},
		{"tpu-v4", "buffer_bytes", 7.5 / 8},
		{"tpu-v4", "scratchpad_bytes", 14.0 / 8},
		{"tpu-v4", "off_chip_bytes", 350.0 / 8},
		{"alveo-u250", "off_chip_bytes", 1300.0 / 8},
		// ln E is linear in ln n: at 16 nm, ln(45/16)/ln(45/7) = 0.555728 of the way.
		{"alveo-u250", "ternary_adds", 14 * 0.1 * math.Pow(0.3, 0.555728)},
		{"alveo-u250", "int8_macs", 14 * (0.1*math.Pow(0.3, 0.555728) + 0.2*math.Pow(0.35, 0.555728))},
		{"alveo-u250", "buffer_bytes", 10.0 / 8 * math.Pow(0.75, 0.555728)},
		{"d5005", "ternary_adds", 14 * 0.1 * math.Pow(0.3, 0.627493)},
	} {
		require.InEpsilon(t, e.want, rate(t, e.device, e.name), 1e-5, "%s %s", e.device, e.name)
	}
	for _, r := range preset(t, "alveo-u250").Rates {
		require.Equal(t, r.Name != "off_chip_bytes", r.Scaled, r.Name)
	}
	for _, r := range preset(t, "tpu-v6e").Rates {
		require.False(t, r.Scaled, r.Name)
	}
	require.Equal(t, preset(t, "alveo-u250").Static, preset(t, "alveo-u280").Static, "the second is said to be as the first")
	require.InDelta(t, 90.0/192*100, preset(t, "tpu-v5e").Static, 0.05)
	require.InDelta(t, 90.0/192*200, preset(t, "tpu-v6e").Static, 0.06)
}

// Interpolation meets both publications, falls with the node, and in equal
// ratios of nodes by equal ratios.
func TestInterpolation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		newer := rapid.Float64Range(1e-3, 1e3).Draw(t, "newer")
		older := newer * rapid.Float64Range(1.001, 20).Draw(t, "ratio")
		require.Equal(t, older, energy.At(older, newer, 45))
		require.Equal(t, newer, energy.At(older, newer, 7))
		n := rapid.Float64Range(7, 44).Draw(t, "nm")
		m := rapid.Float64Range(n+0.1, 45).Draw(t, "older nm")
		require.Less(t, energy.At(older, newer, n), energy.At(older, newer, m))
		require.InEpsilon(t, energy.At(older, newer, math.Sqrt(n*m)), math.Sqrt(energy.At(older, newer, n)*energy.At(older, newer, m)), 1e-9)
	})
}

// fields of an activity, for the properties, in the order of the terms.
func fields(a *energy.Activity) map[string]*float64 {
	return map[string]*float64{
		"ternary_adds": &a.TernaryAdds, "int8_macs": &a.Int8MACs, "bf16_macs": &a.BF16MACs, "vector_adds": &a.VectorAdds,
		"vector_multiplies": &a.VectorMultiplies, "vector_ops": &a.VectorOps, "buffer_bytes": &a.BufferBytes,
		"scratchpad_bytes": &a.ScratchpadBytes, "off_chip_bytes": &a.OffChipBytes, "static": &a.Seconds,
	}
}

func activity(t *rapid.T) (a energy.Activity) {
	for name, f := range fields(&a) {
		if name != "static" && rapid.Bool().Draw(t, "has "+name) {
			*f = rapid.Float64Range(1, 1e15).Draw(t, name)
		}
	}
	a.Seconds = rapid.Float64Range(1e-9, 1e6).Draw(t, "seconds")
	return a
}

var names = []string{"alveo-u250", "alveo-u280", "d5005", "kv260", "tpu-v4", "tpu-v5e", "tpu-v5p", "tpu-v6e"}

// The terms are the counts, each once, and sum to the total; more work or more
// time is more energy, by the rate; a scaled activity is the energy scaled.
func TestEstimateProperties(t *testing.T) {
	models, err := energy.Models()
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(models).Draw(t, "device")
		a := activity(t)
		b, err := energy.Estimate(a, m)
		require.NoError(t, err)
		joules, share, seen := 0.0, 0.0, 0
		for name, f := range fields(&a) {
			each := m.Static * 1e12
			if name != "static" {
				each = m.Rates[slices.Index(counts(m), name)].PicoJoules
			}
			joules += *f * each / 1e12
			if *f > 0 {
				seen++
			}
		}
		for _, term := range b.Terms {
			require.Equal(t, *fields(&a)[term.Name], term.Count)
			require.NotEmpty(t, term.Sources, term.Name)
			require.InEpsilon(t, term.Joules, term.Share*b.Joules, 1e-9)
			share += term.Share
		}
		require.Len(t, b.Terms, seen)
		require.InEpsilon(t, joules, b.Joules, 1e-9)
		require.InDelta(t, 1, share, 1e-9)
		require.InEpsilon(t, b.Joules, b.Watts*b.Seconds, 1e-9)
		require.InDelta(t, 1-m.Static*a.Seconds/joules, b.DynamicShare(), 1e-9)

		double, err := energy.Estimate(a.Scale(2), m)
		require.NoError(t, err)
		require.InEpsilon(t, 2*b.Joules, double.Joules, 1e-9)
		require.InEpsilon(t, b.Watts, double.Watts, 1e-9)

		more := a
		name := rapid.SampledFrom(append([]string{"static"}, counts(m)...)).Draw(t, "more")
		f := fields(&more)[name]
		*f += rapid.Float64Range(0.5, 1).Draw(t, "by") * (1e15 + *f)
		if name == "static" {
			*f = a.Seconds * 2
		}
		grown, err := energy.Estimate(more, m)
		require.NoError(t, err)
		require.Greater(t, grown.Joules, b.Joules, name)
	})
}

func counts(m energy.Model) (list []string) {
	for _, r := range m.Rates {
		list = append(list, r.Name)
	}
	return list
}

// A model without static power has no term for it, and nothing costs nothing.
func TestNothing(t *testing.T) {
	m := preset(t, "tpu-v4")
	m.Static = 0
	b, err := energy.Estimate(energy.Activity{Seconds: 1}, m)
	require.NoError(t, err)
	require.Equal(t, energy.Breakdown{Device: "tpu-v4", Seconds: 1}, b)
	require.Zero(t, b.DynamicShare())
	data, err := json.Marshal(b)
	require.NoError(t, err)
	require.JSONEq(t, `{"device": "tpu-v4", "terms": null, "joules": 0, "seconds": 1, "watts": 0}`, string(data))
}

func TestJSON(t *testing.T) {
	b, err := energy.Estimate(energy.Activity{VectorOps: 2e12, Seconds: 0.5}, preset(t, "tpu-v6e"))
	require.NoError(t, err)
	data, err := json.Marshal(b)
	require.NoError(t, err)
	var back energy.Breakdown
	require.NoError(t, json.Unmarshal(data, &back))
	require.Equal(t, b, back)
	for _, key := range []string{"name", "count", "count_unit", "picojoules", "joules", "share", "scaled", "sources", "note", "kind", "text"} {
		require.Contains(t, string(data), `"`+key+`":`)
	}
}

func TestEstimateErrors(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	m := preset(t, "tpu-v4")
	for name := range fields(&energy.Activity{}) {
		for _, v := range []float64{-1, -5e-324, nan, inf, -inf, 2e24} {
			a := energy.Activity{Seconds: 1}
			*fields(&a)[name] = v
			_, err := energy.Estimate(a, m)
			require.Error(t, err, "%s = %v", name, v)
			require.Equal(t, a.Validate(), err)
		}
	}
	for _, e := range []struct {
		a    energy.Activity
		want string
	}{
		{energy.Activity{}, "energy: seconds is 0, want above 0 and at most 1e+12"},
		{energy.Activity{Seconds: nan}, "energy: seconds is NaN, want above 0 and at most 1e+12"},
		{energy.Activity{Int8MACs: -3, Seconds: 1}, "energy: int8_macs is -3, want 0 to 1e+24"},
		{energy.Activity{OffChipBytes: inf, Seconds: 1}, "energy: off_chip_bytes is +Inf, want 0 to 1e+24"},
	} {
		_, err := energy.Estimate(e.a, m)
		require.EqualError(t, err, e.want)
	}
	_, err := energy.Estimate(energy.Activity{Seconds: 1e12, OffChipBytes: 1e24}, m)
	require.NoError(t, err, "the limits themselves")
}

func TestModelErrors(t *testing.T) {
	for _, e := range []struct {
		change func(m *energy.Model)
		want   string
	}{
		{func(m *energy.Model) { m.Static = -1 }, "energy: tpu-v4: static power is -1 W, want 0 to 1e+06"},
		{func(m *energy.Model) { m.Static = math.NaN() }, "energy: tpu-v4: static power is NaN W, want 0 to 1e+06"},
		{func(m *energy.Model) { m.Rates[1].PicoJoules = -2 }, "energy: tpu-v4: rate of int8_macs is -2 pJ, want 0 to 1e+09"},
		{func(m *energy.Model) { m.Rates[1].PicoJoules = 2e9 }, "energy: tpu-v4: rate of int8_macs is 2e+09 pJ, want 0 to 1e+09"},
		{func(m *energy.Model) { m.Static = 2e6 }, "energy: tpu-v4: static power is 2e+06 W, want 0 to 1e+06"},
		{func(m *energy.Model) { m.Rates = m.Rates[1:] }, "energy: tpu-v4: no rate for ternary_adds, want one"},
		{func(m *energy.Model) { m.Rates = append(m.Rates, m.Rates[0]) }, "energy: tpu-v4: 10 rates, want 9, one for each count"},
		{func(m *energy.Model) { *m = energy.Model{} }, "energy: : no rate for ternary_adds, want one"},
	} {
		m := preset(t, "tpu-v4")
		e.change(&m)
		_, err := energy.Estimate(energy.Activity{Seconds: 1}, m)
		require.EqualError(t, err, e.want)
		require.EqualError(t, m.Validate(), e.want)
	}
	_, err := energy.Preset("u250")
	require.EqualError(t, err, `energy: device is "u250", want one of alveo-u250, alveo-u280, d5005, kv260, tpu-v4, tpu-v5e, tpu-v5p, tpu-v6e`)
}
