package dma

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unit"
	"lockstep/rtl/unittest"
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

// The golden model, executed on memories of bytes: what it makes of the requests
// and rows is a copy of rectangles, byte by byte.
func TestGoldenCopiesRectangles(t *testing.T) {
	for name, c := range Presets {
		r := rand.New(rand.NewPCG(3, 0))
		in := c.stimulus(r, 800)
		out, err := c.golden(in)
		require.NoError(t, err)
		take := func(stream int) unit.Frame {
			require.NotEmpty(t, out[stream], name)
			f := out[stream][0]
			out[stream] = out[stream][1:]
			return f
		}
		size := int64(c.BeatBytes)
		for _, cmd := range in[0] {
			d := read(cmd)
			for k := range d.rows * ((d.bytes-1)/size + 1) {
				perRow := (d.bytes-1)/size + 1
				if k%perRow == 0 {
					addr := uint64(d.addr) + uint64(k/perRow)*uint64(d.stride)
					require.Equal(t, unit.Frame{{int64(addr % (1 << 40))}, {perRow}, {d.store}}, take(0))
				}
				source := &in[1+d.store]
				bytes := (*source)[0][0]
				*source = (*source)[1:]
				if d.store == 1 {
					require.Equal(t, unit.Frame{{d.row + k}}, take(2))
					require.Equal(t, unit.Frame{bytes}, take(3))
					continue
				}
				f := take(1)
				require.Equal(t, d.row+k, f[0][0])
				for i, got := range f[1] {
					want := bytes[i]
					if k%perRow*size+int64(i) >= d.bytes {
						want = 0
					}
					require.Equal(t, want, got, "%s: byte %d", name, i)
				}
			}
			require.Equal(t, unit.Frame{{d.store}, {d.tag}}, take(4))
		}
		for i, left := range append(out, in[1:]...) {
			require.Empty(t, left, "%s, stream %d", name, i)
		}
	}
}

func TestGoldenErrors(t *testing.T) {
	c := Config{BeatBytes: 4, Rows: 8, InFlight: 1, Buffer: 1}
	beats := func(n int) []unit.Frame {
		var fs []unit.Frame
		for range n {
			fs = append(fs, unit.Frame{make([]int64, 4)})
		}
		return fs
	}
	for _, tt := range []struct {
		d        descriptor
		rd, vmem int
		want     string
	}{
		{descriptor{rows: 2, bytes: 6}, 4, 0, ""},
		{descriptor{store: 1, row: 6, rows: 2, bytes: 4}, 0, 2, ""},
		{descriptor{bytes: 4}, 0, 0, "dma: descriptor 0 has 0 rows of 4 bytes, want 1 or more of 1 or more"},
		{descriptor{rows: 1}, 0, 0, "dma: descriptor 0 has 1 rows of 0 bytes, want 1 or more of 1 or more"},
		{descriptor{store: 1, rows: 1, bytes: 6}, 0, 2, "dma: descriptor 0 has rows of 6 bytes to store, want a multiple of 4"},
		{descriptor{row: 6, rows: 3, bytes: 1}, 3, 0, "dma: descriptor 0 has rows 6 to 8 of the scratchpad, want at most 7"},
		{descriptor{rows: 2, bytes: 6}, 3, 9, "dma: descriptor 0 has 4 beats; 3 of mem_rd and 9 of vmem are left"},
		{descriptor{store: 1, rows: 2, bytes: 8}, 5, 1, "dma: descriptor 0 has 4 beats; 5 of mem_rd and 1 of vmem are left"},
		{descriptor{rows: 1, bytes: 4}, 2, 3, "dma: 1 beats of mem_rd and 3 of vmem belong to no descriptor"},
	} {
		_, err := c.golden([][]unit.Frame{{tt.d.frame()}, beats(tt.rd), beats(tt.vmem)})
		if tt.want == "" {
			require.NoError(t, err)
			continue
		}
		require.EqualError(t, err, tt.want)
	}
}

// The structure requires what the stream promises of a descriptor.
func TestRequirements(t *testing.T) {
	c := Presets["odd"] // beats of 4 bytes, 77 rows
	u, err := New(c)
	require.NoError(t, err)
	beat := unit.Item{Frame: unit.Frame{make([]int64, 4)}}
	for _, tt := range []struct {
		d    descriptor
		want string
	}{
		{descriptor{row: 75, rows: 2, bytes: 3}, ""},
		{descriptor{store: 1, row: 75, rows: 1, bytes: 8}, ""},
		{descriptor{bytes: 4}, "cmd_rows is 1 or more"},
		{descriptor{rows: 1}, "cmd_bytes is 1 or more"},
		{descriptor{store: 1, rows: 1, bytes: 5}, "cmd_bytes of a store is a multiple of 4"},
		{descriptor{store: 1, rows: 1, bytes: 2}, "cmd_bytes of a store is a multiple of 4"},
		{descriptor{row: 76, rows: 2, bytes: 1}, "move_at is below 77"},
		{descriptor{store: 1, row: 76, rows: 2, bytes: 4}, "fetch_at is below 77"},
	} {
		s := unit.Stimulus{In: [][]unit.Item{{{Frame: tt.d.frame()}}, {beat, beat}, {beat, beat}}, Expect: make([]int, 5), Seed: 1, Limit: 12}
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
		{func(c *Config) { *c = Config{} }, "dma: BeatBytes is 0, want a power of two in [1, 64]"},
		{func(c *Config) { c.BeatBytes = 12 }, "dma: BeatBytes is 12, want a power of two in [1, 64]"},
		{func(c *Config) { c.BeatBytes = 128 }, "dma: BeatBytes is 128, want a power of two in [1, 64]"},
		{func(c *Config) { c.Rows = 1 }, "dma: Rows is 1, want 2 to 16777216"},
		{func(c *Config) { c.Rows = 1<<24 + 1 }, "dma: Rows is 16777217, want 2 to 16777216"},
		{func(c *Config) { c.InFlight = 0 }, "dma: InFlight is 0, want 1 to 16"},
		{func(c *Config) { c.InFlight = 17 }, "dma: InFlight is 17, want 1 to 16"},
		{func(c *Config) { c.Buffer = 0 }, "dma: Buffer is 0, want 1 to 16"},
		{func(c *Config) { c.Buffer = 17 }, "dma: Buffer is 17, want 1 to 16"},
	} {
		c := Presets["default"]
		tt.change(&c)
		_, err := New(c)
		require.EqualError(t, err, tt.want)
	}
}
