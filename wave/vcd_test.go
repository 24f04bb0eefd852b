package wave

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// dump writes signals as a simulator does: those that change, the clock up and
// down in every cycle, registers in the time step of the edge and what follows
// from inputs in between. Leading zeros and x are left out where the digit in
// front says the same.
func dump(signals []Signal, digits [][]string, cycles int, edge []bool) string {
	var b strings.Builder
	b.WriteString("$date today $end\n$timescale 1ps $end\n$scope module top $end\n $var wire 1 ! clk $end\n $scope module u $end\n")
	for k, s := range signals {
		fmt.Fprintf(&b, "  $var reg %d i%d %s [%d:0] $end\n  $var wire %d i%d alias%d $end\n", s.Width, k, s.Name, s.Width-1, s.Width, k, k)
	}
	b.WriteString(" $upscope $end\n $var real 64 r ratio $end\n $var wire 200 w wide $end\n$upscope $end\n$enddefinitions $end\n$comment #7 x! $end\n$dumpvars\n0!\n$end\n")
	change := func(k, c int) {
		if c >= cycles || c > 0 && digits[k][c] == digits[k][c-1] {
			return
		}
		d := digits[k][c]
		for len(d) > 1 && (d[0] == '0' && d[1] != 'x' || d[0] == 'x' && d[1] == 'x') {
			d = d[1:]
		}
		if signals[k].Width == 1 {
			fmt.Fprintf(&b, "%si%d\n", d, k)
		} else {
			fmt.Fprintf(&b, "b%s i%d\n", d, k)
		}
	}
	for c := range cycles {
		fmt.Fprintf(&b, "#%d\nr%d.5 r\n", 10*c, c)
		for k := range signals {
			if c == 0 || !edge[k] {
				change(k, c)
			}
		}
		fmt.Fprintf(&b, "#%d\n", 10*c+5)
		for k := range signals {
			if edge[k] && k%2 == 0 {
				change(k, c+1)
			}
		}
		b.WriteString("1!\n")
		for k := range signals {
			if edge[k] && k%2 == 1 {
				change(k, c+1)
			}
		}
		fmt.Fprintf(&b, "#%d\n0!\nb101 w\n", 10*c+8)
	}
	return b.String()
}

// random draws signals and their digits.
func random(t *rapid.T) (signals []Signal, digits [][]string, cycles int, edge []bool) {
	cycles = rapid.IntRange(1, 12).Draw(t, "cycles")
	for k := range rapid.IntRange(1, 5).Draw(t, "signals") {
		s := Signal{Name: fmt.Sprintf("s%d", k), Width: rapid.SampledFrom([]int{1, 2, 7, 32, 63, 64}).Draw(t, "width")}
		var ds []string
		for range cycles {
			v := rapid.Uint64().Draw(t, "value") >> (64 - s.Width)
			if rapid.IntRange(0, 5).Draw(t, "unknown") == 0 {
				s.Samples = append(s.Samples, Sample{})
				ds = append(ds, strings.Repeat("x", s.Width))
				continue
			}
			s.Samples = append(s.Samples, Sample{v, true})
			ds = append(ds, fmt.Sprintf("%0*b", s.Width, v))
		}
		signals, digits, edge = append(signals, s), append(digits, ds), append(edge, rapid.Bool().Draw(t, "edge"))
	}
	return signals, digits, cycles, edge
}

func TestReadVCD(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		signals, digits, cycles, edge := random(t)
		var names []string
		for k := range signals {
			names = append(names, "top.u."+signals[k].Name, fmt.Sprintf("top.u.alias%d", k))
		}
		rec, err := ReadVCD(strings.NewReader(dump(signals, digits, cycles, edge)), "top.clk", names...)
		require.NoError(t, err)
		require.Equal(t, cycles, rec.Cycles)
		for k, s := range signals {
			require.Equal(t, s.Samples, rec.Signals[names[2*k]].Samples, s.Name)
			require.Equal(t, s.Width, rec.Signals[names[2*k]].Width)
			require.Equal(t, s.Samples, rec.Signals[names[2*k+1]].Samples, "alias of %s", s.Name)
		}
	})
}

// A value that changes in the time step of an edge belongs to the next cycle,
// an edge from x is none, a partly unknown value is not known.
func TestSampling(t *testing.T) {
	rec, err := ReadVCD(strings.NewReader(`$scope module m $end $var wire 1 c clk $end $var wire 4 v v[3:0] $end $var wire 1 m mem[0] $end
$upscope $end $enddefinitions $end
#0 xc bx1 v 1m #5 1c #7 0c b10 v #10 1c b11 v #15 0c 0m #20 1c zm #25 1c #30 0c #31 1c`), "m.clk", "m.v", "m.mem[0]")
	require.NoError(t, err)
	v, mem := rec.Signals["m.v"], rec.Signals["m.mem[0]"]
	require.Equal(t, []Sample{{2, true}, {3, true}, {3, true}}, v.Samples)
	require.Equal(t, []Sample{{1, true}, {0, true}, {0, false}}, mem.Samples)
	require.Equal(t, []int{1, 2}, v.Cycles(3))
	require.True(t, v.Is(0, 2))
	require.False(t, v.Is(3, 3))
	require.False(t, v.Is(-1, 2))
	require.False(t, mem.Is(2, 0))
}

