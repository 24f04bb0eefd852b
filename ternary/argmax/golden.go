package argmax

import (
	"fmt"

	"lockstep/rtl/unit"
)

// beats is the number of beats of a vector.
func (c Config) beats(count int64) int { return (int(count) + c.Lanes - 1) / c.Lanes }

// golden maps the beats of cmd and x to the beats of y.
func (c Config) golden(in [][]unit.Frame) ([][]unit.Frame, error) {
	x := in[1]
	var y []unit.Frame
	for k, cmd := range in[0] {
		count := cmd[0][0]
		beats := c.beats(count)
		if count < 1 || beats > len(x) {
			return nil, fmt.Errorf("argmax: command %d has %d elements in %d beats; %d beats of x are left", k, count, beats, len(x))
		}
		var elements []int32
		for _, b := range x[:beats] {
			for _, v := range b[0] {
				elements = append(elements, int32(v))
			}
		}
		x = x[beats:]
		best := Argmax(elements[:count])
		y = append(y, unit.Frame{{int64(best)}, {int64(elements[best])}})
	}
	if len(x) > 0 {
		return nil, fmt.Errorf("argmax: %d beats of x belong to no command", len(x))
	}
	return [][]unit.Frame{y}, nil
}

// due gives the result latency cycles after the last beat of a vector.
func (c Config) due(in [][]unit.Frame, accepted [][]int, latency int) [][]int {
	var cycles []int
	end := 0
	for _, cmd := range in[0] {
		end += c.beats(cmd[0][0])
		cycles = append(cycles, accepted[1][end-1]+latency)
	}
	return [][]int{cycles}
}
