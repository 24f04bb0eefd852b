package scaler

import (
	"math/rand/v2"
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
			require.Equal(t, Registers, m.Latency())
			unittest.Check(t, u, 3000)
		})
	}
}

func TestConfigErrors(t *testing.T) {
	for want, c := range map[string]Config{
		"scaler: Lanes is 0, want 1 to 64":    {0, 32, 16},
		"scaler: Lanes is 65, want 1 to 64":   {65, 32, 16},
		"scaler: AccBits is 1, want 2 to 48":  {1, 1, 16},
		"scaler: AccBits is 49, want 2 to 48": {1, 49, 16},
		"scaler: Width is 11, want 12 to 32":  {1, 32, 11},
		"scaler: Width is 33, want 12 to 32":  {1, 32, 33},
	} {
		_, err := New(c)
		require.EqualError(t, err, want)
	}
}

// TestCorners: the frames that every check includes reach both limits, both
// sides of every tie and every shift distance.
func TestCorners(t *testing.T) {
	for name, c := range Presets {
		f := fixed.Format{Width: c.Width}
		seen := map[int64]bool{}
		exps := map[int64]bool{}
		for _, in := range c.corners() {
			out := unit.Frame{make([]int64, c.Lanes)}
			c.golden(in, out)
			seen[out[0][0]] = true
			exps[in[2][0]] = true
		}
		for _, y := range []int32{f.Min(), f.Max(), -2, -1, 0, 1, 2} {
			require.True(t, seen[int64(y)], "%s: no corner gives %d", name, y)
		}
		for shift := range int64(c.productBits()) + 2 {
			require.True(t, exps[-shift], "%s: no corner shifts right by %d", name, shift)
		}
		for shift := range int64(c.maxLeft()) + 2 {
			require.True(t, exps[shift], "%s: no corner shifts left by %d", name, shift)
		}
	}
}

// TestDenormalMantissa: a mantissa that no fixed.Scale has is reported.
func TestDenormalMantissa(t *testing.T) {
	u, err := New(Presets["default"])
	require.NoError(t, err)
	for mant, want := range map[int64]string{0: "", 1: "mant is 0 or at least 2^15", 1<<15 - 1: "mant is 0 or at least 2^15", 1 << 15: ""} {
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back([]unit.Frame{{{7}, {mant}, {0}}})})
		require.NoError(t, err)
		if want == "" {
			require.Empty(t, res[0].Fault)
			continue
		}
		require.Contains(t, res[0].Fault, want)
	}
}

// setting is a stream unit around Build: a beat with load 1 replaces a held
// factor, every other beat is scaled by it, back to back and under stalls.
func setting(c Config) *unit.Unit {
	return &unit.Unit{
		Name:   "ternary_scaler_setting",
		Doc:    "scaler with a held factor in a pipeline that stalls",
		Source: "lockstep/ternary/fixed, Scale.Apply",
		Streams: &unit.Streams{
			In: []rtl.Stream{{Name: "x", Fields: []rtl.Port{
				{Name: "acc", Shape: rtl.S(c.AccBits), Lanes: 1},
				{Name: "mant", Shape: MantShape, Lanes: 1},
				{Name: "exp", Shape: ExpShape, Lanes: 1},
				{Name: "load", Shape: rtl.U(1), Lanes: 1, Doc: "replace the factor; acc is ignored"},
			}}},
			Out: []rtl.Stream{{Name: "y", Fields: []rtl.Port{{Shape: rtl.S(c.Width), Lanes: 1}}}},
			RTL: func(m *rtl.Module, in []*rtl.InStream, out []*rtl.OutStream) {
				x := in[0]
				acc, load := x.Data[0][0], x.Data[3][0]
				p := m.NewPipe("pipe", x.Valid.And(load.Not()))
				fire := x.Fire(p.Advance)
				mant := x.Data[1][0].Hold("mant", fire.And(load))
				exp := x.Data[2][0].Hold("exp", fire.And(load))
				x.Accept(p.Advance)
				y := Build(m, c, p.Reg, "scale", acc, mant, exp)
				p.Drive(Registers, out[0], [][]rtl.Sig{{y}})
			},
			Golden: func(in [][]unit.Frame) ([][]unit.Frame, error) {
				var s fixed.Scale
				var ys []unit.Frame
				for _, f := range in[0] {
					if f[3][0] == 1 {
						s = fixed.Scale{Mant: uint32(f[1][0]), Exp: int(f[2][0])}
						continue
					}
					ys = append(ys, unit.Frame{{int64(s.Apply(f[0][0], fixed.Format{Width: c.Width}))}})
				}
				return [][]unit.Frame{ys}, nil
			},
			Due: func(in [][]unit.Frame, accepted [][]int, latency int) [][]int {
				var due []int
				for i, f := range in[0] {
					if f[3][0] == 0 {
						due = append(due, accepted[0][i]+latency)
					}
				}
				return [][]int{due}
			},
			Stimulus: func(r *rand.Rand, n int) [][]unit.Frame {
				var fs []unit.Frame
				for _, f := range c.stimulus(r, n) {
					fs = append(fs, append(f, []int64{int64(r.IntN(2))}))
				}
				return [][]unit.Frame{fs}
			},
		},
	}
}

func TestSetting(t *testing.T) {
	unittest.Check(t, setting(Config{Lanes: 1, AccBits: 24, Width: 18}), 1500)
}
