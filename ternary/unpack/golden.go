package unpack

import (
	"fmt"
	"math/rand/v2"

	"lockstep/rtl/unit"
	"lockstep/ternary"
)

// pBeats is the number of beats of p of a matrix of n beats of w.
func (c Config) pBeats(n int64) int64 {
	return (n*int64(c.Lanes) + int64(c.beatTrits()) - 1) / int64(c.beatTrits())
}

// golden maps the beats of cmd and p to the beats of w.
func (c Config) golden(in [][]unit.Frame) ([][]unit.Frame, error) {
	unpack := ternary.UnpackTwo
	if c.Packing == ternary.FiveTrit {
		unpack = ternary.UnpackFive
	}
	var w []unit.Frame
	p := in[1]
	for k, cmd := range in[0] {
		n := cmd[0][0]
		if taken := c.pBeats(n); n < 1 || taken > int64(len(p)) {
			return nil, fmt.Errorf("unpack: command %d has %d beats of w; %d beats of p are left", k, n, len(p))
		}
		var packed []byte
		for _, beat := range p[:c.pBeats(n)] {
			for _, b := range beat[0] {
				packed = append(packed, byte(b))
			}
		}
		p = p[c.pBeats(n):]
		trits, err := unpack(packed, len(packed)*c.Packing.TritsPerByte())
		if err != nil {
			return nil, fmt.Errorf("unpack: command %d: %w", k, err)
		}
		for ; n > 0; n-- {
			codes := make([]int64, c.Lanes)
			for i := range codes {
				codes[i] = int64(trits[i]) & 3
			}
			w, trits = append(w, unit.Frame{codes}), trits[c.Lanes:]
		}
	}
	if len(p) > 0 {
		return nil, fmt.Errorf("unpack: %d beats of p belong to no command", len(p))
	}
	return [][]unit.Frame{w}, nil
}

// due follows the accepted beats with a Timing.
func (c Config) due(in [][]unit.Frame, accepted [][]int, latency int) [][]int {
	var cycles []int
	t := c.Timing()
	p := accepted[1]
	next := func(int64) int64 {
		at := p[0]
		p = p[1:]
		return int64(at)
	}
	for k, cmd := range in[0] {
		t.Start(int64(accepted[0][k]), cmd[0][0])
		for range cmd[0][0] {
			cycles = append(cycles, int(t.Beat(next))+latency)
		}
	}
	return [][]int{cycles}
}

// stimulus sends a matrix with every valid byte in every byte of a beat; then
// matrices of every short length, of one byte repeated, which drop every number
// of trits that can be left; then random ones.
func (c Config) stimulus(r *rand.Rand, n int) [][]unit.Frame {
	valid := c.validBytes()
	streams := make([][]unit.Frame, 2)
	send := func(beats int64, value func(k, lane int) int64) {
		streams[0] = append(streams[0], unit.Frame{{beats}})
		for k := range int(c.pBeats(beats)) {
			f := unit.Frame{make([]int64, c.BeatBytes)}
			for i := range f[0] {
				f[0][i] = value(k, i)
			}
			streams[1] = append(streams[1], f)
		}
	}
	all := (len(valid)*c.beatTrits() + c.Lanes - 1) / c.Lanes
	send(int64(all), func(k, i int) int64 { return valid[(k+7*i)%len(valid)] })
	short := int64(c.beatTrits()/c.chunk()) + 2
	for beats := int64(1); beats <= short; beats++ {
		b := valid[[]int{0, len(valid) - 1, len(valid) / 2}[beats%3]]
		send(beats, func(int, int) int64 { return b })
	}
	for len(streams[1]) < n {
		send(1+r.Int64N(2*short), func(int, int) int64 { return valid[r.IntN(len(valid))] })
	}
	return streams
}

// validBytes returns the bytes that stand for trits.
func (c Config) validBytes() []int64 {
	var valid []int64
	for b := range int64(256) {
		two := b>>1&^b&0b01010101 == 0 // no code is 10
		if c.Packing == ternary.TwoBit && two || c.Packing == ternary.FiveTrit && b < 243 {
			valid = append(valid, b)
		}
	}
	return valid
}
