package ckks

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
)

// Every preset makes a client whose rings have Lattigo's roots, and whose
// first ciphertext decrypts. Two splits R, C of the same moduli look the same to
// a client, and one of them is enough.
func TestPresets(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range hecross.PresetNames() {
		set, err := hecross.Preset(name)
		require.NoError(t, err)
		chain := fmt.Sprint(set.N, set.Q, set.P)
		if seen[chain] || testing.Short() && set.N > 1<<14 {
			continue
		}
		seen[chain] = true
		t.Run(name, func(t *testing.T) {
			c, err := NewClient(set, Options{Seed: 3})
			require.NoError(t, err)
			require.Equal(t, set.DigitLimbs(), c.Context().DigitLimbs)
			require.Equal(t, set, c.Set())
			require.Equal(t, len(set.Q)-1, c.MaxLevel())
			require.Equal(t, set.N/2, c.Slots())
			require.Equal(t, lattigoRoots(c), append(append([]uint32{}, c.Context().Q.Psi...), c.Context().P.Psi...))

			values := drawSlots(c, 4)
			ct := encrypt(t, c, values, c.MaxLevel())
			require.Less(t, slotErrorOf(t, c, values, ct).Max, 1e-4)
		})
	}
}

// lattigoRoots reads the roots out of Lattigo's tables, where they are in
// Montgomery form.
func lattigoRoots(c *Client) (psi []uint32) {
	over := c.Parameters().RingQP()
	tables := over.RingQ.SubRings
	if over.RingP != nil {
		tables = append(tables[:len(tables):len(tables)], over.RingP.SubRings...)
	}
	for _, s := range tables {
		root := []uint64{s.RootsForward[s.N/2], 0, 0, 0, 0, 0, 0, 0}
		s.IMForm(root, root)
		psi = append(psi, uint32(root[0]))
	}
	return psi
}
