package ntt

import "lockstep/rtl"

// A counter counts what comes in a fixed order: of the beats of a product the beat
// of a pass in its lowest bits, then the fold, then the tile. All are powers of
// two, so that every address is some of these bits in some order.
type counter struct {
	t    *top
	now  rtl.Sig
	next rtl.State
}

func (t *top) counter(name string, width int) *counter {
	now, next := t.state(name, rtl.U(width))
	return &counter{t, now, next}
}

// connect counts where counts is 1 and begins again where ends is.
func (k *counter) connect(counts, ends rtl.Sig) {
	k.next.SetWhen(counts.Or(ends), ends.Mux(k.t.m.Const(k.now.Shape(), 0), k.t.up(k.now)))
}

// last returns whether the counter is at the last of n, a power of two.
func (k *counter) last(n int) rtl.Sig { return k.now.Slice(log2(n)-1, 0).AllOnes() }

// A walk is what the sequencer does in a product.
type walk struct {
	left    rtl.Sig // u1: the product is Rows * A
	works   rtl.Sig // u1: a product runs
	streams rtl.Sig // u1: a beat is read
	weights rtl.Sig // u1: a row of weights is read
	beat    *counter
	weight  *counter // the row of the array in its lowest bits, then fold and tile
	ends    rtl.Wire // u1: the product is over
}

// passBits is the greatest number of bits of fold and tile.
func (c Config) passBits() int { return log2(max(c.left().passes(), c.right().passes())) }

// beatBits is the greatest number of bits of beat, fold and tile.
func (c Config) beatBits() int {
	l, r := c.left(), c.right()
	return log2(max(l.passes()*l.beats, r.passes()*r.beats))
}

// walk counts through both products. Weights of the first pass are read before
// its beats, those of the others under the first beats of the pass before: the
// array takes the last row of them, at the latest, with the last beat.
func (t *top) walk() *walk {
	m, c := t.m, t.c
	steps := m.Enum("step", "fill", "stream", "drain")
	step := steps.State("step", "fill")
	is := func(name string) rtl.Sig { return steps.Is(step.Unstaged(), name) }
	w := &walk{ends: m.Wire("product_ends", flag)}
	w.works = t.first.Or(t.second).Named("works")
	w.left = t.inverse.Xor(t.first).Named("left")
	w.beat, w.weight = t.counter("beat", c.beatBits()), t.counter("weight", log2(c.Side)+c.passBits())

	fills := w.works.And(is("fill")).Named("fills")
	w.streams = w.works.And(is("stream")).Named("streams")
	l, r := c.left(), c.right()
	under := w.choose(w.beat.under(l), w.beat.under(r)).Named("under")
	w.weights = fills.Or(w.streams.And(under)).Named("reads_weights")
	filled := fills.And(w.weight.last(c.Side)).Named("filled")
	streamed := w.streams.And(w.choose(w.beat.last(l.passes()*l.beats), w.beat.last(r.passes()*r.beats))).Named("streamed")
	w.beat.connect(w.streams, w.ends.Sig)
	w.weight.connect(w.weights, w.ends.Sig)
	step.Set(rtl.Switch(steps.Of(step.Unstaged())).
		Is("fill", filled.Mux(steps.Const("stream"), steps.Const("fill"))).
		Is("stream", streamed.Mux(steps.Const("drain"), steps.Const("stream"))).
		Else(w.ends.Sig.Mux(steps.Const("fill"), steps.Const("drain"))))
	return w
}

// under returns whether the beat is one of the first Side of a pass of p that is
// not the last: one under which a row of the weights of the next pass is read.
func (k *counter) under(p product) rtl.Sig {
	side, low := log2(k.t.c.Side), log2(p.beats)
	under := k.now.Slice(low+log2(p.passes())-1, low).AllOnes().Not()
	if low > side {
		under = under.And(k.now.Slice(low-1, side).AnyOne().Not())
	}
	return under
}

// choose returns a in Rows * A and b in A * Cols.
func (w *walk) choose(left, right rtl.Sig) rtl.Sig { return w.left.Mux(left, right) }
