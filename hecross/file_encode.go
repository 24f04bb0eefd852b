package hecross

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// Encode writes f as one JSON object with a line for every field that is set
// and for every limb. The same file gives the same bytes.
func (f *File) Encode(w io.Writer) error {
	b := bufio.NewWriter(w)
	separator := "{\n  "
	for _, field := range f.fields() {
		if reflect.ValueOf(field.value).Elem().IsZero() {
			continue
		}
		fmt.Fprintf(b, "%s%q: ", separator, field.name)
		separator = ",\n  "
		if err := encodeField(b, field.value); err != nil {
			return fmt.Errorf("hecross: %s: %w", field.name, err)
		}
	}
	if separator == "{\n  " {
		b.WriteString("{")
	}
	b.WriteString("\n}\n")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("hecross: writing: %w", err)
	}
	return nil
}

// MarshalJSON is Encode without line breaks.
func (f *File) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	if err := f.Encode(&b); err != nil {
		return nil, err
	}
	return []byte(b.String()), nil
}

func encodeField(b *bufio.Writer, value any) error {
	const indent = "\n    "
	switch v := value.(type) {
	case *Operand:
		if v.Single && len(v.Polys) == 1 {
			encodePoly(b, v.Polys[0], indent)
			return nil
		}
		encodeList(b, len(v.Polys), indent, func(i int) { encodePoly(b, v.Polys[i], indent+"  ") })
		return nil
	case *EvaluationKey:
		encodeList(b, len(*v), indent, func(d int) {
			encodeList(b, 2, indent+"  ", func(i int) { encodePoly(b, (*v)[d][i], indent+"    ") })
		})
		return nil
	}
	text, err := json.Marshal(value)
	b.Write(text)
	return err
}

func encodePoly(b *bufio.Writer, p Poly, indent string) {
	encodeList(b, len(p), indent, func(l int) {
		b.WriteByte('[')
		for i, x := range p[l] {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(strconv.AppendUint(b.AvailableBuffer(), uint64(x), 10))
		}
		b.WriteByte(']')
	})
}

// encodeList writes an array with one element per line.
func encodeList(b *bufio.Writer, n int, indent string, element func(i int)) {
	b.WriteByte('[')
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(indent)
		element(i)
	}
	b.WriteByte(']')
}
