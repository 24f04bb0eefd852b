package tpu

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/sim"
	"lockstep/systolic"
)

// tiny is a machine small enough to think about: two cores with two 4x4
// arrays, 1 KiB of VMEM each.
func tiny(t require.TestingT) Config {
	var c Config
	require.NoError(t, c.Parse("tiny", []byte(`
clock_hz: 1000000
cores: 2
arrays: 2
rows: 4
cols: 4
dataflow: ws
bf16_rate: 1
int8_rate: 1
vmem_bytes: 1024
vmem_bytes_per_cycle: 1024
hbm_bytes: 65536
hbm_bytes_per_cycle: 8
hbm_latency_cycles: 10
dma_engines: 1
dma_in_flight: 2
lanes: 4
sublanes: 2
alus: 2
xlus: 1
xlu_registers_per_cycle: 1/2
overlap_weights: true
overlap_drain: true
overlap_dma: true
launch_cycles: 0
`)))
	require.NoError(t, c.Validate())
	return c
}

// A bench is a program with one buffer in the HBM and two in each VMEM.
type bench struct {
	*Program
	hbm  *Buffer
	x, y [2]*Buffer
}

func newBench(t require.TestingT, o Order) bench {
	p, err := NewProgram(tiny(t), o)
	require.NoError(t, err)
	b := bench{Program: p}
	b.hbm, err = p.HBM("h", 256)
	require.NoError(t, err)
	for core := range 2 {
		b.x[core], err = p.VMEM(core, "x", 256)
		require.NoError(t, err)
		b.y[core], err = p.VMEM(core, "y", 256)
		require.NoError(t, err)
	}
	return b
}

func (b *bench) load(n int64) Op {
	return Op{Name: "load", Engine: Engine{Kind: DMAIn}, Reads: []Range{b.hbm.Range(0, n)}, Writes: []Range{b.x[0].Range(0, n)}}
}

func (b *bench) scale(n int64) Op {
	return Op{Name: "scale", Engine: Engine{Kind: VPU}, Work: Vector(n/4, 1), Reads: []Range{b.x[0].Range(0, n)}, Writes: []Range{b.y[0].Range(0, n)}}
}

func (b *bench) store(n int64) Op {
	return Op{Name: "store", Engine: Engine{Kind: DMAOut}, Reads: []Range{b.y[0].Range(0, n)}, Writes: []Range{b.hbm.Range(0, n)}}
}

func add(t require.TestingT, p *Program, o Op) ID {
	id, err := p.Add(o)
	require.NoError(t, err)
	return id
}

func run(t require.TestingT, p *Program) *Report {
	r, err := p.Run(context.Background(), RunOptions{})
	require.NoError(t, err)
	return r
}

// Waits that other waits imply are left out, and of several on one queue or
// semaphore the last counts.
func TestFewWaits(t *testing.T) {
	b := newBench(t, Derived)
	s := b.Semaphore("s")
	add(t, b.Program, b.load(64))
	for range 3 {
		o := b.scale(64)
		o.Signals = []*Semaphore{s, s}
		add(t, b.Program, o)
	}
	require.Equal(t, []dep{{0, 1}}, b.deps, "the queue of the VPU has waited for the load")
	o := b.store(64)
	o.After, o.Waits = []ID{3, 2}, []Wait{{s, 3}, {s, 2}}
	add(t, b.Program, o)
	vpu := b.op(2).queue
	require.Equal(t, []dep{{0, 1}, {vpu, 3}}, b.deps, "the store waits for the last of those that write what it reads")
	require.Equal(t, []semWait{{0, 3}}, b.waits)
	turn := Op{Name: "turn", Engine: Engine{Kind: XLU}, Work: Permute(1, 1), After: []ID{4, 2}}
	add(t, b.Program, turn)
	require.Equal(t, dep{vpu, 3}, b.deps[len(b.deps)-1])
	require.Len(t, b.deps, 3)
	require.EqualValues(t, 17+3*1+17, run(t, b.Program).Cycles)
}

