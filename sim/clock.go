package sim

import (
	"fmt"
	"math/bits"
	"strconv"

	akita "github.com/sarchlab/akita/v3/sim"
)

// A Cycle counts clock edges from reset. Valid cycles are 0 to MaxCycle.
type Cycle int64

// MaxCycle is the last cycle a system can reach: up to here a cycle converts
// to the engine's float64 seconds and back without loss.
const MaxCycle Cycle = 100_000_000_000_000

const (
	minClockHz = 1_000
	maxClockHz = 1_000_000_000_000
)

// A Clock is one clock domain with an integer frequency. The zero value is
// not valid; use NewClock.
type Clock struct{ hz int64 }

// NewClock returns a clock of hz hertz, 1 kHz to 1 THz.
func NewClock(hz int64) (Clock, error) {
	if hz < minClockHz || hz > maxClockHz {
		return Clock{}, fmt.Errorf("sim: ClockHz is %d, want %d to %d", hz, minClockHz, int64(maxClockHz))
	}
	return Clock{hz}, nil
}

// Hz returns the frequency in hertz.
func (c Clock) Hz() int64 { return c.hz }

// at and cycle are the only two places where cycles meet float64 seconds.
// Times are never added: each is one division of an integer cycle.
func (c Clock) at(n Cycle) akita.VTimeInSec    { return akita.VTimeInSec(float64(n) / float64(c.hz)) }
func (c Clock) cycle(t akita.VTimeInSec) Cycle { return Cycle(akita.Freq(c.hz).Cycle(t)) }

// A stamp is a time rounded down to a picosecond.
type stamp struct{ us, ps int64 } // 0 <= ps < 1e6

func (c Clock) stamp(n Cycle) stamp {
	const psPerSecond, usPerSecond, psPerUs = 1_000_000_000_000, 1_000_000, 1_000_000
	s, rest := int64(n)/c.hz, int64(n)%c.hz
	hi, lo := bits.Mul64(uint64(rest), psPerSecond)
	q, _ := bits.Div64(hi, lo, uint64(c.hz)) // rest < hz, so the quotient is below 1e12
	ps := int64(q)
	return stamp{s*usPerSecond + ps/psPerUs, ps % psPerUs}
}

func (t stamp) sub(o stamp) stamp {
	d := stamp{t.us - o.us, t.ps - o.ps}
	if d.ps < 0 {
		d.us, d.ps = d.us-1, d.ps+1_000_000
	}
	return d
}

// append writes t in microseconds with six decimals.
func (t stamp) append(b []byte) []byte {
	b = strconv.AppendInt(b, t.us, 10)
	b = append(b, '.')
	for unit := int64(100_000); unit > 0; unit /= 10 {
		b = append(b, byte('0'+t.ps/unit%10))
	}
	return b
}
