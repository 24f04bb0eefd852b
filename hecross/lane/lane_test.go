package lane

import (
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/hecross/barrett"
	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			require.Equal(t, c.Registers(), m.Latency())
			unittest.Check(t, u, 1200)
		})
	}
	require.Equal(t, 12, Presets["q28"].Registers())
	require.Equal(t, 14, Presets["any"].Registers())
}

// TestEval compares with math/big.
func TestEval(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.Uint32Range(3, 1<<31-1).Draw(t, "q")
		a, b := rapid.Uint32Range(0, q-1).Draw(t, "a"), rapid.Uint32Range(0, q-1).Draw(t, "b")
		mask := rapid.Bool().Draw(t, "mask")
		op := rapid.SampledFrom(Ops()).Draw(t, "op")
		x, y, z := big.NewInt(int64(a)), big.NewInt(int64(b)), new(big.Int)
		switch {
		case op == Add:
			z.Add(x, y)
		case op == Sub:
			z.Sub(x, y)
		case op == Mul:
			z.Mul(x, y)
		case mask:
			z.Set(x)
		default:
			z.Set(y)
		}
		require.Equal(t, z.Mod(z, big.NewInt(int64(q))).Uint64(), uint64(op.Eval(a, b, q, mask)))
	})
}

func TestOpNames(t *testing.T) {
	require.Len(t, names, len(Ops()))
	require.Equal(t, "add sub mul select", Add.String()+" "+Sub.String()+" "+Mul.String()+" "+Select.String())
	require.Equal(t, "Op(4)", Op(4).String())
	require.Zero(t, Op(4).Eval(1, 1, 3, true))
}

// TestRequirements: operands that are no residues are reported, by lane.
func TestRequirements(t *testing.T) {
	c := Presets["q28"]
	k := c.moduli()[0]
	q := int64(k.Q)
	for _, tt := range []struct {
		port, lane int
		value      int64
		want       string
	}{{1, 0, q - 1, ""}, {1, 0, q, "a of lane 0 is below q"}, {2, 1, q, "b of lane 1 is below q"}, {1, 1, 1<<28 - 1, "a of lane 1 is below q"}} {
		u, err := New(c)
		require.NoError(t, err)
		f := c.frame(Add, k)
		f[tt.port][tt.lane] = tt.value
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back([]unit.Frame{f})})
		require.NoError(t, err)
		if tt.want == "" {
			require.Empty(t, res[0].Fault)
			continue
		}
		require.Contains(t, res[0].Fault, "requirement failed: "+tt.want)
	}
}

// TestSums accumulates products in the lane as the reduction demands, one
// multiplication and one addition at a time: always canonical. Their plain sum
// does not even fit the operand of the reduction.
func TestSums(t *testing.T) {
	c := Presets["q31"]
	u, err := New(c)
	require.NoError(t, err)
	k := c.moduli()[0]
	q := uint64(k.Q)
	product := (q - 1) * (q - 1)
	sum, plain := uint64(0), new(big.Int)
	do := func(op Op, a, b uint64) uint64 {
		f := c.frame(op, k)
		f[1][0], f[2][0] = int64(a), int64(b)
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back([]unit.Frame{f})})
		require.NoError(t, err)
		require.Empty(t, res[0].Fault)
		return uint64(res[0].Out[0][0].Out[0][0])
	}
	for range 5 {
		sum = do(Add, sum, do(Mul, q-1, q-1))
		plain.Add(plain, new(big.Int).SetUint64(product))
	}
	require.Equal(t, new(big.Int).Mod(plain, new(big.Int).SetUint64(q)).Uint64(), sum)
	require.Greater(t, plain.BitLen(), 2*c.Reduce.Bits)
}

// TestModulusChanges: a modulus holds for the vector it comes with, whatever
// follows at once.
func TestModulusChanges(t *testing.T) {
	c := Presets["any"]
	u, err := New(c)
	require.NoError(t, err)
	m, err := u.Module()
	require.NoError(t, err)
	it, err := rtl.NewInterp(m)
	require.NoError(t, err)
	ks := c.moduli()
	in, out := unit.NewFrame(m.Ins()), unit.NewFrame(m.Outs())
	for at := range 40 {
		f := c.frame(Mul, ks[at%len(ks)])
		f[1][0], f[2][0] = int64(ks[at%len(ks)].Q)-1, int64(ks[at%len(ks)].Q)-1
		in[0][0] = 1
		copy(in[1:], f)
		it.Eval(in, out)
		it.Clock()
		if at >= m.Latency() {
			require.Equal(t, int64(1), out[0][0], "(q-1)^2 mod q")
		}
	}
	require.NoError(t, it.Err())
}

func TestConfigErrors(t *testing.T) {
	for want, c := range map[string]Config{
		"lane: Lanes is 0, want 1 to 256":                {Reduce: barrett.Fixed(5)},
		"lane: Lanes is 257, want 1 to 256":              {Lanes: 257, Reduce: barrett.Fixed(5)},
		"lane: Reduce: barrett: Bits is 0, want 2 to 31": {Lanes: 1},
	} {
		_, err := New(c)
		require.EqualError(t, err, want)
	}
}
