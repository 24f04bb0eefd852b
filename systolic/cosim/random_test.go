package cosim_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/sim"
	"lockstep/systolic"
	"lockstep/systolic/chip"
	"lockstep/systolic/cosim"
	"lockstep/tool/tooltest"
)

var programs = flag.Int("programs", 100, "random programs per chip and memory")

const randomMemory = 1 << 12 // bytes

// A programmer draws programs that end on any chip c, for in their order every
// wait is for signals given before, and without hazards: where an instruction
// touches what another engine touched, that one signals a semaphore of the two
// engines and the new one waits for it. Two more semaphores are signalled by
// any engine and waited for, now and then, by one.
type programmer struct {
	*rand.Rand
	c                  chip.Config
	bank, word         int // rows of a bank and of a word
	inputs, results    int // first rows
	instrs             []chip.Instr
	touched            map[int][chip.NumEngines]int // instruction from 1, by place
	synced             [chip.NumEngines][chip.NumEngines]int
	semaphores         []int  // six of pairs of engines, two of any, in any order
	given              [2]int // and not taken, of the semaphores of any
	waiters            [2]chip.Engine
	length, accumulate int
}

func newProgrammer(r *rand.Rand, c chip.Config, length int) *programmer {
	g := &programmer{Rand: r, c: c, word: c.WordRows(), length: length, touched: map[int][chip.NumEngines]int{}}
	g.bank = c.BankWords * g.word
	g.inputs = c.WeightBanks * g.bank
	g.results = g.inputs + c.InputBanks*g.bank
	g.waiters = [2]chip.Engine{chip.Engine(r.IntN(3)), chip.Engine(r.IntN(3))}
	g.accumulate, g.semaphores = r.IntN(4), r.Perm(chip.Semaphores)
	return g
}

// pair is the semaphore by which one engine tells another.
func (g *programmer) pair(from, to chip.Engine) int {
	at := int(to)
	if to > from {
		at--
	}
	return g.semaphores[int(from)*2+at]
}

// add appends an instruction that touches places, with the semaphores it needs.
func (g *programmer) add(in chip.Instr, places ...systolic.Span) {
	e := in.Op.Engine()
	k := len(g.instrs) + 1
	var last [chip.NumEngines]int
	for _, p := range places {
		for i := p.First; i < p.End(); i++ {
			t := g.touched[i]
			for other := range t {
				last[other] = max(last[other], t[other])
			}
			t[e] = k
			g.touched[i] = t
		}
	}
	for other, by := range last {
		from := chip.Engine(other)
		if from == e || by <= g.synced[e][from] {
			continue
		}
		n := uint8(1 + g.IntN(3))
		g.instrs[by-1].Signals[g.pair(from, e)] = n
		in.Waits[g.pair(from, e)] = n
		g.synced[e][from] = by
	}
	for s := range g.given {
		if n := min(g.given[s], chip.MaxCount); n > 0 && g.waiters[s] == e && g.IntN(2) == 0 {
			taken := 1 + g.IntN(n)
			in.Waits[g.semaphores[6+s]] = uint8(taken)
			g.given[s] -= taken
		}
		if g.IntN(3) == 0 {
			given := g.IntN(chip.MaxCount + 1)
			in.Signals[g.semaphores[6+s]] = uint8(given)
			g.given[s] += given
		}
	}
	g.instrs = append(g.instrs, in)
}

// accumulators begin behind the rows of VMEM in the places that are touched.
func (g *programmer) accumulators() int { return g.results + g.c.ResultBanks*g.bank }

func (g *programmer) load(row, rows, bytes int) {
	beats := (bytes + g.c.RowBytes() - 1) / g.c.RowBytes()
	in := chip.Instr{Op: chip.Load, Row: row, Count: rows, Bytes: bytes}
	g.address(&in, beats)
	g.add(in, systolic.Span{First: row, Count: rows * beats})
}

// address draws where a rectangle stands in memory: dense, overlapping or far
// apart.
func (g *programmer) address(in *chip.Instr, beats int) {
	room := int64(randomMemory - beats*g.c.RowBytes())
	in.Stride = g.Int64N(min(room/int64(in.Count), 200) + 1)
	in.Addr = g.Int64N(room - int64(in.Count-1)*in.Stride + 1)
}

func (g *programmer) store(row, rows, beats int) {
	in := chip.Instr{Op: chip.Store, Row: row, Count: rows, Bytes: beats * g.c.RowBytes()}
	g.address(&in, beats)
	g.add(in, systolic.Span{First: row, Count: rows * beats})
}