// Cycles of single operations and of a chain, by hand: HBM latency 10 and 8
// bytes per cycle, 8 words of 32 bits on 2 ALUs, half a register per cycle.
func TestOperationCycles(t *testing.T) {
	for _, tt := range []struct {
		name string
		ops  func(b *bench) []Op
		want int64
	}{
		{"nothing", func(*bench) []Op { return nil }, 0},
		{"load", func(b *bench) []Op { return []Op{b.load(64)} }, 10 + 8 - 1},
		{"vector", func(b *bench) []Op { return []Op{b.scale(256)} }, 4},
		{"chain", func(b *bench) []Op { return []Op{b.load(64), b.scale(64), b.store(64)} }, 17 + 1 + 17},
		{"permute", func(b *bench) []Op {
			return []Op{{Name: "rotate", Engine: Engine{Kind: XLU}, Work: Permute(3, 2), Writes: []Range{b.y[0].All()}}}
		}, 12},
		{"two loads share the HBM", func(b *bench) []Op {
			second := b.load(64)
			second.Engine.Core, second.Writes = 1, []Range{b.x[1].Range(0, 64)}
			return []Op{b.load(64), second}
		}, 10 + 16 - 1},
		{"one product", func(b *bench) []Op { return []Op{product(b, 0, 8, false)} }, 4 + 8 + 6},
		{"two on one array", func(b *bench) []Op { return []Op{product(b, 0, 8, false), product(b, 0, 8, true)} }, 4 + 8 + 8 + 6},
		{"two on two arrays, of one sum", func(b *bench) []Op { return []Op{product(b, 0, 8, false), product(b, 1, 8, true)} }, 2 * 18},
		{"sums of an os product leave row by row", func(b *bench) []Op {
			o := product(b, 0, 8, false) // two passes of 4x4 sums
			o.Work.dataflow, o.Work.shape = systolic.OutputStationary, systolic.GEMM{M: 8, N: 4, K: 1}
			o.Reads = []Range{b.x[0].Range(0, 8), b.x[0].Range(8, 4)}
			return []Op{o}
		}, 4 + 1 + 6},
		{"loads longer than streams", func(b *bench) []Op { return []Op{product(b, 0, 2, false), product(b, 0, 2, true)} }, 4 + 4 + 2 + 6},
	} {
		b := newBench(t, Derived)
		for _, o := range tt.ops(&b) {
			add(t, b.Program, o)
		}
		require.Equal(t, tt.want, run(t, b.Program).Cycles, tt.name)
		require.Equal(t, tt.want, run(t, b.Program).Cycles, tt.name+", run again")
	}
	b := newBench(t, Derived)
	b.config.LaunchCycles = 100
	add(t, b.Program, b.load(64))
	require.EqualValues(t, 117, run(t, b.Program).Cycles)
}

// product multiplies m rows of 4 with a 4x4 matrix, all inside x and y.
func product(b *bench, array, m int, accumulate bool) Op {
	rows := int64(m)
	return Op{
		Name: "product", Engine: Engine{Kind: MXU, Index: array},
		Work:  MatMul(systolic.GEMM{M: m, N: 4, K: 4}, Types{U8, S8}, systolic.WeightStationary, accumulate),
		Reads: []Range{b.x[0].Range(16, 4*rows), b.x[0].Range(0, 16)}, Writes: []Range{b.y[0].Range(0, 16*rows)},
	}
}

func TestReport(t *testing.T) {
	b := newBench(t, Derived)
	for range 2 {
		add(t, b.Program, b.load(64))
		add(t, b.Program, product(&b, 1, 8, false))
		add(t, b.Program, b.scale(128))
		add(t, b.Program, b.store(128))
	}
	r := run(t, b.Program)
	require.Equal(t, []GroupReport{
		{"load", "DmaIn", 2, 16, 128}, {"product", "Mxu", 2, 16, 352}, {"scale", "Vpu", 2, 4, 512}, {"store", "DmaOut", 2, 32, 256},
	}, r.Groups)
	require.EqualValues(t, 2*8*4*4, r.MACs)
	require.EqualValues(t, 128+256, r.HBMBytes)
	require.Equal(t, []int64{512, 512}, r.PeakVMEM)
	require.EqualValues(t, 8, r.Operations)
	require.InDelta(t, float64(r.Cycles)/1e6, r.Seconds, 1e-12)
	busy := map[string]int64{}
	for _, e := range r.Engines {
		busy[e.Name] = e.BusyCycles
		require.InDelta(t, float64(e.BusyCycles)/float64(r.Cycles), e.Utilisation, 1e-12)
	}
	require.Equal(t, map[string]int64{
		"Core[0].DmaIn[0]": 0, "Core[0].DmaOut[0]": 0, "Core[0].Mxu[0]": 0, "Core[0].Mxu[1]": 16, "Core[0].Vpu[0]": 4, "Core[0].Xlu[0]": 0,
		"Core[1].DmaIn[0]": 0, "Core[1].DmaOut[0]": 0, "Core[1].Mxu[0]": 0, "Core[1].Mxu[1]": 0, "Core[1].Vpu[0]": 0, "Core[1].Xlu[0]": 0, "Hbm": 48,
	}, busy)
}

