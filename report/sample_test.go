package report

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/experiment"
)

// frame is that of every sample plot.
func frame(caption string) Frame {
	return Frame{Caption: caption, Description: "Description: " + caption, Source: "event model"}
}

// sample is a document with every kind of block.
func sample() *Document {
	comparison := Comparison{
		Caption: "Published and simulated numbers.", Keys: []string{"machine", "model"}, Simulation: "event model",
		Rows: []Compared{
			{[]string{"paper", "block, d = 512"}, 43, 43.21, "ms", "arXiv:2406.02528, table 2"},
			{[]string{"paper", "block, d = 1024"}, 112, 98.5, "ms", "arXiv:2406.02528, table 2"},
			{[]string{"silicon", "370M"}, 1204, 1204, "token/s", "measured on the board"},
		},
	}
	return &Document{
		Title: "A sample of <everything> & more", Abstract: "All blocks, each with the cases that are easily lost: 1 < 2, a|b, *stars* and `ticks`.",
		Sections: []Section{
			{"In brief", []Block{
				KeyFigures{
					{Name: "least cycles", Value: 48789, Unit: "cycle", Source: "event model", Note: "TP=128 VP=4"},
					{Name: "matmul share", Value: 0.9842, Unit: "1", Format: Percent(1), Source: "event model"},
					{Name: "lanes", Value: 4, Unit: "1", Source: "declaration"},
				},
				Paragraph("- a paragraph that begins like a list, with snake_case and _emphasis_."),
			}},
			{"Tables", []Block{sampleTable(), comparison}},
			{"Plots", samplePlots(comparison)},
			{"Reproduction", []Block{
				Commands{{"measure every point", "simulate sweep sample --folder results"}, {"render", "simulate report sample"}},
				Listing{"A file", "name: sample\n\taxes: `x` ``` <y>\n"},
				Versions{{"simulate", "1.0"}, {"Yosys", "0.23"}},
			}},
		},
	}
}

func sampleTable() Table {
	t := Table{
		Caption: "Twelve cores.",
		Columns: []Column{
			{Name: "core"}, {Name: "TP", Align: AlignRight},
			{Name: "cycles_per_token", Unit: "cycle", Source: "event model", Note: "mean over the text"},
			{Name: "change", Unit: "1", Format: SignedPercent(1), Source: "computed"},
			{Name: "lut", Unit: "LUT"}, {Name: "energy", Unit: "J"},
		},
		Notes: []string{"Nothing is placed or routed."},
	}
	for i := range 12 {
		row := []Cell{
			Text(fmt.Sprintf("core %d", 12-i)), Text(strconv.Itoa(8 << (i % 5))),
			Number(float64(48789 + 911*((i*7)%12))), Number(float64(i-3) / 40), {}, Number(1.5e-6 / float64(i+1)).From("closed form"),
		}
		if i%3 != 0 {
			row[4] = Number(float64(11646 - 100*i)).From([]string{"Yosys 0.23", "estimate"}[i%2])
		}
		t.Rows = append(t.Rows, row)
	}
	t.Rows[2][0] = Text("a|b <i>&amp;")
	return t
}

func samplePlots(c Comparison) []Block {
	scatter := Scatter{Frame: frame("Cycles against adders."), X: Axis{"cycles per token", "cycle", true}, Y: Axis{"adders", "1", true}, Step: SmallerX}
	for i := range 40 {
		x := 1000 * float64(1+i%8) * float64(1+i/8)
		scatter.Others = append(scatter.Others, Point{x, 4e6/x + 30*float64(i%11)})
	}
	for i := range 7 {
		x := 800 * float64(int(1)<<i)
		scatter.Front = append(scatter.Front, Point{x, 3e6 / x})
	}
	parity := Scatter{Frame: frame("Simulated against published."), X: Axis{"published", "µs", true}, Y: Axis{"simulated", "µs", true}, Diagonal: true}
	lines := Lines{Frame: frame("Speed over lanes."), X: Axis{"lanes", "1", false}, Y: Axis{"tokens per second", "token/s", false}}
	for i, name := range []string{"2-bit", "5-trit", "zeros skipped", "two ports", "three ports", "all of them together"} {
		line := Line{Name: name}
		for lanes := 1.0; lanes <= 16; lanes *= 2 {
			line.Points = append(line.Points, Point{lanes, lanes * float64(5000+300*i)})
		}
		lines.Series = append(lines.Series, line)
	}
	for i := range 30 {
		p := 57.1 * float64(i*i+1)
		parity.Others = append(parity.Others, Point{p, p * (0.8 + 0.013*float64(i))})
	}
	grid := Grid{Frame: frame("What limits."), X: Categories{"TP", []string{"32", "64", "128", "256"}}, Y: Categories{"memory", []string{"eff=0.5", "eff=1"}}, Value: Axis{"cycles", "cycle", false}}
	long := Grid{Frame: frame("What limits, in long words."), X: Categories{"TP", []string{"8", "16", "32", "64", "128", "256", "512", "1024"}}, Y: Categories{"VP", []string{"1", "2", "4"}}, Value: Axis{"cycles", "cycle", false}}
	heat := Grid{Frame: frame("Utilisation."), X: Categories{"rows", []string{"8", "16", "32"}}, Y: Categories{"columns", []string{"8", "16", "32"}}, Value: Axis{"utilisation", "1", false}, Format: Percent(1)}
	for i, g := range []*Grid{&grid, &long, &heat} {
		for y := range g.Y.Names {
			var row []Place
			for x := range g.X.Names {
				p := Place{Value: Number(float64(12000 / (x + y + 1)))}
				switch i {
				case 0:
					p.Word = []string{"weights", "vector unit", "issue"}[(x+y)%3]
				case 1:
					p.Word = []string{"bandwidth of the weight memory", "vector unit", "issue"}[(x+2*y)%3]
				default:
					p.Value = Number(1 / float64(1+x*y))
				}
				row = append(row, p)
			}
			g.Cells = append(g.Cells, row)
		}
	}
	grid.Cells[1][3] = Place{}
	bars := Bars{
		Frame: frame("What each setting does."), Categories: Categories{"setting", []string{"TP", "packing,weight_beat_bytes", "VP", "a name that is far too long for the room that there is"}},
		Value: Axis{"mean factor", "1", false}, Base: 1,
		Series: []Series{{"cycles", []Cell{Number(3.41), Number(1.244), Number(1.02), Number(1)}}, {"lut", []Cell{Number(1.9), Number(1.153), {}, Number(1.3)}}},
	}
	return []Block{scatter, parity, lines, bars, c.Errors("Errors of the simulation."), grid, long, heat}
}

