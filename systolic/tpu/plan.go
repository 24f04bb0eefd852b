package tpu

import (
	"context"
	"fmt"
	"math"

	"lockstep/systolic"
)

// A Plan is how a machine computes a matrix product.
type Plan struct {
	// Parts are the rows, or with AlongN the columns, of C that each core computes.
	Parts    []systolic.Span `json:"parts"`
	AlongN   bool            `json:"parts_along_n"`
	Blocking                 // the same for all cores
	estimate int64
}

// part returns the product of a core.
func (p *Plan) part(g systolic.GEMM, core int) systolic.GEMM {
	if p.AlongN {
		g.N = p.Parts[core].Count
	} else {
		g.M = p.Parts[core].Count
	}
	return g
}

// longest returns the product of the core that has most to do.
func (p *Plan) longest(g systolic.GEMM) systolic.GEMM {
	core := 0
	for i := range p.Parts {
		if p.Parts[i].Count > p.Parts[core].Count {
			core = i
		}
	}
	return p.part(g, core)
}

// maxTrial is the number of operations up to which a program is run to see how
// good its plan is, and above which the estimate has to do.
const maxTrial = 1 << 13

// choose returns a plan for the product. With overlap of transfers there are
// two, with blocks in double buffers and the one for a machine without any
// overlap, and the one that takes fewer cycles is chosen: overlap is no loss
// where there is nothing to overlap.
func choose(c Config, g systolic.GEMM, o GEMMOptions) (Plan, error) {
	o.Values = nil
	best, err := plan(&c, g, &o)
	if err != nil || o.ComputeOnly || !c.OverlapDMA {
		return best, err
	}
	serial := c.WithOverlap(Overlap{})
	other, err := plan(&serial, g, &o)
	if err != nil {
		return best, nil // what fits double-buffered is enough
	}
	cycles := [2]int64{best.estimate, other.estimate}
	for i, pl := range [2]Plan{best, other} {
		p, err := lower(c, g, o, pl)
		if err != nil {
			return Plan{}, err
		}
		if p.Len() > maxTrial {
			cycles = [2]int64{best.estimate, other.estimate}
			break
		}
		r, err := p.Run(context.Background(), RunOptions{TimingOnly: true})
		if err != nil {
			return Plan{}, err
		}
		cycles[i] = r.Cycles
	}
	if cycles[1] < cycles[0] {
		return other, nil
	}
	return best, nil
}

// plan chooses the cores and the blocking with the least estimate.
func plan(c *Config, g systolic.GEMM, o *GEMMOptions) (Plan, error) {
	um, un, _ := units(c.Array(), o.Dataflow)
	best := Plan{estimate: math.MaxInt64}
	for _, try := range []struct {
		cores  int
		alongN bool
	}{{1, false}, {c.Cores, false}, {c.Cores, true}} {
		p := Plan{AlongN: try.alongN, Parts: cut(g.M, try.cores, um)}
		if try.alongN {
			p.Parts = cut(g.N, try.cores, un)
		}
		j := job{c, p.longest(g), o.Types, o.Dataflow, int64(len(p.Parts))}
		if o.ComputeOnly {
			p.Blocking, p.estimate = j.whole()
		} else {
			p.Blocking, p.estimate = j.search()
		}
		if p.estimate < best.estimate {
			best = p
		}
	}
	if best.estimate == math.MaxInt64 {
		return Plan{}, fmt.Errorf("tpu: no block of %s, %s, fits in vmem_bytes, %d, with at most %d blocks",
			g, o.Types, c.VMEMBytes, maxBlocks)
	}
	return best, nil
}

// whole is one block, for operands that are in VMEM whatever its size.
func (j *job) whole() (Blocking, int64) {
	b := Blocking{M: j.gemm.M, N: j.gemm.N, K: j.gemm.K, SlotsA: 1, SlotsB: 1, SlotsC: 1}
	j.spread(&b)
	return b, j.compute(&b)
}

// spread chooses the grid of arrays with which the blocks take least.
func (j *job) spread(b *Blocking) int64 {
	best, grid := int64(math.MaxInt64), [2]int{}
	for n := 1; n <= j.config.Arrays; n++ {
		if j.config.Arrays%n != 0 {
			continue
		}
		b.GridM, b.GridN = j.config.Arrays/n, n
		if t := j.compute(b); t < best {
			best, grid = t, [2]int{b.GridM, b.GridN}
		}
	}
	b.GridM, b.GridN = grid[0], grid[1]
	return best
}

