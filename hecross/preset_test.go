package hecross

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPresets(t *testing.T) {
	require.Equal(t, []string{
		"HEAP", "FIDESlib_128_512", "Cheddar3_128_512", "Cheddar3_256_256", "BASALISC_128_512", "FAB_512_128", "FAB_256_256",
		"WarpDrive_128_512", "WarpDrive_256_256", "CraterLake_128_512", "CraterLake_256_256", "NTT_A", "NTT_B", "NTT_C",
	}, PresetNames())
	for _, c := range []struct {
		name              string
		n, r, c, l, p, d  int
		digitLimbs, width int
	}{
		{"HEAP", 8192, 128, 64, 8, 4, 3, 3, 29},
		{"fideslib", 65536, 128, 512, 60, 20, 3, 20, 28},
		{"Cheddar3", 65536, 128, 512, 48, 17, 3, 16, 29},
		{"Cheddar3_256_256", 65536, 256, 256, 48, 17, 3, 16, 29},
		{"BASALISC", 65536, 128, 512, 64, 23, 3, 22, 29},
		{"FAB", 65536, 512, 128, 64, 16, 4, 16, 28},
		{"WarpDrive", 65536, 128, 512, 36, 14, 3, 12, 29},
		{"CraterLake_256_256", 65536, 256, 256, 51, 18, 3, 17, 29},
		{"NTT_A", 4096, 128, 32, 4, 0, 1, 4, 29},
		{"NTT_B", 8192, 128, 64, 8, 0, 1, 8, 29},
		{"ntt_c", 16384, 128, 128, 16, 0, 1, 16, 29},
	} {
		s, err := Preset(c.name)
		require.NoError(t, err)
		require.NoError(t, s.Validate())
		require.Equal(t, []int{c.n, c.r, c.c, c.l, c.p, c.d, c.digitLimbs}, []int{s.N, s.R, s.C, len(s.Q), len(s.P), s.Dnum, s.DigitLimbs()}, c.name)
		width := 0
		for _, q := range s.Q {
			width = max(width, modulus(t, q).Bits())
		}
		require.Equal(t, c.width, width, c.name)
	}
	a, err := Preset("HEAP")
	require.NoError(t, err)
	a.Q[0] = 1
	b, err := Preset("HEAP")
	require.NoError(t, err)
	require.Equal(t, uint32(269402113), b.Q[0])
	c, err := b.Context(SmallestRoots(), Centred)
	require.NoError(t, err)
	require.Equal(t, []int{8, 4, 3}, []int{c.Q.Limbs(), c.P.Limbs(), c.DigitLimbs})
	_, err = Preset("NTT")
	require.ErrorContains(t, err, `hecross: preset is "NTT", want one of HEAP, FIDESlib_128_512, `)
}

func TestParameterSetErrors(t *testing.T) {
	good := ParameterSet{Name: "x", N: 16, R: 4, C: 4, Dnum: 1, Q: []uint32{97, 193}, P: []uint32{257}}
	require.NoError(t, good.Validate())
	for want, change := range map[string]func(*ParameterSet){
		"hecross: x: N, R, C are 16, 4, 2, want powers of two with N = R*C of at least 2": func(s *ParameterSet) { s.C = 2 },
		"hecross: x: q has 0 moduli, want at least 1":                                     func(s *ParameterSet) { s.Q = nil },
		"hecross: x: dnum is 0, want 1 to 2, the limbs of Q":                              func(s *ParameterSet) { s.Dnum = 0 },
		"hecross: x: dnum is 3, want 1 to 2, the limbs of Q":                              func(s *ParameterSet) { s.Dnum = 3 },
		"hecross: x: limb 1: modulus is 99, want an odd prime below 2^31":                 func(s *ParameterSet) { s.Q = []uint32{97, 99} },
		"hecross: x: limb 2: modulus is 7, want 1 mod 2N = 32":                            func(s *ParameterSet) { s.P = []uint32{7} },
		"hecross: x: limbs 0 and 2 have the modulus 97, want distinct moduli":             func(s *ParameterSet) { s.P = []uint32{97} },
	} {
		s := good.clone()
		change(&s)
		require.EqualError(t, s.Validate(), want)
		_, err := s.Context(SmallestRoots(), Centred)
		require.EqualError(t, err, want)
	}
	_, err := good.Context(ExplicitRoots([]uint32{1, 2, 3}), Centred)
	require.EqualError(t, err, "hecross: x: limb 0: psi is 1, want a primitive 32-th root of unity modulo 97")
	_, err = good.Context(SmallestRoots(), 7)
	require.EqualError(t, err, "hecross: ModDown form is 7, want one of the constants")

	set := `{"name": "a", "n": 16, "r": 4, "c": 4, "dnum": 1, "q": [97], "p": []}`
	for text, want := range map[string]string{
		``:                                        "hecross: f: EOF",
		`{"sets": [], "more": 1}`:                 `hecross: f: json: unknown field "more"`,
		`{"sets": []} 1`:                          "hecross: f: text follows the object, want nothing after it",
		`{"sets": [` + set + `,` + set + `]}`:     `hecross: f: name "a" is empty or used twice, want distinct names`,
		`{"sets": [{"name": "b", "n": 3}]}`:       "hecross: f: b: N is 3, want a power of two up to 131072",
		`{"sets": [{"name": "b", "q": [-1]}]}`:    "hecross: f: json: cannot unmarshal number -1 into Go struct field ParameterSet.sets.q of type uint32",
		`{"sets": [{"n": 16, "r": 4, "c": 4}]}`:   `hecross: f: name "" is empty or used twice, want distinct names`,
		`{"sets": [` + set + `], "source": "s"} `: "",
	} {
		_, err := parseSets("f", []byte(text))
		if want == "" {
			require.NoError(t, err)
		} else {
			require.EqualError(t, err, want)
		}
	}
}
