package dma

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/sim"
	"lockstep/systolic/vmem"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
)

// The system of these tests.
var (
	unitConfig    = Config{BeatBytes: 8, Rows: 128, InFlight: 3, Buffer: 4}
	scratchConfig = vmem.Config{Banks: 2, Words: 16, RowsPerWord: 4, RowBytes: 8, RowReads: 1, RowWrites: 1}
)

const memoryBytes = 1 << 14

// A transfer is one descriptor of a program. Those with after wait until all
// before them are done.
type transfer struct {
	descriptor
	after bool
}

// codeFields are the fields of a transfer in the program memory of the system,
// lowest first.
var codeFields = []int{1, 7, 14, 5, 8, 9, 1} // store, row, addr, rows, bytes, stride, after

func (x transfer) code() int64 {
	after := int64(0)
	if x.after {
		after = 1
	}
	code, at := int64(0), 0
	for k, v := range []int64{x.store, x.row, x.addr, x.rows, x.bytes, x.stride, after} {
		code |= v << at
		at += codeFields[k]
	}
	return code
}

// A sequencer offers the descriptors of a program, one per cycle from cycle 1 on.
type sequencer struct {
	pc, begun, ended rtl.State
	takes            rtl.Wire // a descriptor is accepted
	valid            rtl.Sig
	fields           [][]rtl.Sig // those of codeFields
}

func newSequencer(m *rtl.Module, program []transfer) *sequencer {
	counter, one := rtl.U(16), m.Const(rtl.U(16), 1)
	q := &sequencer{pc: m.State("pc", counter, 0), begun: m.State("begun", counter, 0), ended: m.State("ended", counter, 0),
		takes: m.Wire("takes", flag)}
	running := m.State("running", flag, 0)
	running.Set(m.Const(flag, 1))
	next := q.takes.Mux(q.pc.AddWrap(one), q.pc.Sig)
	q.pc.Set(next)
	q.begun.SetWhen(q.takes.Sig, q.begun.AddWrap(one))
	codes, width := make([]int64, 1<<8), 0
	for k, x := range program {
		codes[k] = x.code()
	}
	for _, w := range codeFields {
		width += w
	}
	code := m.ROM("program", rtl.U(width), codes).Read(next.Wrap(8))[0].Unstaged()
	low := 0
	for _, w := range codeFields {
		q.fields = append(q.fields, []rtl.Sig{code.Slice(low+w-1, low)})
		low += w
	}
	mayGo := q.fields[6][0].Not().Or(q.begun.Eq(q.ended.Sig))
	q.valid = running.And(q.pc.Lt(m.Const(counter, int64(len(program))))).And(mayGo).Unstaged()
	return q
}

// field returns field k of the descriptor, extended to width bits.
func (q *sequencer) field(k, width int) []rtl.Sig { return []rtl.Sig{q.fields[k][0].Extend(width)} }

// system is the unit between a memory port, a scratchpad and a program. The
// output done counts.
func system(t *testing.T, program []transfer) *rtl.Module {
	t.Helper()
	u, err := New(unitConfig)
	require.NoError(t, err)
	sub, err := u.Module()
	require.NoError(t, err)
	scratch, err := vmem.New(scratchConfig)
	require.NoError(t, err)
	pad, err := scratch.Module()
	require.NoError(t, err)
	m := rtl.New("dma_system", "transfers of a program")
	req, rd, wr := m.OutStream(u.Streams.Out[0]), m.InStream(u.Streams.In[1]), m.OutStream(u.Streams.Out[3])
	yes := m.Const(flag, 1)
	q := newSequencer(m, program)

	arrives := m.Wire("arrives", flag)
	arriving, arrivals := make([]rtl.Wire, unitConfig.BeatBytes), make([]rtl.Sig, unitConfig.BeatBytes)
	read := make([]rtl.Sig, unitConfig.BeatBytes)
	for l := range arriving {
		arriving[l] = m.Wire(fmt.Sprintf("arriving%d", l), rtl.U(8))
		arrivals[l], read[l] = arriving[l].Sig, rd.Data[0][l].Unstaged()
	}
	out := place(t, m, "dma", sub, map[string][]rtl.Sig{
		"cmd_valid": {q.valid}, "cmd_store": q.field(0, 1), "cmd_tag": {q.pc.Wrap(8).Unstaged()}, "cmd_row": q.field(1, 7),
		"cmd_addr": q.field(2, 40), "cmd_rows": q.field(3, 16), "cmd_bytes": q.field(4, 16), "cmd_stride": q.field(5, 40),
		"mem_rd_valid": {rd.Valid.Unstaged()}, "mem_rd_data": read, "vmem_valid": {arrives.Sig}, "vmem_data": arrivals,
		"mem_req_ready": {req.Ready}, "mem_wr_ready": {wr.Ready}, "vmem_wr_ready": {yes}, "vmem_rd_ready": {yes}, "done_ready": {yes},
	})
	q.takes.Set(out["cmd_ready"][0].And(q.valid))
	done := out["done_valid"][0]
	q.ended.SetWhen(done, q.ended.AddWrap(m.Const(q.ended.Shape(), 1)))
	inOrder := out["done_tag"][0].Eq(q.ended.Wrap(8).Unstaged())
	m.Require(inOrder.Or(done.Not()), "descriptors are done in order")
	req.Drive(out["mem_req_valid"][0], [][]rtl.Sig{out["mem_req_addr"], out["mem_req_beats"], out["mem_req_write"]})
	rd.Accept(out["mem_rd_ready"][0])
	wr.Drive(out["mem_wr_valid"][0], [][]rtl.Sig{out["mem_wr_data"]})

	words := place(t, m, "vmem", pad, map[string][]rtl.Sig{
		"valid": {yes}, "row_rd0_en": out["vmem_rd_valid"], "row_rd0_addr": out["vmem_rd_addr"],
		"row_wr0_en": out["vmem_wr_valid"], "row_wr0_addr": out["vmem_wr_addr"], "row_wr0_data": out["vmem_wr_data"],
	})
	for l, x := range words["row_rd0_data"] {
		arriving[l].Set(x)
	}
	arrives.Set(out["vmem_rd_valid"][0].Delay("reading", 2))
	m.Require(arrives.Not().Or(out["vmem_ready"][0]), "there is room for a row that was read")
	m.Out(rtl.Port{Name: "done", Shape: q.ended.Shape(), Lanes: 1}, []rtl.Sig{q.ended.Sig})
	return m
}

