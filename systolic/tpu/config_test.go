package tpu

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/systolic"
)

func preset(t require.TestingT, name string) Config {
	c, err := Preset(name)
	require.NoError(t, err)
	return c
}

// The matrix rates of the chips as published, and what their memories give in
// GB/s.
func TestPresets(t *testing.T) {
	require.Equal(t, []string{"v4", "v5e", "v5p", "v6e"}, PresetNames())
	for _, tt := range []struct {
		name                string
		bf16, int8, gigabyt float64
	}{{"v4", 275, 275, 1200}, {"v5e", 197, 393, 819}, {"v5p", 459, 918, 2765}, {"v6e", 918, 1836, 1638}} {
		c := preset(t, tt.name)
		hz := float64(c.ClockHz)
		require.InEpsilon(t, tt.bf16, 2*c.PeakMACsPerCycle(Types{BF16, BF16})*hz/1e12, 0.005, tt.name)
		require.InEpsilon(t, tt.int8, 2*c.PeakMACsPerCycle(Types{S8, S8})*hz/1e12, 0.005, tt.name)
		require.InEpsilon(t, tt.gigabyt, c.HBMBytesPerCycle.Float()*hz/1e9, 1e-3, tt.name)
		require.Equal(t, "full", c.Overlap().String())
	}
	_, err := Preset("v7")
	require.EqualError(t, err, `tpu: preset is "v7", want one of v4, v5e, v5p, v6e`)
}

// Each number of a preset says where it is from, and each key is there.
func TestPresetSources(t *testing.T) {
	for _, name := range PresetNames() {
		data, err := presetFiles.ReadFile("presets/" + name + ".yaml")
		require.NoError(t, err)
		var keys []string
		for line := range strings.Lines(string(data)) {
			key, rest, ok := strings.Cut(line, ":")
			if !ok || strings.HasPrefix(strings.TrimSpace(line), "#") {
				continue
			}
			keys = append(keys, key)
			_, source, ok := strings.Cut(rest, "#")
			require.True(t, ok && len(source) > 5, "%s: %s has no source", name, key)
		}
		require.Equal(t, Keys(), keys, name)
	}
}

func TestSingleIsValid(t *testing.T) {
	for _, d := range systolic.Dataflows() {
		require.NoError(t, Single(systolic.Array{Rows: 3, Cols: 5}, d).Validate())
	}
}

func TestConfigRoundTrip(t *testing.T) {
	for _, name := range PresetNames() {
		c := preset(t, name)
		var back Config
		require.NoError(t, back.Parse("x.yaml", []byte(c.String())))
		require.Equal(t, c, back)
		text, err := json.Marshal(c)
		require.NoError(t, err)
		back = Config{}
		require.NoError(t, json.Unmarshal(text, &back))
		require.Equal(t, c, back)
		fields := map[string]any{}
		require.NoError(t, json.Unmarshal(text, &fields))
		require.Len(t, fields, len(Keys()))
		for _, k := range Keys() {
			require.Contains(t, fields, k)
		}
	}
}

func TestSetErrors(t *testing.T) {
	for _, tt := range []struct{ set, want string }{
		{"rows", `tpu: --set "rows", want key=value`},
		{"=3", `tpu: --set "=3", want key=value`},
		{"rows=", `tpu: --set "rows=", want key=value`},
		{"row=3", "tpu: --set row: unknown key, want one of " + strings.Join(Keys(), ", ")},
		{"rows=many", `tpu: --set rows=many: rows is "many", want an integer of 64 bits`},
		{"rows=1.5", `tpu: --set rows=1.5: rows is "1.5", want an integer of 64 bits`},
		{"clock_hz=9223372036854775808", `want an integer of 64 bits`},
		{"overlap_dma=yes", `tpu: --set overlap_dma=yes: overlap_dma is "yes", want true or false`},
		{"dataflow=xs", `tpu: --set dataflow=xs: dataflow is "xs", want os, ws or is`},
		{"int8_rate=-1", `tpu: --set int8_rate=-1: int8_rate is "-1", want a number of at most 4 decimals or a fraction such as 8000/7, 0 to 1048576 with a denominator up to 1024`},
		{"int8_rate=1/0", `int8_rate is "1/0", want a number`},
		{"int8_rate=1/1025", `int8_rate is "1/1025", want a number`},
		{"int8_rate=0.12345", `int8_rate is "0.12345", want a number`},
		{"int8_rate=1048577", `int8_rate is "1048577", want a number`},
		{"int8_rate=/2", `int8_rate is "/2", want a number`},
		{"int8_rate=.", `int8_rate is ".", want a number`},
	} {
		c := preset(t, "v4")
		before := c
		require.ErrorContains(t, c.Set(tt.set), tt.want)
		require.Equal(t, before, c, "a refused assignment changes nothing")
	}
	c := preset(t, "v4")
	require.NoError(t, c.Set("hbm_bytes_per_cycle=16000/14"))
	require.Equal(t, Ratio{8000, 7}, c.HBMBytesPerCycle)
	require.NoError(t, c.Set("int8_rate=1.5"))
	require.Equal(t, Ratio{3, 2}, c.Int8Rate)
}

