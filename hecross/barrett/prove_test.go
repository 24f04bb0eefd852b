package barrett

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/hecross"
	"lockstep/hecross/proof"
	"lockstep/rtl"
	"lockstep/tool/tooltest"
)

// A lemma is one step of the proof that r = z mod q for all 0 <= z < END, where
// END = 2^(2*Bits-shift). It is proven when its text, the negation, has no
// solution: circuit says what the Verilog does between the words in and out.
type lemma struct {
	name    string
	in, out string // none: integers only, quotient_q is called t, lazy_q is called lazy
	text    string
}

// lemmas are the steps in order. K is 2^shift, S is 2^(2*Bits).
var lemmas = []lemma{
	{"the quotient is floor(z*K*m/S)", "z_i", "quotient_q",
		"(assert (< z_i END)) (assert (not (and (<= 0 (- (* z_i K M) (* S quotient_q))) (< (- (* z_i K M) (* S quotient_q)) S))))"},
	{"then 0 <= z - t*q < 2*q", "", "",
		"(assert (and (<= 0 z) (< z END) (<= 0 (- (* z K M) (* S t))) (< (- (* z K M) (* S t)) S))) (assert (not (and (<= 0 (- z (* Q t))) (< (- z (* Q t)) (* 2 Q)))))"},
	{"then lazy is z - t*q, from few of its bits", "z_i quotient_q", "lazy_q",
		"(assert (< z_i END)) (assert (and (<= 0 (- z_i (* Q quotient_q))) (< (- z_i (* Q quotient_q)) (* 2 Q)))) (assert (not (= lazy_q (- z_i (* Q quotient_q)))))"},
	{"below 2*q, the result is lazy or lazy - q, whichever is below q", "lazy_q", "r_o",
		"(assert (< lazy_q (* 2 Q))) (assert (not (= r_o (ite (< lazy_q Q) lazy_q (- lazy_q Q)))))"},
	{"then it is z mod q", "", "",
		"(assert (and (<= 0 (- z (* Q t))) (< (- z (* Q t)) (* 2 Q)))) (assert (= lazy (- z (* Q t)))) (assert (= r (ite (< lazy Q) lazy (- lazy Q)))) (assert (not (= r (mod z Q))))"},
}

const integers = "(declare-const z Int) (declare-const t Int) (declare-const lazy Int) (declare-const r Int)\n"

// circuit returns the Verilog of c as words.
func circuit(t *testing.T, c Config, fault rtl.Fault) *proof.Circuit {
	u, err := New(c)
	require.NoError(t, err)
	u.Fault = fault
	m, err := u.Module()
	require.NoError(t, err)
	sv, err := m.Verilog()
	require.NoError(t, err)
	circuit, err := proof.Read(t.Context(), u.Name, sv)
	require.NoError(t, err)
	return circuit
}

// answers has every lemma decided for a circuit of c and a claimed modulus:
// "unsat" is proven. The range of the operands is END + beyond.
func answers(t *testing.T, c Config, cut *proof.Circuit, k Constants, beyond uint64) []string {
	fixed := map[string]uint64{}
	for i, p := range c.ModulusPorts() {
		fixed[p.Name+"_i"] = uint64(c.Frame(k)[i][0])
	}
	values := strings.NewReplacer("END", fmt.Sprint(c.end(k)+beyond), "S", fmt.Sprint(uint64(1)<<(2*c.Bits)), "K", fmt.Sprint(1<<k.Shift),
		"Q", fmt.Sprint(k.Q), "M", fmt.Sprint(k.M))
	var text strings.Builder
	for _, l := range lemmas {
		facts := integers
		if l.in != "" {
			var err error
			facts, err = cut.Equations(strings.Fields(l.in), strings.Fields(l.out), fixed)
			require.NoError(t, err)
		}
		fmt.Fprintf(&text, "(reset)\n%s%s\n(check-sat)\n", facts, values.Replace(l.text))
	}
	got, err := proof.Solve(t.Context(), text.String())
	require.NoError(t, err)
	require.Len(t, got, len(lemmas))
	return got
}

// proven requires that every lemma is proven.
func proven(t *testing.T, c Config, cut *proof.Circuit, k Constants) {
	for i, a := range answers(t, c, cut, k, 0) {
		require.Equal(t, "unsat", a, "q is %d: not proven: %s", k.Q, lemmas[i].name)
	}
}

// TestProof proves of the Verilog of every preset that its results are z mod q
// for all operands, all paddings of the multipliers included: where the modulus
// is an input, for the moduli of the corners, or with -prove for all moduli of
// the published parameter sets.
func TestProof(t *testing.T) {
	tooltest.Need(t, "yosys", "z3")
	published := map[uint32]bool{}
	if *prove {
		for _, name := range hecross.PresetNames() {
			p, err := hecross.Preset(name)
			require.NoError(t, err)
			for _, q := range slices.Concat(p.Q, p.P) {
				published[q] = true
			}
		}
	}
	for name, c := range Presets {
		if c.lower() == 2*c.Bits {
			continue // its product has no sum and no register called quotient; see TestExhaustive
		}
		t.Run(name, func(t *testing.T) {
			cut := circuit(t, c, rtl.Fault{})
			ks := c.moduli()
			for _, q := range slices.Sorted(maps.Keys(published)) {
				if k, err := c.Constants(q); err == nil && c.Q == 0 {
					ks = append(ks, k)
				}
			}
			for _, k := range ks {
				proven(t, c, cut, k)
			}
			t.Logf("canonical for %d moduli", len(ks))
		})
	}
}

// TestProofFails: what is wrong is not proven. The solver finds an operand when
// the constant m or the modulus in the hardware is off by one, when the claim
// is, and when operands may be larger.
func TestProofFails(t *testing.T) {
	tooltest.Need(t, "yosys", "z3")
	c := Presets["q28"]
	k := constants(t, c, c.Q)
	sound := circuit(t, c, rtl.Fault{})
	less, more, other := k, k, k
	less.M, more.M, other.Q = k.M-1, k.M+1, k.Q-2
	for _, tt := range []struct {
		name   string
		cut    *proof.Circuit
		k      Constants
		beyond uint64
		fails  []int
	}{
		{"sound", sound, k, 0, nil},
		{"q in the hardware", circuit(t, c, rtl.Fault{Kind: rtl.WrongConstant, Index: 0}), k, 0, []int{2, 3}},
		{"m in the hardware", circuit(t, c, rtl.Fault{Kind: rtl.WrongConstant, Index: 1}), k, 0, []int{0}},
		{"m claimed, less", sound, less, 0, []int{0, 1}},
		{"m claimed, more", sound, more, 0, []int{0, 1}},
		{"q claimed", sound, other, 0, []int{1, 2, 3}},
		{"range", sound, k, 1 << 56, []int{0, 1}},
	} {
		var fails []int
		for i, a := range answers(t, c, tt.cut, tt.k, tt.beyond) {
			if a != "unsat" {
				require.Equal(t, "sat", a)
				fails = append(fails, i)
			}
		}
		require.Equal(t, tt.fails, fails, tt.name)
	}
}
