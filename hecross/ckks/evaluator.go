package ckks

import (
	"fmt"
	"math"

	"lockstep/hecross"
)

// A Ciphertext is a ciphertext on the device with its scale, by which the
// slots are multiplied.
type Ciphertext struct {
	hecross.Ciphertext
	Scale float64
}

// Level returns the number of limbs minus one.
func (ct Ciphertext) Level() int { return ct.Limbs() - 1 }

// An Evaluator runs operators on a device and keeps track of scales and
// levels. It asks the client for a key when an operator first needs it, and
// keeps it. Operands of different levels are brought to the lower one.
type Evaluator struct {
	client *Client
	device Device

	relin     hecross.EvaluationKey
	rotations map[int]hecross.EvaluationKey
}

// NewEvaluator returns an evaluator for ciphertexts of the client.
func NewEvaluator(client *Client, device Device) *Evaluator {
	return &Evaluator{client: client, device: device, rotations: map[int]hecross.EvaluationKey{}}
}

// Encrypt encrypts up to Slots() values at the highest level, at the scale at
// which values enter it.
func (e *Evaluator) Encrypt(values []complex128) (Ciphertext, error) {
	level := e.client.MaxLevel()
	pt, err := e.client.Encode(values, level, e.client.FreshScale(level))
	if err != nil {
		return Ciphertext{}, err
	}
	ct, err := e.client.Encrypt(pt)
	if err != nil {
		return Ciphertext{}, err
	}
	polys, err := e.client.ToDevice(ct)
	return Ciphertext{polys, pt.Scale.Float64()}, err
}

// Decrypt returns all slots.
func (e *Evaluator) Decrypt(ct Ciphertext) ([]complex128, error) {
	lattigo, err := e.client.FromDevice(ct.Ciphertext, ct.Scale)
	if err != nil {
		return nil, err
	}
	pt, err := e.client.Decrypt(lattigo)
	if err != nil {
		return nil, err
	}
	return e.client.Decode(pt)
}

// Lower drops limbs until ct has the given level, 0 to its own. Slots and
// scale stay. The result shares its residues with ct.
func (e *Evaluator) Lower(ct Ciphertext, level int) (Ciphertext, error) {
	if level < 0 || level > ct.Level() {
		return Ciphertext{}, fmt.Errorf("ckks: level is %d, want 0 to %d, that of the ciphertext", level, ct.Level())
	}
	out := Ciphertext{make(hecross.Ciphertext, len(ct.Ciphertext)), ct.Scale}
	for i, p := range ct.Ciphertext {
		if len(p) <= level {
			return Ciphertext{}, fmt.Errorf("ckks: polynomial %d has %d limbs, want %d as polynomial 0", i, len(p), ct.Limbs())
		}
		out.Ciphertext[i] = p[:level+1]
	}
	return out, e.checkRoom(out)
}

// lower brings both to the level of the lower one.
func (e *Evaluator) lower(x, y Ciphertext) (Ciphertext, Ciphertext, error) {
	level := min(x.Level(), y.Level())
	x, err := e.Lower(x, level)
	if err != nil {
		return x, y, err
	}
	y, err = e.Lower(y, level)
	return x, y, err
}

// Rescale divides by the last modulus. ct has level 1 at least.
func (e *Evaluator) Rescale(ct Ciphertext) (Ciphertext, error) {
	scale, err := e.rescaled(ct)
	if err != nil {
		return Ciphertext{}, err
	}
	polys, err := e.device.Rescale(ct.Ciphertext)
	return e.result(polys, scale, err)
}

// rescaled returns the scale of ct after a rescale.
func (e *Evaluator) rescaled(ct Ciphertext) (float64, error) {
	if ct.Level() < 1 || ct.Level() > e.client.MaxLevel() {
		return 0, fmt.Errorf("ckks: ciphertext: level is %d, want 1 to %d to drop a limb", ct.Level(), e.client.MaxLevel())
	}
	return ct.Scale / float64(e.client.set.Q[ct.Level()]), nil
}

// scaleTolerance is the relative difference of scales that rounding makes.
const scaleTolerance = 1e-12

// Add returns x + y, whose scales are the same. MulPlain gives a ciphertext
// the scale of another.
func (e *Evaluator) Add(x, y Ciphertext) (Ciphertext, error) {
	if math.Abs(x.Scale-y.Scale) > scaleTolerance*x.Scale {
		return Ciphertext{}, fmt.Errorf("ckks: scales of x and y are %v and %v, want the same", x.Scale, y.Scale)
	}
	x, y, err := e.lower(x, y)
	if err != nil {
		return Ciphertext{}, err
	}
	polys, err := e.device.Add(x.Ciphertext, y.Ciphertext)
	return e.result(polys, x.Scale, err)
}