func TestValidateErrors(t *testing.T) {
	for _, tt := range []struct{ set, want string }{
		{"clock_hz=999", "tpu: clock_hz is 999, want 1000 to 1000000000000"},
		{"cores=0", "tpu: cores is 0, want 1 to 64"},
		{"arrays=257", "tpu: arrays is 257, want 1 to 256"},
		{"rows=0", "tpu: rows is 0, want 1 to 4096"},
		{"cols=4097", "tpu: cols is 4097, want 1 to 4096"},
		{"vmem_bytes=0", "tpu: vmem_bytes is 0, want 1 to 1099511627776"},
		{"vmem_bytes_per_cycle=0", "tpu: vmem_bytes_per_cycle is 0, want 1/1024 to 1048576 with a denominator up to 1024"},
		{"vmem_bytes_per_cycle=1000", "tpu: vmem_bytes_per_cycle is 1000, want at least hbm_bytes_per_cycle, 8000/7"},
		{"hbm_bytes=-1", "tpu: hbm_bytes is -1, want 1 to 1099511627776"},
		{"hbm_bytes_per_cycle=0", "tpu: hbm_bytes_per_cycle is 0, want 1/1024 to 1048576 with a denominator up to 1024"},
		{"hbm_latency_cycles=0", "tpu: hbm_latency_cycles is 0, want 1 to 1000000000"},
		{"dma_engines=65", "tpu: dma_engines is 65, want 1 to 64"},
		{"dma_in_flight=0", "tpu: dma_in_flight is 0, want 1 to 65536"},
		{"lanes=0", "tpu: lanes is 0, want 1 to 65536"},
		{"sublanes=0", "tpu: sublanes is 0, want 1 to 1024"},
		{"alus=0", "tpu: alus is 0, want 1/1024 to 1048576 with a denominator up to 1024"},
		{"xlus=0", "tpu: xlus is 0, want 1 to 64"},
		{"xlu_registers_per_cycle=0", "tpu: xlu_registers_per_cycle is 0, want 1/1024 to 1048576 with a denominator up to 1024"},
		{"launch_cycles=-1", "tpu: launch_cycles is -1, want 0 to 1000000000000"},
	} {
		c := preset(t, "v4")
		require.NoError(t, c.Set(tt.set))
		require.EqualError(t, c.Validate(), tt.want)
		_, err := NewProgram(c, Derived)
		require.EqualError(t, err, tt.want)
		_, err = LowerGEMM(c, systolic.GEMM{M: 1, N: 1, K: 1}, GEMMOptions{})
		require.EqualError(t, err, tt.want)
	}
	c := preset(t, "v4")
	c.BF16Rate, c.Int8Rate = Ratio{}, Ratio{}
	require.EqualError(t, c.Validate(), "tpu: bf16_rate and int8_rate are 0, want one above 0")
	c = preset(t, "v4")
	c.Int8Rate = Ratio{1, 0}
	require.ErrorContains(t, c.Validate(), "tpu: int8_rate is 1/0, want 0 to 1048576")
	c = preset(t, "v4")
	c.Dataflow = "x"
	require.EqualError(t, c.Validate(), `tpu: dataflow is "x", want os, ws or is`)
	require.Error(t, Config{}.Validate())
}

