package hecross

import "sync"

// A limb is one modulus of a ring with its root. Its tables are made when they
// are first needed and shared by all rings that contain the limb.
type limb struct {
	Modulus
	n, r, c int
	psi     uint32

	butterflies func() *butterflies
	threeSteps  func() threeSteps
	byteTables  func() byteTables
}

func newLimb(m Modulus, n, r, c int, psi uint32) *limb {
	t := &limb{Modulus: m, n: n, r: r, c: c, psi: psi}
	t.butterflies = sync.OnceValue(t.makeButterflies)
	t.threeSteps = sync.OnceValue(t.makeThreeSteps)
	t.byteTables = sync.OnceValue(t.makeByteTables)
	return t
}
