package core

import (
	"encoding/binary"
	"fmt"

	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// Contents returns the memory of the core for a model as the layout of its
// program places it: vectors as little-endian elements, matrices as packed
// trits, states and logits zero.
func Contents(p *isa.Program, m *fixed.Model) ([]byte, error) {
	if p.Shape != m.Shape {
		return nil, fmt.Errorf("core: model has shape %+v, want %+v, that of the program", m.Shape, p.Shape)
	}
	b := make([]byte, p.Layout.Bytes())
	for _, r := range p.Layout.Regions {
		if v := vector(m, r); v != nil {
			for i, x := range v {
				put(b[r.RowAddr(i/r.Cols)+int64(i%r.Cols*p.Target.ElementBytes):], x, p.Target.ElementBytes)
			}
			continue
		}
		proj, ok := isa.ProjectionOf(m, r.Ref)
		if !ok {
			return nil, fmt.Errorf("core: model has no contents for %s", r.Ref)
		}
		if err := pack(b, p.Target, r, proj.Weight); err != nil {
			return nil, err
		}
	}
	return b, nil
}

// pack writes the blocks of a matrix.
func pack(b []byte, t isa.Target, r isa.Region, w *ternary.Matrix) error {
	row := t.Beats(r.Cols) * t.Lanes // trits, those that fill the last beat are 0
	for first := 0; first < r.Rows; first += r.BlockRows {
		rows := min(r.BlockRows, r.Rows-first)
		trits := make([]int8, rows*row)
		for k := range rows {
			w.Row(trits[k*row:][:r.Cols], first+k)
		}
		if t.Columns {
			trits = transposed(trits, rows, row, r.Cols, t.Beats(rows)*t.Lanes)
		}
		packed, err := t.Packing.Pack(trits)
		if err != nil {
			return fmt.Errorf("core: %s: %w", r.Ref, err)
		}
		copy(b[r.RowAddr(first):], packed)
	}
	return nil
}

// transposed returns the columns of rows of so many trits, each filled up to
// column trits.
func transposed(trits []int8, rows, row, cols, column int) []int8 {
	out := make([]int8, cols*column)
	for r := range rows {
		for c, t := range trits[r*row:][:cols] {
			out[c*column+r] = t
		}
	}
	return out
}

// put writes the low bytes of x, little-endian.
func put(b []byte, x int32, bytes int) {
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], uint64(int64(x)))
	copy(b[:bytes], word[:])
}
