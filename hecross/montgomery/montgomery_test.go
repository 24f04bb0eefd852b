package montgomery

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/hecross/proof"
	"lockstep/rtl"
	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/tool/tooltest"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			require.Equal(t, c.Registers(), m.Latency())
			unittest.Check(t, u, 2500)
		})
	}
	require.Equal(t, 7, Config{}.Registers())
	require.Equal(t, 8, Config{Canonical: true}.Registers())
}

func constants(t require.TestingT, q uint32) Constants {
	k, err := NewConstants(q)
	require.NoError(t, err)
	return k
}

// TestReduce compares with the definition in math/big, and what Montgomery
// multiplication is for: a round trip of a product through the domain.
func TestReduce(t *testing.T) {
	r32 := new(big.Int).Lsh(big.NewInt(1), 32)
	rapid.Check(t, func(t *rapid.T) {
		q := rapid.Uint32Range(3, 1<<31-1).Draw(t, "q")>>rapid.IntRange(0, 29).Draw(t, "shorter") | 3
		k := constants(t, q)
		bigQ := big.NewInt(int64(q))
		require.Equal(t, new(big.Int).ModInverse(bigQ, r32).Uint64(), uint64(k.Inverse))
		require.Equal(t, new(big.Int).Mod(r32, bigQ).Uint64(), uint64(k.One))
		require.Equal(t, new(big.Int).Exp(r32, big.NewInt(2), bigQ).Uint64(), uint64(k.Square))

		z := rapid.Uint64Range(0, uint64(q)<<32-1).Draw(t, "z")
		y, err := k.Reduce(z)
		require.NoError(t, err)
		require.True(t, 0 < y && y < 2*q)
		want := new(big.Int).SetUint64(z)
		want.Mul(want, new(big.Int).ModInverse(r32, bigQ)).Mod(want, bigQ)
		require.Equal(t, want.Uint64(), uint64(y%q))

		a, b := rapid.Uint32Range(0, q-1).Draw(t, "a"), rapid.Uint32Range(0, q-1).Draw(t, "b")
		mul := func(x, y uint32) uint32 {
			z, err := k.Reduce(uint64(x) * uint64(y))
			require.NoError(t, err)
			return z % q
		}
		in := mul(mul(a, k.Square), mul(b, k.Square))
		require.Equal(t, uint32(uint64(a)*uint64(b)%uint64(q)), mul(in, 1))
		require.Equal(t, k.One, mul(1, k.Square))
		require.Equal(t, a, mul(a, k.One))
	})
}

// TestCorners: the frames that each check begins with reach both ends of the
// lazy range and both sides of q.
func TestCorners(t *testing.T) {
	for name, c := range Presets {
		c.Canonical = false
		for _, k := range c.moduli() {
			seen := map[string]bool{}
			for _, f := range c.corners() {
				if c.Q != 0 || uint32(f[1][0]) == k.Q {
					out := unit.Frame{{0}}
					c.golden(f, out)
					y := uint32(out[0][0])
					seen["1"] = seen["1"] || y == 1
					seen["below q"] = seen["below q"] || y < k.Q
					seen["q or more"] = seen["q or more"] || y >= k.Q
					seen["2q-1"] = seen["2q-1"] || y == 2*k.Q-1
				}
			}
			for what, ok := range seen {
				require.True(t, ok, "%s: no corner of q = %d gives %s", name, k.Q, what)
			}
		}
	}
}

// TestRange: an operand of q*2^32 or more, as a sum of products or a product of
// words can be, breaks the requirement; so do constants that do not fit.
func TestRange(t *testing.T) {
	c := Config{}
	k := constants(t, 268042241)
	q := uint64(k.Q)
	for _, tt := range []struct {
		f    unit.Frame
		want string
	}{
		{c.frame(q<<32-1, k), ""},
		{c.frame((q-1)*(q-1)*15, k), ""}, // 28 bits leave room for a few products
		{c.frame((q-1)*(q-1)*17, k), "z is below q * 2^32"},
		{c.frame(q<<32, k), "z is below q * 2^32"},
		{unit.Frame{{1}, {int64(q)}, {int64(k.Inverse) ^ 4}}, "inverse is that of q modulo 2^32"},
		{unit.Frame{{1}, {1}, {1}}, "q is at least 3"},
	} {
		u, err := New(c)
		require.NoError(t, err)
		m, err := u.Module()
		require.NoError(t, err)
		it, err := rtl.NewInterp(m)
		require.NoError(t, err)
		it.Eval(append(unit.Frame{{1}}, tt.f...), unit.NewFrame(m.Outs()))
		it.Clock()
		if tt.want == "" {
			require.NoError(t, it.Err())
			continue
		}
		require.ErrorContains(t, it.Err(), "requirement failed: "+tt.want)
	}
	_, err := k.Reduce(q << 32)
	require.EqualError(t, err, "montgomery: z is 1151232659041550336, want less than q*2^32 for q = 268042241")
}

