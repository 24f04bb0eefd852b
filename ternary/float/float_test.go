package float

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/ternary"
)

func random(t require.TestingT, s ternary.Shape, seed uint64) *ternary.Weights {
	w, err := ternary.Random(s, seed)
	require.NoError(t, err)
	return w
}

var small = ternary.Shape{Layers: 3, Hidden: 10, Intermediate: 14, Vocab: 21, NormEps: 1e-6}

// definition is section by section the mathematics, without tables, scratch or
// two-bit codes: the second definition that the package is tested against.
type definition struct {
	w     *ternary.Weights
	state [][]float32
}

func (d *definition) norm(x, weight []float32, eps float64) []float32 {
	squares := 0.0
	for _, v := range x {
		squares += float64(v) * float64(v)
	}
	r := float32(1 / math.Sqrt(squares/float64(len(x))+eps))
	y := make([]float32, len(x))
	for i := range x {
		y[i] = x[i] * r * weight[i]
	}
	return y
}

func (d *definition) bitLinear(x []float32, b *ternary.BitLinear) []float32 {
	y := d.norm(x, b.Norm, 1e-6)
	top := float32(1e-5)
	for _, v := range y {
		top = max(top, v, -v)
	}
	out := make([]float32, b.Weight.Rows)
	for r := range out {
		acc := float32(0) // exact: whole numbers below 2^24
		for c, v := range y {
			q := math.Floor(math.Abs(float64(v*(127/top))) + 0.5) // half away from zero
			acc += float32(math.Copysign(min(q, 127), float64(v))) * float32(b.Weight.At(r, c))
		}
		out[r] = acc * (top / 127 * b.Weight.MeanAbs)
	}
	return out
}

func (d *definition) sigmoid(x float32) float32 { return float32(1 / (1 + math.Exp(-float64(x)))) }

func (d *definition) step(token int) []float32 {
	s := d.w.Shape
	h := slices.Clone(d.w.Embedding[token*s.Hidden : (token+1)*s.Hidden])
	for k := range d.w.Layers {
		l := &d.w.Layers[k]
		x := d.norm(h, l.AttnNorm, s.NormEps)
		i, f, g := d.bitLinear(x, &l.I), d.bitLinear(x, &l.F), d.bitLinear(x, &l.G)
		g = d.norm(g, l.GNorm, s.NormEps)
		for c := range i {
			forget := d.sigmoid(f[c])
			if k > 0 {
				forget = l.LowerBound[c] + float32((1-l.LowerBound[c])*forget)
			}
			in := i[c] * d.sigmoid(i[c]) * (1 - forget)
			d.state[k][c] = float32(forget*d.state[k][c]) + in
			g[c] *= d.state[k][c] * d.sigmoid(d.state[k][c])
		}
		for c, v := range d.bitLinear(g, &l.O) {
			h[c] += v
		}
		wide := d.bitLinear(d.norm(h, l.MLPNorm, s.NormEps), &l.GateUp)
		hidden := make([]float32, s.Intermediate)
		for c := range hidden {
			hidden[c] = wide[c] * d.sigmoid(wide[c]) * wide[s.Intermediate+c]
		}
		for c, v := range d.bitLinear(hidden, &l.Down) {
			h[c] += v
		}
	}
	return d.bitLinear(d.norm(h, d.w.FinalNorm, s.NormEps), &d.w.Head)
}

// TestDefinition compares whole models of random shape, also with rows that do
// not fill their last byte, over several tokens.
func TestDefinition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := ternary.Shape{
			Layers: rapid.IntRange(1, 3).Draw(t, "layers"), Hidden: rapid.IntRange(1, 19).Draw(t, "hidden"),
			Intermediate: rapid.IntRange(1, 23).Draw(t, "intermediate"), Vocab: rapid.IntRange(1, 9).Draw(t, "vocab"),
			NormEps: rapid.SampledFrom([]float64{1e-8, 1e-6, 0.5}).Draw(t, "eps"),
		}
		w := random(t, s, rapid.Uint64().Draw(t, "seed"))
		d := &definition{w: w, state: make([][]float32, s.Layers)}
		for k := range d.state {
			d.state[k] = make([]float32, s.Hidden)
		}
		session := New(w).NewSession()
		for range 4 {
			token := rapid.IntRange(0, s.Vocab-1).Draw(t, "token")
			got, err := session.Step(token)
			require.NoError(t, err)
			require.Equal(t, d.step(token), got)
		}
	})
}

// TestQuantise pins the rounding: half away from zero, clipped.
func TestQuantise(t *testing.T) {
	for x, want := range map[float32]int8{
		0: 0, 0.49999997: 0, 0.5: 1, -0.5: -1, 1.5: 2, 2.5: 3, -2.5: -3, 126.5: 127, 127.4: 127, 500: 127, -500: -128, -128.4: -128,
		float32(math.Inf(1)): 127, float32(math.Inf(-1)): -128,
	} {
		require.Equal(t, want, quantise(x), "%v", x)
	}
}

// TestSmallInputs checks the floor of the activation scale: below it,
// activations use fewer than 127 steps, and zeros stay zeros.
func TestSmallInputs(t *testing.T) {
	weight, err := ternary.NewMatrix(1, 2, []int8{1, -1}, 1)
	require.NoError(t, err)
	l := newLinear(2)
	for _, c := range []struct{ x, norm, want float32 }{
		{0, 1, 0},
		{1, 0.503e-5, 64 * float32(1e-5) / 127 * 2}, // q = round(63.9) = 64
		{1, 1e-9, 0},
	} {
		b := ternary.BitLinear{Norm: []float32{c.norm, c.norm}, Weight: weight}
		dst := []float32{math.MaxFloat32}
		l.apply(dst, []float32{c.x, -c.x}, &b)
		require.InDelta(t, c.want, dst[0], 1e-9, "%+v", c)
	}
}

