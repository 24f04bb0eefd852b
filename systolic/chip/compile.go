package chip

import (
	"fmt"

	"lockstep/systolic"
)

// A Product is a program that computes C = A*B. Memory holds A and B, dense and
// row-major, and then C in words: the sums of row m and columns
// n*Cols to n*Cols+Cols-1 are word m*ceil(N/Cols)+n.
type Product struct {
	Program
	GEMM    systolic.GEMM
	A, B, C int64 // addresses
}

// alignment of A, B and C in memory, in bytes.
const alignment = 64

// Semaphores of a Product; the engine named second waits.
const (
	loaded  = iota // DMA to MXU: inputs and weights of a pass are there, 2
	used           // MXU to DMA: a pass has used them
	summed         // MXU to DRAIN: a tile of C is in the accumulators
	emptied        // DRAIN to MXU: it has left them
	drained        // DRAIN to DMA: it is in VMEM
	stored         // DMA to DRAIN: it has left VMEM
)

// A tiler writes the program of a Product, with two buffers each of weights, of
// inputs, of accumulators and of results.
type tiler struct {
	*Product
	rows   int // of C in a tile
	passes int // emitted
	tiles  int // of C, emitted
	store  []Instr
}

// Compile returns a program for g on chip c. Tiles of C are as high as two of
// them fit into inputs, accumulators and results. A pass has its own load of
// inputs and of weights, under the passes before, as far as buffers allow, and
// a tile of C is drained and stored under the passes of the next.
func Compile(c Config, g systolic.GEMM) (*Product, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if err := g.Validate(); err != nil {
		return nil, err
	}
	t := &tiler{Product: &Product{Program: Program{Config: c}, GEMM: g}}
	if err := t.place(); err != nil {
		return nil, err
	}
	for first := 0; first < g.M; first += t.rows {
		m := systolic.Span{First: first, Count: min(t.rows, g.M-first)}
		// The tiles of one stripe are the folds of a product with so many rows.
		for f := range systolic.Folds(systolic.GEMM{M: m.Count, N: g.N, K: g.K}, c.Array(), systolic.WeightStationary) {
			if len(t.Instrs) > c.ProgramWords {
				return nil, fmt.Errorf("chip: the program of %s has more than ProgramWords instructions, %d", g, c.ProgramWords)
			}
			f.M = m
			t.pass(f)
		}
	}
	t.Instrs = append(t.Instrs, t.store...)
	if err := t.Check(); err != nil {
		return nil, err
	}
	return t.Product, nil
}

// place chooses the height of a tile and the addresses of the matrices.
func (t *tiler) place() error {
	c, g := t.Config, t.GEMM
	size := func(r region) int { return r.end - r.first }
	if have := size(c.weights()); have < 2*c.Rows {
		return fmt.Errorf("chip: %d rows of weights in VMEM, want %d, two tiles", have, 2*c.Rows)
	}
	// Every other buffer holds two rows at least.
	t.rows = min(g.M, size(c.inputs())/2, size(c.results())/c.WordRows()/2, c.AccumulatorWords/2, 1<<countBits-1)
	up := func(n int64) int64 { return (n + alignment - 1) / alignment * alignment }
	t.B = up(int64(g.M) * int64(g.K))
	t.C = up(t.B + int64(g.K)*int64(g.N))
	t.MemoryBytes = t.C + int64(g.M)*t.stride()
	if t.MemoryBytes > maxMemory {
		return fmt.Errorf("chip: %s takes %d bytes of memory, want at most %d", g, t.MemoryBytes, int64(maxMemory))
	}
	return nil
}

// stride returns the bytes of a row of C.
func (p *Product) stride() int64 {
	c := p.Config
	return int64((p.GEMM.N+c.Cols-1)/c.Cols) * int64(c.WordBytes())
}

// pass emits the loads and the pass of a fold, and behind the last fold of a
// tile of C its drain. The store comes before the next drain, so that the loads
// of the next tile do not wait behind it.
func (t *tiler) pass(f systolic.Fold) {
	c, g := t.Config, t.GEMM
	half := t.passes % 2
	weights := Instr{Op: Load, Count: f.K.Count, Bytes: f.N.Count, Row: half * c.Rows,
		Addr: t.B + int64(f.K.First)*int64(g.N) + int64(f.N.First), Stride: int64(g.N)}
	inputs := Instr{Op: Load, Count: f.M.Count, Bytes: f.K.Count, Row: c.inputs().first + half*t.rows,
		Addr: t.A + int64(f.M.First)*int64(g.K) + int64(f.K.First), Stride: int64(g.K)}
	weights.Signals[loaded], inputs.Signals[loaded] = 1, 1
	if t.passes >= 2 {
		weights.Waits[used] = 1
	}
	p := Instr{Op: Pass, Count: f.M.Count, Row: weights.Row, Input: inputs.Row, Word: t.tiles % 2 * t.rows, First: f.K.First == 0}
	p.Waits[loaded], p.Signals[used] = 2, 1
	if p.First && t.tiles >= 2 {
		p.Waits[emptied] = 1
	}
	last := f.K.End() == g.K
	if last {
		p.Signals[summed] = 1
	}
	t.Instrs = append(t.Instrs, weights, inputs, p)
	t.passes++
	if last {
		t.drain(f)
	}
}

// drain emits the store of the tile before and the drain of this one.
func (t *tiler) drain(f systolic.Fold) {
	c := t.Config
	half := t.tiles % 2
	d := Instr{Op: Drain, Count: f.M.Count, Word: half * t.rows, Row: c.results().first + half*t.rows*c.WordRows()}
	d.Waits[summed], d.Signals[emptied], d.Signals[drained] = 1, 1, 1
	if t.tiles >= 2 {
		d.Waits[stored] = 1
	}
	t.Instrs = append(t.Instrs, t.store...)
	t.Instrs = append(t.Instrs, d)
	s := Instr{Op: Store, Count: f.M.Count, Bytes: c.WordBytes(), Row: d.Row,
		Addr: t.C + int64(f.M.First)*t.stride() + int64(f.N.First/c.Cols*c.WordBytes()), Stride: t.stride()}
	s.Waits[drained], s.Signals[stored] = 1, 1
	t.store = append(t.store[:0], s)
	t.tiles++
}
