package vmem

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
	"lockstep/tool/tooltest"
	"lockstep/yosys"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			m, err := u.Module()
			require.NoError(t, err)
			require.Equal(t, 2, m.Latency())
			unittest.Check(t, u, 1000)
		})
	}
}

// Every byte that is read is the one that the latest frame before wrote to its
// address, found by searching the frames backwards, and 0 if none did.
func TestGoldenIsTheLastWrite(t *testing.T) {
	for name, c := range Presets {
		u, err := New(c)
		require.NoError(t, err)
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			frames := make([]unit.Frame, 60)
			for k := range frames {
				frames[k] = c.random(r)
			}
			model, out := u.Golden(), unit.NewFrame(u.Out)
			for k, f := range frames {
				model(f, out)
				for p, port := range c.reads() {
					if f := c.read(f, p); f[0][0] == 1 {
						want := make([]int64, port.bytes)
						for i := range want {
							want[i] = c.byteBefore(frames[:k], int(f[1][0])*port.bytes+i)
						}
						require.Equal(t, want, out[p], "%s: frame %d, port %d", name, k, p)
					}
				}
			}
		})
	}
}

// byteBefore returns the byte at an address after some frames.
func (c Config) byteBefore(frames []unit.Frame, at int) int64 {
	for k := len(frames) - 1; k >= 0; k-- {
		for p, port := range c.writes() {
			f := c.write(frames[k], p)
			if first := int(f[1][0]) * port.bytes; f[0][0] == 1 && first <= at && at < first+port.bytes {
				return f[2][at-first]
			}
		}
	}
	return 0
}

// A word that the array writes is read as the rows that the DMA moves, and rows
// as a word; worked out by hand.
func TestRowsOfAWord(t *testing.T) {
	c := Config{Banks: 2, Words: 2, RowsPerWord: 2, RowBytes: 2, RowReads: 1, WordReads: 1, RowWrites: 1, WordWrites: 1}
	type ask struct{ rowRead, wordRead, rowWrite, wordWrite int } // addresses, -1 for none
	var frames []unit.Frame
	for _, a := range []ask{{-1, -1, 1, 2}, {5, 0, 4, -1}, {4, -1, -1, -1}, {-1, 2, -1, -1}, {3, -1, -1, -1}} {
		f := unit.Frame{{0}, {0}, {0}, {0}, {0}, {0}, {int64(10 + len(frames)), 7}, {0}, {0}, {1, 2, 3, 4}}
		for p, addr := range []int{a.rowRead, a.wordRead, a.rowWrite, a.wordWrite} {
			if at := []int{0, 2, 4, 7}[p]; addr >= 0 {
				f[at][0], f[at+1][0] = 1, int64(addr)
			}
		}
		frames = append(frames, f)
	}
	want := []unit.Frame{
		{{0, 0}, {0, 0, 0, 0}},  // nothing is read
		{{3, 4}, {0, 0, 10, 7}}, // row 1 of word 2; word 0, whose row 1 was written
		{{11, 7}, {0, 0, 10, 7}},
		{{11, 7}, {11, 7, 3, 4}}, // the word whose row 0 was written since
		{{0, 0}, {11, 7, 3, 4}},
	}
	u, err := New(c)
	require.NoError(t, err)
	res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back(frames)})
	require.NoError(t, err)
	require.Empty(t, res[0].Fault)
	model, out := u.Golden(), unit.NewFrame(u.Out)
	for k, f := range frames {
		model(f, out)
		require.Equal(t, want[k], out, "golden model, frame %d", k)
		require.Equal(t, unit.Beat{Cycle: k + 2, Out: want[k]}, res[0].Out[0][k])
	}
}

