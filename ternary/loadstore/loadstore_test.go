package loadstore

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/ternary/vregs"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			unittest.Check(t, u, 1000)
		})
	}
}

// The outputs of the golden model, walked command by command, are the words of
// the inputs with the places they belong to.
func TestGoldenMovesEveryWord(t *testing.T) {
	for name, c := range Presets {
		in := c.stimulus(rand.New(rand.NewPCG(3, 0)), 800)
		out, err := c.golden(in)
		require.NoError(t, err)
		words := [2][]unit.Frame{in[1], in[2]}
		take := func(stream int) unit.Frame {
			require.NotEmpty(t, out[stream], name)
			f := out[stream][0]
			out[stream] = out[stream][1:]
			return f
		}
		for _, cmd := range in[0] {
			store, register, n, addr := cmd[0][0], cmd[1][0], cmd[2][0], cmd[3][0]
			require.Equal(t, unit.Frame{{addr * int64(c.File.Lanes) * int64(c.File.Width) / 8}, {n}, {store}}, take(0))
			require.Equal(t, unit.Frame{{store}, {register}}, take(4))
			for i := range n {
				word := words[store][0][0]
				words[store] = words[store][1:]
				if store == 1 {
					require.Equal(t, unit.Frame{{register}, {i}}, take(2))
					require.Equal(t, unit.Frame{word}, take(3))
				} else {
					require.Equal(t, unit.Frame{{register}, {i}, word}, take(1))
				}
			}
		}
		for i, left := range append(out, words[:]...) {
			require.Empty(t, left, "%s, stream %d", name, i)
		}
	}
}

func TestGoldenErrors(t *testing.T) {
	c := Presets["tiny"]
	cmd := func(store, register, words int64) []unit.Frame {
		return []unit.Frame{{{store}, {register}, {words}, {0}}}
	}
	words := func(n int) []unit.Frame {
		var fs []unit.Frame
		for range n {
			fs = append(fs, unit.Frame{{1}})
		}
		return fs
	}
	for _, tt := range []struct {
		in   [][]unit.Frame
		want string
	}{
		{[][]unit.Frame{cmd(0, 2, 1), words(1), nil}, "loadstore: command 0 has register 2, want 0 to 1"},
		{[][]unit.Frame{cmd(0, 0, 0), words(1), nil}, "loadstore: command 0 has 0 words, want 1 to 2"},
		{[][]unit.Frame{cmd(1, 0, 3), nil, words(3)}, "loadstore: command 0 has 3 words, want 1 to 2"},
		{[][]unit.Frame{cmd(0, 0, 2), words(1), words(2)}, "loadstore: command 0 has 2 words; 1 of mem_rd and 2 of data are left"},
		{[][]unit.Frame{cmd(1, 0, 2), words(2), words(1)}, "loadstore: command 0 has 2 words; 2 of mem_rd and 1 of data are left"},
		{[][]unit.Frame{cmd(1, 0, 1), words(2), words(2)}, "loadstore: 2 words of mem_rd and 1 of data belong to no command"},
	} {
		_, err := c.golden(tt.in)
		require.EqualError(t, err, tt.want)
	}
}

// The structure requires what the stream promises of a command.
func TestRequirements(t *testing.T) {
	c := Presets["default"]
	u, err := New(c)
	require.NoError(t, err)
	for _, tt := range []struct {
		register, words int64
		want            string
	}{
		{9, 96, ""},
		{0, 1, ""},
		{10, 1, "cmd_register is below 10"},
		{255, 1, "cmd_register is below 10"},
		{0, 0, "cmd_words is 1 to 96"},
		{0, 97, "cmd_words is 1 to 96"},
		{0, 65535, "cmd_words is 1 to 96"},
	} {
		cmd := []unit.Item{{Frame: unit.Frame{{0}, {tt.register}, {tt.words}, {0}}}}
		s := unit.Stimulus{In: [][]unit.Item{cmd, nil, nil}, Expect: []int{1, 0, 0, 0, 1}, Seed: 1, Limit: 8}
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{s})
		require.NoError(t, err)
		if tt.want == "" {
			require.Empty(t, res[0].Fault)
			continue
		}
		require.Contains(t, res[0].Fault, "requirement failed: "+tt.want)
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.File = vregs.Config{} }, "loadstore: File: vregs: Registers is 0, want 2 to 256"},
		{func(c *Config) { c.File.Words = 65536 }, "loadstore: File.Words is 65536, want at most 65535"},
		{func(c *Config) { c.File.Lanes, c.File.Width = 3, 12 }, "loadstore: a word has 3 lanes of 12 bits, want whole bytes"},
		{func(c *Config) { c.InFlight = 0 }, "loadstore: InFlight is 0, want 1 to 16"},
		{func(c *Config) { c.InFlight = 17 }, "loadstore: InFlight is 17, want 1 to 16"},
		{func(c *Config) { c.Buffer = 0 }, "loadstore: Buffer is 0, want 1 to 16"},
		{func(c *Config) { c.Buffer = 17 }, "loadstore: Buffer is 17, want 1 to 16"},
	} {
		c := Presets["default"]
		tt.change(&c)
		_, err := New(c)
		require.EqualError(t, err, tt.want)
	}
}