// Limits of the number of blocks of a core: what is enough for products whose
// operands are not much larger than VMEM, for most others, and what a program can
// hold.
const (
	fewBlocks  = 1 << 9
	manyBlocks = 1 << 12
	maxBlocks  = 1 << 18
)

// search returns the blocking with the least estimate among those that fit in
// VMEM, preferring whole passes and few blocks; the estimate is MaxInt64 if
// there is none.
func (j *job) search() (best Blocking, estimate int64) {
	um, un, uk := units(j.config.Array(), j.dataflow)
	m8, n8, k8 := um*ceil(8, um), un*ceil(8, un), uk*ceil(8, uk)
	for _, try := range []struct{ um, un, uk, blocks int }{
		{m8, n8, k8, fewBlocks}, {m8, n8, k8, manyBlocks}, {um, un, uk, maxBlocks}, {1, 1, 1, maxBlocks},
	} {
		estimate = math.MaxInt64
		ks := lengths(j.gemm.K, try.uk)
		for _, m := range lengths(j.gemm.M, try.um) {
			for _, n := range lengths(j.gemm.N, try.un) {
				for _, k := range ks {
					b := Blocking{M: m, N: n, K: k}
					if nm, nn, nk := b.blocks(j.gemm); nm*nn*nk > try.blocks {
						break // ks fall, so the rest has more
					}
					if t := j.fit(&b, estimate); t < estimate {
						best, estimate = b, t
					}
				}
			}
		}
		if estimate < math.MaxInt64 {
			return best, estimate
		}
	}
	return best, estimate
}

// lengths returns lengths of blocks, multiples of unit that cut a length in
// 1, 2, 3, 4, 6, 8, 12, ... parts, in falling order.
func lengths(length, unit int) []int {
	var list []int
	for parts := 1; ; {
		l := ceil(ceil(length, parts), unit) * unit
		l = min(l, length)
		if n := len(list); n == 0 || l < list[n-1] {
			list = append(list, l)
		}
		if l <= unit {
			return list
		}
		if parts&(parts-1) == 0 && parts > 1 {
			parts += parts / 2
		} else {
			parts = max(2, parts/3*4)
		}
	}
}

// fit chooses grid, slots and order of a blocking and returns its estimate, or
// MaxInt64 if it is not below the limit or does not fit.
func (j *job) fit(b *Blocking, limit int64) int64 {
	nm, nn, nk := b.blocks(j.gemm)
	b.GridM, b.GridN = j.config.Arrays, j.config.Arrays
	bytesA, bytesB, bytesC := j.blockBytes(b)
	buffers := 1
	if j.config.OverlapDMA {
		buffers = 2
	}
	allA, allB := nm*nk, nk*nn
	leastA, leastB := min(buffers, allA), min(buffers, allB)
	rest := j.config.VMEMBytes - int64(leastA)*bytesA - int64(leastB)*bytesB - int64(min(buffers, nm*nn))*bytesC
	if rest < 0 {
		return math.MaxInt64
	}
	compute := j.spread(b)
	if compute >= limit {
		return math.MaxInt64
	}
	b.SlotsC = min(buffers, nm*nn)
	if more := min(4, nm*nn) - b.SlotsC; buffers > 1 && int64(more)*bytesC <= rest/4 {
		b.SlotsC += more
		rest -= int64(more) * bytesC
	}
	best, bestTime := *b, int64(math.MaxInt64)
	for _, b.ColumnsFirst = range [2]bool{false, true} {
		for _, wishA := range [4]int{leastA, nk + streaming, 2 * nk, allA} {
			b.SlotsA = leastA + grow(min(wishA, allA)-leastA, rest, bytesA)
			left := rest - int64(b.SlotsA-leastA)*bytesA
			b.SlotsB = leastB + grow(allB-leastB, left, bytesB)
			if t := j.estimate(b, compute); t < bestTime {
				best, bestTime = *b, t
			}
		}
	}
	*b = best
	return bestTime
}

// grow returns how many of the slots wished for fit in the bytes.
func grow(wish int, bytes, each int64) int {
	return int(min(int64(max(wish, 0)), bytes/each))
}

// String is the plan for people.
func (p Plan) String() string {
	axis := "rows"
	if p.AlongN {
		axis = "columns"
	}
	return fmt.Sprintf("%d core(s) along %s; blocks of %dx%dx%d (MxNxK) on %dx%d arrays; %d, %d and %d blocks of A, B and C in VMEM",
		len(p.Parts), axis, p.M, p.N, p.K, p.GridM, p.GridN, p.SlotsA, p.SlotsB, p.SlotsC)
}
