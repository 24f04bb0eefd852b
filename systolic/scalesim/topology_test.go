package scalesim

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/systolic"
)

const (
	convHeader = "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,\n"
	gemmHeader = "Layer, M, N, K,\n"
)

func TestReadConvolutions(t *testing.T) {
	data, err := os.ReadFile("testdata/resnet_like.csv")
	require.NoError(t, err)
	layers, err := ReadTopology("resnet_like.csv", data, Detect)
	require.NoError(t, err)
	require.Equal(t, []Layer{
		{"Conv1", 2, Conv{56, 56, 7, 7, 3, 16, 2, 2}},
		{"Conv2_1a", 3, Conv{28, 28, 3, 3, 16, 16, 1, 1}},
		{"Conv2_1b", 4, Conv{28, 28, 3, 3, 16, 16, 1, 1}},
		{"Conv3_1a", 5, Conv{28, 28, 3, 3, 16, 32, 2, 2}},
		{"Conv3_1b", 6, Conv{16, 16, 3, 3, 32, 32, 1, 1}},
		{"Conv3_1s", 7, Conv{28, 28, 1, 1, 16, 32, 2, 2}},
		{"FC", 8, Conv{1, 1, 1, 1, 32, 10, 1, 1}},
	}, layers)
}

// TestTolerance: what users have in their files and what it means.
func TestTolerance(t *testing.T) {
	conv := []Layer{{"a", 2, Conv{8, 9, 3, 2, 4, 5, 2, 2}}}
	for name, c := range map[string]struct {
		text   string
		format Format
		want   []Layer
	}{
		"plain":                  {convHeader + "a, 8, 9, 3, 2, 4, 5, 2,\n", Detect, conv},
		"no final newline":       {convHeader + "a, 8, 9, 3, 2, 4, 5, 2,", Detect, conv},
		"no comma at the end":    {convHeader + "a,8,9,3,2,4,5,2\n", Detect, conv},
		"commas of a table":      {convHeader + "a,8,9,3,2,4,5,2,,,,\n", Detect, conv},
		"tabs and blanks":        {convHeader + "\t a ,8\t, 9,3 ,2,4,5,2 , \t\n", Detect, conv},
		"DOS lines and a mark":   {"\uFEFF" + strings.ReplaceAll(convHeader+"a,8,9,3,2,4,5,2,\n\n", "\n", "\r\n"), Detect, conv},
		"header of own words":    {"name,ih,iw,fh,fw,c,n,s\na,8,9,3,2,4,5,2\n", Detect, conv},
		"header of one word":     {"convolutions\na,8,9,3,2,4,5,2\n", ConvLayers, conv},
		"dense ratio":            {convHeader + "a, 8, 9, 3, 2, 4, 5, 2, 4:4,\n", Detect, conv},
		"two strides":            {convHeader + "a, 8, 9, 3, 2, 4, 5, 2, 1,\n", Detect, []Layer{{"a", 2, Conv{8, 9, 3, 2, 4, 5, 2, 1}}}},
		"two strides and ratio":  {convHeader + "a, 8, 9, 3, 2, 4, 5, 1, 2, 1:1\n", Detect, []Layer{{"a", 2, Conv{8, 9, 3, 2, 4, 5, 1, 2}}}},
		"plus sign, zeros":       {convHeader + "a, +8, 09, 3, 2, 4, 5, 2,\n", Detect, conv},
		"GEMM":                   {gemmHeader + "g, 7, 5, 3,\n", Detect, []Layer{{"g", 2, Conv{7, 3, 1, 3, 1, 5, 1, 1}}}},
		"GEMM, own header":       {"layer,rows,cols,depth\ng,7,5,3\n", Detect, []Layer{{"g", 2, Conv{7, 3, 1, 3, 1, 5, 1, 1}}}},
		"GEMM, any header":       {"x\ng,7,5,3\n", GEMMLayers, []Layer{{"g", 2, Conv{7, 3, 1, 3, 1, 5, 1, 1}}}},
		"GEMM, lower case":       {"layer,m,n,k\ng,7,5,3,2:2\n", GEMMLayers, []Layer{{"g", 2, Conv{7, 3, 1, 3, 1, 5, 1, 1}}}},
		"GEMM, DP is no meaning": {gemmHeader + "DP, 7, 5, 3,\n", Detect, []Layer{{"DP", 2, Conv{7, 3, 1, 3, 1, 5, 1, 1}}}},
		"comments, blanks, repeated names": {"# my net\n\n" + gemmHeader + "\n  # first\ng, 1, 2, 3,\n,,,\n \t\ng, 4, 5, 6,\n", Detect, []Layer{
			{"g", 6, Conv{1, 3, 1, 3, 1, 2, 1, 1}}, {"g", 9, Conv{4, 6, 1, 6, 1, 5, 1, 1}},
		}},
		"depth-wise": {convHeader + "c2DP, 8, 9, 3, 2, 3, 1, 2,\nlast, 8, 9, 3, 2, 4, 5, 2,\n", Detect, []Layer{
			{"c2DPChannel_0", 2, Conv{8, 9, 3, 2, 1, 1, 2, 2}}, {"c2DPChannel_1", 2, Conv{8, 9, 3, 2, 1, 1, 2, 2}},
			{"c2DPChannel_2", 2, Conv{8, 9, 3, 2, 1, 1, 2, 2}}, {"last", 3, Conv{8, 9, 3, 2, 4, 5, 2, 2}},
		}},
	} {
		got, err := ReadTopology("t.csv", []byte(c.text), c.format)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
}

func TestTopologyErrors(t *testing.T) {
	const conv = convHeader + "ok, 8, 8, 3, 3, 4, 5, 1,\n"
	const gemm = gemmHeader + "ok, 7, 5, 3,\n"
	const integer = "want an integer from 1 to 16777216"
	for _, c := range []struct {
		text   string
		format Format
		want   string
	}{
		{"", Detect, "scalesim: t.csv: file is empty, want a header and a layer"},
		{"\n # only a comment\n,,,\n", Detect, "scalesim: t.csv: file is empty, want a header and a layer"},
		{gemmHeader + "\n# nothing\n", Detect, "scalesim: t.csv: no layer below the header, want at least one"},
		{"g, 1, 2, 3,\n", Detect, "scalesim: t.csv:1:1: first line is a layer, want a header (SCALE-Sim skips the first line)"},
		{"\ng, 1, 2, 3,\n", GEMMLayers, "scalesim: t.csv:2:1: first line is a layer, want a header (SCALE-Sim skips the first line)"},
		{"Layer, M, K, N,\ng, 1, 2, 3,\n", Detect, "scalesim: t.csv:1:8: header has M, K, N, want M, N, K: SCALE-Sim reads columns by position"},
		{"Layer, K, M, N,\ng, 1, 2, 3,\n", GEMMLayers, "scalesim: t.csv:1:8: header has K, M, N, want M, N, K: SCALE-Sim reads columns by position"},
		{gemm, ConvLayers, "scalesim: t.csv:1:8: header names GEMMs (M, N, K), want convolutions"},
		{"a, b\n", Detect, "scalesim: t.csv:1:1: header has 2 columns, want Layer, M, N, K or Layer name, IFMAP Height, IFMAP Width, " +
			"Filter Height, Filter Width, Channels, Num Filter, Strides"},
		{"{}\n", Detect, "scalesim: t.csv:1:1: header has 1 columns, want Layer, M, N, K or Layer name, IFMAP Height, IFMAP Width, " +
			"Filter Height, Filter Width, Channels, Num Filter, Strides"},
		{gemm, 3, "scalesim: format is 3, want 0 to 2 (detect, convolutions, GEMMs)"},
		{gemm + "\xff, 1, 2, 3,\n", Detect, "scalesim: t.csv:3:1: line is not text, want UTF-8"},
		{gemm + "a\x00, 1, 2, 3,\n", Detect, "scalesim: t.csv:3:1: line is not text, want UTF-8"},
		{gemm + "  , 1, 2, 3,\n", Detect, "scalesim: t.csv:3:3: layer name is empty, want a name"},
		{gemm + "g\n", Detect, "scalesim: t.csv:3:2: 0 numbers, want M, N, K"},
		{gemm + "g, 1, 2,\n", Detect, "scalesim: t.csv:3:9: 2 numbers, want M, N, K"},
		{gemm + "g, 1, 2,\r\n", Detect, "scalesim: t.csv:3:9: 2 numbers, want M, N, K"},
		{gemm + "g, 1, 2, 3, 4,\n", Detect, `scalesim: t.csv:3:13: "4" is behind the last column, want at most 3 numbers`},
		{gemm + "g, 1, , 3,\n", Detect, `scalesim: t.csv:3:7: N is "", ` + integer},
		{gemm + "g, 0, 2, 3,\n", Detect, `scalesim: t.csv:3:4: M is "0", ` + integer},
		{gemm + "g, 1, -2, 3,\n", Detect, `scalesim: t.csv:3:7: N is "-2", ` + integer},
		{gemm + "é, 1, 2,  x,\n", Detect, `scalesim: t.csv:3:11: K is "x", ` + integer},
		{gemm + "g, 1.0, 2, 3,\n", Detect, `scalesim: t.csv:3:4: M is "1.0", ` + integer},
		{gemm + "g, 1e3, 2, 3,\n", Detect, `scalesim: t.csv:3:4: M is "1e3", ` + integer},
		{gemm + "g, 0x10, 2, 3,\n", Detect, `scalesim: t.csv:3:4: M is "0x10", ` + integer},
		{gemm + "g, 1, 2, 16777217,\n", Detect, `scalesim: t.csv:3:10: K is "16777217", ` + integer},
		{gemm + "g, 1, 2, 99999999999999999999,\n", Detect, `scalesim: t.csv:3:10: K is "99999999999999999999", ` + integer},
		{gemm + "g, 16777216, 16777216, 16777216,\n", Detect,
			"scalesim: t.csv:3:4: layer g: as a GEMM: systolic: M*N*K of 16777216x16777216x16777216 is above 2^62 multiply-accumulates, want at most that"},
		{gemm + "g, 1, 2, 3, 2:4,\n", Detect, `scalesim: t.csv:3:13: sparsity is "2:4", want N:N: sparse layers are not supported`},
		{conv + "c, 8, 8, 3, 3, 4, 5, 1, 1:2,\n", Detect, `scalesim: t.csv:3:25: sparsity is "1:2", want N:N: sparse layers are not supported`},
		{gemm + "g, 1, 2, 3, 4:2,\n", Detect, `scalesim: t.csv:3:13: sparsity is "4:2", want N:M with 1 <= N <= M`},
		{gemm + "g, 1, 2, 3, 0:0,\n", Detect, `scalesim: t.csv:3:13: sparsity is "0:0", want N:M with 1 <= N <= M`},
		{gemm + "g, 1, 2, 3, a:b,\n", Detect, `scalesim: t.csv:3:13: sparsity is "a:b", want N:M with 1 <= N <= M`},
		{conv + "c, 8, 8, 3, 3, 4, 5,\n", Detect, "scalesim: t.csv:3:21: 6 numbers, want IFMAP Height, IFMAP Width, Filter Height, Filter Width, " +
			"Channels, Num Filter, Strides"},
		{conv + "c, 8, 8, 3, 3, 4, 5, 1, 1, 1,\n", Detect, `scalesim: t.csv:3:28: "1" is behind the last column, want at most 8 numbers`},
		{conv + "c, 8, 8, 3, 3, 4, 5, 0,\n", Detect, `scalesim: t.csv:3:22: Strides is "0", ` + integer},
		{conv + "c, 8, 8, 3, 3, 4, 5, 1, x,\n", Detect, `scalesim: t.csv:3:25: Strides (horizontal) is "x", ` + integer},
		{conv + "c, 8, 8, 3, 3, four, 5, 1,\n", Detect, `scalesim: t.csv:3:16: Channels is "four", ` + integer},
		{conv + `c, "8", 8, 3, 3, 4, 5, 1,` + "\n", Detect, `scalesim: t.csv:3:4: IFMAP Height is "\"8\"", ` + integer},
		{conv + "c, 8, 8, 9, 3, 4, 5, 1,\n", Detect, "scalesim: t.csv:3:4: layer c: filter height is 9, want at most the input height, 8"},
		{conv + "c, 8, 8, 3, 9, 4, 5, 1,\n", Detect, "scalesim: t.csv:3:4: layer c: filter width is 9, want at most the input width, 8"},
		{conv + "c, 8192, 8192, 1, 1, 4, 5, 1,\n", Detect, "scalesim: t.csv:3:4: layer c: as a GEMM: systolic: M is 67108864, want 1 to 16777216"},
		{conv + "c, 8192, 8192, 8192, 8192, 4, 5, 1,\n", Detect, "scalesim: t.csv:3:4: layer c: filter is 8192x8192 pixels, want at most 16777216"},
		{conv + "c, 64, 64, 64, 64, 8192, 5, 1,\n", Detect, "scalesim: t.csv:3:4: layer c: as a GEMM: systolic: K is 33554432, want 1 to 16777216"},
		{conv + "DP, 8, 8, 3, 3, 65537, 1, 1,\n", Detect, "scalesim: t.csv:3:1: depth-wise layer DP has 65537 channels, want at most 65536"},
		{conv + "DP, 8, 8, 3, 3, 65536, 1, 1,\n", Detect, "scalesim: t.csv:3:1: layer 65537, want at most 65536"},
	} {
		layers, err := ReadTopology("t.csv", []byte(c.text), c.format)
		require.EqualError(t, err, c.want)
		require.Nil(t, layers)
	}
}

// TestTopologyRoundTrip: what is written in the documented columns is read back.
func TestTopologyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := convHeader
		var want []Layer
		for i := range rapid.IntRange(1, 5).Draw(t, "layers") {
			c := drawConv(300).Draw(t, "conv")
			name := fmt.Sprintf("L%d", i)
			want = append(want, Layer{name, i + 2, c})
			text += fmt.Sprintf("%s, %d, %d, %d, %d, %d, %d, %d, %d,\n", name, c.IfmapHeight, c.IfmapWidth, c.FilterHeight, c.FilterWidth,
				c.Channels, c.Filters, c.StrideHeight, c.StrideWidth)
		}
		got, err := ReadTopology("t.csv", []byte(text), Detect)
		require.NoError(t, err)
		require.Equal(t, want, got)
	})
}

