package ternip

import (
	"context"
	"fmt"

	"lockstep/sim"
)

// ElementBytes is the size of a vector element in memory.
const ElementBytes = 2

// A Bank is the one memory bank of a compute unit whose lanes run the same
// program in lockstep, each on a sequence of its own. A matrix is read once
// for all of them; a vector is read or written once per lane.
type Bank struct {
	Lanes         int   // 1 to 4096
	BytesPerCycle Ratio // sustained, Num at most 1<<30, Den at most 1<<16; may exceed 1
	RowCycles     int   // cycles that GO loses per row, 0 or 1; 1 on the RTL that was measured
	Padding       bool  // whether the padding of a matrix is read
}

// Validate reports the first field that is out of range.
func (b Bank) Validate() error {
	switch r := b.BytesPerCycle; {
	case b.Lanes < 1 || b.Lanes > 4096:
		return fmt.Errorf("ternip: Lanes is %d, want 1 to 4096", b.Lanes)
	case r.Num < 1 || r.Den < 1 || r.Num > 1<<30 || r.Den > 1<<16:
		return fmt.Errorf("ternip: BytesPerCycle is %d/%d, want a fraction of 1 to %d by 1 to %d", r.Num, r.Den, 1<<30, 1<<16)
	case b.RowCycles < 0 || b.RowCycles > 1:
		return fmt.Errorf("ternip: RowCycles is %d, want 0 or 1", b.RowCycles)
	}
	return nil
}

// RunBank executes a program on the lanes of a compute unit. Eff, WEff, FIFO
// and MaxOutstanding of c are not used: the bank takes their place.
//
// An LDV or SV takes as long as the bank needs for the vectors of all lanes,
// and no less than its C cycles. A GO takes as long as the bank needs for the
// matrix and for all vectors that move under it, which go first, and no less
// than one cycle per beat and RowCycles per row. Everything else, and the
// fixed cycles of LDV, SV and GO, are those of Run.
func RunBank(ctx context.Context, c Config, b Bank, p *Program, tracer sim.Tracer) (Result, error) {
	if err := b.Validate(); err != nil {
		return Result{}, err
	}
	timing, err := NewTiming(c)
	if err != nil {
		return Result{}, err
	}
	if err := p.Check(c); err != nil {
		return Result{}, err
	}
	costs := timing.costs(c, p)
	for i, in := range p.Instrs {
		switch in.Op {
		case LDV:
			costs[i] = c.Lat + b.vector(c) + 1
		case SV:
			costs[i] = b.vector(c) + 7
		}
	}
	for i, in := range p.Instrs {
		if in.Op == GO {
			costs[i] = b.product(c, p, costs, i)
		}
	}
	return execute(ctx, c, p, costs, tracer)
}

// vectorBytes returns the bytes of a vector of every lane.
func (b Bank) vectorBytes(c Config) int64 { return int64(b.Lanes) * int64(c.D) * ElementBytes }

// vector returns the cycles in which a vector of every lane moves.
func (b Bank) vector(c Config) int64 { return max(int64(c.D/c.VP), b.cycles(b.vectorBytes(c))) }

// cycles returns in how many cycles the bank moves a number of bytes.
func (b Bank) cycles(bytes int64) int64 {
	return (bytes*b.BytesPerCycle.Den + b.BytesPerCycle.Num - 1) / b.BytesPerCycle.Num
}

// product returns the cycles of the GO at index i. The instructions up to the
// next one of TMATMUL issue under it, the first after 2 cycles; a vector that
// starts to move before the matrix has come delays it.
func (b Bank) product(c Config, p *Program, costs []int64, i int) int64 {
	t, ok := p.Tiles[p.Instrs[i].Args[0]]
	if !ok || b.Padding {
		t = c.tile()
	}
	bytes := (t.Rows*t.RowBeats*int64(c.TP)*2 + 7) / 8
	least := t.Rows * (t.RowBeats + int64(b.RowCycles))
	at := int64(2)
	for j := i + 1; j < len(p.Instrs) && unitOf(p.Instrs[j].Op) != tmatmul; j++ {
		if unitOf(p.Instrs[j].Op) == loadStore && at < c.Lat+max(least, b.cycles(bytes)) {
			bytes += b.vectorBytes(c)
		}
		at += costs[j]
	}
	return c.Lat + max(least, b.cycles(bytes)) + log2(c.TP) + 5
}
