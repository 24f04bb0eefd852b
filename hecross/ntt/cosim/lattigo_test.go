package cosim

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/tuneinsight/lattigo/v6/core/rlwe"
	"github.com/tuneinsight/lattigo/v6/ring"

	"lockstep/hecross"
	"lockstep/hecross/ntt"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
)

// The residues of a ciphertext that Lattigo has encrypted, limb by limb in NTT
// form, go back to its coefficients and to the ciphertext again: the arrays of
// Lattigo are those of all three models.
func TestLattigoCiphertext(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	for _, name := range []string{"n256", "n1024"} {
		t.Run(name, func(t *testing.T) {
			c := ntt.Engines[name]
			r := newRing(t, c, hecross.LattigoRoots(), 30, 28, 21)
			rq, ciphertext := encrypt(t, c.N(), r)
			var ws []Work
			for _, p := range ciphertext.Value {
				coefficients := rq.NewPoly()
				rq.INTT(p, coefficients)
				for l := range r.Moduli {
					form, plain := residues(p, l), residues(coefficients, l)
					back := Work{Ring: r, Limb: l, Inverse: true, Residues: form}
					forth := Work{Ring: r, Limb: l, Residues: plain}
					for _, w := range []struct {
						Work
						want []uint32
					}{{back, plain}, {forth, form}} {
						got, err := golden(w.Work)
						require.NoError(t, err)
						require.Equal(t, w.want, got)
						ws = append(ws, w.Work)
					}
				}
			}
			rows, err := Check(t.Context(), verilator.Executor{Context: t.Context()}, c, ws)
			require.NoError(t, err)
			require.Len(t, rows, 2*2*3)
			for _, row := range rows {
				require.True(t, row.Equal(), "%+v", row)
			}
		})
	}
}

// encrypt returns Lattigo's ring of the moduli of r and an encryption of 0 in it.
func encrypt(t *testing.T, n int, r *hecross.Ring) (*ring.Ring, *rlwe.Ciphertext) {
	t.Helper()
	literal := rlwe.ParametersLiteral{NTTFlag: true}
	for 1<<literal.LogN < n {
		literal.LogN++
	}
	for _, m := range r.Moduli {
		literal.Q = append(literal.Q, uint64(m.Q()))
	}
	params, err := rlwe.NewParametersFromLiteral(literal)
	require.NoError(t, err)
	key := rlwe.NewKeyGenerator(params).GenSecretKeyNew()
	ciphertext := rlwe.NewCiphertext(params, 1, params.MaxLevel())
	require.NoError(t, rlwe.NewEncryptor(params, key).EncryptZero(ciphertext))
	require.True(t, ciphertext.IsNTT)
	return params.RingQ(), ciphertext
}

func residues(p ring.Poly, limb int) []uint32 {
	out := make([]uint32, len(p.Coeffs[limb]))
	for i, x := range p.Coeffs[limb] {
		out[i] = uint32(x)
	}
	return out
}
