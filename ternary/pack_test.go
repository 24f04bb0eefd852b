package ternary

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var anyTrit = rapid.Int8Range(-1, 1)

func TestPackRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		trits := rapid.SliceOfN(anyTrit, 0, 40).Draw(t, "trits")
		n := len(trits)
		two, err := PackTwo(trits)
		require.NoError(t, err)
		require.Len(t, two, TwoBit.Bytes(n))
		got, err := UnpackTwo(two, n)
		require.NoError(t, err)
		require.Equal(t, append([]int8{}, trits...), got)
		five, err := PackFive(trits)
		require.NoError(t, err)
		require.Len(t, five, FiveTrit.Bytes(n))
		got, err = UnpackFive(five, n)
		require.NoError(t, err)
		require.Equal(t, append([]int8{}, trits...), got)
	})
}

// TestPackCodes pins the codes, worked out by hand.
func TestPackCodes(t *testing.T) {
	two, err := PackTwo([]int8{0, 1, -1, 0, -1})
	require.NoError(t, err)
	require.Equal(t, []byte{0b00_11_01_00, 0b00_00_00_11}, two)
	five, err := PackFive([]int8{-1, 0, 1, -1, 1, 1})
	require.NoError(t, err)
	require.Equal(t, []byte{0 + 3 + 2*9 + 0 + 2*81, 2 + 3 + 9 + 27 + 81}, five)
	all := map[byte]bool{}
	for i := range 243 {
		trits := make([]int8, 5)
		for k := range trits {
			trits[k] = int8(i/int(math.Pow(3, float64(k)))%3) - 1
		}
		b, err := PackFive(trits)
		require.NoError(t, err)
		require.Equal(t, []byte{byte(i)}, b)
		all[b[0]] = true
	}
	require.Len(t, all, 243)
}

func TestPackErrors(t *testing.T) {
	type pack = func([]int8) ([]byte, error)
	for name, f := range map[string]pack{"two": PackTwo, "five": PackFive} {
		for _, v := range []int8{-128, -2, 2, 127} {
			_, err := f([]int8{0, v, 0})
			require.EqualError(t, err, fmt.Sprintf("ternary: trit 1 is %d, want -1, 0 or +1", v), name)
		}
	}
	type unpack = func([]byte, int) ([]int8, error)
	for _, c := range []struct {
		f      unpack
		packed []byte
		n      int
		want   string
	}{
		{UnpackTwo, []byte{0}, 5, "ternary: 1 bytes of 2-bit code, want 2 for 5 trits"},
		{UnpackTwo, []byte{0}, -1, "ternary: 1 bytes of 2-bit code, want 0 for -1 trits"},
		{UnpackTwo, []byte{0, 0b0010_0000}, 8, "ternary: byte 1 is 0x20: code 10 at trit 6, want 00, 01 or 11"},
		{UnpackTwo, []byte{0b0100_0000}, 3, "ternary: byte 0 is 0x40, want 0 in the bits after trit 2"},
		{UnpackFive, []byte{}, 1, "ternary: 0 bytes of 5-trit code, want 1 for 1 trits"},
		{UnpackFive, []byte{121, 243}, 10, "ternary: byte 1 is 243, want 0 to 242"},
		{UnpackFive, []byte{255}, 5, "ternary: byte 0 is 255, want 0 to 242"},
		{UnpackFive, []byte{0}, 4, "ternary: byte 0 is 0, want zeros after trit 3"},
	} {
		_, err := c.f(c.packed, c.n)
		require.EqualError(t, err, c.want)
	}
	require.Equal(t, "Packing(9)", Packing(9).String())
}

func TestMatrix(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 6).Draw(t, "rows"), rapid.IntRange(1, 18).Draw(t, "cols")
		trits := rapid.SliceOfN(anyTrit, rows*cols, rows*cols).Draw(t, "trits")
		m, err := NewMatrix(rows, cols, trits, 0.5)
		require.NoError(t, err)
		require.NoError(t, m.Validate())
		require.Len(t, m.Codes, rows*((cols+3)/4))
		zeros := 0
		for i, want := range trits {
			require.Equal(t, want, m.At(i/cols, i%cols))
			if want == 0 {
				zeros++
			}
		}
		row := make([]int8, cols)
		for r := range rows {
			m.Row(row, r)
			require.Equal(t, trits[r*cols:(r+1)*cols], row)
		}
		require.Equal(t, float64(zeros)/float64(rows*cols), m.Zeros())
	})
}

