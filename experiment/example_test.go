package experiment_test

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"lockstep/experiment"
)

const declaration = `
name: lanes
description: what more lanes are worth
system: adder
base: {clock_hz: 100000000}
axes:
  - lanes: {from: 1, to: 16, factor: 2}
  - ports: [1, 2]
phase: speed
metrics:
  - {name: cycles, unit: cycle, goal: min}
  - {name: adders, unit: "1", goal: min}
refine:
  phase: area
  pareto: [cycles, adders]
  metrics:
    - {name: lut, unit: LUT, goal: min}
`

// adder adds 1024 numbers; a port brings 4 of them per cycle.
func adder() experiment.System {
	speed := func(_ context.Context, s experiment.Settings) (experiment.Measured, error) {
		lanes, err := strconv.Atoi(s["lanes"])
		if err != nil {
			return experiment.Measured{}, experiment.Invalid(err)
		}
		ports, err := strconv.Atoi(s["ports"])
		if err != nil {
			return experiment.Measured{}, experiment.Invalid(err)
		}
		if ports > lanes {
			return experiment.Measured{}, experiment.Invalid(fmt.Errorf("adder: ports is %d, want at most lanes, %d", ports, lanes))
		}
		bound := "lanes"
		if 4*ports < lanes {
			bound = "ports"
		}
		return experiment.Measured{
			Values: []experiment.Measurement{
				{Name: "cycles", Value: float64(1024 / min(lanes, 4*ports)), Unit: "cycle", Source: "closed form"},
				{Name: "adders", Value: float64(lanes), Unit: "1", Source: "closed form"},
			},
			Labels: map[string]string{"bound": bound},
		}, nil
	}
	area := func(_ context.Context, s experiment.Settings) (experiment.Measured, error) {
		lanes, err := strconv.ParseFloat(s["lanes"], 64)
		if err != nil {
			return experiment.Measured{}, experiment.Invalid(err)
		}
		return experiment.Measured{Values: []experiment.Measurement{{Name: "lut", Value: 32 * lanes, Unit: "LUT", Source: "closed form"}}}, nil
	}
	return experiment.System{
		Name: "adder", Keys: []string{"clock_hz", "lanes", "ports"},
		Phases: []experiment.Phase{
			{Name: "speed", Evaluator: experiment.EvaluatorFunc(speed)},
			{Name: "area", Evaluator: experiment.EvaluatorFunc(area)},
		},
	}
}

// A declaration is parsed, run into a folder, read back and analysed.
func Example() {
	folder, err := os.MkdirTemp("", "lanes-")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(folder)
	if err := sweep(folder); err != nil {
		fmt.Println(err)
	}
	// Output:
	// evaluated 16, invalid 1
	// complete 9, missing 0
	// failed: lanes=1 ports=2: adder: ports is 2, want at most lanes, 1
	// front: lanes=1 ports=1: 1024 cycle, 32 LUT
	// front: lanes=2 ports=1: 512 cycle, 64 LUT
	// front: lanes=2 ports=2: 512 cycle, 64 LUT
	// front: lanes=4 ports=1: 256 cycle, 128 LUT
	// front: lanes=4 ports=2: 256 cycle, 128 LUT
	// front: lanes=8 ports=2: 128 cycle, 256 LUT
	// lanes: 4.00 times in the mean, at most 4.00
	// ports: 1.41 times in the mean, at most 2.00
	// ports=1: lanes lanes lanes ports ports
	// ports=2: - lanes lanes lanes ports
	// best below 200 LUT: lanes=4 ports=1
}

func sweep(folder string) error {
	e, err := experiment.Parse("lanes.yaml", []byte(declaration))
	if err != nil {
		return err
	}
	s, err := experiment.Run(context.Background(), e, experiment.Options{
		Registry: experiment.Registry{adder()}, Folder: folder, Version: "0.1.0", Jobs: 2,
	})
	if err != nil {
		return err
	}
	fmt.Printf("evaluated %d, invalid %d\n", s.Evaluated, s.Invalid)
	r, err := experiment.Load(folder, e, "0.1.0")
	if err != nil {
		return err
	}
	fmt.Printf("complete %d, missing %d\n", len(r.With(experiment.Complete)), len(r.With(experiment.Missing)))
	for _, row := range r.With(experiment.Failed) {
		fmt.Printf("failed: %s: %s\n", e.Label(row.Settings), row.Invalid)
	}
	return analyse(r)
}

func analyse(r *experiment.Results) error {
	e := r.Experiment
	front, err := r.Front("cycles", "lut")
	if err != nil {
		return err
	}
	for _, row := range front {
		fmt.Printf("front: %s: %.0f cycle, %.0f LUT\n", e.Label(row.Settings), row.Values["cycles"].Value, row.Values["lut"].Value)
	}
	effects, err := r.Sensitivity("cycles")
	if err != nil {
		return err
	}
	for _, a := range effects {
		fmt.Printf("%s: %.2f times in the mean, at most %.2f\n", a.Axis, a.Mean, a.Most)
	}
	m, err := r.Map("lanes", "ports", "bound", "cycles")
	if err != nil {
		return err
	}
	for i, cells := range m.Cells {
		fmt.Printf("ports=%s:", m.Y.Labels()[i])
		for _, c := range cells {
			if c.Index < 0 {
				c.Word = "-"
			}
			fmt.Printf(" %s", c.Word)
		}
		fmt.Println()
	}
	limit := 200.0
	best, ok, err := r.Best("cycles", experiment.Constraint{Metric: "lut", Max: &limit})
	if err != nil || !ok {
		return err
	}
	fmt.Printf("best below 200 LUT: %s\n", e.Label(best.Settings))
	return nil
}
