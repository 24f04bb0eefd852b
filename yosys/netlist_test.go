package yosys

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

const small = `{"modules": {
  "LUT2": {"attributes": {"blackbox": "00000000000000000000000000000001"}, "cells": {"inner": {"type": "LUT1"}}},
  "m": {"attributes": {}, "cells": {
    "b": {"type": "sub"},
    "a": {"type": "LUT2", "parameters": {"INIT": "0110", "MODE": "DIRECT", "N": 5}, "port_directions": {"I": "input", "O": "output", "P": "inout"},
      "connections": {"I": [2, "1", 17, "x"], "O": [4], "P": [5]}}}},
  "sub": {"cells": {"c": {"type": "LUT2"}, "d": {"type": "LUT3"}}}}}`

func TestParse(t *testing.T) {
	n, err := parse("m", []byte(small))
	require.NoError(t, err)
	cells := n.modules["m"].Cells
	require.Len(t, cells, 2)
	a := cells[0]
	require.Equal(t, "a", a.Name, "in the order of names")
	require.Equal(t, map[string][]Net{"I": {2, -1, 17, -1}, "P": {5}}, a.In)
	require.Equal(t, map[string][]Net{"O": {4}}, a.Out)
	require.Equal(t, 6, a.Int("INIT"))
	for _, none := range []string{"MODE", "N", "missing"} {
		require.Zero(t, a.Int(none), none)
	}
	require.False(t, n.IsInstance(a))
	require.True(t, n.IsInstance(cells[1]))
	require.Equal(t, map[string]int{"LUT2": 2, "LUT3": 1}, n.Count())
}

func TestParseErrors(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{``, "netlist: unexpected end of JSON input"},
		{`{"modules": {"m": {"cells": {"a": {"connections": {"I": [-3]}}}}}}`, "netlist: net is -3, want a number or a constant"},
		{`{"modules": {"m": {"cells": {"a": {"connections": {"I": [1.5]}}}}}}`, "netlist: net is 1.5, want a number or a constant"},
		{`{"modules": []}`, "netlist: json: cannot unmarshal array"},
	} {
		_, err := parse("m", []byte(tt.text))
		require.ErrorContains(t, err, tt.want)
	}
	_, err := readNetlist("m", filepath.Join(t.TempDir(), "none.json"))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// TestCountTrees compares Count with the cells of a tree that is written out,
// and holds still for designs that contain themselves.
func TestCountTrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		names := []string{"top", "a", "b", "c", "d"}
		n := &Netlist{top: "top", modules: map[string]*Module{}}
		for i, name := range names {
			m := &Module{}
			for range rapid.IntRange(0, 5).Draw(t, "cells") {
				kinds := append([]string{"LUT1", "FDCE"}, names[i+1:]...)
				m.Cells = append(m.Cells, Cell{Type: rapid.SampledFrom(kinds).Draw(t, "type")})
			}
			n.modules[name] = m
		}
		want := map[string]int{}
		var write func(name string)
		write = func(name string) {
			for _, c := range n.modules[name].Cells {
				if n.modules[c.Type] != nil {
					write(c.Type)
				} else {
					want[c.Type]++
				}
			}
		}
		write("top")
		require.Equal(t, want, n.Count())
	})
	n := &Netlist{top: "m", modules: map[string]*Module{"m": {Cells: []Cell{{Type: "m"}}}}}
	require.Empty(t, n.Count())
}

// TestParseAnything never panics, whatever text is cut off or changed.
func TestParseAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(small)
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		if rapid.Bool().Draw(t, "cut") {
			text = text[:at]
		} else {
			text[at] = rapid.Byte().Draw(t, "byte")
		}
		n, err := parse("m", text)
		if err != nil {
			require.Nil(t, n)
			return
		}
		require.True(t, json.Valid(text))
		if n.modules["m"] != nil {
			n.Count()
			require.NoError(t, n.refuseMemories(XCUP))
		}
	})
}
