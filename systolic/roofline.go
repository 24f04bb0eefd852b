package systolic

import (
	"fmt"
	"math"
)

// A Peak is what a machine can do at most in one cycle.
type Peak struct {
	MACsPerCycle  float64 // multiply-accumulates of all its arrays
	BytesPerCycle float64 // bytes to and from the memory that the roofline is about
}

// A Work is what a program has to do on any machine.
type Work struct {
	MACs  int64 // multiply-accumulates
	Bytes int64 // bytes moved to and from memory, in total
}

// A Bound is the resource that limits a program.
type Bound uint8

// The two bounds of a roofline.
const (
	ComputeBound Bound = iota + 1 // arithmetic takes longer, or as long
	MemoryBound                   // moving the bytes takes longer
)

// String returns "compute" or "memory".
func (b Bound) String() string {
	switch b {
	case ComputeBound:
		return "compute"
	case MemoryBound:
		return "memory"
	}
	return fmt.Sprintf("Bound(%d)", uint8(b))
}

// A Roofline is the least time that a Work can take on a machine with a Peak.
//
// Source: Williams, Waterman and Patterson, "Roofline: an insightful visual
// performance model", CACM 52(4), 2009, with multiply-accumulates for flops.
type Roofline struct {
	Intensity     float64 // of the work, multiply-accumulates per byte; +Inf without bytes
	Ridge         float64 // intensity from which the machine is compute bound, multiply-accumulates per byte
	ComputeCycles int64   // least cycles for the arithmetic
	MemoryCycles  int64   // least cycles for the bytes
	Bound         Bound
}

// Cycles returns the larger of the two bounds: no run takes fewer.
func (r Roofline) Cycles() int64 { return max(r.ComputeCycles, r.MemoryCycles) }

// Share returns Cycles divided by the cycles of a run: 1 is on the roofline,
// more is impossible. It is 0 if cycles is not positive.
func (r Roofline) Share(cycles int64) float64 {
	if cycles <= 0 {
		return 0
	}
	return float64(r.Cycles()) / float64(cycles)
}

// Roofline returns the bounds of w on p. Bounds are whole cycles, rounded up
// after one part in 10^12 is taken off, so that a Peak that was itself rounded
// never gives a bound above the true one.
//
// Both rates want a finite number above 0, MACs and Bytes 0 or more, and the
// bounds must be below 2^62 cycles.
func (p Peak) Roofline(w Work) (Roofline, error) {
	for _, f := range []struct {
		name  string
		value float64
	}{{"MACsPerCycle", p.MACsPerCycle}, {"BytesPerCycle", p.BytesPerCycle}} {
		if !(f.value > 0) || math.IsInf(f.value, 0) {
			return Roofline{}, fmt.Errorf("systolic: peak %s is %v, want a finite number above 0", f.name, f.value)
		}
	}
	switch {
	case w.MACs < 0:
		return Roofline{}, fmt.Errorf("systolic: work MACs is %d, want 0 or more", w.MACs)
	case w.Bytes < 0:
		return Roofline{}, fmt.Errorf("systolic: work Bytes is %d, want 0 or more", w.Bytes)
	}
	compute := float64(w.MACs) / p.MACsPerCycle
	memory := float64(w.Bytes) / p.BytesPerCycle
	if most := max(compute, memory); most >= 1<<62 {
		return Roofline{}, fmt.Errorf("systolic: roofline is %.3g cycles, want below 2^62", most)
	}
	r := Roofline{
		Intensity:     math.Inf(1),
		Ridge:         p.MACsPerCycle / p.BytesPerCycle,
		ComputeCycles: atLeast(compute),
		MemoryCycles:  atLeast(memory),
		Bound:         ComputeBound,
	}
	if w.Bytes > 0 {
		r.Intensity = float64(w.MACs) / float64(w.Bytes)
	}
	if memory > compute {
		r.Bound = MemoryBound
	}
	return r, nil
}

// atLeast rounds up, less the rounding of the arguments.
func atLeast(cycles float64) int64 { return int64(math.Ceil(cycles * (1 - 1e-12))) }

// CompulsoryWork returns the least work of g with matrices in memory: each of
// A, B and C crosses once. An element of A, B and C has so many bits; each
// matrix is packed without gaps and ends on a byte.
func CompulsoryWork(g GEMM, aBits, bBits, cBits int) (Work, error) {
	if err := g.Validate(); err != nil {
		return Work{}, err
	}
	w := Work{MACs: g.MACs()}
	for _, m := range []struct {
		name       string
		rows, cols int
		bits       int
	}{{"aBits", g.M, g.K, aBits}, {"bBits", g.K, g.N, bBits}, {"cBits", g.M, g.N, cBits}} {
		if m.bits < 1 || m.bits > 64 {
			return Work{}, fmt.Errorf("systolic: %s is %d, want 1 to 64", m.name, m.bits)
		}
		w.Bytes += (int64(m.rows)*int64(m.cols)*int64(m.bits) + 7) / 8
	}
	return w, nil
}
