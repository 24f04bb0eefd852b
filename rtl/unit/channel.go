package unit

import (
	"fmt"

	"lockstep/rtl"
)

// A Channel is one direction of a unit's traffic as an executor sees it: a
// payload under a valid signal, with a ready signal or, for frame units,
// without.
type Channel struct {
	Name    string
	Payload []rtl.Port
	Valid   string // port name without suffix
	Ready   string // "" if the receiver is always ready
}

// Channels returns the input and output channels of u.
func (u *Unit) Channels() (in, out []Channel) {
	if u.Streams == nil {
		return []Channel{{"frame", u.In, "valid", ""}}, []Channel{{"frame", u.Out, "valid", ""}}
	}
	of := func(streams []rtl.Stream) []Channel {
		cs := make([]Channel, len(streams))
		for i, s := range streams {
			cs[i] = Channel{s.Name, s.Payload(), s.ValidPort().Name, s.ReadyPort().Name}
		}
		return cs
	}
	return of(u.Streams.In), of(u.Streams.Out)
}

// An Item is one beat to offer on an input channel after Gap idle cycles.
type Item struct {
	Gap   int
	Frame Frame
}

// A Stimulus is everything that happens to a unit in one run from reset.
type Stimulus struct {
	In       [][]Item // [channel][beat]
	Expect   []int    // beats expected on each output channel
	StallIn  uint8    // chance in 256 that an input holds a beat back for a cycle
	StallOut uint8    // chance in 256 that an output is not ready in a cycle
	Seed     uint64   // of the stalls and of the junk on idle inputs
	Limit    int      // cycles after which the run is given up
}

// drain is the number of cycles an executor goes on after the last expected
// beat, so that an invented one is seen.
const drain = 64

// A Beat is an output frame and the cycle in which it moved; the first input
// beat is offered in cycle 0 at the earliest.
type Beat struct {
	Cycle int
	Out   Frame
}

// A Result is what an executor observed in one run.
type Result struct {
	Accepted [][]int  // [input channel][beat] cycle in which it moved
	Out      [][]Beat // [output channel][beat]
	Cycles   int      // cycles simulated
	Fault    string   // first broken protocol rule or invariant, "" if none
}

// An Executor runs a unit's structure on stimuli, each from reset.
type Executor interface {
	Run(u *Unit, runs []Stimulus) ([]Result, error)
}

// Back returns a stimulus that offers frames back to back, spaced by the
// unit's interval, and never stalls. A nil frame is an idle cycle.
func (u *Unit) Back(frames []Frame) Stimulus {
	s := Stimulus{In: make([][]Item, 1), Seed: 1, Limit: len(frames)*u.interval() + 1<<16}
	gap := 0
	for _, f := range frames {
		if f == nil {
			gap++
			continue
		}
		s.In[0] = append(s.In[0], Item{gap, f})
		gap = u.interval() - 1
	}
	s.Expect = []int{len(s.In[0])}
	return s
}

// A rng is the generator of stalls and junk; the harness of the Verilator
// executor implements the same one, so that both see the same run.
// Source: xorshift64*, G. Marsaglia, Xorshift RNGs, 2003; S. Vigna, 2016.
type rng uint64

func (r *rng) next() uint64 {
	x := uint64(*r)
	x ^= x >> 12
	x ^= x << 25
	x ^= x >> 27
	*r = rng(x)
	return x * 0x2545f4914f6cdd1d >> 32
}

func newRng(seed uint64) rng { return rng(seed*0x9e3779b97f4a7c15 | 1) }

// Admits reports the first beat of s that does not fit the ports of u: a
// mistake in a stimulus, which would otherwise look like one in the structure.
func (u *Unit) Admits(s Stimulus) error {
	in, out := u.Channels()
	if len(s.In) != len(in) || len(s.Expect) != len(out) {
		return fmt.Errorf("unit %s: stimulus has %d input and %d output channels, want %d and %d",
			u.Name, len(s.In), len(s.Expect), len(in), len(out))
	}
	for i, c := range in {
		for k, item := range s.In[i] {
			if err := c.admits(item.Frame); err != nil {
				return fmt.Errorf("unit %s: channel %s: beat %d: %w", u.Name, c.Name, k, err)
			}
		}
	}
	return nil
}

func (c Channel) admits(f Frame) error {
	if len(f) != len(c.Payload) {
		return fmt.Errorf("%d ports, want %d", len(f), len(c.Payload))
	}
	for p, port := range c.Payload {
		if len(f[p]) != port.Lanes {
			return fmt.Errorf("port %s has %d lanes, want %d", port.Name, len(f[p]), port.Lanes)
		}
		for l, v := range f[p] {
			if !port.Shape.Holds(v) {
				return fmt.Errorf("port %s lane %d is %d, want a value of %s", port.Name, l, v, port.Shape)
			}
		}
	}
	return nil
}
