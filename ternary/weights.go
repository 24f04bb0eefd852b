package ternary

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math"
)

// Validate checks that every part of the model has the size that Shape asks
// for and holds finite numbers, lower bounds in [0, 1) and valid codes. Load
// and Random return only models that pass.
func (w *Weights) Validate() error {
	s := w.Shape
	if err := s.Validate(); err != nil {
		return err
	}
	if len(w.Layers) != s.Layers {
		return fmt.Errorf("ternary: model has %d layers, want %d", len(w.Layers), s.Layers)
	}
	if err := checkVector("Embedding", w.Embedding, s.Vocab*s.Hidden); err != nil {
		return err
	}
	if err := checkVector("FinalNorm", w.FinalNorm, s.Hidden); err != nil {
		return err
	}
	if err := w.Head.check("Head", s.Vocab, s.Hidden); err != nil {
		return err
	}
	for k := range w.Layers {
		if err := w.Layers[k].check(fmt.Sprintf("Layers[%d].", k), s); err != nil {
			return err
		}
	}
	return nil
}

func (l *Layer) check(prefix string, s Shape) error {
	for _, v := range []struct {
		name   string
		values []float32
	}{{"AttnNorm", l.AttnNorm}, {"MLPNorm", l.MLPNorm}, {"GNorm", l.GNorm}, {"LowerBound", l.LowerBound}} {
		if err := checkVector(prefix+v.name, v.values, s.Hidden); err != nil {
			return err
		}
	}
	for i, v := range l.LowerBound {
		if v < 0 || v >= 1 {
			return fmt.Errorf("ternary: %sLowerBound[%d] is %v, want a number in [0, 1)", prefix, i, v)
		}
	}
	h, i := s.Hidden, s.Intermediate
	for _, b := range []struct {
		name       string
		linear     *BitLinear
		rows, cols int
	}{
		{"I", &l.I, h, h}, {"F", &l.F, h, h}, {"G", &l.G, h, h}, {"O", &l.O, h, h},
		{"GateUp", &l.GateUp, 2 * i, h}, {"Down", &l.Down, h, i},
	} {
		if err := b.linear.check(prefix+b.name, b.rows, b.cols); err != nil {
			return err
		}
	}
	return nil
}

func (b *BitLinear) check(name string, rows, cols int) error {
	if err := checkVector(name+".Norm", b.Norm, cols); err != nil {
		return err
	}
	if b.Weight.Rows != rows || b.Weight.Cols != cols {
		return fmt.Errorf("ternary: %s.Weight is %d by %d, want %d by %d", name, b.Weight.Rows, b.Weight.Cols, rows, cols)
	}
	if err := b.Weight.Validate(); err != nil {
		return fmt.Errorf("%s.Weight: %w", name, err)
	}
	return nil
}

func checkVector(name string, v []float32, want int) error {
	if len(v) != want {
		return fmt.Errorf("ternary: %s has %d elements, want %d", name, len(v), want)
	}
	for i, x := range v {
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			return fmt.Errorf("ternary: %s[%d] is %v, want a finite number", name, i, x)
		}
	}
	return nil
}

// Fingerprint returns a number that two models share only if they compute the
// same: the first 64 bits of the SHA-256 of shape and weights. Saved states
// carry it.
func (w *Weights) Fingerprint() uint64 {
	h := sha256.New()
	s := w.Shape
	for _, n := range []uint64{uint64(s.Layers), uint64(s.Hidden), uint64(s.Intermediate), uint64(s.Vocab), math.Float64bits(s.NormEps)} {
		hashUint64(h, n)
	}
	hashVector(h, w.Embedding)
	for k := range w.Layers {
		l := &w.Layers[k]
		for _, v := range [][]float32{l.AttnNorm, l.MLPNorm, l.GNorm, l.LowerBound} {
			hashVector(h, v)
		}
		for _, b := range []*BitLinear{&l.I, &l.F, &l.G, &l.O, &l.GateUp, &l.Down} {
			hashBitLinear(h, b)
		}
	}
	hashVector(h, w.FinalNorm)
	hashBitLinear(h, &w.Head)
	return binary.LittleEndian.Uint64(h.Sum(nil))
}

func hashBitLinear(h hash.Hash, b *BitLinear) {
	hashVector(h, b.Norm)
	for _, n := range []uint64{uint64(b.Weight.Rows), uint64(b.Weight.Cols), uint64(math.Float32bits(b.Weight.MeanAbs))} {
		hashUint64(h, n)
	}
	h.Write(b.Weight.Codes) // a hash never returns an error
}

func hashVector(h hash.Hash, v []float32) {
	hashUint64(h, uint64(len(v)))
	buffer := make([]byte, 0, 4*1024)
	for len(v) > 0 {
		n := min(len(v), cap(buffer)/4)
		buffer = buffer[:0]
		for _, x := range v[:n] {
			buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(x))
		}
		h.Write(buffer)
		v = v[n:]
	}
}

func hashUint64(h hash.Hash, n uint64) { h.Write(binary.LittleEndian.AppendUint64(nil, n)) }
