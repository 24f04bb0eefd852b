package loadstore

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/ternary/vregs"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
)

// A transfer is one command of a program. Those with after wait until all before
// it are done.
type transfer struct {
	store, after    bool
	register, words int
	addr            int // in words
}

const addrBits = 12 // of the programs

func (x transfer) code() int64 {
	v := int64(x.addr)<<24 | int64(x.words)<<8 | int64(x.register)
	for bit, set := range []bool{x.store, x.after} {
		if set {
			v |= 1 << (24 + addrBits + bit)
		}
	}
	return v
}

// system is the unit between a memory port, a register file and a program, from
// which it takes one command per cycle. The output done counts.
func system(t *testing.T, c Config, program []transfer) *rtl.Module {
	t.Helper()
	u, err := New(c)
	require.NoError(t, err)
	sub, err := u.Module()
	require.NoError(t, err)
	m := rtl.New("loadstore_system", "loads and stores of a program")
	req := m.OutStream(u.Streams.Out[0])
	rd := m.InStream(u.Streams.In[1])
	wr := m.OutStream(u.Streams.Out[3])
	flag := rtl.U(1)
	yes := m.Const(flag, 1)
	one := m.Const(rtl.U(16), 1)

	pc, running := m.State("pc", rtl.U(16), 0), m.State("running", flag, 0)
	running.Set(yes)
	begun, ended := m.State("begun", rtl.U(16), 0), m.State("ended", rtl.U(16), 0)
	takes := m.Wire("takes", flag)
	next := takes.Mux(pc.AddWrap(one), pc.Sig)
	pc.Set(next)
	codes := make([]int64, 1<<8)
	for k, x := range program {
		codes[k] = x.code()
	}
	code := m.ROM("program", rtl.U(26+addrBits), codes).Read(next.Wrap(8))[0].Unstaged()
	mayGo := code.Bit(25 + addrBits).Not().Or(begun.Eq(ended.Sig))
	valid := running.And(pc.Lt(m.Const(rtl.U(16), int64(len(program))))).And(mayGo)

	arrives := m.Wire("arrives", flag)
	arriving := make([]rtl.Wire, c.File.Lanes)
	in := map[string][]rtl.Sig{
		"cmd_valid": {valid.Unstaged()}, "cmd_store": {code.Bit(24 + addrBits)}, "cmd_register": {code.Slice(7, 0)},
		"cmd_words": {code.Slice(23, 8)}, "cmd_addr": {code.Slice(23+addrBits, 24).Extend(40)},
		"mem_rd_valid": {rd.Valid.Unstaged()}, "data_valid": {arrives.Sig},
		"mem_req_ready": {req.Ready}, "mem_wr_ready": {wr.Ready}, "reg_ready": {yes}, "fetch_ready": {yes}, "done_ready": {yes},
	}
	for l := range arriving {
		arriving[l] = m.Wire(fmt.Sprintf("arriving%d", l), c.File.ElementShape())
		in["data"] = append(in["data"], arriving[l].Sig)
		in["mem_rd_data"] = append(in["mem_rd_data"], rd.Data[0][l].Unstaged())
	}
	var ins [][]rtl.Sig
	for _, p := range sub.Ins() {
		require.Contains(t, in, p.Name)
		ins = append(ins, in[p.Name])
	}
	out := map[string][]rtl.Sig{}
	for k, lanes := range m.Instance("unit", sub, ins) {
		for _, s := range lanes {
			out[sub.Outs()[k].Name] = append(out[sub.Outs()[k].Name], s.Unstaged())
		}
	}
	get := func(name string) rtl.Sig { return out[name][0] }
	takes.Set(get("cmd_ready").And(valid.Unstaged()))
	begun.SetWhen(takes.Sig, begun.AddWrap(one))
	ended.SetWhen(get("done_valid"), ended.AddWrap(one))
	req.Drive(get("mem_req_valid"), [][]rtl.Sig{out["mem_req_addr"], out["mem_req_beats"], out["mem_req_write"]})
	rd.Accept(get("mem_rd_ready"))
	wr.Drive(get("mem_wr_valid"), [][]rtl.Sig{out["mem_wr_data"]})

	write := vregs.Write{En: get("reg_valid"), Register: get("reg_register"), Word: get("reg_word"), Data: out["reg_data"]}
	read := vregs.Read{En: get("fetch_valid"), Register: get("fetch_register"), Word: get("fetch_word")}
	for l, x := range vregs.Build(m, c.File, "vregs", []vregs.Write{write}, []vregs.Read{read})[0] {
		arriving[l].Set(x)
	}
	arrives.Set(get("fetch_valid").Delay("fetching", 2))
	m.Require(arrives.Not().Or(get("data_ready")), "there is room for a word that was fetched")
	m.Out(rtl.Port{Name: "done", Shape: rtl.U(16), Lanes: 1}, []rtl.Sig{ended.Sig})
	return m
}

