package tpu

import "lockstep/systolic"

// A Blocking is how one core cuts its part of a matrix product: into blocks of
// M x N x K, each computed in one step by all arrays of the core together.
type Blocking struct {
	M int `json:"block_m"` // rows of a block of C; those at the edge are smaller
	N int `json:"block_n"` // columns
	K int `json:"block_k"` // products per sum

	// The arrays share a block in a grid: GridM parts of its rows times GridN
	// parts of its columns.
	GridM int `json:"grid_m"`
	GridN int `json:"grid_n"`

	// Blocks of C follow each other along N, or with ColumnsFirst along M; each is
	// finished, over all of K, before the next begins.
	ColumnsFirst bool `json:"columns_first"`

	// SlotsA, SlotsB and SlotsC are the blocks of each matrix that VMEM holds.
	SlotsA int `json:"slots_a"`
	SlotsB int `json:"slots_b"`
	SlotsC int `json:"slots_c"`
}

// blocks returns the number of blocks along each dimension of g.
func (b *Blocking) blocks(g systolic.GEMM) (m, n, k int) {
	return ceil(g.M, b.M), ceil(g.N, b.N), ceil(g.K, b.K)
}

func ceil(a, b int) int { return (a + b - 1) / b }

// cut divides a length into parts whose lengths are multiples of unit, the last
// excepted, and differ by no more than a unit. There are fewer parts if there
// are fewer units.
func cut(length, parts, unit int) []systolic.Span {
	units := ceil(length, unit)
	parts = min(parts, units)
	list := make([]systolic.Span, 0, parts)
	first := 0
	for i := range parts {
		end := min(length, (units*(i+1)/parts)*unit)
		list = append(list, systolic.Span{First: first, Count: end - first})
		first = end
	}
	return list
}

// widest is the longest part of cut.
func widest(length, parts, unit int) int {
	units := ceil(length, unit)
	return min(length, ceil(units, min(parts, units))*unit)
}

// units returns the multiples of M, N and K in which a product is cut so that
// no array is filled in part.
func units(a systolic.Array, d systolic.Dataflow) (m, n, k int) {
	switch d {
	case systolic.OutputStationary:
		return a.Rows, a.Cols, 1
	case systolic.WeightStationary:
		return 1, a.Cols, a.Rows
	default:
		return a.Cols, 1, a.Rows
	}
}

// A job is the product of one core and what is known about it beforehand.
type job struct {
	config   *Config
	gemm     systolic.GEMM
	types    Types
	dataflow systolic.Dataflow
	sharers  int64 // cores that share the HBM
}

// blockBytes returns the size of a whole block of A, B and C in VMEM, an upper
// bound for the others: each part of a grid begins on a byte.
func (j *job) blockBytes(b *Blocking) (a, bb, c int64) {
	slack := int64(0)
	if j.types.A == Ternary || j.types.B == Ternary {
		slack = 1
	}
	a = j.types.A.Bytes(int64(b.M)*int64(b.K)) + slack*int64(b.GridM)
	bb = j.types.B.Bytes(int64(b.K)*int64(b.N)) + slack*int64(b.GridN)
	return a, bb, int64(b.M) * int64(b.N) * SumBits / 8
}

// compute returns the cycles that the arrays need for all blocks, without the
// tail of the last pass.
func (j *job) compute(b *Blocking) int64 {
	um, un, _ := units(j.config.Array(), j.dataflow)
	sum := int64(0)
	for _, m := range sizes(j.gemm.M, b.M) {
		for _, n := range sizes(j.gemm.N, b.N) {
			for _, k := range sizes(j.gemm.K, b.K) {
				if m.count*n.count*k.count == 0 {
					continue
				}
				part := systolic.GEMM{M: widest(m.length, b.GridM, um), N: widest(n.length, b.GridN, un), K: k.length}
				p := j.config.passes(part, j.types, j.dataflow)
				sum += m.count * n.count * k.count * p.count * p.each(j.config.Overlap(), int64(j.config.Rows))
			}
		}
	}
	return sum
}

