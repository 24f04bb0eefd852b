package tpu

import "lockstep/systolic"

// A timing is how long an operation takes: a move, a number of passes of an
// array, or a number of cycles.
type timing struct {
	passes passes
	cycles int64 // of a VPU or an XLU
	move   int64 // bytes of a DMA
}

// passes are identical passes of an array in one operation. A pass loads its
// stationary operand, one row of the array per cycle, streams the other operand
// beat by beat, and lets the last results out:
//
//	os  load 0     stream K  tail Rows+Cols-2
//	ws  load Rows  stream M  tail Rows+Cols-2
//	is  load Rows  stream N  tail Rows+Cols-2
//
// A type whose rate is above 1 streams so many beats per cycle. If the array's
// part of the VMEM bandwidth is too small for its beats, that is the stream's
// length.
type passes struct {
	count  int64 // of passes, at least 1
	load   int64
	stream int64
	tail   int64
}

// timing returns the time of an operation that was checked, and the bytes that
// it moves.
func (c *Config) timing(o *Op) (t timing, bytes int64) {
	for _, list := range [2][]Range{o.Reads, o.Writes} {
		for _, r := range list {
			bytes += r.Bytes
		}
	}
	w := &o.Work
	vmem := c.VMEMBytesPerCycle.cycles(bytes)
	switch o.Engine.Kind {
	case MXU:
		t.passes = c.passes(w.shape, w.types, w.dataflow)
	case VPU:
		registers := c.Registers(4 * w.amount)
		t.cycles = max(c.ALUs.cycles(registers*w.factor), vmem)
	case XLU:
		t.cycles = max(c.XLURegistersPerCycle.cycles(w.amount*w.factor), vmem)
	default:
		bytes = o.Reads[0].Bytes
		t.move = bytes
	}
	return t, bytes
}

// tooLong reports whether the operation alone exceeds what can be simulated.
func (t *timing) tooLong() bool {
	p := &t.passes
	return t.cycles >= maxCycles || p.count > maxCycles/max(1, p.load+p.stream+p.tail)
}

// passes returns the passes that compute g on one array.
func (c *Config) passes(g systolic.GEMM, t Types, d systolic.Dataflow) passes {
	a := c.Array()
	beats := int64(systolic.Streamed(g, d))
	p := passes{
		count:  systolic.NumFolds(g, a, d),
		load:   int64(systolic.LoadCycles(a, d)),
		stream: c.rate(t).cycles(beats),
		tail:   int64(a.Rows + a.Cols - 2),
	}
	rows, cols := int64(a.Rows), int64(a.Cols)
	var bytes int64
	switch d {
	case systolic.OutputStationary:
		bytes = t.A.Bytes(beats*rows) + t.B.Bytes(beats*cols)
	case systolic.WeightStationary:
		bytes = t.A.Bytes(beats*rows) + beats*cols*SumBits/8
	default:
		bytes = t.B.Bytes(beats*rows) + beats*cols*SumBits/8
	}
	share := c.VMEMBytesPerCycle
	p.stream = max(p.stream, share.cycles(bytes*int64(c.Arrays)))
	return p
}

// An array is the state of one array between operations: the first cycle in
// which a pass can begin to stream. It is in the future only after an operation
// whose last pass still streams.
type array struct {
	overlap    Overlap
	rows       int64
	streamFree int64
	streamed   int64 // cycles in which operands streamed, for statistics
}

// start begins an operation of identical passes in cycle now, where the stationary operand
// of the first may be loaded. It returns the cycles until the last result is
// there, and those until the next operation may begin.
//
// The passes take what they would take one by one, so that their number has no
// influence on the cost of an operation. With Overlap.Weights the next load
// begins when a pass begins to stream, which is when the second weight buffer
// becomes free, and otherwise when streaming ends. With Overlap.Drain a pass
// streams directly behind the one before; in os that leaves at least Rows
// cycles to each pass, in which the sums of the one before shift out.
func (a *array) start(now int64, p passes) (latency, interval int64) {
	occupied, each := p.occupied(a.overlap, a.rows), p.each(a.overlap, a.rows)
	first := max(now+p.load, a.streamFree)
	last := first + (p.count-1)*each
	a.streamFree = last + occupied
	a.streamed += p.count * p.stream
	free := a.streamFree
	if a.overlap.Weights && p.load > 0 {
		free = last
	}
	return last + p.stream + p.tail - now, free - now
}

// occupied returns the cycles from the stream of a pass to that of the next, if
// the stationary operand of that is there.
func (p passes) occupied(o Overlap, rows int64) int64 {
	switch {
	case !o.Drain:
		return p.stream + p.tail
	case p.load == 0:
		return max(p.stream, rows)
	}
	return p.stream
}

// each returns the cycles from pass to pass.
func (p passes) each(o Overlap, rows int64) int64 {
	if o.Weights {
		return max(p.load, p.occupied(o, rows))
	}
	return p.load + p.occupied(o, rows)
}

// ProductCycles returns the cycles from the beginning of a valid matrix product
// to its last result on one array that is idle.
func (c *Config) ProductCycles(g systolic.GEMM, t Types, d systolic.Dataflow) int64 {
	a := array{overlap: c.Overlap(), rows: int64(c.Rows)}
	latency, _ := a.start(0, c.passes(g, t, d))
	return latency
}
