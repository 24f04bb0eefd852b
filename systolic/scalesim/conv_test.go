package scalesim

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/systolic"
)

// TestOutput: sizes by hand, among them the first layer of a ResNet with its
// padded input, where the two definitions differ.
func TestOutput(t *testing.T) {
	for _, c := range []struct{ input, filter, stride, partial, whole int }{
		{1, 1, 1, 1, 1}, {5, 5, 1, 1, 1}, {5, 5, 9, 1, 1}, {5, 3, 1, 3, 3}, {5, 3, 2, 2, 2}, {6, 3, 2, 3, 2},
		{224, 7, 2, 110, 109}, {230, 7, 2, 113, 112}, {229, 7, 2, 112, 112}, {3, 1, 5, 2, 1}, {8, 1, 8, 2, 1}, {9, 1, 8, 2, 2},
	} {
		conv := Conv{c.input, c.input, c.filter, c.filter, 3, 8, c.stride, c.stride}
		require.NoError(t, conv.Validate())
		for w, want := range map[Windows]int{PartialWindows: c.partial, WholeWindows: c.whole} {
			height, width := conv.Output(w)
			require.Equal(t, [2]int{want, want}, [2]int{height, width}, "%+v", c)
			require.Equal(t, systolic.GEMM{M: want * want, N: 8, K: c.filter * c.filter * 3}, conv.GEMM(w))
		}
	}
	height, width := Conv{10, 20, 3, 4, 1, 1, 2, 5}.Output(WholeWindows)
	require.Equal(t, [2]int{4, 4}, [2]int{height, width})
}

func TestConvErrors(t *testing.T) {
	good := Conv{4, 4, 2, 2, 1, 1, 1, 1}
	for _, c := range []struct {
		change func(*Conv)
		want   string
	}{
		{func(c *Conv) { c.IfmapHeight = 0 }, "scalesim: IfmapHeight is 0, want 1 to 16777216"},
		{func(c *Conv) { c.IfmapWidth = -3 }, "scalesim: IfmapWidth is -3, want 1 to 16777216"},
		{func(c *Conv) { c.FilterHeight = 0 }, "scalesim: FilterHeight is 0, want 1 to 16777216"},
		{func(c *Conv) { c.FilterWidth = 5 }, "scalesim: filter width is 5, want at most the input width, 4"},
		{func(c *Conv) { c.Channels = 1<<24 + 1 }, "scalesim: Channels is 16777217, want 1 to 16777216"},
		{func(c *Conv) { c.Filters = 0 }, "scalesim: Filters is 0, want 1 to 16777216"},
		{func(c *Conv) { c.StrideHeight = 0 }, "scalesim: StrideHeight is 0, want 1 to 16777216"},
		{func(c *Conv) { c.StrideWidth = 0 }, "scalesim: StrideWidth is 0, want 1 to 16777216"},
		{func(c *Conv) { c.Channels = 1 << 24 }, "scalesim: as a GEMM: systolic: K is 67108864, want 1 to 16777216"},
	} {
		conv := good
		c.change(&conv)
		require.EqualError(t, conv.Validate(), c.want)
		_, err := Report([]Layer{{Name: "x", Conv: good}, {Name: "y", Conv: conv}}, systolic.Array{Rows: 1, Cols: 1}, systolic.OutputStationary, PartialWindows)
		require.EqualError(t, err, "scalesim: layer 1, y: "+c.want[len("scalesim: "):])
		_, _, err = Operands(conv, PartialWindows, []int8{}, []int8{})
		require.EqualError(t, err, c.want)
	}
	_, _, err := Operands(good, PartialWindows, make([]int8, 15), make([]int8, 4))
	require.EqualError(t, err, "scalesim: input has 15 elements, want height*width*channels = 16")
	_, _, err = Operands(good, PartialWindows, make([]int8, 16), make([]int8, 5))
	require.EqualError(t, err, "scalesim: filters have 5 elements, want filters*height*width*channels = 4")
	_, _, err = Operands(Conv{512, 512, 256, 256, 1, 1, 1, 1}, PartialWindows, make([]int8, 512*512), make([]int8, 256*256))
	require.EqualError(t, err, "scalesim: A of 66049x1x65536 has more than 2147483648 elements, want at most that")
}

// TestOperands: the product of the matrices is the convolution, computed from
// its definition, in every dataflow.
func TestOperands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConv(7).Draw(t, "conv")
		w := rapid.SampledFrom([]Windows{PartialWindows, WholeWindows}).Draw(t, "windows")
		n := c.IfmapHeight * c.IfmapWidth * c.Channels
		input := rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "input")
		n = c.Filters * c.FilterHeight * c.FilterWidth * c.Channels
		filters := rapid.SliceOfN(rapid.Int8(), n, n).Draw(t, "filters")
		a, b, err := Operands(c, w, input, filters)
		require.NoError(t, err)
		g := c.GEMM(w)
		want, got := convolve(c, w, input, filters), make([]int32, g.M*g.N)
		require.NoError(t, systolic.MatMul(got, a, b, g))
		require.Equal(t, want, got)
		for _, d := range systolic.Dataflows() {
			require.NoError(t, systolic.Execute(got, a, b, g, systolic.Array{Rows: 4, Cols: 3}, d))
			require.Equal(t, want, got, d)
		}
	})
}

// convolve visits every output pixel, filter and tap that lies in the input.
func convolve(c Conv, w Windows, input []uint8, filters []int8) []int32 {
	height, width := c.Output(w)
	var out []int32
	for oy := range height {
		for ox := range width {
			for n := range c.Filters {
				var sum int32
				for fy := range c.FilterHeight {
					for fx := range c.FilterWidth {
						for ch := range c.Channels {
							y, x := oy*c.StrideHeight+fy, ox*c.StrideWidth+fx
							if y >= c.IfmapHeight || x >= c.IfmapWidth {
								continue
							}
							tap := filters[((n*c.FilterHeight+fy)*c.FilterWidth+fx)*c.Channels+ch]
							sum += int32(input[(y*c.IfmapWidth+x)*c.Channels+ch]) * int32(tap)
						}
					}
				}
				out = append(out, sum)
			}
		}
	}
	return out
}