func TestAddErrors(t *testing.T) {
	b := newBench(t, Derived)
	other := newBench(t, Derived)
	freed, err := b.VMEM(0, "old", 8)
	require.NoError(t, err)
	require.NoError(t, b.Free(freed))
	foreign := other.Semaphore("theirs")
	with := func(o Op, change func(*Op)) Op { change(&o); return o }
	matmul := func(m, n, k int, t Types) func(*Op) {
		return func(o *Op) { o.Work = MatMul(systolic.GEMM{M: m, N: n, K: k}, t, systolic.WeightStationary, false) }
	}
	for _, tt := range []struct {
		op   Op
		want string
	}{
		{with(b.load(8), func(o *Op) { o.Engine.Index = 1 }), `tpu: operation "load" (1): engine Core[0].DmaIn[1], want one of 2 cores with 1 DmaIn, 1 DmaOut, 2 Mxu, 1 Vpu and 1 Xlu`},
		{with(b.load(8), func(o *Op) { o.Engine.Core = 2 }), `engine Core[2].DmaIn[0], want one of 2 cores`},
		{with(b.load(8), func(o *Op) { o.Engine.Kind = 9 }), `engine Core[0].EngineKind(9)[0], want one of 2 cores`},
		{with(b.load(8), func(o *Op) { o.Reads = nil }), `tpu: operation "load" (1): has 0 reads and 1 writes, want one of each on a DMA`},
		{with(b.load(8), func(o *Op) { o.Writes[0].Bytes = 4 }), `moves 8 bytes of buffer "h" to 4 bytes of buffer "x", want equal sizes`},
		{with(b.load(8), func(o *Op) { o.Work = Vector(1, 1) }), `has work of kind Vpu, want none on a DMA`},
		{with(b.load(8), func(o *Op) { o.Writes = []Range{b.x[1].Range(0, 8)} }), `writes buffer "x" in VMEM of core 1, want one in VMEM of core 0`},
		{with(b.load(8), func(o *Op) { o.Reads = []Range{b.y[0].Range(0, 8)} }), `reads buffer "y" in VMEM of core 0, want one in HBM`},
		{with(b.load(8), func(o *Op) { o.Reads = []Range{{}} }), `reads a buffer that is nil or of another program`},
		{with(b.load(8), func(o *Op) { o.Reads = []Range{other.hbm.Range(0, 8)} }), `reads a buffer that is nil or of another program`},
		{with(b.load(8), func(o *Op) { o.Writes = []Range{freed.All()} }), `writes buffer "old", which was freed`},
		{with(b.load(8), func(o *Op) { o.Reads[0].Offset = 249 }), `reads 8 bytes from byte 249 of buffer "h", want a range inside its 256 bytes`},
		{with(b.load(8), func(o *Op) { o.Reads[0].Offset = -1 }), `reads 8 bytes from byte -1 of buffer "h"`},
		{with(b.load(8), func(o *Op) { o.Reads[0].Bytes = 0 }), `reads 0 bytes from byte 0 of buffer "h"`},
		{with(b.load(8), func(o *Op) { o.Reads[0] = Range{b.hbm, 1, 1<<63 - 1} }), `bytes from byte 1 of buffer "h"`},
		{with(b.scale(8), func(o *Op) { o.Work = Permute(1, 1) }), `tpu: operation "scale" (1): has work of kind Xlu, want kind Vpu`},
		{with(b.scale(8), func(o *Op) { o.Work = Vector(0, 1) }), `has work of 0 times 1, want 1 to 1099511627776 times 1 to 1048576`},
		{with(b.scale(8), func(o *Op) { o.Work = Work{} }), `has work of kind DmaIn, want kind Vpu`},
		{with(b.scale(8), func(o *Op) { o.Work = Vector(1<<40, 1<<20) }), `takes more than 100000000000000 cycles, want less`},
		{with(product(&b, 0, 8, false), matmul(7, 4, 4, Types{U8, S8})), `A is 32 bytes of buffer "x", want MxK = 28 bytes of u8 for a product of 7x4x4`},
		{with(product(&b, 0, 8, false), matmul(8, 5, 4, Types{U8, S8})), `B is 16 bytes of buffer "x", want KxN = 20 bytes of s8 for a product of 8x5x4`},
		{with(product(&b, 0, 8, false), func(o *Op) { o.Writes[0].Bytes = 127 }), `C is 127 bytes of buffer "y", want MxN = 128 bytes of 32-bit sums for a product of 8x4x4`},
		{with(product(&b, 0, 8, false), matmul(8, 4, 4, Types{U8, Ternary})), `B is 16 bytes of buffer "x", want KxN = 4 bytes of ternary`},
		{with(product(&b, 0, 8, false), matmul(0, 4, 4, Types{U8, S8})), `systolic: M is 0, want 1 to 16777216`},
		{with(product(&b, 0, 8, false), matmul(8, 4, 4, Types{U8, BF16})), `tpu: types are u8*bf16, want bf16 with bf16`},
		{with(product(&b, 0, 8, false), func(o *Op) { o.Reads = o.Reads[:1] }), `has 1 reads and 1 writes, want A and B, and C`},
		{with(product(&b, 0, 8, false), func(o *Op) { o.Work.dataflow = 0 }), `systolic: dataflow is 0`},
		{with(product(&b, 0, 8, false), func(o *Op) { o.Work = Vector(1, 1) }), `has work of kind Vpu, want kind Mxu`},
		{with(b.scale(8), func(o *Op) { o.After = []ID{1} }), `comes after operation 1, want one of the 0 added before`},
		{with(b.scale(8), func(o *Op) { o.Waits = []Wait{{}} }), `waits on a semaphore that is nil or of another program`},
		{with(b.scale(8), func(o *Op) { o.Waits = []Wait{{foreign, 1}} }), `waits on a semaphore that is nil or of another program`},
		{with(b.scale(8), func(o *Op) { o.Waits = []Wait{{b.Semaphore("s"), 0}} }), `waits for semaphore "s" to reach 0, want 1 to 67108864`},
		{with(b.scale(8), func(o *Op) { o.Signals = []*Semaphore{nil} }), `signals a semaphore that is nil or of another program`},
	} {
		_, err := b.Add(tt.op)
		require.ErrorContains(t, err, tt.want)
		require.Zero(t, b.Len(), "a refused operation changes nothing")
	}
	b.config.Int8Rate = Ratio{}
	_, err = b.Add(product(&b, 0, 8, false))
	require.EqualError(t, err, `tpu: operation "product" (1): multiplies u8*s8, which this machine does not support: its rate is 0`)
	_, err = NewProgram(tiny(t), 7)
	require.EqualError(t, err, "tpu: order is 7, want Derived (0) or Checked (1)")
}

