package hecross

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
)

// ReadFile is [Parse] of the named file.
func ReadFile(name string) (*File, error) {
	r, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("hecross: %w", err)
	}
	defer r.Close()
	return Parse(r, name)
}

// Parse reads one JSON object and checks it as [File.Validate] does. Keys are
// those of File, in any order and each at most once; text after the object is
// an error. Errors give name and the field, as in "x[1][0][5]".
func Parse(r io.Reader, name string) (*File, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("hecross: %s: %w", name, err)
	}
	f := &File{name: name}
	if err := f.decode(data); err != nil {
		return nil, f.located(err)
	}
	if err := f.Validate(); err != nil {
		return nil, f.located(err)
	}
	return f, nil
}

// located adds the name of the file to an error.
func (f *File) located(err error) error {
	if f.name == "" {
		return err
	}
	return within(f.name, err)
}

// UnmarshalJSON reads a file without checking more than its form.
func (f *File) UnmarshalJSON(data []byte) error {
	*f = File{name: f.name}
	return f.decode(data)
}

func (f *File) decode(data []byte) error {
	if err := checkSyntax(data); err != nil {
		return err
	}
	fields := map[string]any{}
	for _, field := range f.fields() {
		fields[field.name] = field.value
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return fmt.Errorf("hecross: text is %s, want one object", excerpt(data))
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return fmt.Errorf("hecross: %w", err)
		}
		key := fmt.Sprint(token)
		value, ok := fields[key]
		if !ok {
			return fmt.Errorf("hecross: key %q is unknown, want a field of a vector file", key)
		}
		if seen[key] {
			return fmt.Errorf("hecross: key %q is there twice, want it once", key)
		}
		seen[key] = true
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return fmt.Errorf("hecross: %s: %w", key, err)
		}
		if err := decodeField(value, raw); err != nil {
			return fmt.Errorf("hecross: %s%w", key, err)
		}
	}
	return nil
}

// checkSyntax reports the line and column of a fault in JSON text.
func checkSyntax(data []byte) error {
	var raw json.RawMessage
	err := json.Unmarshal(data, &raw)
	if syntax := new(json.SyntaxError); errors.As(err, &syntax) {
		before := data[:min(int(syntax.Offset), len(data))]
		line := 1 + bytes.Count(before, []byte("\n"))
		column := len(before) - 1 - bytes.LastIndexByte(before, '\n')
		return fmt.Errorf("hecross: line %d column %d: %w, want JSON", line, column, err)
	}
	return err
}

// decodeField sets one field. Its errors continue the name of the field.
func decodeField(value any, raw []byte) error {
	if string(raw) == "null" {
		return errors.New(" is null, want a value, or the key left out")
	}
	want := "text"
	switch v := value.(type) {
	case json.Unmarshaler:
		return v.UnmarshalJSON(raw)
	case *[]uint32:
		var err error
		*v, err = (&residueReader{data: raw}).residues()
		return err
	case *int, **int:
		want = "a whole number"
	}
	if json.Unmarshal(raw, value) != nil {
		return fmt.Errorf(" is %s, want %s", excerpt(raw), want)
	}
	return nil
}

// A field is one key of a file with a pointer to its value.
type field struct {
	name  string
	value any
}

// fields lists the keys in the order of the struct.
func (f *File) fields() []field {
	v := reflect.ValueOf(f).Elem()
	var list []field
	for i := range v.NumField() {
		if name := v.Type().Field(i).Tag.Get("json"); name != "" {
			list = append(list, field{name, v.Field(i).Addr().Interface()})
		}
	}
	return list
}