// results evaluates a sweep of 48 points of an invented core.
func results(t *testing.T) (experiment.Experiment, *experiment.Results) {
	t.Helper()
	e, err := experiment.Parse("core.yaml", []byte(coreExperiment))
	require.NoError(t, err)
	folder := t.TempDir()
	o := experiment.Options{Registry: experiment.Registry{core()}, Folder: folder, Version: "1.2.3", Jobs: 2}
	_, err = experiment.Run(t.Context(), e, o)
	require.NoError(t, err)
	r, err := experiment.Load(folder, e, o.Version)
	require.NoError(t, err)
	return e, r
}

const coreExperiment = `
name: sample-core
description: What lanes, ports, packing and memory are worth on an invented core.
system: core
base: {clock_hz: 300000000, model: mmfree-370m}
axes:
  - TP: [32, 64, 128, 256]
  - VP: {from: 1, to: 8, factor: 2}
  - packing: [2-bit, 5-trit]
    weight_beat_bytes: [32, 26]
  - eff: [0.5, 1]
phase: speed
metrics:
  - {name: cycles_per_token, unit: cycle, goal: min}
  - {name: adders, unit: "1", goal: min}
  - {name: matmul_share, unit: "1", goal: max}
refine:
  phase: area
  pareto: [cycles_per_token, adders]
  ranks: 2
  metrics:
    - {name: lut, unit: LUT, goal: min}
`

// core is a system whose numbers are made up.
func core() experiment.System {
	number := func(s experiment.Settings, key string) float64 {
		v, err := strconv.ParseFloat(s[key], 64)
		if err != nil {
			panic(err)
		}
		return v
	}
	speed := func(_ context.Context, s experiment.Settings) (experiment.Measured, error) {
		tp, vp, eff, beat := number(s, "TP"), number(s, "VP"), number(s, "eff"), number(s, "weight_beat_bytes")
		if tp < 16*vp {
			return experiment.Measured{}, experiment.Invalid(fmt.Errorf("core: VP is %v, want at most TP/16, <%v>", vp, tp/16))
		}
		matmul, memory, vector := 4e6/tp, 1e3*beat/eff, 6e3/vp
		bound, slowest := "matmul", matmul
		if memory > slowest {
			bound, slowest = "memory", memory
		}
		return experiment.Measured{
			Values: []experiment.Measurement{
				{Name: "cycles_per_token", Value: slowest + vector, Unit: "cycle", Source: "event model"},
				{Name: "adders", Value: tp + 3*vp, Unit: "1", Source: "closed form"},
				{Name: "matmul_share", Value: slowest / (slowest + vector), Unit: "1", Source: "event model"},
				{Name: "weight_bytes", Value: beat * 1e4, Unit: "byte", Source: "closed form"},
			},
			Labels: map[string]string{"bound": bound},
		}, nil
	}
	area := func(_ context.Context, s experiment.Settings) (experiment.Measured, error) {
		return experiment.Measured{Values: []experiment.Measurement{{Name: "lut", Value: 90*number(s, "TP") + 311*number(s, "VP") + 1184, Unit: "LUT", Source: "Yosys 0.23"}}}, nil
	}
	return experiment.System{Name: "core", Phases: []experiment.Phase{
		{Name: "speed", Evaluator: experiment.EvaluatorFunc(speed)}, {Name: "area", Evaluator: experiment.EvaluatorFunc(area)},
	}}
}

// meanings are those of the sample experiment.
var meanings = map[string]string{
	"TP": "trits per cycle of the matrix unit", "VP": "elements per cycle of the vector units", "packing": "form of weights in memory",
	"eff": "sustained share of the memory's peak", "cycles_per_token": "mean over the text", "lut": "look-up tables of the whole core",
}