func TestMemoryErrors(t *testing.T) {
	b := newBench(t, Derived)
	_, err := b.VMEM(0, "big", 513)
	require.EqualError(t, err, `tpu: buffer "big" of 513 bytes does not fit in VMEM of core 0: 512 of 1024 bytes are in use, the largest gap is 512`)
	add(t, b.Program, b.load(8))
	_, err = b.HBM("big", 65536)
	require.EqualError(t, err, `tpu: buffer "big" of 65536 bytes does not fit in HBM: 256 of 65536 bytes are in use, the largest gap is 65280 (after operation "load" (1, Core[0].DmaIn[0]))`)
	_, err = b.VMEM(2, "x", 1)
	require.EqualError(t, err, `tpu: buffer "x" in VMEM of core 2, want a core of 0 to 1`)
	_, err = b.VMEM(0, "none", 0)
	require.ErrorContains(t, err, `tpu: buffer "none" of 0 bytes in VMEM of core 0, want 1 to 1099511627776`)
	// a freed place is used again, lowest first
	require.NoError(t, b.Free(b.x[0]))
	require.EqualError(t, b.Free(b.x[0]), `tpu: free of buffer "x", which was freed`)
	require.EqualError(t, b.Free(nil), "tpu: free of a buffer that is nil or of another program")
	first, err := b.VMEM(0, "first", 200)
	require.NoError(t, err)
	second, err := b.VMEM(0, "second", 57)
	require.NoError(t, err)
	third, err := b.VMEM(0, "third", 56)
	require.NoError(t, err)
	require.Equal(t, []int64{0, 512, 200}, []int64{first.offset, second.offset, third.offset})
	require.Equal(t, "third", third.Name())
	require.EqualValues(t, 56, third.Bytes())
	require.EqualValues(t, 512-256+200+57+56+0, b.spaces[1].used)
}

