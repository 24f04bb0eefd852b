package sweeps

import (
	"context"
	"slices"
	"strconv"

	"lockstep/experiment"
	"lockstep/hecross"
	"lockstep/hecross/calibration"
	"lockstep/hecross/lower"
	"lockstep/hecross/whatif"
	"lockstep/systolic/tpu"
)

// he is an operation of homomorphic encryption on the calibrated machine, timed.
//
//	machine    preset of systolic/tpu, v6e if not given
//	params     parameter set, HEAP if not given
//	operation  of package lower, mult if not given
//	batch      operands together, 1 if not given
//	others     switches of package lower, keys of tpu.Config
func he() experiment.System {
	own := []string{"machine", "params", "operation", "batch"}
	return experiment.System{
		Name: "he", Doc: "an operation of homomorphic encryption on the systolic machine, timed",
		Keys:   append(append(own, lower.OptionKeys()...), tpu.Keys()...),
		Phases: []experiment.Phase{{Name: "time", Evaluator: experiment.EvaluatorFunc(heTime)}},
	}
}

func heTime(ctx context.Context, s experiment.Settings) (experiment.Measured, error) {
	c, err := calibration.Machine(or(s, "machine", "v6e"))
	if err != nil {
		return experiment.Measured{}, experiment.Invalid(err)
	}
	var o lower.Options
	own := []string{"machine", "params", "operation", "batch"}
	if err := configure(s, own, [][]string{lower.OptionKeys(), tpu.Keys()}, []setter{&o, &c}); err != nil {
		return experiment.Measured{}, experiment.Invalid(err)
	}
	shape, err := heShape(s)
	if err != nil {
		return experiment.Measured{}, experiment.Invalid(err)
	}
	r, err := lower.Time(ctx, c, o, shape, or(s, "operation", "mult"))
	if err != nil {
		return experiment.Measured{}, experiment.Invalid(err)
	}
	return experiment.Measured{
		Values: []experiment.Measurement{
			value("time", r.Microseconds(), "us"),
			value("cycles", float64(r.Cycles), "cycle"),
			value("hbm_bytes", float64(r.Machine.HBMBytes), "byte"),
			value("vmem_bytes", float64(r.Machine.PeakVMEM[0]), "byte"),
		},
		Labels: map[string]string{"largest": string(r.Breakdown[0].Category)},
	}, nil
}

func heShape(s experiment.Settings) (lower.Shape, error) {
	set, err := hecross.Preset(or(s, "params", "HEAP"))
	if err != nil {
		return lower.Shape{}, err
	}
	batch, err := strconv.Atoi(or(s, "batch", "1"))
	if err != nil {
		return lower.Shape{}, err
	}
	return lower.ShapeOf(set, batch)
}

// heWhatIf is one change of the calibrated machine, or of the strategies.
//
//	change   of package whatif
//	machine  preset of systolic/tpu, v6e if not given
//	params   parameter set, HEAP if not given
func heWhatIf() experiment.System {
	return experiment.System{
		Name: "he-whatif", Doc: "one change of the machine or the strategies: HE-Mult, HE-Rotate, bootstrapping, and the logic that it adds",
		Keys: []string{"change", "machine", "params"},
		Phases: []experiment.Phase{
			{Name: "time", Evaluator: experiment.EvaluatorFunc(whatIfTime)},
			{Name: "all", Evaluator: experiment.EvaluatorFunc(whatIfAll)},
		},
	}
}

// whatIfPoint returns the change, the base machine and the shape.
func whatIfPoint(s experiment.Settings) (whatif.Change, tpu.Config, lower.Shape, error) {
	c, err := whatif.Find(or(s, "change", whatif.Base))
	if err != nil {
		return c, tpu.Config{}, lower.Shape{}, experiment.Invalid(err)
	}
	m, err := calibration.Machine(or(s, "machine", "v6e"))
	if err != nil {
		return c, m, lower.Shape{}, experiment.Invalid(err)
	}
	shape, err := heShape(s)
	return c, m, shape, experiment.Invalid(err)
}

func whatIfTime(ctx context.Context, s experiment.Settings) (experiment.Measured, error) {
	c, m, shape, err := whatIfPoint(s)
	if err != nil {
		return experiment.Measured{}, err
	}
	base, err := whatif.Find(whatif.Base)
	if err != nil {
		return experiment.Measured{}, err
	}
	var out experiment.Measured
	for _, operation := range whatif.Operations {
		before, err := base.Time(ctx, m, shape, operation)
		if err != nil {
			return out, experiment.Invalid(err)
		}
		after, err := c.Time(ctx, m, shape, operation)
		if err != nil {
			return out, experiment.Invalid(err)
		}
		out.Values = append(out.Values, value(operation, after, "us"), value(operation+"_speedup", before/after, "1"))
	}
	return out, nil
}

// whatIfAll measures time and area.
func whatIfAll(ctx context.Context, s experiment.Settings) (experiment.Measured, error) {
	out, err := whatIfTime(ctx, s)
	if err != nil {
		return out, err
	}
	c, m, _, err := whatIfPoint(s)
	if err != nil {
		return out, err
	}
	cost, err := c.Area(ctx, m)
	if err != nil {
		return out, err
	}
	perLUT := 0.0 // of changes that add no logic
	if cost.LUT > 0 {
		speedup := out.Values[slices.IndexFunc(out.Values, func(v experiment.Measurement) bool { return v.Name == "mult_speedup" })]
		perLUT = 100 * (speedup.Value - 1) / (cost.LUT / 1e6)
	}
	const source = "Yosys, xcup_lut, unit by unit"
	out.Values = append(out.Values,
		experiment.Measurement{Name: "lut", Value: cost.LUT, Unit: "LUT", Source: source},
		experiment.Measurement{Name: "ff", Value: cost.FF, Unit: "FF", Source: source},
		experiment.Measurement{Name: "mult_gain_per_mlut", Value: perLUT, Unit: "%/MLUT", Source: eventModel + " and " + source})
	out.Labels = map[string]string{"kind": c.Kind()}
	return out, nil
}