func TestReadVCDErrors(t *testing.T) {
	const head = "$scope module m $end\n$var wire 1 ! clk $end\n$var wire 4 v v $end\n$upscope $end\n$enddefinitions $end\n"
	for _, c := range []struct{ text, want string }{
		{"", "wave: line 0: file ends without $enddefinitions"},
		{"$scope module m", "wave: line 1: $scope of line 1 has no $end"},
		{"hello", `wave: line 1: "hello" where a declaration such as $var is wanted`},
		{"$scope m $end", "wave: line 1: $scope has 1 words, want type and name"},
		{"$upscope $end", "wave: line 1: $upscope without $scope"},
		{"\n$var wire 1 $end", "wave: line 2: $var has 2 words, want type, width, code and name"},
		{"$var wire none ! clk $end", `wave: line 1: $var clk: width is "none", want 1 or more`},
		{"$var wire 0 ! clk $end", `wave: line 1: $var clk: width is "0", want 1 or more`},
		{"$var wire 1 ! a $end $var wire 2 ! b $end", "wave: line 1: code ! has width 1 and width 2"},
		{"$scope module m $end $var wire 1 ! v $end $var wire 1 ? v $end", "wave: line 1: m.v is declared twice"},
		{"$scope module m $end $var wire 65 ! v $end", "wave: line 1: m.v has 65 bits, want 1 to 64"},
		{"$scope module m $end $var real 64 ! v $end", "wave: line 1: m.v is of type real, want bits"},
		{"$scope module m $end $var wire 1 ! clk $end $enddefinitions $end", "wave: the file has no signal m.v"},
		{"$scope module m $end $var wire 2 ! clk $end $var wire 1 v v $end $enddefinitions $end", "wave: clock m.clk has 2 bits, want 1"},
		{head, "wave: clock m.clk has no rising edge"},
		{head + "#0 1! #5 1!", "wave: clock m.clk has no rising edge"},
		{head + "#5\n#4", `wave: line 7: time is "#4", want # and a number that is not below 5`},
		{head + "#", `wave: line 6: time is "#", want # and a number that is not below 0`},
		{head + "1?", `wave: line 6: change of code "?", which is not declared`},
		{head + "b101", "wave: line 6: file ends within a change"},
		{head + "b v", `wave: line 6: value is "", want 1 to 4 digits 0, 1, x or z`},
		{head + "b10101 v", `wave: line 6: value is "10101", want 1 to 4 digits 0, 1, x or z`},
		{head + "b12 v", `wave: line 6: value is "12", want 1 to 4 digits 0, 1, x or z`},
		{head + "h!", `wave: line 6: value is "h", want 1 to 1 digits 0, 1, x or z`},
		{head + "$comment never", "wave: line 6: $comment of line 6 has no $end"},
		{head + strings.Repeat("1", maxLine+1), "wave: line 6: bufio.Scanner: token too long"},
	} {
		_, err := ReadVCD(strings.NewReader(c.text), "m.clk", "m.v")
		require.EqualError(t, err, c.want, "%.80s", c.text)
	}
	_, err := ReadVCD(strings.NewReader(head), "m.clk", "m.v", "m.v")
	require.EqualError(t, err, "wave: signal m.v is named twice, want once")
}

// A damaged file is read or refused, and what is read has a sample of every
// signal in every cycle.
func TestDamagedVCD(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		signals, digits, cycles, edge := random(t)
		text := []byte(dump(signals, digits, cycles, edge))
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		for k := 1 + r.IntN(4); k > 0 && len(text) > 0; k-- {
			switch at := r.IntN(len(text)); r.IntN(3) {
			case 0:
				text[at] = "01xb#$! \n"[r.IntN(9)]
			case 1:
				text = append(text[:at], text[min(len(text), at+1+r.IntN(9)):]...)
			default:
				text = text[:max(1, at)]
			}
		}
		rec, err := ReadVCD(strings.NewReader(string(text)), "top.clk", "top.u.s0")
		if err != nil {
			require.ErrorContains(t, err, "wave: ")
			return
		}
		require.Positive(t, rec.Cycles)
		require.Len(t, rec.Signals["top.u.s0"].Samples, rec.Cycles)
	})
}