func TestHazards(t *testing.T) {
	for _, tt := range []struct {
		name string
		ops  func(b *bench) []Op
		want string // empty: none
	}{
		{"read after write", func(b *bench) []Op { return []Op{b.load(64), b.scale(64)} },
			`tpu: hazard: operation "scale" (2, Core[0].Vpu[0]) reads bytes 0 to 63 of buffer "x", which operation "load" (1, Core[0].DmaIn[0]) writes, and nothing orders the two; want After or a semaphore`},
		{"write after read", func(b *bench) []Op { return []Op{b.scale(64), b.load(32)} },
			`tpu: hazard: operation "scale" (1, Core[0].Vpu[0]) reads bytes 0 to 63 of buffer "x", which operation "load" (2, Core[0].DmaIn[0]) writes`},
		{"write after write", func(b *bench) []Op {
			return []Op{{Name: "a", Engine: Engine{Kind: VPU}, Work: Vector(1, 1), Writes: []Range{b.y[0].Range(5, 3)}},
				{Name: "b", Engine: Engine{Kind: XLU}, Work: Permute(1, 1), Writes: []Range{b.y[0].Range(7, 3)}}}
		}, `tpu: hazard: operation "b" (2, Core[0].Xlu[0]) writes bytes 7 to 9 of buffer "y", which operation "a" (1, Core[0].Vpu[0]) writes`},
		{"other bytes", func(b *bench) []Op {
			o := b.scale(64)
			o.Reads[0].Offset = 64
			return []Op{b.load(64), o}
		}, ""},
		{"other memory", func(b *bench) []Op {
			o := b.scale(64)
			o.Engine.Core, o.Reads, o.Writes = 1, []Range{b.x[1].All()}, []Range{b.y[1].All()}
			return []Op{b.load(64), o}
		}, ""},
		{"two readers", func(b *bench) []Op {
			return []Op{b.scale(64), {Name: "turn", Engine: Engine{Kind: XLU}, Work: Permute(1, 1), Reads: []Range{b.x[0].All()}}}
		}, ""},
		{"after", func(b *bench) []Op {
			o := b.scale(64)
			o.After = []ID{1}
			return []Op{b.load(64), o}
		}, ""},
		{"after, by way of a third", func(b *bench) []Op {
			turn := Op{Name: "turn", Engine: Engine{Kind: XLU}, Work: Permute(1, 1), After: []ID{1}}
			o := b.scale(64)
			o.After = []ID{2}
			return []Op{b.load(64), turn, o}
		}, ""},
		{"one semaphore", func(b *bench) []Op {
			s := b.Semaphore("ready")
			first, o := b.load(64), b.scale(64)
			first.Signals, o.Waits = []*Semaphore{s}, []Wait{{s, 1}}
			return []Op{first, o}
		}, ""},
		{"a semaphore that another may have signalled", func(b *bench) []Op {
			s := b.Semaphore("ready")
			first, o := b.load(64), b.scale(64)
			turn := Op{Name: "turn", Engine: Engine{Kind: XLU}, Work: Permute(1, 1), Signals: []*Semaphore{s}}
			first.Signals, o.Waits = []*Semaphore{s}, []Wait{{s, 1}}
			return []Op{first, turn, o}
		}, `tpu: hazard: operation "scale" (3, Core[0].Vpu[0]) reads`},
		{"a semaphore that both have signalled", func(b *bench) []Op {
			s := b.Semaphore("ready")
			first, o := b.load(64), b.scale(64)
			turn := Op{Name: "turn", Engine: Engine{Kind: XLU}, Work: Permute(1, 1), Signals: []*Semaphore{s}}
			first.Signals, o.Waits = []*Semaphore{s}, []Wait{{s, 2}}
			return []Op{first, turn, o}
		}, ""},
		{"a place that was freed", func(b *bench) []Op {
			o := b.load(64)
			turn := Op{Name: "turn", Engine: Engine{Kind: XLU}, Work: Permute(1, 1)}
			_ = b.Free(b.x[0])
			heir, _ := b.VMEM(0, "heir", 16)
			turn.Writes = []Range{heir.All()}
			b.x[0].freed = false // as if the load had been added before
			return []Op{o, turn}
		}, `tpu: hazard: operation "turn" (2, Core[0].Xlu[0]) writes bytes 0 to 15 of buffer "heir", which operation "load" (1, Core[0].DmaIn[0]) writes`},
		{"sums on one array", func(b *bench) []Op { return []Op{product(b, 0, 8, false), product(b, 0, 8, true)} }, ""},
		{"sums on two arrays", func(b *bench) []Op { return []Op{product(b, 0, 8, false), product(b, 1, 8, true)} },
			`tpu: hazard: operation "product" (2, Core[0].Mxu[1]) writes bytes 0 to 127 of buffer "y", which operation "product" (1, Core[0].Mxu[0]) writes`},
		{"sums of another dataflow", func(b *bench) []Op {
			o := product(b, 0, 8, true)
			o.Work.dataflow = systolic.OutputStationary
			return []Op{product(b, 0, 8, false), o}
		}, `tpu: hazard: operation "product" (2, Core[0].Mxu[0]) writes`},
		{"a product of a product", func(b *bench) []Op {
			o := product(b, 0, 8, false)
			o.Reads[0], o.Writes[0] = b.y[0].Range(0, 32), b.y[0].Range(128, 128)
			return []Op{product(b, 0, 8, false), o}
		}, `tpu: hazard: operation "product" (2, Core[0].Mxu[0]) reads bytes 0 to 31 of buffer "y"`},
	} {
		b := newBench(t, Checked)
		for _, o := range tt.ops(&b) {
			add(t, b.Program, o)
		}
		_, err := b.Run(context.Background(), RunOptions{})
		if tt.want == "" {
			require.NoError(t, err, tt.name)
			continue
		}
		require.ErrorContains(t, err, tt.want, tt.name)
		require.ErrorContains(t, b.Check(), tt.want, tt.name)
	}
}

