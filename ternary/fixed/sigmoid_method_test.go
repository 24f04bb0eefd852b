package fixed

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// methods are all piecewise linear methods.
var methods = []SigmoidMethod{SigmoidPWL1, SigmoidPWL3, SigmoidPWL5, SigmoidPWL1Pow2, SigmoidPWL3Pow2, SigmoidPWL5Pow2}

func with(v Format, s SigmoidConfig) Config {
	return Config{Vector: v, Weight: Format{16, 12}, Sigmoid: s}
}

// errorOf measures the largest errors of c over elements, separately for
// Sigmoid and CSigmoid.
func errorOf(c Config, elements []int32) (sigmoid, csigmoid, silu float64) {
	ops, err := NewOps(c)
	if err != nil {
		panic(err)
	}
	n := len(elements)
	s, cs, u := make([]int32, n), make([]int32, n), make([]int32, n)
	ops.Sigmoid(s, elements)
	ops.CSigmoid(cs, elements)
	ops.SiLU(u, elements)
	for i, e := range elements {
		x := c.Vector.Float(e)
		y := 1 / (1 + math.Exp(-x))
		sigmoid = max(sigmoid, math.Abs(c.Vector.Float(s[i])-y))
		csigmoid = max(csigmoid, math.Abs(c.Vector.Float(cs[i])-1/(1+math.Exp(x))))
		silu = max(silu, math.Abs(c.Vector.Float(u[i])-x*y))
	}
	return sigmoid, csigmoid, silu
}

// TestMaxErrorDefaultFormat measures every method over all 65,536 elements of
// the default format. The bounds hold and are near; the measured values are
// those of docs/numerics.md.
func TestMaxErrorDefaultFormat(t *testing.T) {
	f := Default().Vector
	for _, m := range []struct {
		name          string
		sigmoid, silu float64
	}{
		{"table:8:64", 0.00117, 0.00268},
		{"table:8:32", 0.00165, 0.00268},
		{"table:8:16", 0.00386, 0.00600},
		{"table:4:16", 0.01799, 0.07194},
		{"table:4:64", 0.01799, 0.07194},
		{"table:16:64", 0.00165, 0.00236},
		{"table:16:256", 0.00106, 0.00193},
		{"pwl1", 0.05700, 0.15824},
		{"pwl3", 0.01838, 0.07001},
		{"pwl5", 0.00941, 0.04000},
		{"pwl1-pow2", 0.11961, 0.23858},
		{"pwl3-pow2", 0.03572, 0.09684},
		{"pwl5-pow2", 0.01675, 0.04070},
	} {
		s, err := ParseSigmoid(m.name)
		require.NoError(t, err)
		c := with(f, s)
		require.NoError(t, c.Validate())
		sigmoid, csigmoid, silu := errorOf(c, elements(f))
		bound := c.MaxError()
		t.Logf("%-12s sigmoid %.5f of %.5f, silu %.5f of %.5f", m.name, sigmoid, bound.Sigmoid, silu, bound.SiLU)
		require.InDelta(t, m.sigmoid, sigmoid, 0.00001, m.name)
		require.InDelta(t, m.silu, silu, 0.00001, m.name)
		require.InDelta(t, sigmoid, csigmoid, 1e-9, m.name)
		require.LessOrEqual(t, sigmoid, bound.Sigmoid, m.name)
		require.LessOrEqual(t, silu, bound.SiLU, m.name)
		require.InDelta(t, sigmoid, bound.Sigmoid, f.Float(1), m.name)
		require.InDelta(t, silu, bound.SiLU, 2*f.Float(1), m.name)
	}
}

