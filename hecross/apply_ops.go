package hecross

import "fmt"

func (j *job) ntt(x, _ []Poly) ([]Poly, error) {
	return j.transform(x, (*Ring).NTTBytes, (*Ring).NTTMatrix)
}

func (j *job) intt(x, _ []Poly) ([]Poly, error) {
	return j.transform(x, (*Ring).INTTBytes, (*Ring).INTTMatrix)
}

// transform runs through bytes if sums of r and of c terms can be reduced at
// once for every modulus, and by exact matrix products otherwise.
func (j *job) transform(x []Poly, throughBytes, exact func(r *Ring, out, in Poly) error) ([]Poly, error) {
	for i, p := range x {
		ring := j.context.Q.slice(0, len(p))
		run := throughBytes
		for _, m := range ring.Moduli {
			if m.CheckBAT(j.R) != nil || m.CheckBAT(j.C) != nil {
				run = exact
			}
		}
		x[i] = ring.NewPoly()
		if err := run(ring, x[i], p); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (j *job) bconv(x, _ []Poly) ([]Poly, error) {
	from, err := NewModuli(j.Q)
	if err != nil {
		return nil, err
	}
	to, err := NewModuli(j.P)
	if err != nil {
		return nil, err
	}
	c, err := NewBaseConverter(from, to)
	if err != nil {
		return nil, err
	}
	run := c.ConvertBytes
	for _, m := range to {
		if m.CheckBAT(len(from)) != nil {
			run = c.Convert
		}
	}
	out := make([]Poly, len(x))
	for i, p := range x {
		if out[i], err = run(p); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (j *job) add(x, y []Poly) ([]Poly, error) { return j.context.Add(x, y) }

func (j *job) tensor(x, y []Poly) ([]Poly, error) { return j.context.Tensor(x, y) }

func (j *job) mulPlain(x, y []Poly) ([]Poly, error) { return j.context.MulPlain(x, y[0]) }

func (j *job) rescale(x, _ []Poly) ([]Poly, error) { return j.drop("x", x) }

// drop rescales as often as the file says.
func (j *job) drop(name string, x []Poly) ([]Poly, error) {
	if limbs := len(x[0]); limbs <= j.RescaleLimbs {
		return nil, fmt.Errorf("hecross: %s has %d limbs, want more than the %d that rescaling drops", name, limbs, j.RescaleLimbs)
	}
	out := make([]Poly, len(x))
	for i, p := range x {
		for range j.RescaleLimbs {
			ring := j.context.Q.slice(0, len(p))
			offset := ring.Moduli[len(p)-1].q / 2
			if j.RescaleForm == rescaleUncentred {
				offset = 0
			}
			p = rescale(ring, p, offset)
		}
		out[i] = p
	}
	return out, nil
}

func (j *job) automorphism(x, _ []Poly) ([]Poly, error) {
	out := make([]Poly, len(x))
	for i, p := range x {
		ring := j.context.Q.slice(0, len(p))
		out[i] = ring.NewPoly()
		if err := ring.Automorphism(out[i], p, j.k); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// keySwitch switches the last polynomial and adds the others.
func (j *job) keySwitch(x, _ []Poly) ([]Poly, error) {
	key, err := j.loadKey()
	if err != nil {
		return nil, err
	}
	b, a, err := j.context.KeySwitch(x[len(x)-1], key)
	if err != nil {
		return nil, err
	}
	ring, out := j.context.Q.slice(0, len(b)), []Poly{b, a}
	for i, p := range x[:len(x)-1] {
		ring.add(out[i], p)
	}
	return out, nil
}

func (j *job) mult(x, y []Poly) ([]Poly, error) {
	key, err := j.loadKey()
	if err != nil {
		return nil, err
	}
	if j.Rescale == rescaleInputs {
		if x, err = j.drop("x", x); err != nil {
			return nil, err
		}
		if y, err = j.drop("y", y); err != nil {
			return nil, err
		}
	}
	out, err := j.context.MulRelin(x, y, key)
	if err != nil || j.Rescale != rescaleResult {
		return out, err
	}
	return j.drop("x", out)
}

func (j *job) rotate(x, _ []Poly) ([]Poly, error) {
	key, err := j.loadKey()
	if err != nil {
		return nil, err
	}
	if j.Permute == permuteAfter {
		return j.context.Automorphism(x, j.k, key)
	}
	x, err = j.automorphism(x, nil)
	if err != nil {
		return nil, err
	}
	b, a, err := j.context.KeySwitch(x[1], key)
	if err != nil {
		return nil, err
	}
	j.context.Q.slice(0, len(b)).add(b, x[0])
	return []Poly{b, a}, nil
}