func TestDeadlock(t *testing.T) {
	for _, o := range []Order{Derived, Checked} {
		b := newBench(t, o)
		first, second := b.Semaphore("first"), b.Semaphore("second")
		turn := Op{Name: "turn", Engine: Engine{Kind: XLU}, Work: Permute(1, 1), Waits: []Wait{{first, 1}}, Signals: []*Semaphore{second}}
		mix := Op{Name: "mix", Engine: Engine{Kind: VPU}, Work: Vector(1, 1), Waits: []Wait{{second, 2}}, Signals: []*Semaphore{first}}
		add(t, b.Program, turn)
		add(t, b.Program, mix)
		add(t, b.Program, Op{Name: "last", Engine: Engine{Kind: DMAIn}, Reads: []Range{b.hbm.All()}, Writes: []Range{b.x[0].All()}, After: []ID{2}})
		_, err := b.Run(context.Background(), RunOptions{})
		require.EqualError(t, err, `tpu: deadlock: operation "last" (3, Core[0].DmaIn[0]) waits for operation "mix" (2, Core[0].Vpu[0]); `+
			`operation "mix" (2, Core[0].Vpu[0]) waits for semaphore "second" to reach 2; it is at 0, of 1 signals in the program; `+
			`operation "turn" (1, Core[0].Xlu[0]) waits for semaphore "first" to reach 1; it is at 0, of 1 signals in the program`)
	}
}

func TestRunErrors(t *testing.T) {
	b := newBench(t, Derived)
	o := b.load(64)
	cause := errors.New("no such row")
	o.Do = func() error { return cause }
	add(t, b.Program, o)
	_, err := b.Run(context.Background(), RunOptions{})
	require.ErrorIs(t, err, cause)
	require.EqualError(t, err, `tpu: sim: Core[0].DmaIn[0] at cycle 17: op "load": operation "load" (1, Core[0].DmaIn[0]): no such row`)
	r, err := b.Run(context.Background(), RunOptions{TimingOnly: true})
	require.NoError(t, err)
	require.EqualValues(t, 17, r.Cycles)
	_, err = b.Run(context.Background(), RunOptions{TimingOnly: true, MaxCycles: 16})
	require.ErrorContains(t, err, "tpu: sim: cycle budget of 16 exceeded")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = b.Run(ctx, RunOptions{})
	require.ErrorIs(t, err, context.Canceled)
	o.Do = func() error { panic("broken") }
	b = newBench(t, Derived)
	o.Reads, o.Writes = []Range{b.hbm.All()}, []Range{b.x[0].All()}
	add(t, b.Program, o)
	_, err = b.Run(context.Background(), RunOptions{})
	require.ErrorContains(t, err, `op "load": panic: broken`)
}

func TestTrace(t *testing.T) {
	b := newBench(t, Derived)
	add(t, b.Program, b.load(64))
	add(t, b.Program, b.scale(64))
	clock, err := sim.NewClock(b.config.ClockHz)
	require.NoError(t, err)
	var text bytes.Buffer
	trace, err := sim.NewChromeTrace(&text, clock, "tpu")
	require.NoError(t, err)
	_, err = b.Run(context.Background(), RunOptions{Tracer: trace})
	require.NoError(t, err)
	require.NoError(t, trace.Close())
	require.Contains(t, text.String(), `"name":"scale"`)
	require.Contains(t, text.String(), `"name":"Core[0].Vpu[0]"`)
}

