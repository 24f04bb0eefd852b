package core

import (
	"encoding/binary"
	"fmt"

	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
)

// Contents returns the memory of the core for a model as the layout of its
// program places it: vectors as little-endian elements, matrices as two-bit
// codes, states and logits zero.
func Contents(p *isa.Program, m *fixed.Model) ([]byte, error) {
	if p.Shape != m.Shape {
		return nil, fmt.Errorf("core: model has shape %+v, want %+v, that of the program", m.Shape, p.Shape)
	}
	b := make([]byte, p.Layout.Bytes())
	for _, r := range p.Layout.Regions {
		if v := vector(m, r); v != nil {
			for i, x := range v {
				row, col := i/r.Cols, i%r.Cols
				put(b[r.Addr+int64(row)*r.RowBytes+int64(col*p.Target.ElementBytes):], x, p.Target.ElementBytes)
			}
			continue
		}
		proj, ok := isa.ProjectionOf(m, r.Ref)
		if !ok {
			return nil, fmt.Errorf("core: model has no contents for %s", r.Ref)
		}
		w := proj.Weight
		for row := range w.Rows {
			copy(b[r.Addr+int64(row)*r.RowBytes:], w.Codes[row*w.Stride():][:w.Stride()])
		}
	}
	return b, nil
}

// put writes the low bytes of x, little-endian.
func put(b []byte, x int32, bytes int) {
	var word [8]byte
	binary.LittleEndian.PutUint64(word[:], uint64(int64(x)))
	copy(b[:bytes], word[:])
}
