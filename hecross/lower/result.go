package lower

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"lockstep/systolic/tpu"
)

// A Category is a kind of work, as the published breakdown of HE-Mult has it.
type Category string

// The categories. Source: arXiv:2501.07047, the time split of HE-Mult.
const (
	VecModOps      Category = "VecModOps"
	NTTMatmul      Category = "NTT matmul"
	INTTMatmul     Category = "INTT matmul"
	BConvMatmul    Category = "BConv matmul"
	CopyReshape    Category = "copy+reshape"
	Permutation    Category = "permutation"
	TypeConversion Category = "type conversion"
)

// A Report is what one run of a program did.
type Report struct {
	Operation string  `json:"operation"`
	Shape     Shape   `json:"shape"`
	Options   Options `json:"options"`
	Literal   bool    `json:"literal"` // values went through literal bytes

	Cycles  int64   `json:"cycles"`  // of the whole batch, launch included
	Seconds float64 `json:"seconds"` // Cycles at the clock

	Breakdown []Share        `json:"breakdown"` // of Cycles, the largest first
	Kernels   []KernelReport `json:"kernels"`   // in order of appearance; kernels of one name together
	Machine   *tpu.Report    `json:"machine"`
	Config    tpu.Config     `json:"config"`
}

// A Share is the part of a category in the elapsed time.
type Share struct {
	Category Category `json:"category"`
	Cycles   float64  `json:"cycles"`
	Percent  float64  `json:"percent"` // of all cycles of kernels
}

// A KernelReport is the elapsed time of all kernels of one name: from the end
// of the kernels before to their own.
type KernelReport struct {
	Name   string `json:"name"`
	Calls  int    `json:"calls"`
	Cycles int64  `json:"cycles"`
}

// Microseconds returns the time of one operand of the batch.
func (r *Report) Microseconds() float64 { return 1e6 * r.Seconds / float64(r.Shape.Batch) }

// execute runs the program that was written.
func (b *builder) execute(ctx context.Context, operation string) (*Report, error) {
	if b.err != nil {
		return nil, b.err
	}
	finished := func(id tpu.ID, cycle int64) {
		k := b.kernels[b.owner[id-1]]
		k.last = max(k.last, cycle)
	}
	m, err := b.program.Run(ctx, tpu.RunOptions{TimingOnly: b.values == nil, Finished: finished})
	if err != nil {
		return nil, err
	}
	r := &Report{
		Operation: operation, Shape: b.shape, Options: b.options, Literal: b.values != nil && b.values.literal,
		Cycles: m.Cycles, Seconds: m.Seconds, Machine: m, Config: b.machine,
	}
	b.breakdown(r)
	return r, nil
}

// breakdown attributes the time of each kernel, which is what it adds to the
// end of the kernels before, to the work of its compute engines in proportion.
func (b *builder) breakdown(r *Report) {
	cycles, end, total := map[Category]float64{}, int64(0), 0.0
	places := map[string]int{}
	for _, k := range b.kernels {
		elapsed := max(k.last-end, 0)
		end = max(end, k.last)
		categories := slices.Sorted(maps.Keys(k.work)) // sums of floats depend on their order
		sum := 0.0
		for _, c := range categories {
			sum += k.work[c]
		}
		for _, c := range categories {
			cycles[c] += k.work[c] / sum * float64(elapsed)
		}
		total += float64(elapsed)
		at, ok := places[k.name]
		if !ok {
			at = len(r.Kernels)
			places[k.name] = at
			r.Kernels = append(r.Kernels, KernelReport{Name: k.name})
		}
		r.Kernels[at].Calls++
		r.Kernels[at].Cycles += elapsed
	}
	for c, n := range cycles {
		r.Breakdown = append(r.Breakdown, Share{Category: c, Cycles: n, Percent: 100 * n / total})
	}
	slices.SortFunc(r.Breakdown, func(x, y Share) int {
		if c := cmp.Compare(y.Cycles, x.Cycles); c != 0 {
			return c
		}
		return cmp.Compare(x.Category, y.Category)
	})
}
