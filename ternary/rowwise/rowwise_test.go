package rowwise

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/ternary/fixed"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			require.Equal(t, 7, m.Latency())
			unittest.Check(t, u, 5000)
		})
	}
}

func TestConfigErrors(t *testing.T) {
	with := func(f func(*Config)) Config {
		c := Presets["default"]
		f(&c)
		return c
	}
	for want, c := range map[string]Config{
		"rowwise: Lanes is 0, want 1 to 64":                                  with(func(c *Config) { c.Lanes = 0 }),
		"rowwise: Lanes is 65, want 1 to 64":                                 with(func(c *Config) { c.Lanes = 65 }),
		"rowwise: Fixed: fixed: Vector.Width is 11, want 12 to 32":           with(func(c *Config) { c.Fixed.Vector.Width = 11 }),
		"rowwise: Fixed: fixed: Vector.Frac is 15, want 4 to 14 at Width 16": with(func(c *Config) { c.Fixed.Vector.Frac = 15 }),
		"rowwise: Fixed: fixed: Sigmoid.RangeLog2 is 1, want 2 to 4":         with(func(c *Config) { c.Fixed.Sigmoid.RangeLog2 = 1 }),
		"rowwise: Fixed.Sigmoid.SegmentsLog2 is 8, want at most 7, so that a segment has an inside": with(func(c *Config) {
			c.Fixed = formats(12, 4, table(4, 8))
		}),
	} {
		_, err := New(c)
		require.EqualError(t, err, want)
	}
}

func TestOpString(t *testing.T) {
	for op, want := range map[Op]string{Add: "add", Sub: "sub", Mul: "mul", Sigmoid: "sigmoid", CSigmoid: "csigmoid",
		SiLU: "silu", 6: "op(6)", -1: "op(-1)"} {
		require.Equal(t, want, op.String())
	}
}

// run interprets the structure of c on frames and returns the results.
func run(t *testing.T, c Config, frames []unit.Frame) []unit.Beat {
	t.Helper()
	u, err := New(c)
	require.NoError(t, err)
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back(frames)})
	require.NoError(t, err)
	require.Empty(t, res[0].Fault)
	return res[0].Out[0]
}

// TestArithmetic compares sums, differences and products of the structure with
// their definitions, without the golden model. |a*b| < 2^62.
func TestArithmetic(t *testing.T) {
	for name, c := range Presets {
		u, err := New(c)
		require.NoError(t, err)
		frames := u.Frames(3, 4000)
		v := c.Fixed.Vector
		limit := func(y int64) int64 { return min(max(y, int64(v.Min())), int64(v.Max())) }
		half := int64(v.One()) / 2
		limits := map[string]bool{}
		for k, beat := range run(t, c, frames) {
			f := frames[k]
			for i, y := range beat.Out[0] {
				a, b := f[1][i], f[2][i]
				want := y
				switch op := Op(f[0][0]); op {
				case Add:
					want = limit(a + b)
				case Sub:
					want = limit(a - b)
				case Mul:
					p := a * b
					want = limit((max(p, -p) + half) / (2 * half) * int64(sign(p)))
				}
				require.Equal(t, want, y, "%s: %v %d %d", name, Op(f[0][0]), a, b)
				limits[fmt.Sprint(Op(f[0][0]), y == int64(v.Min()), y == int64(v.Max()))] = true
			}
		}
		for _, op := range []Op{Add, Sub, Mul} {
			require.True(t, limits[fmt.Sprint(op, true, false)], "%s: %v never reaches the smallest result", name, op)
			require.True(t, limits[fmt.Sprint(op, false, true)], "%s: %v never reaches the largest result", name, op)
		}
	}
}

func sign(v int64) int {
	if v < 0 {
		return -1
	}
	return 1
}

// TestEveryElement runs the logistic functions of the structure on all elements
// of the 12-bit formats: they equal the golden model, sigmoid and csigmoid add
// up to 1, sigmoid never falls, and all are near the real functions.
func TestEveryElement(t *testing.T) {
	configs := map[string]Config{}
	for _, name := range []string{"narrow", "coarse", "pwl5-narrow"} {
		configs[name] = Presets[name]
	}
	for m := fixed.SigmoidPWL1; m <= fixed.SigmoidPWL5Pow2; m++ {
		configs[fmt.Sprint(m)] = Config{Fixed: formats(12, 8, lines(m)), Lanes: 2}
	}
	for name, c := range configs {
		v := c.Fixed.Vector
		var all []int64
		for x := int64(v.Min()); x <= int64(v.Max()); x++ {
			all = append(all, x)
		}
		results := map[Op][]int64{}
		ops, err := fixed.NewOps(c.Fixed)
		require.NoError(t, err)
		for _, op := range []Op{Sigmoid, CSigmoid, SiLU} {
			frames := c.pack(op, all, nil)
			for k, beat := range run(t, c, frames) {
				want := unit.Frame{make([]int64, c.Lanes)}
				golden(&ops, frames[k], want)
				require.Equal(t, want[0], beat.Out[0], "%s: %v %v", name, op, frames[k][1])
				results[op] = append(results[op], beat.Out[0]...)
			}
		}
		tolerance := methodError(c) + v.Float(1)
		for i, a := range all {
			x := v.Float(int32(a))
			s := 1 / (1 + math.Exp(-x))
			require.EqualValues(t, v.One(), results[Sigmoid][i]+results[CSigmoid][i])
			require.InDelta(t, s, v.Float(int32(results[Sigmoid][i])), tolerance, "%s: sigmoid of %g", name, x)
			require.InDelta(t, s*x, v.Float(int32(results[SiLU][i])), tolerance*max(1, math.Abs(x)), "%s: silu of %g", name, x)
			if i > 0 {
				require.GreaterOrEqual(t, results[Sigmoid][i], results[Sigmoid][i-1], "%s: sigmoid falls at %g", name, x)
			}
		}
	}
}