// TestMaxError: the bounds hold in every format, and the lines stay monotonic,
// complementary and equal to the lowest line.
func TestMaxError(t *testing.T) {
	var configs []Config
	for _, v := range []Format{{12, 4}, {12, 7}, {12, 10}, {14, 8}, {16, 14}, {18, 12}, {24, 20}, {32, 9}, {32, 24}} {
		for _, m := range methods {
			configs = append(configs, with(v, SigmoidConfig{Method: m}))
		}
		for r := 2; r <= 4; r++ {
			for k := 1; k <= 8; k++ {
				if c := with(v, SigmoidConfig{SigmoidTable, r, k}); c.Validate() == nil && v.Width < 18 {
					configs = append(configs, c)
				}
			}
		}
	}
	for _, c := range configs {
		xs := elements(c.Vector)
		bound := c.MaxError()
		sigmoid, csigmoid, silu := errorOf(c, xs)
		require.LessOrEqual(t, sigmoid, bound.Sigmoid, c.testName())
		require.LessOrEqual(t, csigmoid, bound.Sigmoid, c.testName())
		require.LessOrEqual(t, silu, bound.SiLU, c.testName())
		r, last := NewSigmoidROM(c), int32(0)
		for i, x := range xs[:len(xs)-6] { // rising
			y := r.Sigmoid(x)
			if r.Knot != nil && int64(r.Lookup(x)) != oracleSigmoid(c, r, x) || y < last || y > c.Vector.One() ||
				x != c.Vector.Min() && y+r.Sigmoid(-x) != c.Vector.One() {
				t.Fatalf("%s: element %d, %d: lookup %d, sigmoid %d after %d", c.testName(), i, x, r.Lookup(x), y, last)
			}
			last = y
		}
	}
}

// worstLine returns the largest error of the lines l and the constant 1 against the
// logistic function, from its extremes: where a line is parallel to the
// function, and at the knots.
func worstLine(l [][2]float64) float64 {
	sigmoid := func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
	e := 0.0
	for i, p := range l {
		q := (1 + math.Sqrt(1-4*p[0])) / 2
		x := math.Log(q / (1 - q))
		e = max(e, q-p[0]*x-p[1])
		next := [2]float64{0, 1}
		if i+1 < len(l) {
			next = l[i+1]
		}
		x = (next[1] - p[1]) / (p[0] - next[0])
		e = max(e, p[0]*x+p[1]-sigmoid(x))
	}
	return e
}

// TestPublishedErrors: the lines of every method have the published largest
// error, to the digits published.
func TestPublishedErrors(t *testing.T) {
	for m, want := range map[SigmoidMethod]string{
		SigmoidPWL1: "0.0561", SigmoidPWL3: "0.0174", SigmoidPWL5: "0.0084",
		SigmoidPWL1Pow2: "0.1192", SigmoidPWL3Pow2: "0.0349", SigmoidPWL5Pow2: "0.0158",
	} {
		var l [][2]float64
		for _, p := range pieces[m] {
			l = append(l, [2]float64{float64(p.slope) / 4096, p.intercept})
			if m.PowerOfTwo() {
				require.Zero(t, p.slope&(p.slope-1), "%v", m)
			}
		}
		e := worstLine(l)
		require.Equal(t, want, fmt.Sprintf("%.4f", e), "%v", m)
		require.LessOrEqual(t, e, lineErrors[m].sigmoid, "%v", m)
		require.Less(t, lineErrors[m].sigmoid-e, 0.00002, "%v", m)
	}
}

// TestBestLines: no nearby slope or intercept lowers the maximum error of the
// methods with free slopes by more than their 12 bits allow, and no other
// powers of two that of the others.
func TestBestLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.SampledFrom(methods).Draw(t, "method")
		l := make([][2]float64, len(pieces[m]))
		for i, p := range pieces[m] {
			l[i] = [2]float64{float64(p.slope) / 4096, p.intercept}
			if m.PowerOfTwo() {
				l[i][0] = math.Ldexp(1, -rapid.IntRange(2, 9).Draw(t, "shift"))
			} else {
				l[i][0] = min(0.25, l[i][0]+rapid.Float64Range(-0.02, 0.02).Draw(t, "slope"))
			}
			if i > 0 {
				l[i][1] += rapid.Float64Range(-0.02, 0.02).Draw(t, "intercept")
				if l[i][0] >= l[i-1][0] || l[i][1] <= l[i-1][1] {
					t.Skip("no such lines")
				}
			}
		}
		require.Greater(t, worstLine(l), lineErrors[m].sigmoid-0.0001)
	})
}

