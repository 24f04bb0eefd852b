package ntt

import (
	"math/rand/v2"
	"slices"

	"lockstep/hecross"
	"lockstep/rtl/unit"
)

// stimulus transforms the corners of moduli of several lengths, then random
// residues, in both directions, until about n beats of residues are drawn.
func (c Config) stimulus(r *rand.Rand, n int) [][]unit.Frame {
	all := c.samples()
	var tasks []Task
	for k := 0; len(all) > 0 && (k < len(all) || len(tasks)*c.Beats() < n); k++ {
		p := all[k%len(all)]
		q := p.Modulus.Q()
		tasks = append(tasks, Task{Parameters: p})
		for _, fill := range []func(i int) uint32{
			func(int) uint32 { return q - 1 },
			func(int) uint32 { return r.Uint32N(q) },
			func(i int) uint32 { return uint32(i%2) * (q - 1) },
			func(int) uint32 { return 0 },
		} {
			x := make([]uint32, c.N())
			for i := range x {
				x[i] = fill(i)
			}
			tasks = append(tasks, Task{Residues: x})
		}
	}
	return c.Frames(tasks)
}

// samples returns parameters of both directions for the greatest primes of the
// greatest, a middle and the smallest length, as far as there are such primes.
func (c Config) samples() []*Parameters {
	var all []*Parameters
	most, least := c.Reduce.Bits, c.Reduce.Bits-c.Reduce.Narrower
	for _, width := range slices.Compact([]int{most, (most + least) / 2, least}) {
		qs, err := hecross.Primes(c.N(), width, 1)
		if err != nil {
			continue // there is no such prime
		}
		moduli, err := hecross.NewModuli(qs)
		if err != nil {
			continue
		}
		ring, err := hecross.NewRing(c.N(), c.R, c.C, moduli, hecross.SmallestRoots())
		if err != nil {
			continue
		}
		for _, inverse := range []bool{false, true} {
			if p, err := c.NewParameters(ring, 0, inverse); err == nil {
				all = append(all, p)
			}
		}
	}
	return all
}
