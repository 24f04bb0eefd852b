package ntt

import (
	"encoding/binary"

	"lockstep/hecross"
)

// A state is all that passes change, tile by tile and byte by byte.
type state struct {
	c          Config
	parameters *Parameters
	data       [2][]uint32 // residues, row-major; a product reads one and writes the other
	sums       []uint32    // accumulators, Side to a word
}

func newState(c Config) *state {
	return &state{c: c, data: [2][]uint32{make([]uint32, c.N()), make([]uint32, c.N())},
		sums: make([]uint32, pieces*c.R*c.Side)}
}

// pass multiplies one tile. Step 0 is the first product of a transform, 1 the
// second.
func (s *state) pass(step int, p product, pass int) {
	side := s.c.Side
	fold, tile := pass%p.folds, pass/p.folds
	operands := s.rightTile
	if p.left {
		operands = s.leftTile
	}
	weights, rows := operands(step, fold, tile)
	if fold == 0 {
		clear(s.sums)
	}
	for t := range p.beats {
		sums := s.sums[t*side:][:side]
		for r, x := range rows[t*side:][:side] {
			for j, w := range weights[r*side:][:side] {
				sums[j] += uint32(x) * uint32(w)
			}
		}
	}
	if fold == p.folds-1 {
		s.store(step, p, tile)
	}
}

// leftTile returns the weights of a pass of Rows * A, Side rows of Side bytes of
// A, and the bytes of Rows that stream.
func (s *state) leftTile(step, fold, tile int) (weights, rows []byte) {
	side := s.c.Side
	for r := range side {
		i := fold*side + r // row of bytes
		for _, x := range s.data[step][i/pieces*s.c.C+tile*side:][:side] {
			weights = append(weights, byte(x>>(8*(i%pieces))))
		}
	}
	size := pieces * s.c.R * side
	return weights, s.c.leftPart(s.parameters.Beats)[fold*size:][:size]
}

// rightTile returns the weights of a pass of A * Cols and the bytes of A that
// stream.
func (s *state) rightTile(step, fold, tile int) (weights, rows []byte) {
	side, lanes := s.c.Side, s.c.Lanes()
	first := (tile*s.c.right().folds + fold) * side // beat of the last row
	for r := range side {
		at := (first + side - 1 - r) * side
		weights = append(weights, s.c.rightPart(s.parameters.Beats)[at:][:side]...)
	}
	for row := range s.c.R {
		for _, x := range s.data[step][row*s.c.C+fold*lanes:][:lanes] {
			rows = binary.LittleEndian.AppendUint32(rows, x)
		}
	}
	return weights, rows
}

// store merges and reduces the sums of a tile.
func (s *state) store(step int, p product, tile int) {
	side, m := s.c.Side, s.parameters.Modulus
	lanes, beats := s.c.Lanes(), p.beats // of residues: a left product has four times the rows and a quarter of the tiles
	twist := s.c.twistPart(s.parameters.Beats)
	for b := tile * beats; b < (tile+1)*beats; b++ {
		row, col := s.c.resultAt(p, b)
		for l := range lanes {
			var y [pieces]uint32
			for k := range y {
				if y[k] = s.sums[row*side+pieces*l+k]; p.left {
					y[k] = s.sums[(pieces*row+k)*side+(col+l)%side]
				}
			}
			x := m.Reduce(hecross.MergeBytes(y))
			if step == 0 {
				x = m.Mul(x, binary.LittleEndian.Uint32(twist[b*side+pieces*l:]))
			}
			s.data[1-step][row*s.c.C+col+l] = x
		}
	}
}