// Two reads, or two writes, of a bank in one cycle break a requirement, and so
// does a bank that does not exist; a read and a write meet freely, and ports that
// are not enabled do not matter.
func TestRequirements(t *testing.T) {
	c := Presets["odd"] // 3 banks of 32 rows or 16 words
	u, err := New(c)
	require.NoError(t, err)
	type use struct {
		write   bool
		p, addr int
	}
	for _, tt := range []struct {
		uses []use
		want string
	}{
		{nil, ""},
		{[]use{{false, 0, 0}, {false, 1, 95}, {false, 2, 16}, {true, 0, 95}, {true, 1, 0}, {true, 3, 31}}, ""},
		{[]use{{false, 0, 0}, {false, 1, 31}}, "no read port below 1 uses the bank of port 1"},
		{[]use{{false, 1, 64}, {false, 3, 47}}, "no read port below 3 uses the bank of port 3"},
		{[]use{{false, 2, 16}, {false, 3, 16}}, "no read port below 3 uses the bank of port 3"},
		{[]use{{true, 0, 32}, {true, 1, 63}}, "no write port below 1 uses the bank of port 1"},
		{[]use{{true, 1, 31}, {true, 2, 0}}, "no write port below 2 uses the bank of port 2"},
		{[]use{{false, 0, 96}}, "row_rd0_addr is in a bank below 3"},
		{[]use{{false, 3, 48}}, "word_rd1_addr is in a bank below 3"},
		{[]use{{true, 1, 127}}, "row_wr1_addr is in a bank below 3"},
		{[]use{{true, 2, 63}}, "word_wr0_addr is in a bank below 3"},
	} {
		f := c.idle(rand.New(rand.NewPCG(1, 0)))
		for p, port := range u.In {
			if strings.HasSuffix(port.Name, "_addr") {
				f[p][0] = port.Shape.Max()
			}
		}
		for _, use := range tt.uses {
			fields := c.read(f, use.p)
			if use.write {
				fields = c.write(f, use.p)
			}
			fields[0][0], fields[1][0] = 1, int64(use.addr)
		}
		res, err := unit.Interp{}.Run(u, []unit.Stimulus{u.Back([]unit.Frame{f})})
		require.NoError(t, err)
		if tt.want == "" {
			require.Empty(t, res[0].Fault)
			continue
		}
		require.Contains(t, res[0].Fault, "requirement failed: ")
		require.Contains(t, res[0].Fault, tt.want)
	}
}

// Every row of a word is a block RAM of its own, 36 bits by 512 words each.
func TestBlockRAM(t *testing.T) {
	tooltest.Need(t, "yosys")
	c := Config{Banks: 2, Words: 512, RowsPerWord: 2, RowBytes: 4, RowReads: 1, WordReads: 1, RowWrites: 1}
	u, err := New(c)
	require.NoError(t, err)
	m, err := u.Module()
	require.NoError(t, err)
	sv, err := m.Verilog()
	require.NoError(t, err)
	cells, err := yosys.Xilinx(t.Context(), u.Name, sv)
	require.NoError(t, err)
	require.Equal(t, c.Banks*c.RowsPerWord, cells["RAMB18E2"], "%v", cells)
	for cell := range cells {
		require.False(t, strings.HasPrefix(cell, "RAM") && cell != "RAMB18E2", "%v", cells)
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { *c = Config{} }, "vmem: Banks is 0, want 2 to 64"},
		{func(c *Config) { c.Banks = 1 }, "vmem: Banks is 1, want 2 to 64"},
		{func(c *Config) { c.Banks = 65 }, "vmem: Banks is 65, want 2 to 64"},
		{func(c *Config) { c.Words = 1 }, "vmem: Words is 1, want a power of two in [2, 65536]"},
		{func(c *Config) { c.Words = 48 }, "vmem: Words is 48, want a power of two in [2, 65536]"},
		{func(c *Config) { c.Words = 1 << 17 }, "vmem: Words is 131072, want a power of two in [2, 65536]"},
		{func(c *Config) { c.RowsPerWord = 0 }, "vmem: RowsPerWord is 0, want a power of two in [1, 16]"},
		{func(c *Config) { c.RowsPerWord = 3 }, "vmem: RowsPerWord is 3, want a power of two in [1, 16]"},
		{func(c *Config) { c.RowsPerWord = 32 }, "vmem: RowsPerWord is 32, want a power of two in [1, 16]"},
		{func(c *Config) { c.RowBytes = 0 }, "vmem: RowBytes is 0, want 1 to 256"},
		{func(c *Config) { c.RowBytes = 257 }, "vmem: RowBytes is 257, want 1 to 256"},
		{func(c *Config) { c.RowReads = -1 }, "vmem: RowReads is -1, want 0 to 8"},
		{func(c *Config) { c.WordReads = 9 }, "vmem: WordReads is 9, want 0 to 8"},
		{func(c *Config) { c.RowWrites = 9 }, "vmem: RowWrites is 9, want 0 to 8"},
		{func(c *Config) { c.WordWrites = -2 }, "vmem: WordWrites is -2, want 0 to 8"},
		{func(c *Config) { c.RowReads, c.WordReads = 0, 0 }, "vmem: RowReads + WordReads is 0, want 1 to 8"},
		{func(c *Config) { c.RowReads, c.WordReads = 5, 4 }, "vmem: RowReads + WordReads is 9, want 1 to 8"},
		{func(c *Config) { c.RowWrites, c.WordWrites = 0, 0 }, "vmem: RowWrites + WordWrites is 0, want 1 to 8"},
	} {
		c := Presets["default"]
		tt.change(&c)
		_, err := New(c)
		require.EqualError(t, err, tt.want)
	}
}