// methodError bounds the error of the method: of lines the published one, of
// the interpolation h^2/8 * max|sigmoid”| with h the length of a segment, and
// exp(-2^RangeLog2) beyond the table.
func methodError(c Config) float64 {
	s := c.Fixed.Sigmoid
	if !c.isTable() {
		return []float64{0.0561, 0.0174, 0.0084, 0.1192, 0.0349, 0.0158}[s.Method-fixed.SigmoidPWL1]
	}
	h := math.Ldexp(1, s.RangeLog2-s.SegmentsLog2)
	return min(0.5, h*h/8*0.0963) + math.Exp(-math.Ldexp(1, s.RangeLog2))
}

// TestTableErrors: a structure whose table or lines are off by one in one field
// of one word is told from the golden model, unless no element shows the error.
// A slope of 0 cannot be lower. Wrong powers of two are twice or half the right
// ones.
func TestTableErrors(t *testing.T) {
	for name, stride := range map[string]int{"narrow": 1, "default": 5, "pwl5-narrow": 1, "pwl5": 1, "pwl3-pow2": 1, "pwl5-pow2": 1} {
		c := Presets[name]
		right := fixed.NewSigmoidROM(c.Fixed)
		checked := 0
		for i := 0; i < len(right.Value); i += stride {
			for _, change := range []func(r *fixed.SigmoidROM){
				func(r *fixed.SigmoidROM) { r.Value[i]++ },
				func(r *fixed.SigmoidROM) { r.Value[i]-- },
				func(r *fixed.SigmoidROM) { r.Slope[i] = more(c, r.Slope[i]) },
				func(r *fixed.SigmoidROM) { r.Slope[i] = less(c, r.Slope[i]) },
			} {
				wrong := fixed.NewSigmoidROM(c.Fixed)
				change(wrong)
				if wrong.Slope[i] == ^uint32(0) || !shows(c, right, wrong) {
					continue
				}
				checked++
				require.Error(t, checkTable(t, c, wrong), "%s: word %d", name, i)
			}
		}
		require.GreaterOrEqual(t, checked, 2*len(right.Value)/stride, name)
		require.NoError(t, checkTable(t, c, right))
	}
}

func more(c Config, slope uint32) uint32 {
	if c.Fixed.Sigmoid.Method.PowerOfTwo() {
		return 2 * slope
	}
	return slope + 1
}

func less(c Config, slope uint32) uint32 {
	if c.Fixed.Sigmoid.Method.PowerOfTwo() {
		return slope / 2
	}
	return slope - 1
}

// TestKnotErrors: a structure with a knot one element too early or too late is
// told from the golden model, unless no element shows the error.
func TestKnotErrors(t *testing.T) {
	checked := 0
	for m := fixed.SigmoidPWL1; m <= fixed.SigmoidPWL5Pow2; m++ {
		for _, c := range []Config{{Fixed: formats(16, 9, lines(m)), Lanes: 2}, {Fixed: formats(12, 4, lines(m)), Lanes: 1}} {
			right := fixed.NewSigmoidROM(c.Fixed)
			for i := 1; i < len(right.Knot); i++ {
				for _, d := range []uint32{1, ^uint32(0)} {
					wrong := fixed.NewSigmoidROM(c.Fixed)
					wrong.Knot[i] += d
					if shows(c, right, wrong) {
						checked++
						require.Error(t, checkTable(t, c, wrong), "%v, %v: knot %d", m, c.Fixed.Vector, i)
					}
				}
			}
		}
	}
	require.Greater(t, checked, 4)
}

// checkTable compares the structure of c around a table with the golden model
// on the corners.
func checkTable(t *testing.T, c Config, rom *fixed.SigmoidROM) error {
	t.Helper()
	u, err := New(c)
	require.NoError(t, err)
	u.RTL = func(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig { return c.rtl(b, rom, in[0][0], in[1], in[2]) }
	plan, err := u.Plan(1, 0)
	require.NoError(t, err)
	res, err := unit.Interp{}.Run(u, plan.Runs)
	require.NoError(t, err)
	_, err = plan.Check("interpreter", res)
	return err
}

// shows reports whether two tables differ in the result of any operation.
func shows(c Config, p, q *fixed.SigmoidROM) bool {
	for x := c.Fixed.Vector.Min(); x <= c.Fixed.Vector.Max(); x++ {
		if p.Sigmoid(x) != q.Sigmoid(x) || p.SiLU(x) != q.SiLU(x) {
			return true
		}
	}
	return false
}

// TestUnknownOp: a code without an operation is reported.
func TestUnknownOp(t *testing.T) {
	u, err := New(Presets["widest"])
	require.NoError(t, err)
	for code := range int64(8) {
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back([]unit.Frame{{{code}, {1}, {2}}})})
		require.NoError(t, err)
		if code < int64(numOps) {
			require.Empty(t, res[0].Fault)
			continue
		}
		require.Contains(t, res[0].Fault, "op is below 6")
	}
}