func (g *programmer) pass(weights, input, word, count int, first bool) {
	g.add(chip.Instr{Op: chip.Pass, Row: weights, Input: input, Word: word, Count: count, First: first},
		systolic.Span{First: weights, Count: g.c.Rows}, systolic.Span{First: input, Count: count},
		systolic.Span{First: g.accumulators() + word, Count: count})
}

func (g *programmer) drain(word, row, count int) {
	g.add(chip.Instr{Op: chip.Drain, Word: word, Row: row, Count: count},
		systolic.Span{First: row, Count: count * g.word}, systolic.Span{First: g.accumulators() + word, Count: count})
}

// upTo draws a count of 1 to most, mostly a small one.
func (g *programmer) upTo(most int) int {
	if g.IntN(4) > 0 {
		most = min(most, 6)
	}
	return 1 + g.IntN(most)
}

// program writes all of VMEM and all accumulators, which keep what they held in
// the run before, then draws instructions, alike for a while or anything.
func (g *programmer) program() *chip.Program {
	g.load(0, g.results, g.c.RowBytes())
	for at := 0; at < g.c.AccumulatorWords; {
		n := min(g.c.AccumulatorWords-at, g.results-g.inputs)
		g.pass(0, g.inputs, at, n, true)
		at += n
	}
	words := (g.accumulators() - g.results) / g.word
	for at := 0; at < words; {
		n := min(words-at, g.c.AccumulatorWords)
		g.drain(0, g.results+at*g.word, n)
		at += n
	}
	kind := g.IntN(4)
	for len(g.instrs) < g.length {
		if g.IntN(4) == 0 {
			kind = g.IntN(4)
		}
		g.instr(kind, words)
	}
	g.store(g.results, 1, words*g.word)
	return &chip.Program{Config: g.c, Instrs: g.instrs, MemoryBytes: randomMemory}
}

func (g *programmer) instr(kind, words int) {
	size := g.c.RowBytes()
	switch kind {
	case 0:
		bytes := 1 + g.IntN(3*size)
		beats := (bytes + size - 1) / size
		rows := g.upTo(min(40, g.results/beats))
		g.load(g.IntN(g.results-rows*beats+1), rows, bytes)
	case 1:
		beats := 1 + g.IntN(g.word+1)
		rows := g.upTo(words * g.word / beats)
		g.store(g.results+g.IntN(words*g.word-rows*beats+1), rows, beats)
	case 2:
		n := g.upTo(min(g.c.AccumulatorWords, g.results-g.inputs))
		weights := g.IntN(g.inputs - g.c.Rows + 1)
		g.pass(weights, g.inputs+g.IntN(g.results-g.inputs-n+1), g.IntN(g.c.AccumulatorWords-n+1), n, g.IntN(4) < g.accumulate)
	default:
		n := g.upTo(min(g.c.AccumulatorWords, words))
		g.drain(g.IntN(g.c.AccumulatorWords-n+1), g.results+g.IntN(words-n+1)*g.word, n)
	}
}

// Event model and RTL execute any program alike: long runs of one operation, full
// queues, hazards that semaphores order, semaphores that several engines signal
// in one cycle; with memories that are near, far and slow.
func TestRandomPrograms(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	near, far := chip.Default(4, 4), chip.Default(3, 5)
	near.BankWords, near.AccumulatorWords, near.QueueDepth, near.DMAInFlight = 8, 32, 2, 3
	far.BankWords, far.AccumulatorWords, far.QueueDepth, far.DMAInFlight = 8, 27, 1, 1
	far.X, far.W, far.Overlap, far.WeightBanks, far.InputBanks = systolic.S8, systolic.S8, false, 2, 2
	for k, c := range []chip.Config{near, far} {
		t.Run(fmt.Sprintf("%dx%d", c.Rows, c.Cols), func(t *testing.T) {
			t.Parallel()
			for _, memory := range []struct {
				latency int64
				eff     sim.Ratio
			}{{chip.MinLatency, sim.Ratio{}}, {17, sim.Ratio{Num: 1, Den: 3}}, {100, sim.Ratio{Num: 5, Den: 7}}} {
				c.LatencyCycles, c.Efficiency = memory.latency, memory.eff
				h, err := cosim.NewHardware(t.Context(), c, randomMemory, nil)
				require.NoError(t, err)
				r := rand.New(rand.NewPCG(uint64(k), uint64(memory.latency)))
				for trial := range *programs {
					p := newProgrammer(r, c, 20+r.IntN(60)).program()
					contents := make([]byte, randomMemory)
					for i := range contents {
						contents[i] = byte(r.Uint32())
					}
					_, err := h.Compare(t.Context(), p, contents)
					require.NoError(t, err, "program %d, latency %d", trial, memory.latency)
				}
				require.NoError(t, h.Close())
			}
		})
	}
}