// A size is a number of blocks of one length.
type size struct {
	length int
	count  int64
}

func sizes(length, block int) [2]size {
	edge := size{length: length % block}
	if edge.length > 0 {
		edge.count = 1
	}
	return [2]size{{block, int64(length / block)}, edge}
}

// sweeps returns how often each block of the matrix of the outer loop, and of
// the other one, is loaded on average. The blocks of one panel of the outer
// matrix are swept once per block of the inner loop, the whole inner matrix
// once per block of the outer loop; each sweep after the first finds what the
// slots have kept.
func (b *Blocking) sweeps(outer, inner, nk int) (timesOuter, timesInner float64) {
	slotsOuter, slotsInner := b.SlotsA, b.SlotsB
	if b.ColumnsFirst {
		slotsOuter, slotsInner = b.SlotsB, b.SlotsA
	}
	times := func(blocks, sweeps, slots int) float64 {
		if slots >= blocks {
			return 1
		}
		return 1 + float64(sweeps-1)*float64(min(blocks, blocks-slots+streaming))/float64(blocks)
	}
	return times(nk, inner, slotsOuter), times(nk*inner, outer, slotsInner)
}

// estimate returns about how many cycles the blocking takes, given what the
// arrays compute in: the longer of computation and transfer, for the first
// block of C, the rest of the first sweep and the other sweeps apart, since
// what is loaded differs; what nothing hides at both ends; and no less than
// slots that await their next block, and queues of transfers, allow.
func (j *job) estimate(b *Blocking, compute int64) int64 {
	nm, nn, nk := b.blocks(j.gemm)
	perCycle := j.config.HBMBytesPerCycle.Float() / float64(j.sharers)
	latency := float64(j.config.HBMLatencyCycles)
	bytesA, bytesB, bytesC := j.blockBytes(b)
	a, bb, c := float64(bytesA)/perCycle, float64(bytesB)/perCycle, float64(bytesC)/perCycle
	outer, inner, panel, swept := nm, nn, a*float64(nk), bb*float64(nk)
	if b.ColumnsFirst {
		outer, inner, panel, swept = nn, nm, swept, panel
	}
	timesOuter, timesInner := b.sweeps(outer, inner, nk)
	sweep := panel*timesOuter + float64(inner)*c // transfers of one sweep without the inner matrix
	again := (timesInner - 1) / max(1, float64(outer-1)) * swept * float64(inner)
	block := float64(compute) / float64(nm*nn)
	if !j.config.OverlapDMA {
		// other cores use the HBM while this one computes
		move := float64(outer)*sweep + float64(inner)*swept*timesInner
		return int64(max(move, float64(compute)+move/float64(j.sharers)+latency*float64(nm*nn*(nk+1))))
	}
	t := max(block, panel+swept) +
		max(block*float64(inner-1), sweep-panel+swept*float64(inner-1)) +
		float64(outer-1)*max(block*float64(inner), sweep+again)
	timesA, timesB := timesOuter, timesInner
	if b.ColumnsFirst {
		timesA, timesB = timesInner, timesOuter
	}
	movesA, movesB, movesC := float64(nm*nk)*timesA, float64(nk*nn)*timesB, float64(nm*nn)
	t = max(t, waiting(movesA, b.SlotsA, latency+a), waiting(movesB, b.SlotsB, latency+bb), waiting(movesC, b.SlotsC, latency+c))
	inFlight := float64(j.config.DMAInFlight)
	queueA, queueB := movesA*(latency+a)/inFlight, movesB*(latency+bb)/inFlight
	if j.config.DMAEngines == 1 {
		queueA += queueB
	}
	t = max(t, queueA, queueB, movesC*(latency+c)/inFlight)
	return int64(t + 2*latency + a + bb + c + float64(j.config.Rows+j.config.Cols))
}

// waiting returns the cycles in which so many loads or stores pass through slots
// one after another, if one streaming slot is in use and the others are on their
// way.
func waiting(moves float64, slots int, each float64) float64 {
	return max(0, moves-float64(slots)) * each / float64(max(1, min(slots, streaming)-1))
}