// randomOp is an operation on one of two cores that writes what it reads, plus
// its number, so that any wrong order shows in the values.
func randomOp(t *rapid.T, b *bench, mem map[*Buffer][]byte, n int) Op {
	core := rapid.IntRange(0, 1).Draw(t, "core")
	span := func(x *Buffer, most int64) Range {
		size := rapid.Int64Range(1, most).Draw(t, "bytes")
		return x.Range(rapid.Int64Range(0, 40-size).Draw(t, "offset"), size)
	}
	near := func() *Buffer {
		if rapid.Bool().Draw(t, "x") {
			return b.x[core]
		}
		return b.y[core]
	}
	o := Op{Name: fmt.Sprint("op ", n), Engine: Engine{Kind: EngineKind(rapid.IntRange(0, 4).Draw(t, "kind")), Core: core}}
	switch o.Engine.Kind {
	case DMAIn:
		w := span(near(), 40)
		o.Reads, o.Writes = []Range{b.hbm.Range(w.Offset, w.Bytes)}, []Range{w}
	case DMAOut:
		r := span(near(), 40)
		o.Reads, o.Writes = []Range{r}, []Range{b.hbm.Range(r.Offset, r.Bytes)}
	case MXU:
		m := rapid.IntRange(1, 3).Draw(t, "m")
		o.Engine.Index = rapid.IntRange(0, 1).Draw(t, "array")
		o.Work = MatMul(systolic.GEMM{M: m, N: 2, K: 3}, Types{U8, U8}, rapid.SampledFrom(systolic.Dataflows()).Draw(t, "dataflow"),
			rapid.Bool().Draw(t, "accumulate"))
		c := near()
		o.Reads = []Range{near().Range(rapid.Int64Range(0, 30).Draw(t, "a"), int64(3*m)), near().Range(rapid.Int64Range(0, 30).Draw(t, "b"), 6)}
		o.Writes = []Range{c.Range(rapid.Int64Range(0, 16).Draw(t, "c"), int64(8*m))}
	case VPU:
		o.Work = Vector(rapid.Int64Range(1, 200).Draw(t, "elements"), 3)
		o.Reads, o.Writes = []Range{span(near(), 20), span(near(), 20)}, []Range{span(near(), 20)}
	case XLU:
		o.Work = Permute(rapid.Int64Range(1, 20).Draw(t, "registers"), 1)
		o.Reads, o.Writes = []Range{span(near(), 20)}, []Range{span(near(), 20)}
	}
	o.Do = func() error {
		sum := byte(n)
		for _, r := range o.Reads {
			for _, x := range mem[r.Buffer][r.Offset:][:r.Bytes] {
				sum = 31*sum + x
			}
		}
		for _, w := range o.Writes {
			for i := range w.Bytes {
				at := &mem[w.Buffer][w.Offset+i]
				if o.Work.accumulate {
					sum += *at
				}
				sum = 7*sum + 1
				*at = sum
			}
		}
		return nil
	}
	return o
}

func (b *bench) memory() map[*Buffer][]byte {
	mem := map[*Buffer][]byte{}
	for _, x := range []*Buffer{b.hbm, b.x[0], b.x[1], b.y[0], b.y[1]} {
		mem[x] = make([]byte, x.bytes)
	}
	return mem
}

// A Derived program on engines that run side by side gives the values of its
// operations one after another, in every cycle count the same with and without
// values; what it waits for satisfies the check of a Checked program; and
// without one of its waits there is a hazard, unless others order the two anyway.
func TestDerivedOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, checked := newBench(t, Derived), newBench(t, Checked)
		mem, want := b.memory(), map[*Buffer][]byte{}
		var ops []Op
		for n := range rapid.IntRange(1, 40).Draw(t, "operations") {
			o := randomOp(t, &b, mem, n)
			ops = append(ops, o)
			add(t, b.Program, o)
		}
		for _, o := range ops {
			require.NoError(t, o.Do())
		}
		for x := range mem {
			want[x] = bytes.Clone(mem[x])
			clear(mem[x])
		}
		r := run(t, b.Program)
		for x := range mem {
			require.Equal(t, want[x], mem[x], x.name)
		}
		timed, err := b.Run(context.Background(), RunOptions{TimingOnly: true})
		require.NoError(t, err)
		require.Equal(t, r, timed)
		sum := int64(0)
		for i := range b.ops.len() {
			x := b.ops.at(i).time
			sum += x.cycles + x.move + 10 + x.passes.count*(x.passes.load+x.passes.stream+x.passes.tail)
		}
		require.LessOrEqual(t, r.Cycles, sum, "no slower than one after another")

		drop := rapid.IntRange(0, max(0, len(b.deps)-1)).Draw(t, "drop")
		ordered := ancestors(b.Program, drop)
		for i, o := range ops {
			o.After = nil
			rec := b.ops.at(i)
			for j := rec.deps.first; j < rec.deps.end; j++ {
				if int(j) != drop {
					o.After = append(o.After, b.queues[b.deps[j].queue].ops[b.deps[j].seq-1])
				}
			}
			for _, list := range [2][]Range{o.Reads, o.Writes} {
				for k := range list {
					list[k].Buffer = map[*Buffer]*Buffer{
						b.hbm: checked.hbm, b.x[0]: checked.x[0], b.x[1]: checked.x[1], b.y[0]: checked.y[0], b.y[1]: checked.y[1],
					}[list[k].Buffer]
				}
			}
			add(t, checked.Program, o)
		}
		err = checked.Check()
		if hazard := unordered(checked.Program, ordered); hazard != "" {
			require.ErrorContains(t, err, "tpu: hazard: ", hazard)
		} else {
			require.NoError(t, err)
		}
	})
}