// TestLongestSum fills a row of the widest published model with products of the
// same sign: 6912 * 127 must not wrap.
func TestLongestSum(t *testing.T) {
	const n = 6912
	trits := make([]int8, n)
	x, norm := make([]float32, n), make([]float32, n)
	for i := range trits {
		trits[i], x[i], norm[i] = -1, -2, 1
	}
	weight, err := ternary.NewMatrix(1, n, trits, 1)
	require.NoError(t, err)
	dst := []float32{0}
	newLinear(n).apply(dst, x, &ternary.BitLinear{Norm: norm, Weight: weight})
	require.InDelta(t, n, dst[0], 0.01)
}

func TestTokenRange(t *testing.T) {
	s := New(random(t, small, 1)).NewSession()
	for _, token := range []int{-1, 21, math.MaxInt} {
		_, err := s.Step(token)
		require.EqualError(t, err, fmt.Sprintf("float: token is %d, want 0 to 20", token))
	}
}

func step(t require.TestingT, s ternary.Session, tokens ...int) []float32 {
	var last []float32
	for _, token := range tokens {
		logits, err := s.Step(token)
		require.NoError(t, err)
		last = slices.Clone(logits)
	}
	return last
}

func TestState(t *testing.T) {
	m := New(random(t, small, 1))
	a, b := m.NewSession(), m.NewSession()
	first := step(t, a, 3)
	step(t, a, 1, 4, 1, 5)
	saved, err := a.MarshalBinary()
	require.NoError(t, err)
	require.Len(t, saved, headerBytes+4*3*10+4)
	want := step(t, a, 9, 2, 6)
	require.NotEqual(t, want, step(t, b, 9, 2, 6), "the state must matter")
	require.NoError(t, b.UnmarshalBinary(saved))
	require.Equal(t, want, step(t, b, 9, 2, 6))
	b.Reset()
	require.Equal(t, first, step(t, b, 3))
	other := New(random(t, small, 1)).NewSession() // the same weights in another place
	require.NoError(t, other.UnmarshalBinary(saved))
	require.Equal(t, want, step(t, other, 9, 2, 6))
}

// TestSessionsAreApart runs two sessions of one model in turns.
func TestSessionsAreApart(t *testing.T) {
	m := New(random(t, small, 1))
	a, b, alone := m.NewSession(), m.NewSession(), m.NewSession()
	want := step(t, alone, 1, 2, 3)
	step(t, a, 1)
	step(t, b, 7)
	step(t, a, 2)
	step(t, b, 8)
	require.Equal(t, want, step(t, a, 3))
}

func TestStateErrors(t *testing.T) {
	session := New(random(t, small, 1)).NewSession()
	step(t, session, 3)
	good, err := session.MarshalBinary()
	require.NoError(t, err)
	edit := func(at int, b ...byte) []byte {
		data := slices.Clone(good)
		copy(data[at:], b)
		return data
	}
	marshal := func(s ternary.Shape, seed uint64) []byte {
		data, err := New(random(t, s, seed)).NewSession().MarshalBinary()
		require.NoError(t, err)
		return data
	}
	shape := func(change func(*ternary.Shape)) []byte {
		s := small
		change(&s)
		return marshal(s, 1)
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, `starts with "", want "LOCKSTEP"`},
		{[]byte("LOCK"), `starts with "LOCK", want "LOCKSTEP"`},
		{edit(0, 'x'), `starts with "xOCKSTEP", want "LOCKSTEP"`},
		{good[:20], "has 20 bytes, want at least 52"},
		{edit(8, 2), "version is 2, want 1"},
		{edit(12, []byte("fixed")...), `witness is "fixed", want "float"`},
		{edit(12, 0xff), "witness is \"\\xffloat\", want \"float\""},
		{shape(func(s *ternary.Shape) { s.Layers = 4 }), "Layers is 4, want 3"},
		{shape(func(s *ternary.Shape) { s.Hidden = 11 }), "Hidden is 11, want 10"},
		{shape(func(s *ternary.Shape) { s.Intermediate = 15 }), "Intermediate is 15, want 14"},
		{shape(func(s *ternary.Shape) { s.Vocab = 22 }), "Vocab is 22, want 21"},
		{shape(func(s *ternary.Shape) { s.NormEps = 1e-5 }), "NormEps is 1e-05, want 1e-06"},
		{good[:len(good)-1], fmt.Sprintf("has %d bytes, want %d", len(good)-1, len(good))},
		{append(slices.Clone(good), 0), fmt.Sprintf("has %d bytes, want %d", len(good)+1, len(good))},
	} {
		require.EqualError(t, session.UnmarshalBinary(c.data), "float: state: "+c.want)
	}
	require.ErrorContains(t, session.UnmarshalBinary(marshal(small, 2)), "float: state: fingerprint of the weights is 0x")
	require.ErrorContains(t, session.UnmarshalBinary(edit(headerBytes, ^good[headerBytes])), "float: state: crc is 0x")
}

// TestDamagedState changes one byte anywhere: it must be noticed, and the
// session must go on as before.
func TestDamagedState(t *testing.T) {
	m := New(random(t, small, 1))
	session := m.NewSession()
	step(t, session, 3, 1)
	good, err := session.MarshalBinary()
	require.NoError(t, err)
	for at := range good {
		data := slices.Clone(good)
		data[at] ^= 0x41
		require.Error(t, session.UnmarshalBinary(data), "byte %d", at)
	}
	after, err := session.MarshalBinary()
	require.NoError(t, err)
	require.Equal(t, good, after)
}
