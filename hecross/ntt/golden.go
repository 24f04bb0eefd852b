package ntt

import (
	"encoding/binary"
	"fmt"

	"lockstep/hecross"
	"lockstep/rtl/unit"
)

// golden transforms by the byte products of package hecross, with the matrices
// that the parameters hold.
func (c Config) golden(in [][]unit.Frame) ([][]unit.Frame, error) {
	parameters, residues := in[parameterStream], in[residueStream]
	var (
		known   *matrices
		inverse bool
		ys      []unit.Frame
		err     error
	)
	for k, cmd := range in[cmdStream] {
		if cmd[0][0] == 1 {
			if len(parameters) < c.ParameterBeats() {
				return nil, fmt.Errorf("ntt: command %d: %d beats of parameters, want %d", k+1, len(parameters), c.ParameterBeats())
			}
			inverse = cmd[1][0] == 1
			if known, err = c.decode(cmd, inverse, parameters); err != nil {
				return nil, fmt.Errorf("ntt: command %d: %w", k+1, err)
			}
			parameters = parameters[c.ParameterBeats():]
			continue
		}
		if known == nil || len(residues) < c.Beats() {
			return nil, fmt.Errorf("ntt: command %d: %d beats of residues, want %d and parameters before them", k+1, len(residues), c.Beats())
		}
		a := hecross.NewMatrix(c.R, c.C)
		for i := range a.Data {
			a.Data[i] = uint32(residues[i/c.Lanes()][0][i%c.Lanes()])
		}
		residues = residues[c.Beats():]
		if a, err = known.transform(a, inverse); err != nil {
			return nil, fmt.Errorf("ntt: command %d: %w", k+1, err)
		}
		for b := range c.Beats() {
			last := int64(0)
			if b == c.Beats()-1 {
				last = 1
			}
			ys = append(ys, unit.Frame{widen(a.Data[b*c.Lanes():][:c.Lanes()]), {last}})
		}
	}
	return [][]unit.Frame{ys}, nil
}

// matrices are parameters as matrices.
type matrices struct {
	modulus    hecross.Modulus
	moduli     []hecross.Modulus // of the columns
	rows, cols hecross.ByteMatrix
	twist      hecross.Matrix
}

// decode reads the beats of parameters.
func (c Config) decode(cmd unit.Frame, inverse bool, beats []unit.Frame) (*matrices, error) {
	var k matrices
	var err error
	if k.modulus, err = hecross.NewModulus(uint32(cmd[2][0])); err != nil {
		return nil, err
	}
	for range c.C {
		k.moduli = append(k.moduli, k.modulus)
	}
	square := func(n int) hecross.ByteMatrix { return hecross.ByteMatrix{Rows: n, Cols: n, Data: make([]byte, n*n)} }
	k.rows, k.cols, k.twist = square(pieces*c.R), square(pieces*c.C), hecross.NewMatrix(c.R, c.C)
	next := func() []byte {
		bytes := make([]byte, c.Side)
		for i, v := range beats[0][0] {
			bytes[i] = byte(v)
		}
		beats = beats[1:]
		return bytes
	}
	for b := range c.leftBeats() {
		row, col := c.leftAt(b)
		copy(k.rows.Data[row*k.rows.Cols+col:], next())
	}
	first := c.products(inverse)[0]
	for b := range c.twistBeats() {
		row, col := c.resultAt(first, b)
		bytes := next()
		for l := range c.Lanes() {
			k.twist.Data[row*c.C+col+l] = binary.LittleEndian.Uint32(bytes[pieces*l:])
		}
	}
	for b := range c.rightBeats() {
		row, col := c.rightAt(b)
		copy(k.cols.Data[row*k.cols.Cols+col:], next())
	}
	return &k, nil
}

// transform returns (rows*a o twist)*cols, or rows*(a*cols o twist).
func (k *matrices) transform(a hecross.Matrix, inverse bool) (hecross.Matrix, error) {
	left := func() (err error) { a, err = k.modulus.MulBAT(k.rows, a); return err }
	right := func() (err error) { a, err = hecross.MulBATRight(a, k.cols, k.moduli); return err }
	steps := [2]func() error{left, right}
	if inverse {
		steps = [2]func() error{right, left}
	}
	if err := steps[0](); err != nil {
		return a, err
	}
	for i, x := range k.twist.Data {
		a.Data[i] = k.modulus.Mul(a.Data[i], x)
	}
	return a, steps[1]()
}
