package main

import (
	"slices"

	"lockstep/hecross/ckks"
)

// score encrypts the samples, one after the other in the slots, and returns
// the decrypted scores smooth(m.logit(x)). The device knows the model, but
// neither the samples nor the scores.
func score(client *ckks.Client, e *ckks.Evaluator, m model, set []sample) ([]float64, error) {
	var values []float64
	for _, s := range set {
		values = append(values, s.x[:]...)
	}
	x, err := e.Encrypt(ckks.Complex(values))
	if err != nil {
		return nil, err
	}
	u, err := logits(client, e, m, x)
	if err != nil {
		return nil, err
	}
	y, err := polynomial(client, e, u)
	if err != nil {
		return nil, err
	}
	slots, err := e.Decrypt(y)
	if err != nil {
		return nil, err
	}
	scores := make([]float64, len(set))
	for i := range scores {
		scores[i] = real(slots[features*i])
	}
	return scores, nil
}

// logits returns u = (w*x + b)/reach in the first slot of every sample.
func logits(client *ckks.Client, e *ckks.Evaluator, m model, x ckks.Ciphertext) (u ckks.Ciphertext, err error) {
	weights := slices.Repeat(m.w[:], client.Slots()/features)
	for i := range weights {
		weights[i] /= reach
	}
	if u, err = e.MulPlain(x, ckks.Complex(weights), client.FreshScale(x.Level()-1)); err != nil {
		return u, err
	}
	if u, err = e.Sum(u, features); err != nil {
		return u, err
	}
	return e.AddPlain(u, everywhere(client, m.b/reach))
}

// polynomial returns half + linear*u + cubic*u^3, two levels below u: u^2 and
// cubic*u lie one level below, their product two, and linear*u is given the
// scale of that product.
func polynomial(client *ckks.Client, e *ckks.Evaluator, u ckks.Ciphertext) (y ckks.Ciphertext, err error) {
	square, err := e.Mult(u, u)
	if err != nil {
		return y, err
	}
	scaled, err := e.MulPlain(u, everywhere(client, cubic), client.FreshScale(square.Level()))
	if err != nil {
		return y, err
	}
	cube, err := e.Mult(square, scaled)
	if err != nil {
		return y, err
	}
	slope, err := e.MulPlain(u, everywhere(client, linear), cube.Scale)
	if err != nil {
		return y, err
	}
	if y, err = e.Add(cube, slope); err != nil {
		return y, err
	}
	return e.AddPlain(y, everywhere(client, half))
}

// everywhere is one value in all slots.
func everywhere(client *ckks.Client, value float64) []complex128 {
	return slices.Repeat([]complex128{complex(value, 0)}, client.Slots())
}
