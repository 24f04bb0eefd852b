package ternip_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary/ternip"
)

// ceilLog is the smallest n with 2^n >= x.
func ceilLog(x int) (n int64) {
	for p := 1; p < x; p *= 2 {
		n++
	}
	return n
}

// u is U(C,L) of the facts.
func u(c, l int64) int64 {
	n := 1 + 2*l*(c/l)
	if r := c % l; r > 0 {
		n += l + r
	}
	return n
}

// closed is the larger of the two formulas for GO.
func closed(c ternip.Config) int64 {
	d, r, lg := int64(c.D), int64(c.D/c.TP), ceilLog(c.TP)
	compute := d*(r+1) + c.Lat + lg + 4 - (lg+3)/(r+1)
	memory := c.Lat + (d*r*c.Eff.Den+c.Eff.Num-1)/c.Eff.Num + lg + 5
	return max(compute, memory)
}

// grid calls f for every core with D and TP as published or near it.
func grid(f func(c ternip.Config)) {
	for _, d := range []int{64, 128, 256, 512, 1024, 2048, 2560} {
		for _, vp := range []int{1, 2, 4, 8, 16, 64} {
			for _, tp := range []int{d / 64, 8, 16, 32, 64, 128, 256} {
				c := ternip.DefaultConfig()
				c.D, c.VP, c.TP = d, vp, tp
				if tp > 0 && d%tp == 0 && d*d/tp <= 1<<18 {
					f(c)
				}
			}
		}
	}
}

func TestClosedForms(t *testing.T) {
	w := map[int]int64{64: 58, 128: 60, 256: 60, 512: 62, 1024: 62, 2048: 64, 2560: 64}
	cores := 0
	grid(func(c ternip.Config) {
		for _, c.Lat = range []int64{4, 20, 399, 400} {
			timing, err := ternip.NewTiming(c)
			require.NoError(t, err)
			beats, lg := int64(c.D/c.VP), ceilLog(c.VP)
			for op, want := range map[ternip.Op]int64{
				ternip.LDV: beats + c.Lat + 1, ternip.SV: beats + 7, ternip.ADD: 3*beats + 4, ternip.SUB: 3*beats + 4, ternip.MUL: 3*beats + 6,
				ternip.SIG: u(beats, 8), ternip.CSIG: u(beats, 8), ternip.NORM: u(beats, 8), ternip.SILU: u(beats, 11),
				ternip.CLEAR: lg + 5, ternip.ACC: beats + 8, ternip.FIN: lg + w[c.D] + 47,
				ternip.IMPORT: beats + 7, ternip.EXPORT: beats + 4, ternip.SYNC: 0,
			} {
				require.Equal(t, want, timing.Cycles[op], "%s of %+v", op, c)
			}
			if c.D/c.TP >= 3 {
				require.Equal(t, closed(c), timing.Cycles[ternip.GO], "GO of %+v", c)
			}
			cores++
		}
	})
	require.Greater(t, cores, 500)
}

// Below full efficiency the formula for GO is the least; a refused beat that
// meets the end, or a rate close to that of the rows, costs up to 3 cycles.
func TestGoMemoryBound(t *testing.T) {
	equal, all := 0, 0
	grid(func(c ternip.Config) {
		if c.VP != 4 || c.D/c.TP < 3 {
			return
		}
		for _, c.Eff = range []ternip.Ratio{{Num: 1, Den: 4}, {Num: 1, Den: 2}, {Num: 3, Den: 4}, {Num: 1, Den: 3}, {Num: 9, Den: 10}, {Num: 2, Den: 3}} {
			timing, err := ternip.NewTiming(c)
			require.NoError(t, err)
			more := timing.Cycles[ternip.GO] - closed(c)
			require.GreaterOrEqual(t, more, int64(0), "%+v", c)
			require.LessOrEqual(t, more, int64(3), "%+v", c)
			if c.Eff.Num == 1 && c.Eff.Den == 4 {
				require.Zero(t, more, "%+v", c)
			}
			all++
			if more == 0 {
				equal++
			}
		}
	})
	require.Greater(t, all, 150)
	require.Greater(t, equal, all*8/10)
}

// Values of GO that the formulas do not give.
func TestGoSmallRows(t *testing.T) {
	for _, tt := range []struct {
		d, tp int
		eff   ternip.Ratio
		want  int64
	}{
		// R = 1: 9 beats, 9 refusals, and so on; the 64th beat is in cycle 7*18 + 0.
		{64, 64, ternip.Ratio{Num: 1, Den: 1}, 20 + 126 + 6 + 6},
		{128, 64, ternip.Ratio{Num: 1, Den: 1}, 411 + 1}, // one more than the formula
		// R = 4, eff 1/2: every second row ends in a refusal, and so does the last.
		{128, 32, ternip.Ratio{Num: 1, Den: 2}, 20 + 1024 + 5 + 5 + 1},
	} {
		c := ternip.DefaultConfig()
		c.D, c.TP, c.Eff = tt.d, tt.tp, tt.eff
		timing, err := ternip.NewTiming(c)
		require.NoError(t, err)
		require.Equal(t, tt.want, timing.Cycles[ternip.GO], "%+v", c)
		require.Equal(t, naiveGo(c), timing.Cycles[ternip.GO], "%+v", c)
	}
}

// Loads obey the credit rule; stores follow weff; a deep FIFO changes nothing.
func TestPorts(t *testing.T) {
	for _, tt := range []struct {
		set     string
		ldv, sv int64
	}{
		{"eff=1", 37, 23}, {"eff=0.5", 53, 23}, {"eff=0.25", 85, 23}, {"eff=3/4", 43, 23}, {"eff=0.9", 39, 23}, {"eff=1/3", 69, 23},
		{"weff=0.5", 37, 39}, {"weff=2/3", 37, 31}, {"lat=4", 21, 23}, {"lat=400", 417, 23}, {"fifo=1", 37, 23}, {"fifo=65536", 37, 23},
		{"max_outstanding=1", 37, 23},
	} {
		c := ternip.DefaultConfig()
		require.NoError(t, c.Set(tt.set))
		timing, err := ternip.NewTiming(c)
		require.NoError(t, err)
		require.Equal(t, tt.ldv, timing.Cycles[ternip.LDV], tt.set)
		require.Equal(t, tt.sv, timing.Cycles[ternip.SV], tt.set)
	}
}
