package ntt

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/systolic/accumulator"
	"lockstep/systolic/array"
)

// operands are what the array gets: bytes and whether they are there.
type operands struct {
	weights, beat             []rtl.Sig
	weightsValid, valid, last rtl.Sig
}

// operands chooses the bytes: of Rows * A the weights are one byte of Side residues
// and the beat is one of parameters; of A * Cols the weights are parameters and
// the beat is all bytes of Lanes residues.
func (t *top) operands(w *walk, f found) operands {
	c := t.c
	l, r := c.left(), c.right()
	known := t.left.Read(w.beat.now.Slice(log2(c.leftBeats())-1, 0))
	weights := t.right.Read(w.weight.now.Slice(log2(c.rightBeats())-1, 0))
	o := operands{
		valid: late("beat_arrives", w.streams, operandCycles), weightsValid: late("weights_arrive", w.weights, operandCycles),
		last: late("last_arrives", w.choose(w.beat.last(l.beats), w.beat.last(r.beats)), operandCycles),
	}
	for s := range c.Side {
		bytes := split(f.word[s])
		part := rtl.Switch(f.byte)
		for k := 1; k < pieces; k++ {
			part.Case(int64(k), bytes[k])
		}
		o.weights = append(o.weights, w.choose(part.Else(bytes[0]), weights[s]).Reg(fmt.Sprintf("weight%d", s)))
		of := split(f.row[s/pieces])[s%pieces]
		o.beat = append(o.beat, w.choose(known[s], of).Reg(fmt.Sprintf("beat%d", s)))
	}
	return o
}

// split returns the bytes of a residue.
func split(x rtl.Sig) (bytes [pieces]rtl.Sig) {
	x = x.Extend(8 * pieces)
	for k := range bytes {
		bytes[k] = x.Slice(8*k+7, 8*k)
	}
	return bytes
}

// sums are rows of finished sums: the accumulators after the last fold.
type sums struct {
	row   []rtl.Sig
	valid rtl.Sig
	piece rtl.Sig // u2: position among four successive rows of Rows * A
}

// sums runs the array and the accumulators. The array takes every operand when it
// comes and gives rows of sums in the order of the beats.
func (t *top) sums(w *walk, o operands) sums {
	m, c := t.m, t.c
	l, r := c.left(), c.right()
	yes := []rtl.Sig{m.Const(flag, 1)}
	u, err := array.New(c.array())
	a := t.place("array", u, err, []rtl.Sig{o.weightsValid}, o.weights, []rtl.Sig{o.valid}, o.beat, []rtl.Sig{o.last}, yes)
	m.Require(o.weightsValid.Not().Or(a["w_ready"][0]), "the array takes weights when they come")
	m.Require(o.valid.Not().Or(a["x_ready"][0]), "the array takes beats when they come")

	comes := a["y_valid"][0]
	k := t.counter("sum", c.beatBits())
	k.connect(comes, w.ends.Sig)
	m.Require(comes.Not().Or(a["y_last"][0].Eq(w.choose(k.last(l.beats), k.last(r.beats)))), "a pass has as many sums as beats")
	size := log2(l.beats)
	word := w.choose(k.now.Slice(size-1, 0), k.now.Slice(log2(r.beats)-1, 0).Extend(size)).Named("sum_word")
	fold := func(p product) rtl.Sig { return k.now.Slice(log2(p.beats)+log2(p.folds)-1, log2(p.beats)) }
	first := w.choose(fold(l).AnyOne(), fold(r).AnyOne()).Not().Named("fold_first")
	last := w.choose(fold(l).AllOnes(), fold(r).AllOnes()).Named("fold_last")

	again := late("sum_again", comes.And(last), 1)
	from := late("sum_from", word, 1)
	ua, err := accumulator.New(c.accumulator())
	bank := t.place("accumulator", ua, err, yes, []rtl.Sig{comes}, []rtl.Sig{first}, []rtl.Sig{word}, a["y_sum"], []rtl.Sig{again}, []rtl.Sig{from})
	return sums{bank["sums"], late("sums_arrive", again, sumCycles-1), late("piece", from.Slice(1, 0), sumCycles-1)}
}
