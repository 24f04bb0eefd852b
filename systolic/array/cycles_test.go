package array

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
	"lockstep/systolic"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
)

// executors are those that cycles are measured on.
func executors() map[string]func(*testing.T) unit.Executor {
	return map[string]func(*testing.T) unit.Executor{
		"interp": func(*testing.T) unit.Executor { return unit.Interp{} },
		"verilator": func(t *testing.T) unit.Executor {
			tooltest.Need(t, "verilator", "g++")
			return verilator.Executor{}
		},
	}
}

// uninterrupted offers passes of length beats each, everything at once, and takes
// every result at once.
func (c Config) uninterrupted(passes, length int, p pattern) unit.Stimulus {
	items := make([][]unit.Item, 2)
	add := func(i int, fs []unit.Frame) {
		for _, f := range fs {
			items[i] = append(items[i], unit.Item{Frame: f})
		}
	}
	s := unit.Stimulus{Seed: 1, Limit: 1 << 20}
	for range passes {
		if c.Dataflow == systolic.OutputStationary {
			add(0, c.beatsK(length, p))
			continue
		}
		add(0, c.beatsW(p))
		add(1, c.beatsX(length, p))
	}
	s.In, s.Expect = items, []int{passes * length}
	if c.Dataflow == systolic.OutputStationary {
		s.In, s.Expect = items[:1], []int{passes * c.Rows}
	}
	return s
}

// gemm returns the product of which a pass with length beats is the whole.
func (c Config) gemm(length int) systolic.GEMM {
	switch c.Dataflow {
	case systolic.OutputStationary:
		return systolic.GEMM{M: c.Rows, N: c.Cols, K: length}
	case systolic.WeightStationary:
		return systolic.GEMM{M: length, N: c.Cols, K: c.Rows}
	default:
		return systolic.GEMM{M: c.Cols, N: length, K: c.Rows}
	}
}

// TestPassCycles measures a pass on its own, in clock edges from its first beat,
// of w or k, to the one that puts its last result into the output register.
func TestPassCycles(t *testing.T) {
	for executor, need := range executors() {
		for name, c := range Presets {
			t.Run(executor+"/"+name, func(t *testing.T) {
				e := need(t)
				u, err := New(c)
				require.NoError(t, err)
				lengths := []int{1, 2, c.Rows, c.Rows + 3, 100}
				var runs []unit.Stimulus
				for _, length := range lengths {
					runs = append(runs, c.uninterrupted(1, length, c.patterns()[0]))
				}
				results, err := e.Run(u, runs)
				require.NoError(t, err)
				for i, length := range lengths {
					want := int(systolic.PassCycles(c.gemm(length), systolic.Array{Rows: c.Rows, Cols: c.Cols}, c.Dataflow))
					res := results[i]
					require.Empty(t, res.Fault)
					require.Equal(t, 0, res.Accepted[0][0])
					out := res.Out[0]
					if c.Dataflow == systolic.OutputStationary {
						// The last element's sum is in the first beat; the rows above follow.
						require.Equal(t, want, out[0].Cycle, "%d beats", length)
						require.Equal(t, want+c.Rows-1, out[len(out)-1].Cycle, "%d beats", length)
						continue
					}
					require.Equal(t, want, out[len(out)-1].Cycle, "%d beats", length)
				}
			})
		}
	}
}

// TestPassesOverlap measures when the beats of several passes are accepted: a
// pass takes as many cycles as it has beats, or Rows if that is more.
func TestPassesOverlap(t *testing.T) {
	const passes = 4
	for executor, need := range executors() {
		for name, c := range Presets {
			t.Run(executor+"/"+name, func(t *testing.T) {
				e := need(t)
				u, err := New(c)
				require.NoError(t, err)
				lengths := []int{1, max(1, c.Rows-1), c.Rows, c.Rows + 1, 3*c.Rows + 2}
				var runs []unit.Stimulus
				for _, length := range lengths {
					runs = append(runs, c.uninterrupted(passes, length, c.patterns()[1]))
				}
				results, err := e.Run(u, runs)
				require.NoError(t, err)
				for i, length := range lengths {
					require.Equal(t, c.overlapped(passes, length), results[i].Accepted[len(results[i].Accepted)-1], "%d beats", length)
				}
			})
		}
	}
}

// overlapped returns the cycles in which the streamed beats are accepted. The
// first pass of ws and is waits for its Rows beats of w. Where passes are
// shorter than Rows, it is the first beat of a pass that waits for w, or, for
// os, the last one for the drain of the pass before.
func (c Config) overlapped(passes, length int) []int {
	var cycles []int
	period := max(length, c.Rows)
	for p := range passes {
		for t := range length {
			switch {
			case c.Dataflow != systolic.OutputStationary:
				cycles = append(cycles, c.Rows+p*period+t)
			case t == length-1:
				cycles = append(cycles, p*period+t)
			case p == 0 || length >= c.Rows:
				cycles = append(cycles, p*period+t)
			default:
				cycles = append(cycles, (p-1)*period+length+t)
			}
		}
	}
	return cycles
}

// TestLongestSum adds as many extreme products as a sum holds, then one more,
// with which it wraps.
func TestLongestSum(t *testing.T) {
	for executor, need := range executors() {
		for _, tt := range []struct {
			x, w       systolic.Kind
			valueX     int64
			valueW     int64
			length     int
			want, over int64
		}{
			{systolic.U8, systolic.U8, 255, 255, 33025, 2147450625, -2147451646},
			{systolic.S8, systolic.S8, -128, -128, 131071, 2147467264, -2147483648},
			{systolic.U8, systolic.S8, 255, -128, 65793, -2147483520, 2147451136},
		} {
			t.Run(fmt.Sprintf("%s/%v_%v", executor, tt.x, tt.w), func(t *testing.T) {
				e := need(t)
				require.Equal(t, systolic.ExactK(tt.x, tt.w), tt.length)
				c := Config{systolic.OutputStationary, 1, 1, tt.x, tt.w}
				u, err := New(c)
				require.NoError(t, err)
				extreme := pattern{func(int, int) int64 { return tt.valueX }, func(int, int) int64 { return tt.valueW }}
				results, err := e.Run(u, []unit.Stimulus{c.uninterrupted(1, tt.length, extreme), c.uninterrupted(1, tt.length+1, extreme)})
				require.NoError(t, err)
				require.Equal(t, int64(tt.length)*tt.valueX*tt.valueW, tt.want, "the exact sum")
				require.Equal(t, tt.want, results[0].Out[0][0].Out[0][0])
				require.Equal(t, tt.over, results[1].Out[0][0].Out[0][0])
			})
		}
	}
}
