package ternip_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/ternary"
	"lockstep/ternary/ternip"
)

func shape(layers, hidden, intermediate int) ternary.Shape {
	return ternary.Shape{Layers: layers, Hidden: hidden, Intermediate: intermediate, Vocab: 256, NormEps: 1e-6}
}

func compile(t require.TestingT, s ternary.Shape, c ternip.Config) *ternip.Program {
	p, err := ternip.Compile(s, c)
	require.NoError(t, err)
	return p
}

func text(p *ternip.Program) (lines []string) {
	for _, in := range p.Instrs {
		lines = append(lines, in.String())
	}
	return lines
}

// One layer with I = D is the program that was measured, so its cycles are too.
func TestCompileIsTheMeasuredProgram(t *testing.T) {
	found := false
	for _, e := range examples(t) {
		if e.Name != "layer_ovl_G1_D64" {
			continue
		}
		found = true
		p := compile(t, shape(1, 64, 64), e.config(t))
		require.Equal(t, e.Program, text(p))
		require.Empty(t, p.Tiles)
		r, err := ternip.Run(t.Context(), e.config(t), p, nil)
		require.NoError(t, err)
		require.InDelta(t, e.TotalCycles, r.TotalCycles, 9, "the b of 9 FINs is data")
	}
	require.True(t, found)
}

// The published shapes have 13 tiles per layer; what they hold is the weights.
func TestCompilePublishedShapes(t *testing.T) {
	for _, name := range []string{"mmfree-370m", "mmfree-1.3b", "mmfree-2.7b"} {
		s, err := ternary.Preset(name)
		require.NoError(t, err)
		c := ternip.DefaultConfig()
		c.D, c.TP = s.Hidden, 128
		p := compile(t, s, c)
		tiles, weights := 0, 0
		for _, in := range p.Instrs {
			if in.Op != ternip.GO {
				continue
			}
			tiles++
			if tile, ok := p.Tiles[in.Args[0]]; ok {
				weights += int(tile.Rows*tile.RowBeats) * c.TP
			} else {
				weights += c.D * c.D
			}
		}
		require.Equal(t, 13*s.Layers, tiles, name)
		require.Len(t, p.Tiles, 3*s.Layers, name)
		require.Equal(t, s.TernaryCount()-s.Vocab*s.Hidden, weights, name)
	}
}

// A scalarCore executes a program on numbers instead of vectors: enough to see
// what depends on what. The product with tile a is x*value(a).
type scalarCore struct {
	t       require.TestingT
	r       [8]float64
	memory  map[int64]float64
	sum     float64
	norm    float64
	operand float64
	product float64
	fresh   bool // there is a product that was not exported
}

func value(addr int64) float64 { return 0.5 + float64(addr*7919%1000)/1000 }

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

func (m *scalarCore) step(in ternip.Instr) {
	a := append(append([]int64{}, in.Args...), 0, 0, 0)
	r := &m.r
	switch in.Op {
	case ternip.LDV:
		v, ok := m.memory[a[1]]
		if !ok {
			v = value(a[1])
		}
		r[a[0]] = v
	case ternip.SV:
		m.memory[a[1]] = r[a[0]]
	case ternip.ADD:
		r[a[2]] = r[a[0]] + r[a[1]]
	case ternip.MUL:
		r[a[2]] = r[a[0]] * r[a[1]]
	case ternip.SIG:
		r[a[1]] = sigmoid(r[a[0]])
	case ternip.CSIG:
		r[a[1]] = 1 - sigmoid(r[a[0]])
	case ternip.SILU:
		r[a[1]] = r[a[0]] * sigmoid(r[a[0]])
	case ternip.CLEAR:
		m.sum = 0
	case ternip.ACC:
		m.sum += r[a[0]] * r[a[0]]
	case ternip.FIN:
		m.norm = 1 / math.Sqrt(1+m.sum/float64(a[0]))
	case ternip.NORM:
		r[a[1]] = r[a[0]] * m.norm
	case ternip.IMPORT:
		require.False(m.t, m.fresh, "an IMPORT may not overwrite a product")
		m.operand = r[a[0]]
	case ternip.GO:
		require.False(m.t, m.fresh, "a GO may not overwrite a product")
		m.product, m.fresh = m.operand*value(a[0]), true
	case ternip.EXPORT:
		require.True(m.t, m.fresh, "nothing to export")
		r[a[0]], m.fresh = m.product, false
	default:
		require.Fail(m.t, "operation not expected", "%s", in)
	}
}

