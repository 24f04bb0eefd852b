package hecross

import "fmt"

// Apply computes the named operation on the operands of in. What it returns
// has the parameters of in that the operation reads, with defaults filled in
// and roots as the array of those used, the result, and no operand.
//
// "ntt" and "intt" run as three matrix steps, through literal bytes where
// [Modulus.CheckBAT] allows it for r and c; the residues are those of
// [Ring.NTT] for every split. "bconv" runs through bytes in the same way.
//
// It reports an error unless in is valid, has the operands of the operation
// and no Op of another one.
func Apply(op string, in *File) (*File, error) {
	if in == nil {
		return nil, fmt.Errorf("hecross: file is nil, want the operands of %s", op)
	}
	out, err := apply(Operation(op), in)
	if err != nil {
		return nil, in.located(err)
	}
	return out, nil
}

func apply(op Operation, in *File) (*File, error) {
	o, err := operatorOf(op)
	if err != nil {
		return nil, err
	}
	if in.Op != "" && in.Op != op {
		return nil, fmt.Errorf("hecross: op is %q in the file, want %q", in.Op, op)
	}
	if err := in.Validate(); err != nil {
		return nil, err
	}
	j := &job{operator: o, File: *in}
	if err := j.prepare(op); err != nil {
		return nil, err
	}
	x, err := j.load(in.X)
	if err != nil {
		return nil, err
	}
	y, err := j.load(in.Y)
	if err != nil {
		return nil, err
	}
	result, err := o.run(j, x, y)
	if err != nil {
		return nil, err
	}
	if err := j.store(result); err != nil {
		return nil, err
	}
	out := j.echo(op)
	out.Result = Operand{Polys: result, Single: in.X.Single && len(result) == 1}
	return out, nil
}

// A job is one operation on the operands of a file, defaults filled in.
type job struct {
	operator
	File
	context *Context
	k       int // galois element
}

// prepare fills in the defaults, reports operands that are missing and makes
// the context.
func (j *job) prepare(op Operation) error {
	if err := j.checkForm(op); err != nil {
		return err
	}
	for _, c := range j.choices() {
		if *c.value == "" {
			*c.value = c.allowed[0]
		}
	}
	j.R, j.C = j.split()
	j.RescaleLimbs = max(j.RescaleLimbs, 1)
	if err := j.checkCounts(op); err != nil {
		return err
	}
	if j.galois {
		if j.Rotation == nil && j.Galois == 0 {
			return fmt.Errorf("hecross: rotation is missing, want rotation or galois for %s", op)
		}
		j.k = j.Galois
		if j.Rotation != nil {
			var err error
			if j.k, err = GaloisElement(*j.Rotation, j.N); err != nil {
				return err
			}
		}
	}
	if op == OpBConv {
		if len(j.P) == 0 {
			return fmt.Errorf("hecross: p is missing, want the moduli of the result of %s", op)
		}
		if limbs := len(j.X.Polys[0]); limbs != len(j.Q) {
			return fmt.Errorf("hecross: x has %d limbs, want %d, the moduli of q", limbs, len(j.Q))
		}
		if j.Form == FormCoefficient {
			return nil // no transform: the moduli may be any primes
		}
	}
	return j.makeContext()
}

// checkForm fills in the form, which has a default per operation.
func (j *job) checkForm(op Operation) error {
	if j.Form == "" {
		j.Form = j.takes
	}
	if j.takes != j.gives && j.Form != j.takes {
		return fmt.Errorf("hecross: form is %q, want %q for the operand of %s", j.Form, j.takes, op)
	}
	return nil
}

// checkCounts reports a missing operand or one of the wrong kind.
func (j *job) checkCounts(op Operation) error {
	for _, o := range []struct {
		name   string
		value  Operand
		bounds [2]int
	}{{"x", j.X, j.x}, {"y", j.Y, j.y}} {
		got := len(o.value.Polys)
		switch {
		case o.bounds[1] == 0:
			continue
		case got == 0:
			return fmt.Errorf("hecross: %s is missing, want an operand of %s", o.name, op)
		case o.bounds[0] == o.bounds[1] && got != o.bounds[0]:
			return fmt.Errorf("hecross: %s has %d polynomials, want %d for %s", o.name, got, o.bounds[0], op)
		case got < o.bounds[0] || got > o.bounds[1]:
			return fmt.Errorf("hecross: %s has %d polynomials, want %d to %d for %s", o.name, got, o.bounds[0], o.bounds[1], op)
		}
	}
	if j.y[1] > 0 && len(j.X.Polys[0]) != len(j.Y.Polys[0]) {
		return fmt.Errorf("hecross: x and y have %d and %d limbs, want the same number", len(j.X.Polys[0]), len(j.Y.Polys[0]))
	}
	if !j.key {
		return nil
	}
	if len(j.P) == 0 {
		return fmt.Errorf("hecross: p is missing, want the special moduli of %s", op)
	}
	if len(j.Key) == 0 {
		return fmt.Errorf("hecross: key is missing, want the evaluation key of %s", op)
	}
	return nil
}

// makeContext makes the rings of q and p.
func (j *job) makeContext() error {
	ms, err := NewModuli(j.moduli())
	if err != nil {
		return err
	}
	for i, m := range ms {
		if m.checkNTT(j.N) != nil {
			return fmt.Errorf("hecross: %s is %d, want 1 mod 2n = %d", j.modulusName(i), m.q, 2*j.N)
		}
	}
	all, err := NewRing(j.N, j.R, j.C, ms, j.Roots)
	if err != nil {
		return err
	}
	j.Roots = ExplicitRoots(all.Psi)
	digitLimbs := 1
	if j.key {
		j.fillDigits()
		digitLimbs = j.DigitLimbs
	}
	form, err := ParseModDownForm(j.ModDown)
	if err != nil {
		return err
	}
	j.context, err = NewContext(all.slice(0, len(j.Q)), all.slice(len(j.Q), len(ms)), digitLimbs, form)
	return err
}

// fillDigits derives dnum and digit_limbs from one another, or from the key.
func (j *job) fillDigits() {
	if j.DigitLimbs == 0 {
		dnum := j.Dnum
		if dnum == 0 {
			dnum = min(len(j.Key), len(j.Q))
		}
		j.DigitLimbs = 1 + (len(j.Q)-1)/dnum
	}
	if j.Dnum == 0 {
		j.Dnum = 1 + (len(j.Q)-1)/j.DigitLimbs
	}
}

// echo returns the parameters that the operation reads.
func (j *job) echo(op Operation) *File {
	out := &File{
		Op: op, N: j.N, R: j.R, C: j.C, Q: j.Q, P: j.P, Roots: j.Roots, Form: j.Form, Order: j.Order,
	}
	if j.galois {
		out.Rotation, out.Galois = j.Rotation, j.Galois
	}
	if j.key {
		out.Dnum, out.DigitLimbs, out.ModDown = j.Dnum, j.DigitLimbs, j.ModDown
	}
	switch op {
	case OpMult:
		out.Rescale, out.RescaleLimbs, out.RescaleForm = j.Rescale, j.RescaleLimbs, j.RescaleForm
	case OpRescale:
		out.RescaleLimbs, out.RescaleForm = j.RescaleLimbs, j.RescaleForm
	case OpRotate:
		out.Permute = j.Permute
	}
	return out
}
