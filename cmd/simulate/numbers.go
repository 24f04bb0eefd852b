package main

import (
	"fmt"

	"github.com/spf13/pflag"

	"lockstep/ternary/fixed"
)

// numberFlags are the number formats of the fixed model.
type numberFlags struct {
	vector  string
	sigmoid string
}

func (n *numberFlags) register(fl *pflag.FlagSet) {
	d := fixed.Default()
	fl.StringVar(&n.vector, "vector", d.Vector.String(), "format of vector elements: bits and fraction bits, as s16.9")
	fl.StringVar(&n.sigmoid, "sigmoid", d.Sigmoid.String(), "logistic function: table:RANGE:SEGMENTS, pwl1, pwl3, pwl5 or these with -pow2")
}

// config returns the formats that the flags name.
func (n numberFlags) config() (fixed.Config, error) {
	c := fixed.Default()
	if n.vector != "" {
		f, err := parseFormat(n.vector)
		if err != nil {
			return c, usageError{fmt.Errorf("--vector: %w", err)}
		}
		c.Vector = f
	}
	if n.sigmoid != "" {
		s, err := fixed.ParseSigmoid(n.sigmoid)
		if err != nil {
			return c, usageError{fmt.Errorf("--sigmoid: %w", err)}
		}
		c.Sigmoid = s
	}
	if err := c.Validate(); err != nil {
		return c, usageError{err}
	}
	return c, nil
}

// parseFormat reads what fixed.Format.String writes.
func parseFormat(text string) (fixed.Format, error) {
	var f fixed.Format
	if n, _ := fmt.Sscanf(text, "s%d.%d", &f.Width, &f.Frac); n != 2 || f.String() != text {
		return f, fmt.Errorf("format is %q, want bits and fraction bits, as s16.9", text)
	}
	return f, nil
}
