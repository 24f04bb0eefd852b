// Package scalesim reads the input files of SCALE-Sim, a simulator of systolic
// arrays, and reports layers in its columns, so that a study made with it can be
// repeated and carried on here. Files are read from the facts of the format:
// the layers of a network as CSV, the array as an INI file.
//
// It gives what SCALE-Sim calls compute cycles, on a memory that never stalls.
// Its bandwidth reports, stall cycles, sparsity and layouts are not modelled;
// Config.Notes names what a configuration asks for in vain.
//
// Compute cycles of GEMM layers are compared with runs of SCALE-Sim v3
// (testdata/measured.csv). Not compared with a run: the output size of a
// convolution whose stride leaves a rest (Windows), layers with DP in their
// name, and the three utilisations.
package scalesim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lockstep/systolic"
)

// MaxLayers is the largest number of layers of a topology, depth-wise layers
// counted once per channel.
const MaxLayers = 1 << 16

// A Layer is one row of a topology.
type Layer struct {
	Name string
	Line int  // line of the file, from 1
	Conv Conv // a GEMM of M, N, K is a 1 x K filter on an M x K input, as in SCALE-Sim
}

// A Format says what the columns of a topology are.
type Format uint8

// The formats. SCALE-Sim is told by its option -i which one a file has; Detect
// takes it from the header.
const (
	Detect     Format = iota // by the header: its names, else its number of columns
	ConvLayers               // Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides
	GEMMLayers               // Layer, M, N, K
)

// columns are the number columns behind the name of the layer, by their
// documented names, without strides and sparsity.
var columns = map[Format][]string{
	ConvLayers: {"IFMAP Height", "IFMAP Width", "Filter Height", "Filter Width", "Channels", "Num Filter"},
	GEMMLayers: {"M", "N", "K"},
}

// ReadTopology reads the layers of a topology; errors call the text file and
// give line, column of the first character, and what was wanted.
//
// The first line that is neither blank nor a comment (#) is the header. Each
// other one is a layer: its name, then positive integers. A convolution has one
// stride or two, vertical first. Either format may end with a sparsity ratio
// N:M, which must say dense. Commas at the end of a line are optional, unlike
// in SCALE-Sim. Input sizes include padding; a filter must fit into the input.
//
// A convolution with DP in its name is depth-wise, as in SCALE-Sim v2: it
// becomes one layer of one channel for each of its channels, named
// NAMEChannel_0 and so on.
func ReadTopology(file string, data []byte, format Format) ([]Layer, error) {
	if format > GEMMLayers {
		return nil, fmt.Errorf("scalesim: format is %d, want 0 to 2 (detect, convolutions, GEMMs)", format)
	}
	lines, err := readLines(file, data)
	if err != nil {
		return nil, err
	}
	var layers []Layer
	header := false
	for _, l := range lines {
		fields := l.fields()
		if len(fields) == 0 || strings.HasPrefix(fields[0].text, "#") {
			continue
		}
		if !header {
			if format, err = l.header(fields, format); err != nil {
				return nil, err
			}
			header = true
			continue
		}
		more, err := l.layer(fields, format)
		if err != nil {
			return nil, err
		}
		if layers = append(layers, more...); len(layers) > MaxLayers {
			return nil, l.errorf(1, "layer %d, want at most %d", len(layers), MaxLayers)
		}
	}
	switch {
	case !header:
		return nil, fmt.Errorf("scalesim: %s: file is empty, want a header and a layer", file)
	case len(layers) == 0:
		return nil, fmt.Errorf("scalesim: %s: no layer below the header, want at least one", file)
	}
	return layers, nil
}