// TestUnreachedLines: in a format of +-2 the lines that start beyond are left
// out and every knot is an element.
func TestUnreachedLines(t *testing.T) {
	for m, want := range map[SigmoidMethod]int{
		SigmoidPWL1: 1, SigmoidPWL3: 2, SigmoidPWL5: 2, SigmoidPWL1Pow2: 2, SigmoidPWL3Pow2: 2, SigmoidPWL5Pow2: 2,
	} {
		r := NewSigmoidROM(with(Format{12, 10}, SigmoidConfig{Method: m}))
		require.Len(t, r.Knot, want, "%v", m)
		require.Len(t, r.Value, want, "%v", m)
		require.Len(t, r.Slope, want, "%v", m)
		require.LessOrEqual(t, r.Knot[want-1], uint32(2048), "%v", m)
	}
}

func TestParseSigmoid(t *testing.T) {
	for text, want := range map[string]SigmoidConfig{
		"table":        {SigmoidTable, 3, 6},
		"table:4:2":    {SigmoidTable, 2, 1},
		"table:16:256": {SigmoidTable, 4, 8},
		"pwl1":         {Method: SigmoidPWL1},
		"pwl5-pow2":    {Method: SigmoidPWL5Pow2},
	} {
		got, err := ParseSigmoid(text)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.NoError(t, with(Format{16, 9}, got).Validate())
		again, err := ParseSigmoid(got.String())
		require.NoError(t, err)
		require.Equal(t, got, again)

		j, err := json.Marshal(got)
		require.NoError(t, err)
		require.Equal(t, fmt.Sprintf("%q", got), string(j))
		require.NoError(t, json.Unmarshal(j, &again))
		var y struct{ Sigmoid SigmoidConfig }
		require.NoError(t, yaml.Unmarshal([]byte("sigmoid: "+text+"\n"), &y))
		require.Equal(t, got, y.Sigmoid)
	}
	for text, want := range map[string]string{
		"":             `fixed: sigmoid is "", want table, pwl1, pwl3, pwl5, pwl1-pow2, pwl3-pow2, pwl5-pow2 or table:RANGE:SEGMENTS`,
		"pwl2":         `fixed: sigmoid is "pwl2", want table, pwl1, pwl3, pwl5, pwl1-pow2, pwl3-pow2, pwl5-pow2 or table:RANGE:SEGMENTS`,
		"pwl1:8:64":    `fixed: sigmoid is "pwl1:8:64", want table, pwl1, pwl3, pwl5, pwl1-pow2, pwl3-pow2, pwl5-pow2 or table:RANGE:SEGMENTS`,
		"table:2:64":   `fixed: sigmoid is "table:2:64", want a range of 4, 8 or 16`,
		"table:6:64":   `fixed: sigmoid is "table:6:64", want a range of 4, 8 or 16`,
		"table:-8:64":  `fixed: sigmoid is "table:-8:64", want a range of 4, 8 or 16`,
		"table:8":      `fixed: sigmoid is "table:8", want a power of two of 2 to 256 segments`,
		"table:8:1":    `fixed: sigmoid is "table:8:1", want a power of two of 2 to 256 segments`,
		"table:8:512":  `fixed: sigmoid is "table:8:512", want a power of two of 2 to 256 segments`,
		"table:8:64:1": `fixed: sigmoid is "table:8:64:1", want a power of two of 2 to 256 segments`,
	} {
		_, err := ParseSigmoid(text)
		require.EqualError(t, err, want)
		kept := defaultTable
		require.EqualError(t, kept.UnmarshalText([]byte(text)), want)
		require.Equal(t, defaultTable, kept)
	}
}

func TestSigmoidConfigErrors(t *testing.T) {
	for want, s := range map[string]SigmoidConfig{
		"fixed: Sigmoid.Method is -1, want 0 to 6":                  {Method: -1},
		"fixed: Sigmoid.Method is 7, want 0 to 6":                   {Method: 7},
		"fixed: Sigmoid.RangeLog2 is 3, want 0 with method pwl3":    {SigmoidPWL3, 3, 0},
		"fixed: Sigmoid.SegmentsLog2 is 6, want 0 with method pwl1": {SigmoidPWL1, 0, 6},
		"fixed: Sigmoid.RangeLog2 is 0, want 2 to 4":                {},
	} {
		c := with(Format{16, 9}, s)
		require.EqualError(t, c.Validate(), want)
		_, err := NewOps(c)
		require.EqualError(t, err, want)
	}
	require.Equal(t, "method(7)", SigmoidMethod(7).String())
	require.Equal(t, "method(-1)", SigmoidMethod(-1).String())
}