// A lemma is one step of the proof, for every operand below END = q*2^32, that y
// is (z - u*q) / 2^32 + q, an integer above 0 and below 2*q. It is proven when its
// text, the negation, has no solution. G is (q*INVERSE - 1) / 2^32, R is 2^32.
type lemma struct {
	name    string
	in, out string // of the circuit; none: integers only
	text    string
}

const low = "(declare-const low Int) (declare-const high Int) (assert (<= 0 low 4294967295)) "

var lemmas = []lemma{
	{"the factor u is z/q modulo R", "z_i", "factor_q",
		low + "(assert (= z_i (+ (* R high) low))) (assert (not (= 0 (mod (- (* INVERSE low) factor_q) R))))"},
	{"then R divides z - u*q", "", "",
		low + "(declare-const u Int) (declare-const e Int) (assert (= (- (* INVERSE low) u) (* R e))) (assert (not (= (- low (* Q u)) (* R (- (* Q e) (* G low))))))"},
	{"then the result is the quotient, plus q, and in range", "z_i factor_q", "lazy_q",
		low + "(declare-const part Int) (assert (< z_i END)) (assert (= z_i (+ (* R high) low))) (assert (= (* R part) (- low (* Q factor_q)))) " +
			"(assert (not (and (= lazy_q (+ high Q part)) (< 0 lazy_q (* 2 Q)))))"},
	{"below 2*q, the canonical result is lazy or lazy - q, whichever is below q", "lazy_q", "y_o",
		"(assert (< lazy_q (* 2 Q))) (assert (not (= y_o (ite (< lazy_q Q) lazy_q (- lazy_q Q)))))"},
}

// answers has every lemma decided: "unsat" is proven.
func answers(t *testing.T, c Config, fault rtl.Fault, end uint64) []string {
	c.Canonical = true
	u, err := New(c)
	require.NoError(t, err)
	u.Fault = fault
	m, err := u.Module()
	require.NoError(t, err)
	sv, err := m.Verilog()
	require.NoError(t, err)
	circuit, err := proof.Read(t.Context(), u.Name, sv)
	require.NoError(t, err)
	k := constants(t, c.Q)
	product := new(big.Int).Mul(big.NewInt(int64(k.Q)), big.NewInt(int64(k.Inverse)))
	values := strings.NewReplacer("END", fmt.Sprint(end), "INVERSE", fmt.Sprint(k.Inverse), "G", product.Rsh(product, 32).String(),
		"Q", fmt.Sprint(k.Q), "R", fmt.Sprint(1<<32))
	var all []string
	for _, l := range lemmas {
		facts := ""
		if l.in != "" {
			facts, err = circuit.Equations(strings.Fields(l.in), strings.Fields(l.out), nil)
			require.NoError(t, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		got, err := proof.Solve(ctx, facts+values.Replace(l.text)+"(check-sat)")
		cancel()
		require.NoError(t, err, l.name)
		all = append(all, got...)
	}
	return all
}

// TestProof proves the Verilog of every built-in modulus. With an inverse in the
// hardware that is off by one, or larger operands, there is one for which it is
// not so.
func TestProof(t *testing.T) {
	tooltest.Need(t, "yosys", "z3")
	for name, c := range Presets {
		if c.Q != 0 {
			require.Equal(t, []string{"unsat", "unsat", "unsat", "unsat"}, answers(t, c, rtl.Fault{}, uint64(c.Q)<<32), name)
		}
	}
	c, end := Presets["q28"], uint64(268042241)<<32
	require.Equal(t, []string{"sat", "unsat", "unsat", "unsat"}, answers(t, c, rtl.Fault{Kind: rtl.WrongConstant, Index: 1}, end), "inverse")
	require.Equal(t, []string{"unsat", "unsat", "sat", "unsat"}, answers(t, c, rtl.Fault{}, end+1<<32), "range")
}

func TestErrors(t *testing.T) {
	for _, q := range []uint32{1, 8, 1<<31 + 1} {
		_, err := New(Config{Q: q})
		require.EqualError(t, err, fmt.Sprintf("montgomery: Q is %d, want an odd number from 3 to 2147483647, or 0 for one that comes with the operands", q))
		_, err = NewConstants(q)
		require.EqualError(t, err, fmt.Sprintf("montgomery: q is %d, want an odd number from 3 to 2147483647", q))
	}
}
