package area

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/yosys"
)

// pins is the nets of a cell by port.
type pins = map[string][]yosys.Net

func cell(kind string, in, out pins) yosys.Cell {
	return yosys.Cell{Name: kind, Type: kind, In: in, Out: out}
}

func TestDepth(t *testing.T) {
	lut := func(out yosys.Net, in ...yosys.Net) yosys.Cell {
		return cell("LUT6", pins{"I": in}, pins{"O": {out}})
	}
	multiplier := func(preg string) yosys.Cell {
		c := cell("DSP48E2", pins{"A": {1}, "B": {2}}, pins{"P": {3}})
		c.Params = map[string]json.RawMessage{"PREG": json.RawMessage(preg)}
		return c
	}
	carry := func(ci, s, di, o, co yosys.Net) yosys.Cell {
		return cell("CARRY4", pins{"CI": {ci}, "S": {s}, "DI": {di}, "CYINIT": {-1}}, pins{"O": {o}, "CO": {co}})
	}
	lut4 := func(out, i3 yosys.Net) yosys.Cell {
		return cell("SB_LUT4", pins{"I0": {-1}, "I1": {5}, "I3": {i3}}, pins{"O": {out}})
	}
	sum := func(ci, i0, co yosys.Net) yosys.Cell {
		return cell("SB_CARRY", pins{"CI": {ci}, "I0": {i0}, "I1": {-1}}, pins{"CO": {co}})
	}
	for _, tt := range []struct {
		name  string
		cells []yosys.Cell
		want  int
	}{
		{"nothing", nil, 0},
		{"flip-flops only", []yosys.Cell{cell("FDCE", pins{"D": {1}}, pins{"Q": {2}}), cell("FDCE", pins{"D": {2}}, pins{"Q": {1}})}, 0},
		{"two in series", []yosys.Cell{lut(2, 1), lut(3, 2, 1)}, 2},
		{"a flip-flop between", []yosys.Cell{lut(2, 1), cell("FDCE", pins{"D": {2}}, pins{"Q": {3}}), lut(4, 3)}, 1},
		{"an instance between", []yosys.Cell{lut(2, 1), cell("sub", pins{"a": {2}}, pins{"y": {3}}), lut(4, 3)}, 1},
		{"a path starts at no constant", []yosys.Cell{lut(2, -1, -1), lut(3, 2)}, 1},
		{"a multiplexer behind LUTs", []yosys.Cell{lut(2, 1), lut(3, 1), cell("MUXF7", pins{"I0": {2}, "I1": {3}, "S": {4}}, pins{"O": {5}})}, 1},
		{"an adder", []yosys.Cell{lut(2, 1), carry(-1, 2, 1, 10, 20)}, 1},
		{"a chain of four", []yosys.Cell{lut(2, 1), carry(-1, 2, 1, 10, 20), carry(20, 2, 1, 11, 21), carry(21, 2, 1, 12, 22), carry(22, 2, 1, 13, 23)}, 1},
		{"no LUT before the chain", []yosys.Cell{carry(-1, 1, 2, 10, 20)}, 1},
		{"two adders", []yosys.Cell{lut(2, 1), carry(-1, 2, 1, 10, 20), lut(3, 10), carry(-1, 3, 10, 11, 21)}, 2},
		{"carry out to a LUT", []yosys.Cell{lut(2, 1), carry(-1, 2, 1, 10, 20), lut(3, 20)}, 2},
		{"ALUTs of a chain", []yosys.Cell{
			cell("MISTRAL_ALUT_ARITH", pins{"A": {1}, "CI": {-1}}, pins{"SO": {2}, "CO": {3}}),
			cell("MISTRAL_ALUT_ARITH", pins{"A": {1}, "CI": {3}}, pins{"SO": {4}, "CO": {5}}),
			cell("MISTRAL_ALUT2", pins{"A": {4}}, pins{"Q": {6}})}, 2},
		{"an iCE40 adder", []yosys.Cell{sum(-1, 1, 20), lut4(2, 20)}, 1},
		{"an iCE40 chain", []yosys.Cell{sum(-1, 1, 20), sum(20, 1, 21), sum(21, 1, 22), lut4(2, 22)}, 1},
		{"a LUT before it", []yosys.Cell{lut4(1, 9), sum(-1, 1, 20), lut4(2, 20)}, 2},
		{"a LUT behind its sum", []yosys.Cell{sum(-1, 1, 20), lut4(2, 20), lut4(3, 2)}, 2},
		{"its carry at another pin", []yosys.Cell{sum(-1, 1, 20), cell("SB_LUT4", pins{"I0": {20}}, pins{"O": {2}})}, 2},
		{"multiplier", []yosys.Cell{multiplier(`"00"`), lut(4, 3)}, 2},
		{"multiplier with registers", []yosys.Cell{multiplier(`"01"`), lut(4, 3)}, 1},
		{"read address", []yosys.Cell{lut(2, 1), cell("RAM32M16", pins{"ADDRA": {2}, "DIA": {9}}, pins{"DOA": {3}}), lut(4, 3)}, 3},
		{"write address and data", []yosys.Cell{lut(2, 1), cell("RAM32M16", pins{"ADDRA": {5}, "ADDRH": {2}, "DIA": {2}, "WE": {2}}, pins{"DOA": {3}}), lut(4, 3)}, 2},
		{"MLAB", []yosys.Cell{lut(2, 1), cell("MLAB", pins{"RA": {5}, "WA": {2}, "WD": {2}}, pins{"RQ": {3}}), lut(4, 3)}, 2},
		{"dual port", []yosys.Cell{lut(2, 1), cell("RAM64X1D", pins{"DPRA0": {2}, "A0": {7}}, pins{"DPO": {3}})}, 2},
		{"block RAM", []yosys.Cell{lut(2, 1), cell("RAMB36E2", pins{"ADDR": {2}}, pins{"DO": {3}}), lut(4, 3)}, 1},
		{"memory read and written", []yosys.Cell{cell("RAM32M16", pins{"ADDRA": {1}, "DIA": {3}}, pins{"DOA": {2}}), lut(3, 2)}, 2},
	} {
		got, err := depth(&yosys.Module{Cells: tt.cells})
		require.NoError(t, err, tt.name)
		require.Equal(t, tt.want, got, tt.name)
	}
	_, err := depth(&yosys.Module{Cells: []yosys.Cell{lut(1, 9), lut(2, 1, 3), lut(3, 2)}})
	require.EqualError(t, err, "a loop of logic through cell LUT6")
}

