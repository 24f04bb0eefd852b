package fetch

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/ternary"
	"lockstep/ternary/isa"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		u, err := New(c)
		require.NoError(t, err)
		t.Run(name, func(t *testing.T) { unittest.Check(t, u, 400) })
	}
}

func TestConfigErrors(t *testing.T) {
	for words, want := range map[int]string{
		1:         "fetch: Words is 1, want 2 to 65536",
		1<<16 + 1: "fetch: Words is 65537, want 2 to 65536",
	} {
		_, err := New(Config{Words: words, Lanes: 1})
		require.EqualError(t, err, want)
	}
}

// The program of the shipped model's shape comes out instruction by
// instruction, with the embedding row of each token.
func TestPlaysACompiledProgram(t *testing.T) {
	s, err := ternary.Preset("opticks")
	require.NoError(t, err)
	p, err := isa.Compile(s, isa.Target{Lanes: 64, VectorRegisters: 10, ScalarRegisters: 4, OperandBuffers: 2, ElementBytes: 2,
		WeightBeatBytes: 16, VectorBeatBytes: 16})
	require.NoError(t, err)
	in := make([][]unit.Item, 3)
	in[0] = []unit.Item{{Frame: unit.Frame{{int64(len(p.Instrs))}}}}
	for k := range p.Instrs {
		b, err := p.Instrs[k].Encode(nil)
		require.NoError(t, err)
		lanes := make([]int64, 4)
		for l := range lanes {
			lanes[l] = int64(binary.LittleEndian.Uint64(b[8*l:]))
		}
		in[1] = append(in[1], unit.Item{Frame: unit.Frame{lanes}})
	}
	tokens := []int64{0, 255, 97}
	for _, id := range tokens {
		in[2] = append(in[2], unit.Item{Frame: unit.Frame{{id}}})
	}
	u, err := New(Presets["default"])
	require.NoError(t, err)
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{{In: in, Expect: []int{3 * len(p.Instrs)}, Seed: 1, Limit: 5000}})
	require.NoError(t, err)
	require.Len(t, res[0].Out[0], 3*len(p.Instrs))
	for k, beat := range res[0].Out[0] {
		i := p.Instrs[k%len(p.Instrs)]
		require.Equal(t, int64(i.Op), beat.Out[0][0])
		require.Equal(t, int64(i.N), beat.Out[6][0])
		require.Equal(t, i.Addr+tokens[k/len(p.Instrs)]*i.Stride, beat.Out[8][0], "%s", i.String())
		require.Equal(t, k%len(p.Instrs) == len(p.Instrs)-1, beat.Out[12][0] == 1)
		require.Equal(t, res[0].Accepted[2][k/len(p.Instrs)]+1+Depth+k%len(p.Instrs), beat.Cycle)
	}
}

func TestGoldenErrors(t *testing.T) {
	c := Config{Words: 2, Lanes: 1}
	word := unit.Frame{make([]int64, 4)}
	_, err := c.golden([][]unit.Frame{{{{3}}}, {word, word, word}, nil})
	require.EqualError(t, err, "fetch: 1 loads and 3 words, want 1 load of as many words, at most 2")
	_, err = c.golden([][]unit.Frame{{{{1}}}, {{{255, 0, 0, 0}}}, {{{0}}}})
	require.EqualError(t, err, "isa: operation is 255, want 0 to 12")
}
