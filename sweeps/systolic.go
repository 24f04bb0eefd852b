package sweeps

import (
	"context"
	"strconv"

	"lockstep/experiment"
	"lockstep/systolic"
	"lockstep/systolic/tpu"
)

// gemm is one matrix product on the systolic machine, timed.
//
//	machine   preset of systolic/tpu, v6e if not given; "single" is one array with
//	          its operands in place, of closed forms
//	m n k     the product
//	types     of A and B, s8 if not given
//	overlap   none, full, or some of weights, drain, dma; that of the machine if not given
//	others    keys of tpu.Config
func gemm() experiment.System {
	own := []string{"machine", "m", "n", "k", "types", "overlap"}
	return experiment.System{
		Name: "gemm", Doc: "a matrix product on the systolic machine, timed",
		Keys:   append(own, tpu.Keys()...),
		Phases: []experiment.Phase{{Name: "time", Evaluator: experiment.EvaluatorFunc(gemmTime)}},
	}
}

func gemmPoint(s experiment.Settings) (c tpu.Config, g systolic.GEMM, o tpu.GEMMOptions, err error) {
	name := or(s, "machine", "v6e")
	if o.ComputeOnly = name == "single"; o.ComputeOnly {
		c = tpu.Single(systolic.Array{Rows: 128, Cols: 128}, systolic.WeightStationary)
	} else if c, err = tpu.Preset(name); err != nil {
		return c, g, o, err
	}
	if err = configure(s, []string{"machine", "m", "n", "k", "types", "overlap"}, [][]string{tpu.Keys()}, []setter{&c}); err != nil {
		return c, g, o, err
	}
	if text, ok := s["overlap"]; ok {
		overlap, err := tpu.ParseOverlap(text)
		if err != nil {
			return c, g, o, err
		}
		c = c.WithOverlap(overlap)
	}
	for key, at := range map[string]*int{"m": &g.M, "n": &g.N, "k": &g.K} {
		if *at, err = strconv.Atoi(or(s, key, "1024")); err != nil {
			return c, g, o, err
		}
	}
	t, err := tpu.ParseType(or(s, "types", "s8"))
	o.Types = tpu.Types{A: t, B: t}
	return c, g, o, err
}

func gemmTime(ctx context.Context, s experiment.Settings) (experiment.Measured, error) {
	c, g, o, err := gemmPoint(s)
	if err != nil {
		return experiment.Measured{}, experiment.Invalid(err)
	}
	if err := c.Validate(); err != nil {
		return experiment.Measured{}, experiment.Invalid(err)
	}
	r, err := tpu.RunGEMM(ctx, c, g, o, tpu.RunOptions{TimingOnly: true})
	if err != nil {
		return experiment.Measured{}, experiment.Invalid(err)
	}
	d, err := systolic.ParseDataflow(c.Dataflow)
	if err != nil {
		return experiment.Measured{}, experiment.Invalid(err)
	}
	return experiment.Measured{
		Values: []experiment.Measurement{
			value("cycles", float64(r.Cycles), "cycle"),
			value("time", 1e6*r.Seconds, "us"),
			value("peak", r.PeakPercent, "%"),
			value("roofline", 100*r.Roofline.Share, "%"),
			{Name: "closed_form", Value: float64(systolic.Cycles(g, c.Array(), d)), Unit: "cycle", Source: "SCALE-Sim's compute cycles and one, one array, nothing overlapped"},
			{Name: "elements", Value: float64(c.Cores * c.Arrays * c.Array().PEs()), Unit: "1", Source: closedForm},
		},
		Labels: map[string]string{"bound": r.Roofline.Bound},
	}, nil
}