// TestDamaged: files with bytes changed, removed or repeated are read or
// refused by name, and what is read is valid.
func TestDamaged(t *testing.T) {
	topology, err := os.ReadFile("testdata/resnet_like.csv")
	require.NoError(t, err)
	config, err := os.ReadFile("testdata/array.cfg")
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		layers, err := ReadTopology("t.csv", damage(t, topology), Detect)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "scalesim: t.csv:"), err)
		}
		for _, l := range layers {
			require.NoError(t, l.Conv.Validate())
			require.NoError(t, l.Conv.GEMM(WholeWindows).Validate())
		}
		c, err := ReadConfig("c.cfg", damage(t, config))
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "scalesim: c.cfg:"), err)
			return
		}
		require.NoError(t, c.Array.Validate())
		require.NoError(t, c.Dataflow.Validate())
	})
}

func damage(t *rapid.T, data []byte) []byte {
	data = append([]byte(nil), data...)
	for range rapid.IntRange(1, 4).Draw(t, "faults") {
		at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
		switch rapid.IntRange(0, 3).Draw(t, "fault") {
		case 0:
			data[at] = rapid.SampledFrom([]byte("\x00\xff,:=[]#;\n\r 0-9x")).Draw(t, "byte")
		case 1:
			data = append(data[:at:at], data[min(len(data), at+10):]...)
		case 2:
			data = append(data[:at:at], data[at/2:]...)
		case 3:
			data = data[:at+1]
		}
		if len(data) == 0 {
			return data
		}
	}
	return data
}

