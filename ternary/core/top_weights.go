package core

import (
	"math/big"
	"math/bits"

	"lockstep/rtl"
	"lockstep/ternary/unpack"
)

// A weightStream gives the beats of the matrix unit.
type weightStream struct {
	valid  rtl.Sig
	codes  []rtl.Sig
	accept func(ready rtl.Sig)
}

// unpacker describes the unpacker of core c.
func (c Config) unpacker() unpack.Config {
	return unpack.Config{Packing: c.Packing, Lanes: c.TP, BeatBytes: c.WeightBeatBytes}
}

// weightStream places the memory port weights and, where its beats are not those
// of the matrix unit, the unpacker behind it.
func (t *top) weightStream(p product) (weightStream, error) {
	count := p.rows.Mul(p.perRow)
	if t.c.direct() {
		t.weightRequest(p, count)
		w := t.m.InStream(weightBeats(rtl.Port{Shape: rtl.U(2), Lanes: t.c.TP}))
		return weightStream{w.Valid.Unstaged(), unstaged(w.Data[0]), w.Accept}, nil
	}
	trits := t.c.Packing.TritsPerByte() * t.c.WeightBeatBytes
	g := int(gcd(int64(trits), int64(t.c.TP)))
	beats := fit(count, rtl.U(unpack.CountBits))
	t.m.Require(p.take.And(count.Eq(beats.Extend(count.Shape().Width)).Not()).Not(), "the beats of a product fit %d bits", unpack.CountBits)
	t.weightRequest(p, t.ceilRatio(beats, t.c.TP/g, trits/g))
	u, err := unpack.New(t.c.unpacker())
	if err != nil {
		return weightStream{}, err
	}
	blk, err := t.place("unpack", u)
	if err != nil {
		return weightStream{}, err
	}
	blk.in("cmd_valid", p.take)
	blk.in("cmd", beats)
	t.m.Require(p.take.And(blk.out("cmd_ready")[0].Not()).Not(), "the unpacker takes every command")
	w := t.m.InStream(weightBeats(rtl.Port{Shape: rtl.U(8), Lanes: t.c.WeightBeatBytes}))
	blk.in("p_valid", w.Valid.Unstaged())
	blk.in("p", unstaged(w.Data[0])...)
	w.Accept(blk.out("p_ready")[0])
	return weightStream{blk.out("w_valid")[0], blk.out("w"), func(ready rtl.Sig) { blk.in("w_ready", ready) }}, nil
}

func weightBeats(data rtl.Port) rtl.Stream {
	data.Name, data.Doc = "data", "one beat"
	return rtl.Stream{Name: "weights_rd", Doc: "trits of a matrix, row by row", Fields: []rtl.Port{data}}
}

// weightRequest asks for the weights of a product, count beats of memory, in the
// cycle after its issue.
func (t *top) weightRequest(p product, count rtl.Sig) {
	m := t.m
	asking := m.State("weights_asking", rtl.U(1), 0)
	req := m.OutStream(requestStream("weights", false))
	asking.Set(p.take.Mux(t.one(), asking.And(req.Ready.Not())))
	addr := t.in.addr[0].Unstaged().Hold("matrix_addr", p.take)
	beats := fit(count, rtl.U(beatsBits)).Unstaged().Hold("matrix_beats", p.take)
	req.Drive(asking.Unstaged(), [][]rtl.Sig{{addr}, {beats}})
	t.observeRequest("tmatmul", asking.Unstaged().And(req.Ready), beats, addr)
	m.Require(p.take.And(asking.Unstaged()).And(req.Ready.Not()).Not(), "the request before has been accepted")
}

// ceilRatio returns ceil(n*num/den), den at most 64. It multiplies by the
// reciprocal of den rounded up, which is exact with as many more bits as den has.
func (t *top) ceilRatio(n rtl.Sig, num, den int) rtl.Sig {
	m := t.m
	factor := func(v int64) rtl.Sig { return m.Const(rtl.U(bits.Len64(uint64(v))), v) }
	x := n.Mul(factor(int64(num)))
	width := x.Shape().Width + 1
	x = x.Extend(width).AddWrap(m.Const(rtl.U(width), int64(den-1)))
	if den&(den-1) == 0 {
		return x.ShrConst(bits.Len(uint(den)) - 1)
	}
	shift := width + bits.Len(uint(den))
	reciprocal := new(big.Int).Lsh(big.NewInt(1), uint(shift))
	reciprocal.Add(reciprocal, big.NewInt(int64(den-1))).Div(reciprocal, big.NewInt(int64(den)))
	return x.Mul(factor(reciprocal.Int64())).ShrConst(shift)
}
