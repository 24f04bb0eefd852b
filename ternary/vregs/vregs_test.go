package vregs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/rtl"
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
			unittest.Check(t, u, 1500)
		})
	}
}

// A read gives what the latest frame before it wrote to its word, found by
// searching the frames backwards, and 0 if none did.
func TestGoldenIsTheLastWrite(t *testing.T) {
	for name, c := range Presets {
		u, err := New(c)
		require.NoError(t, err)
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
			frames := make([]unit.Frame, 100)
			for k := range frames {
				frames[k] = c.random(r)
			}
			model, out := u.Golden(), unit.NewFrame(u.Out)
			for k, f := range frames {
				model(f, out)
				for p := range c.ReadPorts {
					require.Equal(t, c.lastWrite(frames[:k], c.lastRead(frames[:k+1], p)), out[p], "%s: frame %d, port %d", name, k, p)
				}
			}
		})
	}
}

// A reading is what a port read in a frame; frame is -1 if it never did.
type reading struct{ frame, register, word int64 }

// lastRead returns the last read of port p.
func (c Config) lastRead(frames []unit.Frame, p int) reading {
	for k := len(frames) - 1; k >= 0; k-- {
		if f := frames[k]; f[3*p][0] == 1 {
			return reading{int64(k), f[3*p+1][0], f[3*p+2][0]}
		}
	}
	return reading{frame: -1}
}

// lastWrite returns what was last written to the word of r before its frame.
func (c Config) lastWrite(frames []unit.Frame, r reading) []int64 {
	for k := r.frame - 1; k >= 0; k-- {
		for p := 3 * c.ReadPorts; p < len(frames[k]); p += 4 {
			if f := frames[k]; f[p][0] == 1 && f[p+1][0] == r.register && f[p+2][0] == r.word {
				return f[p+3]
			}
		}
	}
	return make([]int64, c.Lanes)
}

