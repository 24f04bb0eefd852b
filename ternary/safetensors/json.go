package safetensors

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// A member is one key and its value in a JSON object.
type member struct {
	key   string
	value json.RawMessage
}

// parseObject splits a JSON object into its members in the order written. A
// key that occurs twice is an error, which encoding/json would let pass.
func parseObject(data []byte) ([]member, error) {
	if err := json.Unmarshal(data, new(json.RawMessage)); err != nil {
		return nil, syntax(err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	token, err := d.Token()
	if err != nil || token != json.Delim('{') {
		return nil, fmt.Errorf("%s found, want a JSON object", brief(data))
	}
	var members []member
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return nil, syntax(err)
		}
		// The decoder only returns strings in the place of a key.
		key, _ := token.(string)
		if seen[key] {
			return nil, fmt.Errorf("key %q occurs twice, want it once", key)
		}
		seen[key] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, syntax(err)
		}
		members = append(members, member{key, value})
	}
	return members, nil
}

// wholeNumbers reads a JSON array of integers in [0, 2^63).
func wholeNumbers(field string, value json.RawMessage) ([]int64, error) {
	var numbers []*int64
	err := json.Unmarshal(value, &numbers)
	if err != nil || value[0] != '[' {
		return nil, fmt.Errorf("%s is %s, want whole numbers from 0", field, brief(value))
	}
	result := make([]int64, len(numbers))
	for i, n := range numbers {
		if n == nil || *n < 0 {
			return nil, fmt.Errorf("%s is %s, want whole numbers from 0", field, brief(value))
		}
		result[i] = *n
	}
	return result, nil
}

// syntax puts the place of a JSON error before its text.
func syntax(err error) error {
	var s *json.SyntaxError
	if errors.As(err, &s) {
		return fmt.Errorf("invalid JSON at byte %d: %w", s.Offset, err)
	}
	return fmt.Errorf("invalid JSON: %w", err)
}

// brief returns the start of a JSON value for an error message.
func brief(value []byte) string {
	const limit = 40
	value = bytes.TrimSpace(value)
	if len(value) > limit {
		return string(value[:limit]) + "..."
	}
	return string(value)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func dtypeNames() []string {
	names := make([]string, 0, len(sizes))
	for d := range sizes {
		names = append(names, string(d))
	}
	slices.Sort(names)
	return names
}
