package safetensors

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// parseHeader checks a header against the format and against the length of the
// data section. Tensors tile that section without hole or overlap.
func parseHeader(header []byte, dataBytes int64) (map[string]Tensor, error) {
	switch {
	case len(header) == 0 || header[0] != '{':
		return nil, errors.New("header does not start with '{', want a JSON object")
	case !utf8.Valid(header):
		return nil, errors.New("header is not UTF-8, want a JSON object in UTF-8")
	}
	members, err := parseObject(header)
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	tensors := make(map[string]Tensor, len(members))
	order := make([]Tensor, 0, len(members))
	for _, m := range members {
		if m.key == "__metadata__" {
			if err := checkMetadata(m.value); err != nil {
				return nil, fmt.Errorf("__metadata__: %w", err)
			}
			continue
		}
		t, err := parseTensor(m.key, m.value, dataBytes)
		if err != nil {
			return nil, fmt.Errorf("tensor %s: %w", m.key, err)
		}
		tensors[t.Name] = t
		order = append(order, t)
	}
	return tensors, checkTiling(order, dataBytes)
}

// checkMetadata requires an object of strings, which the format asks for.
func checkMetadata(value json.RawMessage) error {
	members, err := parseObject(value)
	if err != nil {
		return err
	}
	for _, m := range members {
		if len(m.value) == 0 || m.value[0] != '"' {
			return fmt.Errorf("%s is %s, want a string", m.key, brief(m.value))
		}
	}
	return nil
}

// parseTensor reads {"dtype": ..., "shape": [...], "data_offsets": [begin, end]}.
func parseTensor(name string, value json.RawMessage, dataBytes int64) (Tensor, error) {
	members, err := parseObject(value)
	if err != nil {
		return Tensor{}, err
	}
	fields := map[string]json.RawMessage{}
	for _, m := range members {
		switch m.key {
		case "dtype", "shape", "data_offsets":
			fields[m.key] = m.value
		default:
			return Tensor{}, fmt.Errorf("key %q is unknown, want dtype, shape and data_offsets", m.key)
		}
	}
	for _, key := range []string{"dtype", "shape", "data_offsets"} {
		if fields[key] == nil {
			return Tensor{}, fmt.Errorf("%s is missing", key)
		}
	}
	t := Tensor{Name: name}
	if err := json.Unmarshal(fields["dtype"], &t.DType); err != nil {
		return Tensor{}, fmt.Errorf("dtype is %s, want a string", brief(fields["dtype"]))
	}
	size, ok := sizes[t.DType]
	if !ok {
		return Tensor{}, fmt.Errorf("dtype is %q, want one of %s", t.DType, strings.Join(dtypeNames(), ", "))
	}
	shape, err := wholeNumbers("shape", fields["shape"])
	if err != nil {
		return Tensor{}, err
	}
	bytes, err := t.setShape(shape, size)
	if err != nil {
		return Tensor{}, err
	}
	offsets, err := wholeNumbers("data_offsets", fields["data_offsets"])
	if err != nil {
		return Tensor{}, err
	}
	if len(offsets) != 2 {
		return Tensor{}, fmt.Errorf("data_offsets has %d numbers, want 2", len(offsets))
	}
	t.begin, t.end = offsets[0], offsets[1]
	return t, t.checkOffsets(bytes, dataBytes)
}

// setShape sets Shape and elements and returns the length in bytes.
func (t *Tensor) setShape(shape []int64, size int64) (int64, error) {
	t.Shape = make([]int, len(shape))
	elements := int64(1)
	for i, n := range shape {
		if n != 0 && elements > math.MaxInt64/size/n {
			return 0, fmt.Errorf("shape is %v of %s, want fewer than 2^63 bytes", shape, t.DType)
		}
		elements *= n
		t.Shape[i] = int(n)
	}
	t.elements = int(elements)
	return elements * size, nil
}

func (t *Tensor) checkOffsets(bytes, dataBytes int64) error {
	switch {
	case t.begin > t.end:
		return fmt.Errorf("data_offsets are [%d, %d], want the first at most the second", t.begin, t.end)
	case t.end > dataBytes:
		return fmt.Errorf("data_offsets end at %d, want at most the %d data bytes of the file", t.end, dataBytes)
	case t.end-t.begin != bytes:
		return fmt.Errorf("data_offsets span %d bytes, want %d for shape %v of %s", t.end-t.begin, bytes, t.Shape, t.DType)
	}
	return nil
}

// checkTiling requires that the tensors, in the order of their data, follow
// each other from byte 0 to the last byte of the data section.
func checkTiling(order []Tensor, dataBytes int64) error {
	slices.SortFunc(order, func(a, b Tensor) int {
		if a.begin != b.begin {
			return cmp.Compare(a.begin, b.begin)
		}
		if a.end != b.end {
			return cmp.Compare(a.end, b.end)
		}
		return strings.Compare(a.Name, b.Name)
	})
	var end int64
	for i, t := range order {
		switch {
		case t.begin < end:
			return fmt.Errorf("tensor %s: data_offsets begin at %d, inside tensor %s; want %d or later",
				t.Name, t.begin, order[i-1].Name, end)
		case t.begin > end:
			return fmt.Errorf("tensor %s: data_offsets begin at %d, want %d, the end of the tensor before", t.Name, t.begin, end)
		}
		end = t.end
	}
	if end != dataBytes {
		return fmt.Errorf("%d bytes follow the last tensor, want 0", dataBytes-end)
	}
	return nil
}
