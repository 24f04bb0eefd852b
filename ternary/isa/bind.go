package isa

import (
	"fmt"

	"lockstep/ternary/fixed"
)

// Bind puts the constants of a model into the norm passes of its program.
func (p *Program) Bind(m *fixed.Model) error {
	if p.Shape != m.Shape {
		return fmt.Errorf("isa: model has shape %+v, want %+v, that of the program", m.Shape, p.Shape)
	}
	for k := range p.Instrs {
		in := &p.Instrs[k]
		if in.Op != RMS {
			continue
		}
		if n, ok := NormOf(m, in.Const); ok {
			in.Eps, in.Out = n.Eps, n.Out
		} else if b, ok := ProjectionOf(m, in.Const); ok {
			in.Eps, in.Out = b.Eps, b.Out
		} else {
			return fmt.Errorf("isa: instruction %d, %s: model has no constants %s", k, in.String(), in.Const)
		}
	}
	return nil
}

// NormOf returns the RMSNorm outside a BitLinear that ref names.
func NormOf(m *fixed.Model, ref Ref) (*fixed.Norm, bool) {
	switch ref.Kind {
	case AttnNorm:
		return &m.Layers[ref.Layer].AttnNorm, true
	case GNorm:
		return &m.Layers[ref.Layer].GNorm, true
	case MLPNorm:
		return &m.Layers[ref.Layer].MLPNorm, true
	case FinalNorm:
		return &m.FinalNorm, true
	}
	return nil, false
}

// ProjectionOf returns the BitLinear whose norm or weight ref names.
func ProjectionOf(m *fixed.Model, ref Ref) (*fixed.Projection, bool) {
	switch ref.Kind {
	case NormHead, WeightHead:
		return &m.Head, true
	case NormI, WeightI:
		return &m.Layers[ref.Layer].I, true
	case NormF, WeightF:
		return &m.Layers[ref.Layer].F, true
	case NormG, WeightG:
		return &m.Layers[ref.Layer].G, true
	case NormO, WeightO:
		return &m.Layers[ref.Layer].O, true
	case NormGateUp, WeightGateUp:
		return &m.Layers[ref.Layer].GateUp, true
	case NormDown, WeightDown:
		return &m.Layers[ref.Layer].Down, true
	}
	return nil, false
}