// Frames of two readers and two writers with the words they give, worked out by
// hand.
func TestByHand(t *testing.T) {
	c := Config{Registers: 3, Words: 5, Lanes: 2, Width: 8, ReadPorts: 2, WritePorts: 2}
	off := [][]int64{{0}, {2}, {4}}
	at := func(register, word int64) [][]int64 { return [][]int64{{1}, {register}, {word}} }
	var frames []unit.Frame
	var want []unit.Frame
	add := func(rd0, rd1, wr0 [][]int64, data0 []int64, wr1 [][]int64, data1, y0, y1 []int64) {
		f := slices.Concat(rd0, rd1, wr0, [][]int64{data0}, wr1, [][]int64{data1})
		frames, want = append(frames, f), append(want, unit.Frame{y0, y1})
	}
	any := []int64{99, -99}
	add(at(2, 4), off, off, any, off, any, []int64{0, 0}, []int64{0, 0})                                      // empty
	add(at(2, 4), at(0, 4), at(2, 4), []int64{1, -1}, at(0, 4), []int64{2, -2}, []int64{0, 0}, []int64{0, 0}) // old words
	add(at(2, 4), at(0, 4), off, any, off, any, []int64{1, -1}, []int64{2, -2})                               // new words
	add(at(0, 4), at(2, 4), off, any, off, any, []int64{2, -2}, []int64{1, -1})                               // by the other port
	add(off, off, at(2, 4), []int64{127, -128}, at(1, 0), []int64{5, 6}, []int64{2, -2}, []int64{1, -1})      // kept
	add(at(1, 0), off, at(1, 0), []int64{3, 4}, at(2, 4), []int64{7, 8}, []int64{5, 6}, []int64{1, -1})       // one reads
	add(at(1, 0), at(1, 0), at(2, 3), []int64{-7, 7}, off, any, []int64{3, 4}, []int64{3, 4})                 // the same word
	add(at(2, 4), at(2, 3), at(0, 0), []int64{-8, 8}, off, any, []int64{7, 8}, []int64{-7, 7})                // neighbours
	add(at(0, 0), at(0, 4), off, any, at(0, 4), []int64{0, 0}, []int64{-8, 8}, []int64{2, -2})                // of register 0
	add(at(0, 4), at(0, 3), off, any, off, any, []int64{0, 0}, []int64{0, 0})                                 // zeros, never written
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

// The structure requires that registers and words exist and that a register has
// one writer; ports that are not enabled do not matter.
func TestRequirements(t *testing.T) {
	c := Presets["ports"]
	u, err := New(c)
	require.NoError(t, err)
	type port struct {
		write, index   int
		register, word int64
	}
	for _, tt := range []struct {
		ports []port
		want  string
	}{
		{nil, ""},
		{[]port{{0, 4, 6, 12}, {1, 0, 6, 12}, {1, 1, 5, 12}, {1, 2, 0, 12}}, ""},
		{[]port{{0, 0, 7, 0}}, "register of read port 0 is below 7"},
		{[]port{{0, 4, 7, 0}}, "register of read port 4 is below 7"},
		{[]port{{0, 3, 6, 13}}, "address below 13"},
		{[]port{{1, 0, 7, 0}}, "register of write port 0 is below 7"},
		{[]port{{1, 2, 7, 0}}, "register of write port 2 is below 7"},
		{[]port{{1, 1, 0, 13}}, "address below 13"},
		{[]port{{1, 0, 3, 0}, {1, 1, 3, 1}}, "no port below 1 writes its register too"},
		{[]port{{1, 0, 3, 0}, {1, 2, 3, 0}}, "no port below 2 writes its register too"},
		{[]port{{1, 1, 3, 0}, {1, 2, 3, 0}}, "no port below 2 writes its register too"},
	} {
		f := unit.NewFrame(u.In)
		for p := 1; p < len(f); p++ {
			f[p][0] = u.In[p].Shape.Max()
		}
		for p, port := range u.In {
			if strings.HasSuffix(port.Name, "_en") {
				f[p][0] = 0
			}
		}
		for _, p := range tt.ports {
			fields := []func(unit.Frame, int) unit.Frame{c.read, c.write}[p.write](f, p.index)
			fields[0][0], fields[1][0], fields[2][0] = 1, p.register, p.word
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

// Ports of a larger module are at stages of their own.
func TestPortsAtDifferentStages(t *testing.T) {
	c := Config{Registers: 2, Words: 4, Lanes: 1, Width: 8, ReadPorts: 2, WritePorts: 2}
	m := rtl.New("stages", "a file between two stages")
	one := func(name string, sh rtl.Shape) rtl.Sig { return m.In(rtl.Port{Name: name, Shape: sh, Lanes: 1})[0] }
	en, register, word, data := one("en", rtl.U(1)), one("register", c.RegisterShape()), one("word", c.WordShape()), one("data", rtl.S(8))
	late := Write{en.Reg("en1"), register.Reg("register1"), word.Reg("word1"), []rtl.Sig{data.Reg("data1")}}
	other := Write{en, register.Not(), word, []rtl.Sig{data}}
	out := Build(m, c, "vregs", []Write{late, other}, []Read{{en, register, word}, {late.En, late.Register, late.Word}})
	for p, lanes := range out {
		stage, ok := lanes[0].Stage()
		require.True(t, ok)
		require.Equal(t, 2+p, stage)
		m.Out(rtl.Port{Name: fmt.Sprintf("y%d", p), Shape: rtl.S(8), Lanes: 1}, lanes)
	}
	require.NoError(t, m.Finish())
}

// Every register of every port is in block RAM, 72 bits by 512 words each.
func TestBlockRAM(t *testing.T) {
	tooltest.Need(t, "yosys")
	c := Presets["default"]
	c.Registers = 3
	u, err := New(c)
	require.NoError(t, err)
	m, err := u.Module()
	require.NoError(t, err)
	sv, err := m.Verilog()
	require.NoError(t, err)
	cells, err := yosys.Xilinx(t.Context(), u.Name, sv)
	require.NoError(t, err)
	perBank := (c.Lanes*c.Width + 71) / 72
	require.Equal(t, c.Registers*c.ReadPorts*perBank, cells["RAMB36E2"], "%v", cells)
	flags := 2 // valid of the unit
	require.Equal(t, c.ReadPorts*(c.Lanes*c.Width+c.RegisterShape().Width+1)+flags, cells["FDCE"], "%v", cells)
	for cell := range cells {
		require.False(t, strings.HasPrefix(cell, "RAM") && cell != "RAMB36E2", "%v", cells)
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		change func(*Config)
		want   string
	}{
		{func(c *Config) { c.Registers = 1 }, "vregs: Registers is 1, want 2 to 256"},
		{func(c *Config) { c.Registers = 257 }, "vregs: Registers is 257, want 2 to 256"},
		{func(c *Config) { c.Words = 1 }, "vregs: Words is 1, want 2 to 65536"},
		{func(c *Config) { c.Words = 65537 }, "vregs: Words is 65537, want 2 to 65536"},
		{func(c *Config) { c.Lanes = 0 }, "vregs: Lanes is 0, want 1 to 64"},
		{func(c *Config) { c.Lanes = 65 }, "vregs: Lanes is 65, want 1 to 64"},
		{func(c *Config) { c.Width = 1 }, "vregs: Width is 1, want 2 to 64"},
		{func(c *Config) { c.Width = 65 }, "vregs: Width is 65, want 2 to 64"},
		{func(c *Config) { c.ReadPorts = 0 }, "vregs: ReadPorts is 0, want 1 to 8"},
		{func(c *Config) { c.ReadPorts = 9 }, "vregs: ReadPorts is 9, want 1 to 8"},
		{func(c *Config) { c.WritePorts = -1 }, "vregs: WritePorts is -1, want 1 to 8"},
		{func(c *Config) { c.WritePorts = 9 }, "vregs: WritePorts is 9, want 1 to 8"},
		{func(c *Config) { *c = Config{} }, "vregs: Registers is 0, want 2 to 256"},
	} {
		c := Presets["default"]
		tt.change(&c)
		_, err := New(c)
		require.EqualError(t, err, tt.want)
	}
}