// TestDepthOfRandomLogic compares with the longest path found by recursion, in
// logic whose cells stand in any order.
func TestDepthOfRandomLogic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var cells []yosys.Cell
		var levels []int // by net, from its cell
		level := func(n yosys.Net) int {
			if n < 0 {
				return 0
			}
			return levels[n]
		}
		deepest := 0
		for i := range rapid.IntRange(1, 40).Draw(t, "cells") {
			kind := rapid.SampledFrom([]string{"LUT3", "MUXF7", "FDCE", "MISTRAL_ALUT_ARITH"}).Draw(t, "kind")
			in, most := pins{}, 0
			for pin := range rapid.IntRange(0, 3).Draw(t, "pins") {
				n := yosys.Net(rapid.IntRange(-1, i-1).Draw(t, "net"))
				name := fmt.Sprint("I", pin)
				cost := 1
				if kind == "MUXF7" {
					cost = 0
				}
				if kind == "MISTRAL_ALUT_ARITH" && pin == 0 {
					name, cost = "CI", 0
				}
				in[name] = []yosys.Net{n}
				if n >= 0 {
					most = max(most, level(n)+cost)
				}
			}
			if kind == "FDCE" {
				most = 0
			}
			levels = append(levels, most)
			deepest = max(deepest, most)
			cells = append(cells, cell(kind, in, pins{"O": {yosys.Net(i)}}))
		}
		got, err := depth(&yosys.Module{Cells: rapid.Permutation(cells).Draw(t, "order")})
		require.NoError(t, err)
		require.Equal(t, deepest, got)
	})
}