func TestParse(t *testing.T) {
	c := preset(t, "v4")
	require.NoError(t, c.Parse("my.yaml", []byte("# mine\nrows: 32 # of them\n\nint8_rate: 1/3\noverlap_dma: false\ndataflow: \"os\"\n")))
	want := preset(t, "v4")
	want.Rows, want.Int8Rate, want.OverlapDMA, want.Dataflow = 32, Ratio{1, 3}, false, "os"
	require.Equal(t, want, c, "what is not named stays")
	for _, tt := range []struct{ text, want string }{
		{"", "tpu: my.yaml: file is empty, want a configuration"},
		{"# only this\n", "tpu: my.yaml: file is empty, want a configuration"},
		{"rows: 32\nrow: 4\n", `tpu: my.yaml: [2:1] unknown key "row", want one of ` + strings.Join(Keys(), ", ")},
		{"rows: 32\nrows: 64\n", "[2:1]"},
		{"rows: x\n", `tpu: my.yaml: [1:7] rows is "x", want an integer of 64 bits`},
		{"rows: 16.5\n", `tpu: my.yaml: [1:7] rows is "16.5", want an integer of 64 bits`},
		{"rows:\n", "tpu: my.yaml: [1:7] rows is a null, want one value"},
		{"rows: [1, 2]\n", "tpu: my.yaml: [1:7] rows is a sequence, want one value"},
		{"rows: {a: 1}\n", "rows is a mapping, want one value"},
		{"rows: [1\n", "tpu: my.yaml: [1:7]"},
		{"- rows\n", "tpu: my.yaml: [1:1] sequence, want keys with values"},
		{"overlap_dma: 1\n", `tpu: my.yaml: [1:14] overlap_dma is "1", want true or false`},
		{"int8_rate: two\n", `tpu: my.yaml: [1:12] int8_rate is "two", want a number`},
	} {
		before := c
		err := c.Parse("my.yaml", []byte(tt.text))
		require.ErrorContains(t, err, "tpu: my.yaml: ")
		require.ErrorContains(t, err, tt.want)
		require.Equal(t, before, c, "a refused file changes nothing")
	}
}

func FuzzParse(f *testing.F) {
	f.Add("rows: 32\nint8_rate: 1/3\n")
	f.Add("rows: [1\n")
	f.Add("? a\n: b\n")
	f.Add("&x rows: *x\n")
	f.Fuzz(func(t *testing.T, text string) {
		var c Config
		if c.Parse("x", []byte(text)) == nil {
			_ = c.Validate()
		}
	})
}

func TestRatio(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Ratio{rapid.Int64Range(1, maxRatioNum).Draw(t, "num"), rapid.Int64Range(1, maxRatioDen).Draw(t, "den")}
		n := rapid.OneOf(rapid.Int64Range(0, 1<<20), rapid.Int64Range(0, 1<<40)).Draw(t, "n")
		got := r.cycles(n)
		// the least c with c*r >= n
		require.True(t, got == maxCycles || got*r.Num >= n*r.Den)
		require.Less(t, (got-1)*r.Num, n*r.Den)
		back, err := ParseRatio(r.String())
		require.NoError(t, err)
		require.InDelta(t, r.Float(), back.Float(), 0)
		require.Equal(t, r.Float() < 3, r.Less(Ratio{3, 1}))
	})
	require.EqualValues(t, maxCycles, Ratio{1, 1024}.cycles(math.MaxInt64), "no overflow")
	require.Zero(t, Ratio{}.Float())
	var r Ratio
	require.EqualError(t, r.UnmarshalText([]byte("x")), `tpu: ratio is "x", want a number of at most 4 decimals or a fraction such as 8000/7, 0 to 1048576 with a denominator up to 1024`)
}

func TestOverlap(t *testing.T) {
	for i := range 8 {
		o := Overlap{i&1 != 0, i&2 != 0, i&4 != 0}
		back, err := ParseOverlap(o.String())
		require.NoError(t, err)
		require.Equal(t, o, back)
		require.Equal(t, o, preset(t, "v4").WithOverlap(o).Overlap())
	}
	require.Equal(t, "weights,dma", Overlap{Weights: true, DMA: true}.String())
	for _, text := range []string{"", "all", "dma,dma", "none,dma", "dma,"} {
		_, err := ParseOverlap(text)
		require.EqualError(t, err, `tpu: overlap is "`+text+`", want none, full, or a list of weights, drain, dma, each once`)
	}
}

func TestTypes(t *testing.T) {
	for x := U8; x <= BF16; x++ {
		back, err := ParseType(x.String())
		require.NoError(t, err)
		require.Equal(t, x, back)
	}
	_, err := ParseType("s16")
	require.EqualError(t, err, `tpu: type is "s16", want u8, s8, ternary or bf16`)
	require.EqualError(t, Types{S8, 9}.Validate(), "tpu: type is 9, want 1 to 4 (u8, s8, ternary, bf16)")
	require.EqualError(t, Types{BF16, S8}.Validate(), "tpu: types are bf16*s8, want bf16 with bf16")
	require.EqualValues(t, 3, Ternary.Bytes(9))
	require.EqualValues(t, 18, BF16.Bytes(9))
	require.Equal(t, "Type(0)", Type(0).String())
}