// layer is the mathematics of one layer: x and h in, x and h out. c and w are
// the constants and tiles by number.
func layer(x, h float64, d, inner, slices int, c, w func(int) float64) (float64, float64) {
	norm := func(sum, v float64, n int) float64 { return v / math.Sqrt(1+sum/float64(n)) }
	rms := func(v float64, k int) float64 { return norm(v*v, v, d) * c(k) }
	silu := func(v float64) float64 { return v * sigmoid(v) }
	a := rms(x, 1)
	f := rms(a, 2) * w(1) * c(4)
	i := rms(a, 3) * w(2) * c(6)
	g := rms(a, 5) * w(3) * c(7)
	h = h*sigmoid(f) + (1-sigmoid(f))*silu(i)
	o := rms(h, 8) * silu(g)
	x += rms(o, 9) * w(4) * c(10)
	b := rms(rms(x, 11), 12)
	sum, parts := 0.0, []float64{}
	for k := range slices {
		part := silu(b*w(5+2*k)*c(13+2*k)) * (b * w(6+2*k) * c(14+2*k))
		parts = append(parts, part)
		sum += part * part
	}
	y := 0.0
	for k, part := range parts {
		y += norm(sum, part, inner) * c(13+2*slices+k) * w(5+2*slices+k)
	}
	return x + y*c(13+3*slices), h
}

// The overlapped schedule computes what the layers say, at any number of
// layers and slices.
func TestCompileComputesTheModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		c := ternip.DefaultConfig()
		c.D = 64
		layers := rapid.IntRange(1, 4).Draw(rt, "layers")
		inner := rapid.IntRange(1, 400).Draw(rt, "intermediate")
		slices := (inner + 63) / 64
		p := compile(rt, shape(layers, 64, inner), c)

		m := &scalarCore{t: rt, memory: map[int64]float64{}}
		for i := range m.r {
			m.r[i] = math.NaN()
		}
		for _, in := range p.Instrs {
			m.step(in)
		}
		x := value(100)
		for k := range layers {
			base := int64(k) * 10_000
			var h float64
			x, h = layer(x, value(base+900), 64, inner, slices,
				func(n int) float64 { return value(base + 1000 + int64(n)) },
				func(n int) float64 { return value(base + 5000 + int64(n)) })
			require.InEpsilon(rt, h, m.memory[base+901], 1e-9)
		}
		require.InEpsilon(rt, x, m.memory[990], 1e-9)
		gos := strings.Count(strings.Join(text(p), "\n"), "GO ")
		require.Equal(rt, layers*(4+3*slices), gos)
		require.NoError(rt, p.Check(c))
	})
}

func TestCompileErrors(t *testing.T) {
	ok := ternip.DefaultConfig()
	few := ok
	few.VectorRegisters = 7
	bad := ok
	bad.TP = 3
	for _, e := range []struct {
		s    ternary.Shape
		c    ternip.Config
		want string
	}{
		{shape(0, 64, 64), ok, "ternary: Layers is 0, want 1 to 4096"},
		{shape(1, 64, 64), bad, "ternip: TP is 3, want a divisor of D, 64"},
		{shape(1, 128, 64), ok, "ternip: Hidden is 128, want D, 64"},
		{shape(1, 64, 64), few, "ternip: vector_registers is 7, want at least 8 to compile a model"},
		{shape(1, 64, 64*40+1), ok, "ternip: Intermediate is 2561, want at most 2560, 40 vectors of D"},
	} {
		_, err := ternip.Compile(e.s, e.c)
		require.EqualError(t, err, e.want)
	}
	require.NotNil(t, compile(t, shape(1, 64, 64*40), ok))
	_, err := ternip.Compile(shape(4096, 64, 64*40), ok)
	require.ErrorContains(t, err, fmt.Sprintf("want at most %d", 1<<20))
}
