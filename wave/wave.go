// Package wave turns a waveform file into the timing diagram of a data sheet.
// ReadVCD samples signals once per clock cycle; a Diagram draws them as an SVG
// picture that needs no other file and no script.
package wave

// A Recording holds signals that were sampled in every cycle of a clock.
type Recording struct {
	Cycles  int
	Signals map[string]Signal // by hierarchical name, such as TOP.core.fire
}

// A Signal is the course of one variable: Samples[c] is its value in cycle c,
// the one that registers load at the edge which ends the cycle.
type Signal struct {
	Name    string
	Width   int // bits, 1 to 64
	Samples []Sample
}

// A Sample is the value of a signal in one cycle. Value is 0 if it is not known
// because a bit of it is x or z.
type Sample struct {
	Value uint64
	Known bool
}

// Is reports whether the signal is known to be v in cycle c; it is false for a
// cycle that was not recorded.
func (s Signal) Is(c int, v uint64) bool {
	return c >= 0 && c < len(s.Samples) && s.Samples[c] == Sample{v, true}
}

// Cycles returns the cycles in which the signal is v.
func (s Signal) Cycles(v uint64) (cycles []int) {
	for c := range s.Samples {
		if s.Is(c, v) {
			cycles = append(cycles, c)
		}
	}
	return cycles
}