func TestMatrixErrors(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		rows, cols int
		trits      []int8
		scale      float32
		want       string
	}{
		{0, 2, nil, 1, "ternary: matrix has 0 trits, want 0 rows of 2"},
		{2, 0, nil, 1, "ternary: matrix has 0 trits, want 2 rows of 0"},
		{2, 2, make([]int8, 3), 1, "ternary: matrix has 3 trits, want 2 rows of 2"},
		{math.MaxInt, 2, make([]int8, 2), 1, "ternary: matrix has 2 trits, want 9223372036854775807 rows of 2"},
		{2, 2, []int8{0, 0, 0, 2}, 1, "row 1: ternary: trit 1 is 2, want -1, 0 or +1"},
		{1, 1, []int8{1}, 0, "ternary: MeanAbs is 0, want a finite number from 1e-05"},
		{1, 1, []int8{1}, nan, "ternary: MeanAbs is NaN, want a finite number from 1e-05"},
		{1, 1, []int8{1}, float32(math.Inf(1)), "ternary: MeanAbs is +Inf, want a finite number from 1e-05"},
	} {
		_, err := NewMatrix(c.rows, c.cols, c.trits, c.scale)
		require.EqualError(t, err, c.want)
	}
	for _, c := range []struct {
		m    Matrix
		want string
	}{
		{Matrix{}, "ternary: matrix of 0 rows and 0 columns has 0 bytes, want 0"},
		{Matrix{Rows: 2, Cols: 5, Codes: make([]byte, 3)}, "ternary: matrix of 2 rows and 5 columns has 3 bytes, want 4"},
		{Matrix{Rows: 2, Cols: 5, Codes: []byte{0, 0, 0x80, 0}}, "ternary: row 1, byte 0 is 0x80: code 10, want 00, 01 or 11"},
		{Matrix{Rows: 2, Cols: 5, Codes: []byte{0, 3, 0, 4}}, "ternary: row 1, byte 1 is 0x04, want 0 in the bits after column 4"},
		{Matrix{Rows: 1, Cols: 4, Codes: []byte{0xff}}, "ternary: MeanAbs is 0, want a finite number from 1e-05"},
	} {
		require.EqualError(t, c.m.Validate(), c.want)
	}
}

// slice returns a reader of w for Ternarise.
func slice(w []float32) func(int, []float32) error {
	return func(first int, dst []float32) error {
		copy(dst, w[first:])
		return nil
	}
}

// TestTernarise compares with the definition, rounding by math.RoundToEven.
func TestTernarise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 5).Draw(t, "rows"), rapid.IntRange(1, 9).Draw(t, "cols")
		any := rapid.OneOf(rapid.Float32Range(-1, 1), rapid.SampledFrom([]float32{0, 1, -1, 0.5, -0.5, 1.5, 1e-7, 3e38, -3e38}))
		w := rapid.SliceOfN(any, rows*cols, rows*cols).Draw(t, "weights")
		m, err := Ternarise(rows, cols, slice(w))
		require.NoError(t, err)
		sum := 0.0
		for _, v := range w {
			sum += math.Abs(float64(v))
		}
		mean := max(float32(sum/float64(len(w))), 1e-5)
		require.Equal(t, mean, m.MeanAbs)
		for i, v := range w {
			want := max(-1, min(1, math.RoundToEven(float64(v*(1/mean)))))
			require.Equal(t, int8(want), m.At(i/cols, i%cols), "%v with mean %v", v, mean)
		}
		require.NoError(t, m.Validate())
	})
}

// TestTernariseTies has a mean of exactly 2, so that 1 and 3 are 0.5 and 1.5.
func TestTernariseTies(t *testing.T) {
	m, err := Ternarise(1, 6, slice([]float32{1, -1, 3, -3, math.Nextafter32(1, 2), 3 - 1.1920929e-07}))
	require.NoError(t, err)
	require.Equal(t, float32(2), m.MeanAbs)
	row := make([]int8, 6)
	m.Row(row, 0)
	require.Equal(t, []int8{0, 0, 1, -1, 1, 1}, row)
}

// TestTernariseChunks uses more weights than are held at once, with rows that
// straddle the chunks.
func TestTernariseChunks(t *testing.T) {
	const rows, cols = 7, 5003
	w := make([]float32, rows*cols)
	for i := range w {
		w[i] = float32(i%3) - 1
	}
	longest := 0
	m, err := Ternarise(rows, cols, func(first int, dst []float32) error {
		longest = max(longest, len(dst))
		copy(dst, w[first:])
		return nil
	})
	require.NoError(t, err)
	require.Equal(t, ternariseChunk, longest)
	for i := range w {
		require.Equal(t, int8(i%3-1), m.At(i/cols, i%cols))
	}
	require.InDelta(t, 1.0/3, m.Zeros(), 1e-4)
}

func TestTernariseErrors(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := Ternarise(1, 3, slice([]float32{0, float32(v), 0}))
		require.EqualError(t, err, fmt.Sprintf("ternary: weight 1 is %v, want a finite number", v))
	}
	_, err := Ternarise(0, 3, nil)
	require.EqualError(t, err, "ternary: 0 rows of 3 weights, want at least 1 of each")
	_, err = Ternarise(math.MaxInt, 2, nil)
	require.Error(t, err)
	calls := 0
	for fails := range 2 {
		calls = 0
		_, err = Ternarise(1, 3, func(int, []float32) error {
			if calls++; calls > fails {
				return fmt.Errorf("disk is gone")
			}
			return nil
		})
		require.EqualError(t, err, "ternary: disk is gone")
	}
	require.Equal(t, 2, calls)
}