// AddPlain returns x plus up to Slots() values.
func (e *Evaluator) AddPlain(x Ciphertext, values []complex128) (Ciphertext, error) {
	p, err := e.encode(values, x.Level(), x.Scale)
	if err != nil {
		return Ciphertext{}, err
	}
	polys, err := e.device.AddPlain(x.Ciphertext, p)
	return e.result(polys, x.Scale, err)
}

// MulPlain rescales x, of level 1 at least, and multiplies it by up to Slots()
// values at the scale that gives the product the wanted one.
func (e *Evaluator) MulPlain(x Ciphertext, values []complex128, wanted float64) (Ciphertext, error) {
	x, err := e.Rescale(x)
	if err != nil {
		return Ciphertext{}, err
	}
	p, err := e.encode(values, x.Level(), wanted/x.Scale)
	if err != nil {
		return Ciphertext{}, err
	}
	polys, err := e.device.MulPlain(x.Ciphertext, p)
	return e.result(polys, wanted, err)
}

// Mult returns x*y, both of level 1 at least, the product one level lower.
func (e *Evaluator) Mult(x, y Ciphertext) (Ciphertext, error) {
	x, y, err := e.lower(x, y)
	if err != nil {
		return Ciphertext{}, err
	}
	sx, err := e.rescaled(x)
	if err != nil {
		return Ciphertext{}, err
	}
	sy, err := e.rescaled(y)
	if err != nil {
		return Ciphertext{}, err
	}
	if e.relin == nil {
		if e.relin, err = e.client.RelinearizationKey(); err != nil {
			return Ciphertext{}, err
		}
	}
	polys, err := e.device.Mult(x.Ciphertext, y.Ciphertext, e.relin)
	return e.result(polys, sx*sy, err)
}

// Rotate moves the slots by rot to the left.
func (e *Evaluator) Rotate(x Ciphertext, rot int) (Ciphertext, error) {
	key, ok := e.rotations[rot]
	if !ok {
		var err error
		if key, err = e.client.RotationKey(rot); err != nil {
			return Ciphertext{}, err
		}
		e.rotations[rot] = key
	}
	polys, err := e.device.Rotate(x.Ciphertext, rot, key)
	return e.result(polys, x.Scale, err)
}

// Sum sets slot i to the sum of the slots i to i+n-1, in log2(n) rotations. n
// is a power of two from 1 to Slots(); behind the last slot comes the first.
func (e *Evaluator) Sum(x Ciphertext, n int) (Ciphertext, error) {
	if n < 1 || n > e.client.Slots() || n&(n-1) != 0 {
		return Ciphertext{}, fmt.Errorf("ckks: slots to sum are %d, want a power of two from 1 to %d", n, e.client.Slots())
	}
	for rot := 1; rot < n; rot *= 2 {
		moved, err := e.Rotate(x, rot)
		if err != nil {
			return Ciphertext{}, err
		}
		if x, err = e.Add(x, moved); err != nil {
			return Ciphertext{}, err
		}
	}
	return x, nil
}

func (e *Evaluator) encode(values []complex128, level int, scale float64) (hecross.Poly, error) {
	pt, err := e.client.Encode(values, level, scale)
	if err != nil {
		return nil, err
	}
	return e.client.PlaintextToDevice(pt)
}

// result joins what the device gave with its scale.
func (e *Evaluator) result(polys hecross.Ciphertext, scale float64, err error) (Ciphertext, error) {
	if err != nil {
		return Ciphertext{}, fmt.Errorf("ckks: device: %w", err)
	}
	out := Ciphertext{polys, scale}
	return out, e.checkRoom(out)
}

// checkRoom reports a scale that leaves no room for a value of 1: half the
// product of the moduli or more.
func (e *Evaluator) checkRoom(ct Ciphertext) error {
	if err := e.client.checkScale("ciphertext", ct.Level(), ct.Scale); err != nil {
		return err
	}
	if room := e.client.logQ(ct.Level()) - 1; math.Log2(ct.Scale) >= room {
		return fmt.Errorf("ckks: ciphertext: scale is 2^%.2f, want below 2^%.2f, half the moduli of level %d",
			math.Log2(ct.Scale), room, ct.Level())
	}
	return nil
}