// ancestors returns for each operation which others have finished when it
// starts, by definition: what it waits for, except wait drop, those before these
// in their queues, and what any of these, or an earlier operation of its queue,
// had before its own start.
func ancestors(p *Program, drop int) []map[ID]bool {
	before := make([]map[ID]bool, p.ops.len()+1)
	for i := range p.ops.len() {
		r := p.ops.at(i)
		set := map[ID]bool{}
		inherit := func(id ID) {
			for x := range before[id] {
				set[x] = true
			}
		}
		for _, id := range p.queues[r.queue].ops[:r.seq-1] {
			inherit(id)
		}
		for j := r.deps.first; j < r.deps.end; j++ {
			if int(j) == drop {
				continue
			}
			for _, id := range p.queues[p.deps[j].queue].ops[:p.deps[j].seq] {
				set[id] = true
				inherit(id)
			}
		}
		before[i+1] = set
	}
	return before
}

// unordered names two operations that touch the same bytes, one writing, and
// that nothing orders, or is empty.
func unordered(p *Program, before []map[ID]bool) string {
	for i := range p.ops.len() {
		for j := range i {
			from, to := p.ops.at(j), p.ops.at(i)
			if before[i+1][ID(j+1)] {
				continue
			}
			mxu := p.queues[to.queue].engine.Kind == MXU
			for _, x := range p.ranges[from.ranges.first:from.ranges.end] {
				for _, y := range p.ranges[to.ranges.first:to.ranges.end] {
					if x.buffer.space != y.buffer.space || x.high <= y.low || y.high <= x.low || !x.write && !y.write {
						continue
					}
					if from.queue == to.queue && (!mxu || !x.write || y.write && from.dataflow == to.dataflow) {
						continue
					}
					return p.label(ID(j+1)) + " and " + p.label(ID(i+1))
				}
			}
		}
	}
	return ""
}

// Whether a program of semaphores can end is known before it runs, and running
// it without the check agrees.
func TestDeadlockAgreesWithRun(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := newBench(t, Checked)
		sems := []*Semaphore{b.Semaphore("a"), b.Semaphore("b"), b.Semaphore("c")}
		for n := range rapid.IntRange(1, 12).Draw(t, "operations") {
			o := Op{Name: fmt.Sprint(n), Engine: Engine{Kind: VPU, Core: rapid.IntRange(0, 1).Draw(t, "core")}, Work: Vector(1, 1)}
			if rapid.Bool().Draw(t, "xlu") {
				o.Engine.Kind, o.Work = XLU, Permute(rapid.Int64Range(1, 9).Draw(t, "registers"), 1)
			}
			if rapid.IntRange(0, 2).Draw(t, "wait") == 0 {
				for range rapid.IntRange(1, 3).Draw(t, "waits") {
					o.Waits = append(o.Waits, Wait{rapid.SampledFrom(sems).Draw(t, "on"), rapid.IntRange(1, 3).Draw(t, "count")})
				}
			}
			if rapid.Bool().Draw(t, "signal") {
				o.Signals = []*Semaphore{rapid.SampledFrom(sems).Draw(t, "to")}
			}
			add(t, b.Program, o)
		}
		m, err := newMachine(b.Program, RunOptions{})
		require.NoError(t, err)
		_, err = m.system.Run(context.Background())
		if err == nil {
			require.NoError(t, b.Check())
			return
		}
		require.ErrorContains(t, err, "deadlocked: ")
		require.ErrorContains(t, b.Check(), "tpu: deadlock: ")
		for _, blocked := range strings.Split(b.Check().Error(), "; operation ") {
			require.Contains(t, blocked, "waits for semaphore")
		}
	})
}

// Finished tells the cycle in which each operation ends, once, without
// computing values in a run that is timed only.
func TestFinishedTellsEveryOperation(t *testing.T) {
	b := newBench(t, Derived)
	computed := 0
	o := b.scale(64)
	o.Do = func() error { computed++; return nil }
	ids := []ID{add(t, b.Program, b.load(64)), add(t, b.Program, o), add(t, b.Program, b.store(64))}
	at := map[ID]int64{}
	r, err := b.Run(t.Context(), RunOptions{TimingOnly: true, Finished: func(id ID, cycle int64) {
		require.NotContains(t, at, id)
		at[id] = cycle
	}})
	require.NoError(t, err)
	require.Len(t, at, len(ids))
	require.Less(t, at[ids[0]], at[ids[1]])
	require.Equal(t, r.Cycles, at[ids[2]])
	require.Zero(t, computed)
}
