package ternip

import (
	"fmt"

	"lockstep/ternary"
)

// MinVectorRegisters is what a compiled program uses.
const MinVectorRegisters = 8

// Addresses of a compiled program. As in the programs that were measured, an
// address is the name of one vector or matrix; the timing does not depend on
// it. Layer k adds k*layerStride to all but the first and the last vector.
const (
	addrInput     = 100 // residual stream before the first layer
	addrState     = 900 // recurrent state of the layer, read; written to the next one
	addrSlices    = 950 // product of gate and up, one vector per slice
	addrOutput    = 990 // residual stream after the last layer
	addrConstants = 1000
	addrTiles     = 5000
	layerStride   = 10_000
)

// maxSlices keeps the addresses of a layer apart.
const maxSlices = addrOutput - addrSlices

// Compile returns the program of one token for a model of shape s on core c,
// embedding and head excluded: the published core left both to its host.
//
// The schedule is that of the measured program layer_ovl_G1_D64: row-wise work
// that does not depend on a product runs under its GO. All matrices are cut
// into tiles of D x D, D = Hidden: i, f, g and o are one each, gate and up
// ceil(I/D) each, and down ceil(I/D), which makes 13 at the published shapes.
// The last tile of gate, up and down is padded; Program.Tiles says how much of
// it holds weights. With I = D and one layer the program is the measured one.
//
// Where that one has nothing to say, because it has one layer and one slice:
// the residual stream stays in its register between layers; the next gate tile
// starts as soon as up is exported; the norm of a slice of down is computed
// under the product of the slice before it, and the sum of the products under
// the next. As in the measured program, the lower bounds of the forget
// gate are left out, and g_norm acts on the state and the SiLU on g, where the
// published model has them the other way round at the same cost. s.Hidden must
// be c.D: no vector has another length.
func Compile(s ternary.Shape, c Config) (*Program, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if err := c.Validate(); err != nil {
		return nil, err
	}
	slices := (s.Intermediate + c.D - 1) / c.D
	switch {
	case s.Hidden != c.D:
		return nil, fmt.Errorf("ternip: Hidden is %d, want D, %d", s.Hidden, c.D)
	case c.VectorRegisters < MinVectorRegisters:
		return nil, fmt.Errorf("ternip: vector_registers is %d, want at least %d to compile a model", c.VectorRegisters, MinVectorRegisters)
	case slices > maxSlices:
		return nil, fmt.Errorf("ternip: Intermediate is %d, want at most %d, %d vectors of D", s.Intermediate, maxSlices*c.D, maxSlices)
	}
	m := &compiler{config: c, slices: slices, last: s.Intermediate - (slices-1)*c.D, inner: s.Intermediate,
		p: &Program{Name: fmt.Sprintf("D=%d layers=%d", c.D, s.Layers), Tiles: map[int64]Tile{}}}
	m.emit(LDV, 0, addrInput)
	for k := range s.Layers {
		m.base, m.constants, m.tiles = int64(k)*layerStride, 0, 0
		m.mixTokens()
		m.mixChannels()
	}
	m.emit(SV, 0, addrOutput)
	if n := len(m.p.Instrs); n > maxInstrs {
		return nil, fmt.Errorf("ternip: %s: %d instructions, want at most %d", m.p.Name, n, maxInstrs)
	}
	return m.p, nil
}

// A compiler emits the program of a token, layer by layer. Register 0 is the
// residual stream, 7 the constant in use.
type compiler struct {
	config    Config
	slices    int // of the intermediate vector
	last      int // elements of the last slice, the others have D
	inner     int // elements of the intermediate vector
	base      int64
	constants int64 // of the layer so far
	tiles     int64 // of the layer so far
	p         *Program
}

func (m *compiler) emit(op Op, args ...int64) {
	m.p.Instrs = append(m.p.Instrs, Instr{Op: op, Args: args, B: notGiven})
}

// scale emits r = r * the next constant, a norm weight or the scale of a product.
func (m *compiler) scale(r int64) {
	m.constants++
	m.emit(LDV, 7, m.base+addrConstants+m.constants)
	m.emit(MUL, r, 7, r)
}

