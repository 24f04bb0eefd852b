package report

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// span is the range of an axis, with some room around the values; anchors are
// values that it must hold exactly.
func (a Axis) span(values []float64, anchors ...float64) (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, v := range values {
		low, high = min(low, v), max(high, v)
	}
	fixedLow, fixedHigh := false, false
	for _, v := range anchors {
		fixedLow, fixedHigh = fixedLow || v <= low, fixedHigh || v >= high
		low, high = min(low, v), max(high, v)
	}
	if a.Log {
		room := math.Pow(high/low, 0.05)
		if room < 1.05 {
			room = 1.1
		}
		if !fixedLow {
			low /= room
		}
		if !fixedHigh {
			high *= room
		}
		return low, high
	}
	room := 0.05 * (high - low)
	// What differs less is one value: labels would be too long.
	if scale := max(math.Abs(low), math.Abs(high)); high-low <= 1e-5*scale || high-low < 1/maxMagnitude {
		if room = 0.1 * scale; room < 1/maxMagnitude {
			room = 1
		}
	}
	if !fixedLow {
		low = lower(low, room)
	}
	if !fixedHigh {
		high += room
	}
	return low, high
}

// lower is low with room, but no negative numbers below a quantity that has
// none.
func lower(low, room float64) float64 {
	if low >= 0 && low < 8*room {
		return 0
	}
	return low - room
}

// A ticker marks an axis of a quantity.
type ticker struct {
	log   bool
	width vg.Length // of a horizontal axis, on which labels stand side by side; 0 for a vertical one
}

// Ticks returns round values in [low, high], those with a label and minor ones.
func (t ticker) Ticks(low, high float64) []plot.Tick {
	if t.log {
		for every := 0; every <= 300; every++ {
			ticks := decades(low, high, every)
			if labelled(ticks) < 2 {
				break
			}
			if t.fit(ticks, low, high) {
				return ticks
			}
		}
	}
	ticks := steps(low, high, 6)
	for most := 5; most > 1 && !t.fit(ticks, low, high); most-- {
		ticks = steps(low, high, most)
	}
	if labelled(ticks) < 2 {
		// The first and the last of more steps are farther apart.
		ticks = steps(low, high, 5)
		for i := range ticks[1 : len(ticks)-1] {
			ticks[i+1].Label = ""
		}
	}
	return ticks
}

// fit says whether labels are apart from each other.
func (t ticker) fit(ticks []plot.Tick, low, high float64) bool {
	const gap = 5
	place := func(v float64) vg.Length { return t.width * vg.Length((v-low)/(high-low)) }
	if t.log {
		place = func(v float64) vg.Length { return t.width * vg.Length(math.Log(v/low)/math.Log(high/low)) }
	}
	sty, end := style(fontSize-1, nil), vg.Length(math.Inf(-1))
	for _, tick := range ticks {
		if tick.IsMinor() {
			continue
		}
		half := sty.Width(tick.Label) / 2
		if t.width > 0 && place(tick.Value)-half < end+gap {
			return false
		}
		end = place(tick.Value) + half
	}
	return true
}

func labelled(ticks []plot.Tick) int {
	n := 0
	for _, t := range ticks {
		if !t.IsMinor() {
			n++
		}
	}
	return n
}

// steps marks multiples of 1, 2 or 5 times a power of ten, at most one more than
// wanted.
func steps(low, high float64, wanted int) []plot.Tick {
	intervals := float64(wanted)
	power := math.Pow(10, math.Floor(math.Log10((high-low)/intervals)))
	step := power
	for _, factor := range []float64{2, 5, 10} {
		if (high-low)/step > intervals {
			step = factor * power
		}
	}
	var ticks []plot.Tick
	first := math.Ceil(low/step - 1e-9)
	for i := range 2*wanted + 2 {
		v := (first + float64(i)) * step
		if v > high+1e-9*step {
			break
		}
		ticks = append(ticks, plot.Tick{Value: min(max(v, low), high), Label: tickLabel(v, exponent(step))})
	}
	return ticks
}

// decades marks powers of ten, one in so many with a label; where there are few
// and every is 0, 2 and 5 times these too.
func decades(low, high float64, every int) []plot.Tick {
	width := math.Log10(high / low)
	between := every == 0 && width < 2.2
	every = max(every, 1+int(width/8))
	var ticks []plot.Tick
	for e := int(math.Floor(math.Log10(low))); e <= int(math.Ceil(math.Log10(high))); e++ {
		for m := 1; m <= 9; m++ {
			v, _ := strconv.ParseFloat(strconv.Itoa(m)+"e"+strconv.Itoa(e), 64)
			if v < low || v > high || m > 1 && width > 4 {
				continue
			}
			tick := plot.Tick{Value: v}
			if m == 1 && e%every == 0 || between && (m == 2 || m == 5) {
				tick.Label = tickLabel(v, e)
			}
			ticks = append(ticks, tick)
		}
	}
	return ticks
}

// tickLabel writes v, which is a multiple of ten to the power of e.
func tickLabel(v float64, e int) string {
	if v == 0 {
		return "0"
	}
	if magnitude := exponent(math.Abs(v)); magnitude >= 7 || e < -5 {
		text := strconv.FormatFloat(v, 'e', max(magnitude-e, 0), 64)
		f, _ := strconv.ParseFloat(text, 64)
		mantissa := strconv.FormatFloat(f/math.Pow(10, float64(magnitude)), 'f', max(magnitude-e, 0), 64)
		return grouped(mantissa) + "e" + strconv.Itoa(magnitude)
	}
	return grouped(strconv.FormatFloat(v, 'f', max(-e, 0), 64))
}