// place puts sub into m and returns its outputs by name, of any stage.
func place(t *testing.T, m *rtl.Module, name string, sub *rtl.Module, in map[string][]rtl.Sig) map[string][]rtl.Sig {
	t.Helper()
	var ins [][]rtl.Sig
	for _, p := range sub.Ins() {
		require.Contains(t, in, p.Name)
		ins = append(ins, in[p.Name])
	}
	require.Len(t, in, len(ins))
	out := map[string][]rtl.Sig{}
	for k, lanes := range m.Instance(name, sub, ins) {
		for _, s := range lanes {
			out[sub.Outs()[k].Name] = append(out[sub.Outs()[k].Name], s.Unstaged())
		}
	}
	return out
}

// draw returns a program of n transfers. A store waits if a load of one of its
// rows of the scratchpad may be under way.
func draw(r *rand.Rand, n int) []transfer {
	program := make([]transfer, n)
	loading := map[int64]bool{}
	for k := range program {
		x := transfer{descriptor: unitConfig.draw(r), after: r.IntN(6) == 0}
		for x.rows > 31 || x.bytes > 255 {
			x.descriptor = unitConfig.draw(r)
		}
		x.tag, x.stride = int64(k), r.Int64N(512)
		x.addr = r.Int64N(memoryBytes - x.rows*512 - 256)
		if r.IntN(2) == 0 {
			x.addr = min(x.addr, r.Int64N(64))
		}
		for row := range x.rows * unitConfig.beats(x.descriptor) {
			x.after = x.after || x.store == 1 && loading[x.row+row]
		}
		if x.after {
			clear(loading)
		}
		for row := range x.rows * unitConfig.beats(x.descriptor) {
			loading[x.row+row] = loading[x.row+row] || x.store == 0
		}
		program[k] = x
	}
	return program
}

// execute runs a program on plain bytes.
func execute(program []transfer, memory []byte) {
	scratch := make([]byte, unitConfig.Rows*unitConfig.BeatBytes)
	for _, x := range program {
		at := x.row * int64(unitConfig.BeatBytes)
		for r := range x.rows {
			line := memory[x.addr+r*x.stride:][:x.bytes]
			space := scratch[at:][:unitConfig.beats(x.descriptor)*int64(unitConfig.BeatBytes)]
			at += int64(len(space))
			if x.store == 1 {
				copy(line, space)
				continue
			}
			clear(space)
			copy(space, line)
		}
	}
}

// A requester makes the requests of a program in a simulation of events, by the
// rules of the package comment: one row per cycle, from the cycle after its
// descriptor is accepted on.
type requester struct {
	node     *sim.Node
	port     *sim.Port
	program  []transfer
	accepted int   // descriptors
	left     int64 // rows of the last of them
	rows     []int64
	ends     []sim.Cycle
}

func (q *requester) Blocked() string { return "" }

func (q *requester) Delivered(tag uint64, now sim.Cycle) {
	if q.rows[tag]--; q.rows[tag] == 0 {
		q.ends[tag] = now
	}
}