// norm emits d = RMSNorm(v) over D elements.
func (m *compiler) norm(v, d int64) {
	m.emit(CLEAR)
	m.emit(ACC, v)
	m.emit(FIN, int64(m.config.D))
	m.emit(NORM, v, d)
	m.scale(d)
}

// product emits the GO of the next tile, of which rows x cols elements are
// weights and the rest is padding.
func (m *compiler) product(rows, cols int) {
	m.tiles++
	addr := m.base + addrTiles + m.tiles
	if t := (Tile{int64(rows), int64((cols + m.config.TP - 1) / m.config.TP)}); t != m.config.tile() {
		m.p.Tiles[addr] = t
	}
	m.emit(GO, addr)
}

// square emits the GO of a full tile.
func (m *compiler) square() { m.product(m.config.D, m.config.D) }

// elements returns the length of a slice of the intermediate vector.
func (m *compiler) elements(slice int) int {
	if slice == m.slices-1 {
		return m.last
	}
	return m.config.D
}

// mixTokens emits the MLGRU block, register 0 to register 0.
func (m *compiler) mixTokens() {
	m.norm(0, 1) // attn_norm
	m.norm(1, 2)
	m.emit(IMPORT, 2)
	m.square() // f
	m.norm(1, 3)
	m.emit(EXPORT, 4)
	m.emit(IMPORT, 3)
	m.square() // i
	m.scale(4)
	m.emit(SIG, 4, 5)
	m.emit(CSIG, 4, 4)
	m.emit(LDV, 6, m.base+addrState)
	m.emit(MUL, 5, 6, 5)
	m.norm(1, 3)
	m.emit(EXPORT, 6)
	m.emit(IMPORT, 3)
	m.square() // g
	m.scale(6)
	m.emit(SILU, 6, 6)
	m.emit(MUL, 4, 6, 4)
	m.emit(ADD, 4, 5, 4)
	m.emit(SV, 4, m.base+addrState+1)
	m.emit(EXPORT, 5)
	m.scale(5)
	m.norm(4, 3) // g_norm, on the state
	m.emit(SILU, 5, 5)
	m.emit(MUL, 3, 5, 3)
	m.norm(3, 2)
	m.emit(IMPORT, 2)
	m.square() // o
	m.emit(EXPORT, 3)
	m.scale(3)
	m.emit(ADD, 0, 3, 0)
}

// mixChannels emits the GLU block, register 0 to register 0.
func (m *compiler) mixChannels() {
	m.norm(0, 1) // mlp_norm
	m.norm(1, 2)
	m.emit(IMPORT, 2)
	m.product(m.elements(0), m.config.D) // gate
	for g := range m.slices {
		m.emit(EXPORT, 3)
		m.product(m.elements(g), m.config.D) // up
		m.scale(3)
		m.emit(SILU, 3, 3)
		m.emit(EXPORT, 4)
		if g+1 < m.slices {
			m.product(m.elements(g+1), m.config.D) // the next gate
		}
		m.scale(4)
		m.emit(MUL, 3, 4, 5)
		m.emit(SV, 5, m.slice(g))
	}
	m.emit(CLEAR)
	for g := range m.slices {
		m.emit(LDV, 3, m.slice(g))
		m.emit(ACC, 3)
	}
	m.emit(FIN, int64(m.inner))
	m.down()
	m.scale(5)
	m.emit(ADD, 0, 5, 0)
}

// slice returns the address of a slice of the intermediate vector.
func (m *compiler) slice(g int) int64 { return m.base + addrSlices + int64(g) }

// down emits the sum over the slices of the products of down, register 5.
func (m *compiler) down() {
	m.operand(0)
	for g := range m.slices {
		m.emit(IMPORT, 1)
		m.product(m.config.D, m.elements(g))
		if g > 1 {
			m.emit(ADD, 5, 4, 5)
		}
		if g+1 < m.slices {
			m.operand(g + 1)
		}
		if g == 0 {
			m.emit(EXPORT, 5)
		} else {
			m.emit(EXPORT, 4)
		}
	}
	if m.slices > 1 {
		m.emit(ADD, 5, 4, 5)
	}
}

// operand emits register 1 = the norm of a slice.
func (m *compiler) operand(g int) {
	m.emit(LDV, 3, m.slice(g))
	m.emit(NORM, 3, 1)
	m.scale(1)
}