// header returns the format that the first line names. Names decide only
// whether columns are in another order; SCALE-Sim never looks at them.
func (l line) header(fields []field, format Format) (Format, error) {
	if len(fields) > 1 {
		if _, err := strconv.Atoi(fields[1].text); err == nil {
			return 0, l.errorf(1, "first line is a layer, want a header (SCALE-Sim skips the first line)")
		}
	}
	var names []string
	for _, f := range fields[1:min(4, len(fields))] {
		names = append(names, strings.ToLower(f.text))
	}
	gemm := slices.Equal(slices.Sorted(slices.Values(names)), []string{"k", "m", "n"})
	switch {
	case gemm && format == ConvLayers:
		return 0, l.errorf(fields[1].column, "header names GEMMs (M, N, K), want convolutions")
	case gemm && strings.Join(names, "") != "mnk":
		return 0, l.errorf(fields[1].column, "header has %s, want M, N, K: SCALE-Sim reads columns by position", strings.ToUpper(strings.Join(names, ", ")))
	case format != Detect:
		return format, nil
	case gemm:
		return GEMMLayers, nil
	case len(names) > 0 && strings.HasPrefix(names[0], "ifmap"), len(fields) >= 8:
		return ConvLayers, nil
	case len(fields) == 4:
		return GEMMLayers, nil
	}
	return 0, l.errorf(1, "header has %d columns, want Layer, M, N, K or Layer name, %s, Strides", len(fields), strings.Join(columns[ConvLayers], ", "))
}

// layer reads one row.
func (l line) layer(fields []field, format Format) ([]Layer, error) {
	name := fields[0].text
	if name == "" {
		return nil, l.errorf(fields[0].column, "layer name is empty, want a name")
	}
	fields, err := l.dense(fields[1:])
	if err != nil {
		return nil, err
	}
	wanted, most := columns[format], len(columns[format])
	if format == ConvLayers {
		wanted, most = append(wanted[:most:most], "Strides", "Strides (horizontal)"), most+2
	}
	least := min(7, most)
	if len(fields) < least {
		return nil, l.errorf(l.end(), "%d numbers, want %s", len(fields), strings.Join(wanted[:least], ", "))
	}
	if len(fields) > most {
		return nil, l.errorf(fields[most].column, "%q is behind the last column, want at most %d numbers", fields[most].text, most)
	}
	v := make([]int, len(fields), most+1)
	for i, f := range fields {
		if v[i], err = strconv.Atoi(f.text); err != nil || v[i] < 1 || v[i] > systolic.MaxDim {
			return nil, l.errorf(f.column, "%s is %q, want an integer from 1 to %d", wanted[i], f.text, systolic.MaxDim)
		}
	}
	layer := Layer{Name: name, Line: l.number}
	if format == GEMMLayers {
		layer.Conv = gemmConv(v[0], v[1], v[2])
	} else {
		v = append(v, v[6]) // the horizontal stride, unless given
		layer.Conv = Conv{v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7]}
	}
	if err := layer.Conv.check(); err != nil {
		return nil, l.errorf(fields[0].column, "layer %s: %w", name, err)
	}
	if format == ConvLayers && strings.Contains(name, "DP") {
		return l.depthwise(layer)
	}
	return []Layer{layer}, nil
}

// dense takes a sparsity ratio off the end of a row.
func (l line) dense(fields []field) ([]field, error) {
	if len(fields) == 0 {
		return fields, nil
	}
	last := fields[len(fields)-1]
	n, m, ok := strings.Cut(last.text, ":")
	if !ok {
		return fields, nil
	}
	dense, err := strconv.Atoi(n)
	of, err2 := strconv.Atoi(m)
	switch {
	case err != nil || err2 != nil || dense < 1 || of < dense:
		return nil, l.errorf(last.column, "sparsity is %q, want N:M with 1 <= N <= M", last.text)
	case dense < of:
		return nil, l.errorf(last.column, "sparsity is %q, want N:N: sparse layers are not supported", last.text)
	}
	return fields[:len(fields)-1], nil
}

// depthwise returns one layer for each channel.
func (l line) depthwise(layer Layer) ([]Layer, error) {
	n := layer.Conv.Channels
	if n > MaxLayers {
		return nil, l.errorf(1, "depth-wise layer %s has %d channels, want at most %d", layer.Name, n, MaxLayers)
	}
	layers := make([]Layer, n)
	for i := range layers {
		layers[i] = layer
		layers[i].Name = fmt.Sprintf("%sChannel_%d", layer.Name, i)
		layers[i].Conv.Channels = 1
	}
	return layers, nil
}
