package experiment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

const toyVersion = "1.2.3 0123abc"

// toy is a sweep of 4 x 3 x 2 points less 2, of which 3 are invalid, refined
// on two Pareto fronts.
func toy() Experiment {
	pack, err := Together(Over("packing", "2-bit", "5-trit"), Over("beat", 32, 26))
	if err != nil {
		panic(err)
	}
	return Experiment{
		Name: "toy", Description: "lanes against ports", System: "core", Base: Settings{"machine": "small", "eff": "1/2"},
		Axes:    []Axis{Over("lanes", 8, 16, 32, 64), Over("ports", 1, 2, 4), pack},
		Exclude: []Exclude{{"lanes": {"64"}, "ports": {"4"}}},
		Phase:   "speed",
		Metrics: []Metric{{"cycles", "cycle", Min}, {"adders", "1", Min}, {"share", "1", None}},
		Refine:  &Refine{Phase: "area", Pareto: []string{"cycles", "adders"}, Ranks: 2, Metrics: []Metric{{"lut", "LUT", Min}}},
	}
}

func number(s Settings, key string) float64 {
	v, err := strconv.ParseFloat(s[key], 64)
	if err != nil {
		panic(err)
	}
	return v
}

// toySpeed measures cycles that no float holds exactly.
func toySpeed(_ context.Context, s Settings) (Measured, error) {
	lanes, ports := number(s, "lanes"), number(s, "ports")
	if lanes == 8 && ports == 4 || lanes == 16 && ports == 4 && s["packing"] == "5-trit" {
		return Measured{}, Invalid(fmt.Errorf("core: ports is %s, want at most lanes/8", s["ports"]))
	}
	cycles := 1e4/3/lanes + 100/ports + number(s, "beat")/7
	bound := "weights"
	if 100/ports > 1e4/3/lanes {
		bound = "ports"
	}
	return Measured{
		Values: []Measurement{{"cycles", cycles, "cycle", "event model"}, {"adders", lanes * ports, "1", "closed form"}, {"share", 1 / cycles, "1", "event model"}},
		Labels: map[string]string{"bound": bound},
	}, nil
}

func toyArea(_ context.Context, s Settings) (Measured, error) {
	return Measured{Values: []Measurement{{"lut", 100 * number(s, "lanes"), "LUT", "Yosys 0.23"}}}, nil
}

func toySystem(speed, area EvaluatorFunc) Registry {
	return Registry{{Name: "other"}, {
		Name: "core", Keys: []string{"machine", "eff", "lanes", "ports", "packing", "beat"},
		Phases: []Phase{{"speed", speed}, {"area", area}},
	}}
}

func toyOptions(folder string) Options {
	return Options{Registry: toySystem(toySpeed, toyArea), Folder: folder, Version: toyVersion, Jobs: 2}
}

// counted counts the calls of an evaluator.
func counted(n *atomic.Int32, f EvaluatorFunc) EvaluatorFunc {
	return func(ctx context.Context, s Settings) (Measured, error) {
		n.Add(1)
		return f(ctx, s)
	}
}

// files returns the results and declarations of a folder.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	for _, e := range entries {
		if e.Name() == claimsFile || strings.HasSuffix(e.Name(), writingSuffix) {
			continue
		}
		data, err := os.ReadFile(filepath.Join(folder, e.Name()))
		require.NoError(t, err)
		all[e.Name()] = string(data)
	}
	return all
}

// undisturbed is the folder of one run of toy.
func undisturbed(t *testing.T) (folder string, text map[string]string, results *Results) {
	t.Helper()
	folder = t.TempDir()
	_, err := Run(t.Context(), toy(), toyOptions(folder))
	require.NoError(t, err)
	results, err = Load(folder, toy(), toyVersion)
	require.NoError(t, err)
	return folder, files(t, folder), results
}

// fill writes files into a new folder.
func fill(t *testing.T, text map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, data := range text {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(data), 0o666))
	}
	return folder
}

// resultNames are the sorted names of results among files.
func resultNames(text map[string]string) []string {
	text = maps.Clone(text)
	maps.DeleteFunc(text, func(name, _ string) bool { return !resultName.MatchString(name) })
	return sorted(text)
}

var errTool = errors.New("yosys is not installed")
