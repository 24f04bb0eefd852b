package unpack

import (
	"fmt"
	"math/rand/v2"

	"lockstep/rtl/unit"
	"lockstep/ternary"
)

// golden maps the beats of p to the beats of w. Trits that do not fill a beat
// are left out.
func (c Config) golden(in [][]unit.Frame) ([][]unit.Frame, error) {
	var packed []byte
	for _, beat := range in[0] {
		for _, b := range beat[0] {
			packed = append(packed, byte(b))
		}
	}
	unpack := ternary.UnpackTwo
	if c.Packing == ternary.FiveTrit {
		unpack = ternary.UnpackFive
	}
	trits, err := unpack(packed, len(packed)*c.Packing.TritsPerByte())
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	var w []unit.Frame
	for ; len(trits) >= c.Lanes; trits = trits[c.Lanes:] {
		codes := make([]int64, c.Lanes)
		for i := range codes {
			codes[i] = int64(trits[i]) & 3
		}
		w = append(w, unit.Frame{codes})
	}
	return [][]unit.Frame{w}, nil
}

// due gives a beat of w latency cycles after the beat of p with its last trit,
// or in the cycle after the beat before it.
func (c Config) due(in [][]unit.Frame, accepted [][]int, latency int) [][]int {
	cycles := make([]int, len(in[0])*c.beatTrits()/c.Lanes)
	for k := range cycles {
		last := ((k+1)*c.Lanes - 1) / c.beatTrits()
		cycles[k] = accepted[0][last] + latency
		if k > 0 {
			cycles[k] = max(cycles[k], cycles[k-1]+1)
		}
	}
	return [][]int{cycles}
}

// stimulus sends every valid byte through every byte of a beat, then beats of
// one byte repeated, then random bytes.
func (c Config) stimulus(r *rand.Rand, n int) [][]unit.Frame {
	valid := c.validBytes()
	var beats []unit.Frame
	send := func(value func(lane int) int64) {
		f := unit.Frame{make([]int64, c.BeatBytes)}
		for i := range f[0] {
			f[0][i] = value(i)
		}
		beats = append(beats, f)
	}
	for k := range valid {
		send(func(i int) int64 { return valid[(k+7*i)%len(valid)] })
	}
	for _, k := range []int{0, len(valid) - 1, len(valid) / 2} {
		for range 3 {
			send(func(int) int64 { return valid[k] })
		}
	}
	for len(beats) < n {
		send(func(int) int64 { return valid[r.IntN(len(valid))] })
	}
	return [][]unit.Frame{beats}
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
