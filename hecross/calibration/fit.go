package calibration

import (
	"context"
	"math"
	"runtime"

	"lockstep/systolic/tpu"
)

func workers() int { return runtime.GOMAXPROCS(0) }

// start is where Fit begins: two operations per cycle, the full bandwidth, one
// register per cycle, the figures of the presets.
var start = [3]float64{2, 1, 1}

// Fit returns the constants with the least mean absolute error over points. It
// goes along one constant after another in steps that shrink, from the figures
// of the presets, on values of a fixed denominator, and is deterministic.
// progress is told every better table; nil means nobody is.
func Fit(ctx context.Context, points []Point, progress func(*Table)) (*Table, error) {
	x := start
	best, err := Compare(ctx, constantsAt(x), points)
	if err != nil {
		return nil, err
	}
	for factor := 1.4; factor > 1.003; factor = math.Sqrt(factor) {
		for moved := true; moved; {
			moved = false
			for i := range x {
				for _, f := range []float64{factor, 1 / factor} {
					y := x
					y[i] *= f
					if y[1] > 1 || constantsAt(y) == best.Constants {
						continue
					}
					t, err := Compare(ctx, constantsAt(y), points)
					if err != nil {
						return nil, err
					}
					if t.MeanError < best.MeanError {
						x, best, moved = y, t, true
						if progress != nil {
							progress(t)
						}
						break
					}
				}
			}
		}
	}
	return best, nil
}

// constantsAt rounds to denominators that a Ratio holds.
func constantsAt(x [3]float64) Constants {
	ratio := func(v, den float64) tpu.Ratio {
		r := tpu.Ratio{Num: int64(v*den + 0.5), Den: int64(den)}
		for r.Num%2 == 0 && r.Den%2 == 0 {
			r.Num, r.Den = r.Num/2, r.Den/2
		}
		return r
	}
	return Constants{ALUs: ratio(x[0], 128), HBMEfficiency: ratio(x[1], 256), XLURegisters: ratio(x[2], 512)}
}
