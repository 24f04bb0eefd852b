package ternip

import "math/bits"

// A Timing holds the cycles of each operation of one core, from issue to
// ready, when nothing holds it up.
type Timing struct {
	Cycles [numOps]int64 // indexed by Op; FIN with b = 0; SYNC 0
}

// NewTiming returns the timing of core c. Time and space are of the order of
// the beats of one GO, D*D/TP.
func NewTiming(c Config) (*Timing, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	beats := int64(c.D / c.VP)
	t := &Timing{}
	t.Cycles = [numOps]int64{
		LDV: c.Lat + c.Eff.cycles(beats) + 1, SV: c.WEff.cycles(beats) + 7,
		ADD: 3*beats + 4, SUB: 3*beats + 4, MUL: 3*beats + 6,
		SIG: blocked(beats, 8), CSIG: blocked(beats, 8), NORM: blocked(beats, 8), SILU: blocked(beats, 11),
		CLEAR: log2(c.VP) + 5, ACC: beats + 8, FIN: log2(c.VP) + meanBits(c.D) + 47,
		IMPORT: beats + 7, GO: goCycles(c), EXPORT: beats + 4,
	}
	return t, nil
}

// cycles returns the cycles of in on core c.
func (t *Timing) cycles(c Config, in Instr) int64 {
	n := t.Cycles[in.Op]
	if in.Op == FIN {
		if in.B >= 0 {
			return n + int64(in.B)
		}
		return n + int64(c.FinB)
	}
	return n
}

// costs returns the cycles of every instruction of p.
func (t *Timing) costs(c Config, p *Program) []int64 {
	costs := make([]int64, len(p.Instrs))
	for i, in := range p.Instrs {
		costs[i] = t.cycles(c, in)
	}
	return costs
}

// blocked is the time of a pipeline of depth l behind a single-port register
// file: blocks of l beats are read, then written.
func blocked(beats, l int64) int64 {
	n := 1 + 2*l*(beats/l)
	if rest := beats % l; rest > 0 {
		n += l + rest
	}
	return n
}

// log2 is the binary logarithm of n >= 1, rounded up.
func log2(n int) int64 { return int64(bits.Len(uint(n - 1))) }

// meanBits is the number of bits, one a cycle, that FIN works on: even.
func meanBits(d int) int64 { return (52 + log2(d) + 1) &^ 1 }