func (q *requester) Act(_ sim.Phase, now sim.Cycle) error {
	if q.left > 0 {
		q.left--
		x := q.program[q.accepted-1]
		bytes := unitConfig.beats(x.descriptor) * int64(unitConfig.BeatBytes)
		if err := q.port.Request(sim.Transfer{Bytes: bytes, Write: x.store == 1}, q, uint64(q.accepted-1)); err != nil {
			return err
		}
	}
	over := func(k int) bool { return k < 0 || q.ends[k] > 0 && q.ends[k] < now }
	if k := q.accepted; now > 0 && q.left == 0 && k < len(q.program) && over(k-unitConfig.InFlight) && (!q.program[k].after || over(k-1)) {
		q.accepted, q.left = k+1, q.program[k].rows
	}
	if q.left > 0 || q.accepted < len(q.program) {
		q.node.WakeAt(now + 1)
	}
	return nil
}

// ends returns the cycles in which sim.Memory ends the transfers of a program.
func ends(t *testing.T, program []transfer, port sim.PortConfig) []sim.Cycle {
	t.Helper()
	s, err := sim.NewSystem(sim.Config{ClockHz: 1e9})
	require.NoError(t, err)
	port.Name, port.BeatBytes = "Dma", int64(unitConfig.BeatBytes)
	m, err := sim.NewMemory(s, sim.MemoryConfig{Name: "Memory", Ports: []sim.PortConfig{port}})
	require.NoError(t, err)
	q := &requester{program: program, ends: make([]sim.Cycle, len(program))}
	for _, x := range program {
		q.rows = append(q.rows, x.rows)
	}
	q.port, err = m.Port("Dma")
	require.NoError(t, err)
	q.node, err = s.Add("Requester", q, sim.Start)
	require.NoError(t, err)
	q.node.WakeAt(1)
	_, err = s.Run(t.Context())
	require.NoError(t, err)
	return q.ends
}

// TestSystem runs a random program between the memory of the harness and a
// scratchpad. Memory ends as the program says, and every descriptor ends in the
// cycle in which sim.Memory ends its requests.
func TestSystem(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	r := rand.New(rand.NewPCG(1, 2))
	program := draw(r, 200)
	m := system(t, program)
	for _, port := range []sim.PortConfig{
		{LatencyCycles: 2}, {LatencyCycles: 3}, {LatencyCycles: 40},
		{LatencyCycles: 20, Efficiency: sim.Ratio{Num: 2, Den: 3}},
		{LatencyCycles: 5, MaxOutstanding: 1},
		{LatencyCycles: 9, Efficiency: sim.Ratio{Num: 7, Den: 8}, MaxOutstanding: 4},
	} {
		t.Run(fmt.Sprint(port), func(t *testing.T) {
			s, err := verilator.NewSession(t.Context(), m, verilator.SessionConfig{Memories: []verilator.Memory{{
				Name: "ram", Bytes: memoryBytes, Ports: []verilator.MemoryPort{{Name: "mem", LatencyCycles: int64(port.LatencyCycles),
					Efficiency: verilator.Ratio(port.Efficiency), MaxOutstanding: port.MaxOutstanding}}}}})
			require.NoError(t, err)
			image := make([]byte, memoryBytes)
			for i := 0; i < len(image); i += 8 {
				binary.LittleEndian.PutUint64(image[i:], r.Uint64())
			}
			require.NoError(t, s.Load("ram", 0, image))
			for k, want := range ends(t, program, port) {
				cycle, err := s.RunUntil(5000, "done", int64(k+1))
				require.NoError(t, err)
				require.EqualValues(t, want, cycle-1, "transfer %d, %+v", k, program[k])
			}
			execute(program, image)
			got, err := s.Dump("ram", 0, memoryBytes)
			require.NoError(t, err)
			require.Equal(t, image, got)
			require.NoError(t, s.Close())
		})
	}
}

// One descriptor of n beats that an idle unit accepts in cycle 1 ends in cycle
// 1+L+n, as the package comment says, and as one transfer of all its bytes does.
func TestOneTransfer(t *testing.T) {
	port := sim.PortConfig{LatencyCycles: 40}
	for _, rows := range []int64{1, 4, 31} {
		rectangle := transfer{descriptor: descriptor{rows: rows, bytes: 20}} // 3 beats a row
		whole := transfer{descriptor: descriptor{rows: 1, bytes: rows * 24}}
		require.Equal(t, []sim.Cycle{sim.Cycle(1 + 40 + 3*rows)}, ends(t, []transfer{rectangle}, port))
		require.Equal(t, ends(t, []transfer{whole}, port), ends(t, []transfer{rectangle}, port))
	}
}
