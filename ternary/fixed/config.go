// Package fixed is the integer golden model of the ternary language model. It
// is the specification that the event model and the generated RTL meet bit for
// bit: after New no floating-point operation takes part, every operation is
// a pipeline of adders, multipliers, table look-ups and shifts on signals of at
// most 64 bits, and every rounding is stated where it happens.
//
// Rounding is to nearest, ties away from zero, unless a function says
// otherwise. The model is a sequence of the vector operations in Ops and
// Packed.MatVec; a machine that executes the same sequence with the same
// constants computes the same logits.
//
// It is not the yardstick of accuracy: that is package float.
package fixed

// A Config selects the number formats of the model.
type Config struct {
	Vector  Format        // residual stream, activations, state and logits; Width 12 to 32
	Weight  Format        // norm weights; Width 8 to 16, so that a product with a vector element is below 2^47
	Sigmoid SigmoidConfig // the logistic function
}

// Default returns the configuration that the tests pin against the float
// model. docs/numerics.md has the measurements behind it.
func Default() Config {
	return Config{
		Vector:  Format{Width: 16, Frac: 9},
		Weight:  Format{Width: 16, Frac: 12},
		Sigmoid: defaultTable,
	}
}

// Validate reports the first field that is out of range.
func (c Config) Validate() error {
	if err := c.Vector.validate("Vector", 12, 32); err != nil {
		return err
	}
	if err := c.Weight.validate("Weight", 8, 16); err != nil {
		return err
	}
	return c.Sigmoid.validate(c.Vector.Frac)
}
