package sweeps

import (
	"lockstep/energy"
	"lockstep/systolic/tpu"
	"lockstep/ternary/core"
	"lockstep/ternary/isa"
)

// CoreActivity is all tokens of a run of the ternary core.
func CoreActivity(mc *core.Machine) energy.Activity {
	s, c := mc.Summary(), mc.Config
	var a energy.Activity // of one token
	for _, in := range mc.Program.Instrs {
		n, registers := float64(in.N), float64(len(in.Reads()))
		if _, ok := in.Writes(); ok {
			registers++
		}
		switch in.Op {
		case isa.TMATMUL:
			a.TernaryAdds += n * float64(in.Cols)
			a.VectorMultiplies += n
		case isa.ADD, isa.SUB, isa.ARGMAX:
			a.VectorAdds += n
		case isa.MUL, isa.SIG, isa.CSIG:
			a.VectorMultiplies += n
		case isa.SILU, isa.NORM, isa.QUANT, isa.RMS:
			a.VectorMultiplies += 2 * n
		}
		a.BufferBytes += float64(mc.Program.Target.ElementBytes) * n * registers
	}
	if c.ZeroSkip {
		a.TernaryAdds = s.Bounds.Matrix * float64(c.TP)
	}
	a = a.Scale(float64(s.Tokens * s.Sequences))
	for _, p := range s.Ports {
		lanes := 1
		if p.Name == "Memory.Vectors" {
			lanes = c.Batch
		}
		a.OffChipBytes += float64(c.Cores*lanes) * float64(p.BytesRead+p.BytesWritten)
	}
	a.Seconds = float64(s.Cycles) / float64(s.ClockHz)
	return a
}

// TPUActivity is a run of a program whose products are all of one kind.
func TPUActivity(r *tpu.Report, c tpu.Config, t tpu.Types) energy.Activity {
	a := energy.Activity{OffChipBytes: float64(r.HBMBytes), Seconds: r.Seconds}
	switch {
	case t.A == tpu.BF16:
		a.BF16MACs = float64(r.MACs)
	case t.A == tpu.Ternary || t.B == tpu.Ternary:
		a.TernaryAdds = float64(r.MACs)
	default:
		a.Int8MACs = float64(r.MACs)
	}
	for _, e := range r.Engines {
		if e.Name != "Hbm" {
			a.ScratchpadBytes += float64(e.Bytes)
		}
	}
	for _, g := range r.Groups {
		if g.Kind == "Vpu" {
			a.VectorOps += float64(g.BusyCycles) * float64(c.Lanes*c.Sublanes) * c.ALUs.Float()
		}
	}
	return a
}

// TPUEnergy estimates what a run of the systolic machine takes on the device
// that a preset of systolic/tpu stands for.
func TPUEnergy(r *tpu.Report, c tpu.Config, t tpu.Types, preset string) (energy.Breakdown, error) {
	m, err := energy.Preset("tpu-" + preset)
	if err != nil {
		return energy.Breakdown{}, err
	}
	return energy.Estimate(TPUActivity(r, c, t), m)
}

// CoreEnergy estimates what a run of the ternary core takes on the device of its
// presets, an Alveo U250.
func CoreEnergy(mc *core.Machine) (energy.Breakdown, error) {
	m, err := energy.Preset("alveo-u250")
	if err != nil {
		return energy.Breakdown{}, err
	}
	return energy.Estimate(CoreActivity(mc), m)
}
