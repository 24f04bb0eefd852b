package sweeps

import (
	"context"

	"lockstep/experiment"
	"lockstep/ternary"
	"lockstep/ternary/ablation"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/yosys"
)

// ternaryCore is the ternary core with the shape of a published model, timed.
//
//	machine  preset of ternary/core, lockstep if not given
//	model    preset of ternary, mmfree-370m if not given
//	others   keys of core.Config
func ternaryCore() experiment.System {
	return experiment.System{
		Name: "ternary-core",
		Doc:  "the ternary core on the shape of a model, one token timed; area of the whole core from Yosys",
		Keys: append([]string{"machine", "model"}, core.Keys()...),
		Phases: []experiment.Phase{
			{Name: "speed", Evaluator: experiment.EvaluatorFunc(ternarySpeed)},
			{Name: "area", Evaluator: experiment.EvaluatorFunc(ternaryArea)},
		},
	}
}

func ternaryPoint(s experiment.Settings) (core.Config, ternary.Shape, error) {
	c, err := core.Preset(or(s, "machine", core.DefaultPreset))
	if err != nil {
		return c, ternary.Shape{}, experiment.Invalid(err)
	}
	if err := configure(s, []string{"machine", "model"}, [][]string{core.Keys()}, []setter{&c}); err != nil {
		return c, ternary.Shape{}, experiment.Invalid(err)
	}
	if err := c.Validate(); err != nil {
		return c, ternary.Shape{}, experiment.Invalid(err)
	}
	shape, err := ternary.Preset(or(s, "model", "mmfree-370m"))
	return c, shape, experiment.Invalid(err)
}

func ternarySpeed(ctx context.Context, s experiment.Settings) (experiment.Measured, error) {
	c, shape, err := ternaryPoint(s)
	if err != nil {
		return experiment.Measured{}, err
	}
	m, err := core.NewTiming(c, shape, core.Options{Numbers: fixed.Default()})
	if err != nil {
		return experiment.Measured{}, experiment.Invalid(err)
	}
	if _, err := m.Step(ctx, 0); err != nil {
		return experiment.Measured{}, err
	}
	r := m.Summary()
	_, bound := r.Bounds.Largest()
	bytes := float64(c.WeightBeatBytes+c.VectorBeatBytes) * float64(c.Eff.Num) / float64(c.Eff.Den)
	return experiment.Measured{
		Values: []experiment.Measurement{
			value("tokens_per_second", r.TokensPerSec, "1/s"),
			value("cycles_per_token", r.MeanCycles, "cycle"),
			value("matmul_share", r.MatrixShare, "1"),
			value("bytes_per_token", float64(r.BytesPerToken), "byte"),
			{Name: "bandwidth", Value: bytes * float64(c.ClockHz) / 1e9, Unit: "GB/s", Source: closedForm},
			{Name: "adders", Value: float64(c.TP), Unit: "1", Source: closedForm},
			{Name: "vector_lanes", Value: float64(c.VP), Unit: "1", Source: closedForm},
		},
		Labels: map[string]string{"bound": bound},
	}, nil
}

func ternaryArea(ctx context.Context, s experiment.Settings) (experiment.Measured, error) {
	c, shape, err := ternaryPoint(s)
	if err != nil {
		return experiment.Measured{}, err
	}
	a, err := ablation.Area(ctx, c, shape, fixed.Default(), yosys.XCUP)
	if err != nil {
		return experiment.Measured{}, err
	}
	blocks := 0
	for _, n := range a.RAM {
		blocks += n
	}
	of := func(name string, v int, unit string) experiment.Measurement {
		return experiment.Measurement{Name: name, Value: float64(v), Unit: unit, Source: a.Tool + ", " + string(a.Family)}
	}
	return experiment.Measured{Values: []experiment.Measurement{
		of("lut", a.LUT+a.MemoryLUT, "LUT"), of("ff", a.FF, "FF"), of("dsp", a.DSP, "DSP"), of("ram", blocks, "block"), of("depth", a.Depth, "LUT"),
	}}, nil
}
