package ntt

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
	"lockstep/hecross/barrett"
)

func TestConfigErrors(t *testing.T) {
	for want, change := range map[string]func(c *Config){
		"ntt: Side is 2, want a power of two in [4, 64]":                               func(c *Config) { c.Side = 2 },
		"ntt: Side is 12, want a power of two in [4, 64]":                              func(c *Config) { c.Side = 12 },
		"ntt: Side is 128, want a power of two in [4, 64]":                             func(c *Config) { c.Side = 128 },
		"ntt: R is 8, want a power of two in [16, 256]":                                func(c *Config) { c.R = 8 },
		"ntt: R is 24, want a power of two in [16, 256]":                               func(c *Config) { c.R = 24 },
		"ntt: R is 512, want a power of two in [16, 256]":                              func(c *Config) { c.R = 512 },
		"ntt: C is 0, want a power of two in [16, 256]":                                func(c *Config) { c.C = 0 },
		"ntt: C is 20, want a power of two in [16, 256]":                               func(c *Config) { c.C = 20 },
		"ntt: C is 1024, want a power of two in [16, 256]":                             func(c *Config) { c.C = 1024 },
		"ntt: Reduce: barrett: Bits is 32, want 2 to 31":                               func(c *Config) { c.Reduce.Bits = 32 },
		"ntt: Reduce: barrett: Narrower is 30, want 0 to 29":                           func(c *Config) { c.Reduce.Narrower = 30 },
		"ntt: Reduce has the modulus 786433 built in, want one that comes at run time": func(c *Config) { c.Reduce = barrett.Fixed(786433) },
		"ntt: Reduce takes moduli from 13 bits on, want from 14 on for sums of 16 products": func(c *Config) {
			c.Reduce.Narrower = 18
		},
		"ntt: Reduce takes moduli from 17 bits on, want from 18 on for sums of 256 products": func(c *Config) {
			c.C, c.Reduce.Narrower = 256, 14
		},
	} {
		c := Engines["n256"]
		change(&c)
		require.EqualError(t, c.Validate(), want)
		_, err := New(c)
		require.EqualError(t, err, want)
		_, err = Run(t.Context(), c, nil, Options{})
		require.EqualError(t, err, want)
		_, err = c.NewParameters(nil, 0, false)
		require.EqualError(t, err, want)
	}
	for _, configs := range []map[string]Config{Presets, Engines} {
		for name, c := range configs {
			require.NoError(t, c.Validate(), name)
		}
	}
}

func TestParameterErrors(t *testing.T) {
	c := Engines["n256"]
	ring := newRing(t, c, hecross.SmallestRoots(), 28)
	_, err := c.NewParameters(ring, 1, false)
	require.EqualError(t, err, "ntt: limb is 1, want 0 to 0")
	_, err = c.NewParameters(ring, -1, false)
	require.EqualError(t, err, "ntt: limb is -1, want 0 to 0")
	other := c
	other.R, other.C = 32, 64
	_, err = other.NewParameters(ring, 0, false)
	require.EqualError(t, err, "ntt: ring has R = 16 and C = 16, want 32 and 64")
	c.Reduce = barrett.Config{Bits: 27, Narrower: 7}
	_, err = c.NewParameters(ring, 0, false)
	require.EqualError(t, err, "ntt: barrett: q is 268432897 of 28 bits, want 20 to 27 bits")
	c.Reduce.Bits, c.Reduce.Narrower = 31, 2
	_, err = c.NewParameters(ring, 0, true)
	require.EqualError(t, err, "ntt: barrett: q is 268432897 of 28 bits, want 29 to 31 bits")
}

func TestTaskErrors(t *testing.T) {
	c := Presets["n16"]
	ring := newRing(t, c, hecross.SmallestRoots(), 28)
	good, err := c.NewParameters(ring, 0, false)
	require.NoError(t, err)
	q := good.Modulus.Q()
	changed := func(change func(p *Parameters)) []Task {
		p := *good
		change(&p)
		return []Task{{Parameters: &p}}
	}
	for want, tasks := range map[string][]Task{
		"ntt: task 1: want either parameters or residues":                                                 {{}},
		"ntt: task 2: want either parameters or residues":                                                 {{Parameters: good}, {Parameters: good, Residues: make([]uint32, 16)}},
		"ntt: task 1: residues before any parameters, want parameters first":                              {{Residues: make([]uint32, 16)}},
		"ntt: task 2: 15 residues, want 16":                                                               {{Parameters: good}, {Residues: make([]uint32, 15)}},
		"ntt: task 2: residue 15 is 268435361, want below the modulus 268435361":                          {{Parameters: good}, {Residues: append(make([]uint32, 15), q)}},
		"ntt: task 1: barrett: q is 0, want an odd number of at least 3":                                  changed(func(p *Parameters) { p.Modulus = hecross.Modulus{} }),
		"ntt: task 1: constants are {268435361 1 3}, want {268435361 2147484408 3} for modulus 268435361": changed(func(p *Parameters) { p.Constants.M = 1 }),
		"ntt: task 1: parameters have 575 bytes, want 144 beats of 4":                                     changed(func(p *Parameters) { p.Beats = p.Beats[1:] }),
	} {
		require.EqualError(t, c.Check(tasks), want)
		_, err := Run(t.Context(), c, tasks, Options{})
		require.EqualError(t, err, want)
	}
	require.NoError(t, c.Check([]Task{{Parameters: good}, {Residues: make([]uint32, 16)}}))
}