// draw returns a program of n transfers. A store waits if a load of its register
// may be under way.
func draw(r *rand.Rand, c Config, n int) []transfer {
	program := make([]transfer, n)
	loading := map[int]bool{}
	for k := range program {
		x := transfer{store: r.IntN(2) == 0, register: r.IntN(c.File.Registers), words: 1 + r.IntN(6)}
		if r.IntN(8) == 0 {
			x.words = 1 + r.IntN(c.File.Words)
		}
		x.addr = r.IntN(1<<addrBits - x.words)
		if r.IntN(2) == 0 {
			x.addr = r.IntN(20)
		}
		x.after = r.IntN(6) == 0 || x.store && loading[x.register]
		if x.after {
			clear(loading)
		}
		if !x.store {
			loading[x.register] = true
		}
		program[k] = x
	}
	return program
}

// execute runs a program on plain arrays of words.
func execute(c Config, program []transfer, memory [][]byte) {
	registers := make([][][]byte, c.File.Registers)
	for r := range registers {
		registers[r] = make([][]byte, c.File.Words)
		for w := range registers[r] {
			registers[r][w] = make([]byte, c.WordBytes())
		}
	}
	for _, x := range program {
		register, words := registers[x.register][:x.words], memory[x.addr:][:x.words]
		if x.store {
			copy(words, register)
		} else {
			copy(register, words)
		}
	}
}

// ends returns the cycles in which a memory of the given latency that moves one
// beat per cycle ends the transfers of a program that begins in cycle 1.
func ends(c Config, program []transfer, latency int) []int {
	const file = 2 // cycles from a fetch to its word
	taken, end := 0, make([]int, len(program))
	for k, x := range program {
		taken++
		if k >= c.InFlight {
			taken = max(taken, end[k-c.InFlight]+1)
		}
		first := 0
		if k > 0 {
			first = end[k-1] + 1
			if x.after {
				taken = max(taken, first)
			}
		}
		first = max(first, taken+latency)
		if x.store {
			first = max(first, taken+1+file)
		}
		end[k] = first + x.words - 1
	}
	return end
}

// TestSystem runs a random program between the memory of the harness and the
// register file. Memory ends as the program says, and at one beat per cycle every
// transfer ends in the cycle in which the memory alone would end it, except that
// a store cannot send before its first word is fetched.
func TestSystem(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	c := Presets["default"]
	r := rand.New(rand.NewPCG(1, 2))
	program := draw(r, c, 200)
	m := system(t, c, program)
	bytes := c.WordBytes() << addrBits
	for _, tt := range []struct {
		latency    int
		efficiency verilator.Ratio
		requests   int // outstanding; 0 is any number
	}{
		{latency: 1}, {latency: 2}, {latency: 3}, {latency: 24},
		{20, verilator.Ratio{Num: 2, Den: 3}, 0}, {5, verilator.Ratio{Num: 1, Den: 1}, 1},
	} {
		t.Run(fmt.Sprint(tt), func(t *testing.T) {
			s, err := verilator.NewSession(t.Context(), m, verilator.SessionConfig{Memories: []verilator.Memory{{
				Name: "ram", Bytes: int64(bytes), Ports: []verilator.MemoryPort{{
					Name: "mem", LatencyCycles: int64(tt.latency), Efficiency: tt.efficiency, MaxOutstanding: tt.requests}}}}})
			require.NoError(t, err)
			image := make([]byte, bytes)
			for i := 0; i < len(image); i += 8 {
				binary.LittleEndian.PutUint64(image[i:], r.Uint64())
			}
			require.NoError(t, s.Load("ram", 0, image))
			want := ends(c, program, tt.latency)
			for k := range program {
				cycle, err := s.RunUntil(1000, "done", int64(k+1))
				require.NoError(t, err)
				if tt.efficiency == (verilator.Ratio{}) {
					require.EqualValues(t, want[k], cycle-1, "transfer %d, %+v", k, program[k])
				} else {
					require.GreaterOrEqual(t, int(cycle-1), want[k], "transfer %d, %+v", k, program[k])
				}
			}
			memory := make([][]byte, 1<<addrBits)
			for w := range memory {
				memory[w] = image[w*c.WordBytes():][:c.WordBytes()]
			}
			execute(c, program, memory)
			got, err := s.Dump("ram", 0, int64(bytes))
			require.NoError(t, err)
			for w := range memory {
				require.Equal(t, memory[w], got[w*c.WordBytes():][:c.WordBytes()], "word %d", w)
			}
			require.NoError(t, s.Close())
		})
	}
}
