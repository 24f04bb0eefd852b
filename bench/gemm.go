package bench

import (
	"context"
	"fmt"

	"lockstep/systolic"
	"lockstep/systolic/kernel"
	"lockstep/systolic/scalesim"
	"lockstep/systolic/tpu"
)

// gemmTopology is one encoder block of BERT-base (hidden size 768, 12 heads,
// intermediate size 3072) for 512 tokens, with one head. Source: Devlin et al.,
// arXiv:1810.04805.
const gemmTopology = `Layer, M, N, K,
QKV, 512, 2304, 768,
Scores, 512, 512, 64,
Context, 512, 64, 512,
Output, 512, 768, 768,
Up, 512, 3072, 768,
Down, 512, 768, 3072,
`

// gemmValues is the product that is computed, not only timed.
var gemmValues = systolic.GEMM{M: 1024, N: 1024, K: 1024}

var (
	gemmArray    = systolic.Array{Rows: 128, Cols: 128}
	gemmDataflow = systolic.WeightStationary
)

// prepareGEMM compares what both count alike: the compute cycles of layers on
// one array that overlaps nothing. The reference evaluates the closed form that
// SCALE-Sim publishes, folds times cycles per fold, with its utilisations; it is
// not that program, which walks through addresses. The event model lowers each
// layer to a program and runs it, and takes the same cycles. On the whole TPU
// blocks also pass through VMEM and HBM, which no closed form covers.
func prepareGEMM(ctx context.Context, _ func(string)) (*subject, error) {
	layers, err := scalesim.ReadTopology("bert.csv", []byte(gemmTopology), scalesim.GEMMLayers)
	if err != nil {
		return nil, err
	}
	v6e, err := tpu.Preset("v6e")
	if err != nil {
		return nil, err
	}
	serial := tpu.Single(gemmArray, gemmDataflow).WithOverlap(tpu.Overlap{})
	var rows []scalesim.Row
	closed := func(context.Context) (_ int64, err error) {
		rows, err = scalesim.Report(layers, gemmArray, gemmDataflow, scalesim.PartialWindows)
		return 0, err
	}
	on := func(c tpu.Config, o tpu.GEMMOptions) func(ctx context.Context) (int64, error) {
		return func(ctx context.Context) (int64, error) {
			cycles := int64(0)
			for _, l := range layers {
				r, err := timeGEMM(ctx, c, l.Conv.GEMM(scalesim.PartialWindows), o)
				if err != nil {
					return 0, fmt.Errorf("%s: %w", l.Name, err)
				}
				cycles += r
			}
			return cycles, nil
		}
	}
	items := float64(len(layers))
	s := &subject{item: "layer", ways: []way{
		{what: fmt.Sprintf("closed form of SCALE-Sim, one array %v", gemmArray), items: items, call: closed},
		{what: "event model, the same array", items: items, call: on(serial, tpu.GEMMOptions{ComputeOnly: true})},
		{what: "event model, TPU v6e with HBM and overlap", items: items, call: on(v6e, tpu.GEMMOptions{})},
	}}
	if _, err := closed(ctx); err != nil {
		return nil, err
	}
	want := int64(0)
	for _, r := range rows {
		want += r.ComputeCycles + 1 // SCALE-Sim counts from 0
	}
	got, err := s.ways[1].call(ctx)
	if err != nil {
		return nil, err
	}
	if got != want {
		return nil, fmt.Errorf("the event model takes %d cycles, the closed form gives %d", got, want)
	}
	return s, nil
}

// timeGEMM lowers a product, runs the program and returns its cycles.
func timeGEMM(ctx context.Context, c tpu.Config, g systolic.GEMM, o tpu.GEMMOptions) (int64, error) {
	p, err := tpu.LowerGEMM(c, g, o)
	if err != nil {
		return 0, err
	}
	r, err := p.Run(ctx, tpu.RunOptions{TimingOnly: o.Values == nil})
	if err != nil {
		return 0, err
	}
	return r.Cycles, nil
}

func prepareGEMMValues(ctx context.Context, _ func(string)) (*subject, error) {
	v6e, err := tpu.Preset("v6e")
	if err != nil {
		return nil, err
	}
	g := gemmValues
	a, b := randomBytes(g.M*g.K, 1), randomBytes(g.K*g.N, 2)
	c, want := make([]int32, g.M*g.N), make([]int32, g.M*g.N)
	types := tpu.Types{A: tpu.U8, B: tpu.U8}
	values := tpu.NewValues(c, a, b)
	best := kernel.Best()
	s := &subject{item: "product", ways: []way{
		{what: fmt.Sprintf("byte product alone, %v, kernel %v", g, best), items: 1, call: func(context.Context) (int64, error) {
			return 0, kernel.MatMul(best, kernel.Dense(want, g.M, g.N), kernel.Dense(a, g.M, g.K), kernel.Dense(b, g.K, g.N), kernel.Options{})
		}},
		{what: "TPU v6e, values and cycles", items: 1, call: func(ctx context.Context) (int64, error) {
			return timeGEMM(ctx, v6e, g, tpu.GEMMOptions{Types: types, Values: values})
		}},
	}}
	if err := sameProducts(s.ways, c, want); err != nil {
		return nil, err
	}
	s.ways = append(s.ways, way{what: "TPU v6e, cycles only", items: 1, call: func(ctx context.Context) (int64, error) {
		return timeGEMM(ctx, v6e, g, tpu.GEMMOptions{Types: types})
	}})
	return s, callAll(ctx, s.ways)
}