func drawConv(most int) *rapid.Generator[Conv] {
	return rapid.Custom(func(t *rapid.T) Conv {
		dim := rapid.IntRange(1, most)
		c := Conv{IfmapHeight: dim.Draw(t, "ih"), IfmapWidth: dim.Draw(t, "iw"), Channels: dim.Draw(t, "c"), Filters: dim.Draw(t, "n"),
			StrideHeight: dim.Draw(t, "sh"), StrideWidth: dim.Draw(t, "sw")}
		c.FilterHeight = rapid.IntRange(1, min(c.IfmapHeight, 40)).Draw(t, "fh")
		c.FilterWidth = rapid.IntRange(1, min(c.IfmapWidth, 40)).Draw(t, "fw")
		return c
	})
}

// TestGEMMLayerIsItsGEMM: lowering gives back M, N and K.
func TestGEMMLayerIsItsGEMM(t *testing.T) {
	for _, w := range []Windows{PartialWindows, WholeWindows} {
		require.Equal(t, systolic.GEMM{M: 7, N: 5, K: 3}, gemmConv(7, 5, 3).GEMM(w))
		require.Equal(t, systolic.GEMM{M: 1, N: 1, K: systolic.MaxDim}, gemmConv(1, 1, systolic.MaxDim).GEMM(w))
	}
}
