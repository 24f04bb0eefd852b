package ntt

import (
	"encoding/binary"
	"fmt"

	"lockstep/hecross"
	"lockstep/hecross/barrett"
)

// Parameters are what the engine has to know of one modulus, root and
// direction: the constants of the modulus, and beats of Side bytes that hold in
// the order of their use
//
//	Rows    by fold, then by row: Side bytes of a row of the byte matrix
//	Twist   by beat of results of the first product: Lanes elements of four
//	        bytes, the lowest first
//	Cols    by tile, then by fold, then by row from the last to the first: Side
//	        bytes of a row of the byte matrix
type Parameters struct {
	Modulus   hecross.Modulus
	Constants barrett.Constants
	Inverse   bool
	Beats     []byte // Side bytes per beat
}

// leftBeats, twistBeats and rightBeats return the beats of each matrix.
func (c Config) leftBeats() int  { return pieces * c.R * c.left().folds }
func (c Config) twistBeats() int { return c.Beats() }
func (c Config) rightBeats() int { return pieces * c.C * c.right().tiles }

// ParameterBeats returns the beats of parameters: 16R^2 + 16C^2 + 4RC bytes.
func (c Config) ParameterBeats() int { return c.leftBeats() + c.twistBeats() + c.rightBeats() }

// leftAt returns the row and the first column of the byte matrix of Rows that
// beat b of it holds.
func (c Config) leftAt(b int) (row, col int) {
	rows := pieces * c.R
	return b % rows, b / rows * c.Side
}

// rightAt is leftAt for Cols.
func (c Config) rightAt(b int) (row, col int) {
	folds := c.right().folds
	pass := b / c.Side
	return pass%folds*c.Side + c.Side - 1 - b%c.Side, pass / folds * c.Side
}

// resultAt returns the row and the first column of the residues in beat b of the
// results of a product.
func (c Config) resultAt(p product, b int) (row, col int) {
	if !p.left {
		return b % c.R, b / c.R * c.Lanes()
	}
	rows := b / pieces
	return rows % c.R, rows/c.R*c.Side + b%pieces*c.Lanes()
}

// NewParameters returns the parameters of limb l of ring, which has N, R and C
// of the engine, a modulus of a length that the engine takes, and l below its
// number of limbs.
func (c Config) NewParameters(ring *hecross.Ring, l int, inverse bool) (*Parameters, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if ring.R != c.R || ring.C != c.C {
		return nil, fmt.Errorf("ntt: ring has R = %d and C = %d, want %d and %d", ring.R, ring.C, c.R, c.C)
	}
	if l < 0 || l >= ring.Limbs() {
		return nil, fmt.Errorf("ntt: limb is %d, want 0 to %d", l, ring.Limbs()-1)
	}
	m := ring.Moduli[l]
	p := &Parameters{Modulus: m, Inverse: inverse}
	var err error
	if p.Constants, err = c.Reduce.Constants(m.Q()); err != nil {
		return nil, fmt.Errorf("ntt: %w", err)
	}
	step := ring.Forward(l)
	if inverse {
		step = ring.Inverse(l)
	}
	left, err := m.BAT(step.Rows)
	if err != nil {
		return nil, fmt.Errorf("ntt: %w", err)
	}
	moduli := make([]hecross.Modulus, c.C)
	for j := range moduli {
		moduli[j] = m
	}
	right, err := hecross.BATRight(step.Cols, moduli)
	if err != nil {
		return nil, fmt.Errorf("ntt: %w", err)
	}
	p.Beats = make([]byte, 0, c.ParameterBeats()*c.Side)
	for b := range c.leftBeats() {
		row, col := c.leftAt(b)
		p.Beats = append(p.Beats, left.Data[row*left.Cols+col:][:c.Side]...)
	}
	first := c.products(inverse)[0]
	for b := range c.twistBeats() {
		row, col := c.resultAt(first, b)
		for _, x := range step.Twist.Row(row)[col:][:c.Lanes()] {
			p.Beats = binary.LittleEndian.AppendUint32(p.Beats, x)
		}
	}
	for b := range c.rightBeats() {
		row, col := c.rightAt(b)
		p.Beats = append(p.Beats, right.Data[row*right.Cols+col:][:c.Side]...)
	}
	return p, nil
}

// The parts of the beats.

func (c Config) leftPart(beats []byte) []byte { return beats[:c.leftBeats()*c.Side] }

func (c Config) twistPart(beats []byte) []byte {
	return beats[c.leftBeats()*c.Side:][:c.twistBeats()*c.Side]
}

func (c Config) rightPart(beats []byte) []byte {
	return beats[(c.leftBeats()+c.twistBeats())*c.Side:][:c.rightBeats()*c.Side]
}
