package experiment

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Settings are what an evaluator is told: values by key, as text. Their
// canonical form, which names results, is the JSON of the map with sorted keys.
type Settings map[string]string

// maxValueBytes is the longest value of a setting.
const maxValueBytes = 256

// String returns key=value in the order of the keys, with blanks between.
func (s Settings) String() string { return s.ordered(sorted(s)) }

func (s Settings) ordered(keys []string) string {
	parts := make([]string, len(keys))
	for i, k := range keys {
		parts[i] = k + "=" + s[k]
	}
	return strings.Join(parts, " ")
}

func (s Settings) validate() error {
	for _, k := range sorted(s) {
		v := s[k]
		switch {
		case !settingName.MatchString(k):
			return fmt.Errorf("key is %q, want a letter or _, then letters, digits, _, . and -", k)
		case v == "" || len(v) > maxValueBytes:
			return fmt.Errorf("%s has %d bytes, want 1 to %d", k, len(v), maxValueBytes)
		case !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) || strings.TrimSpace(v) != v:
			return fmt.Errorf("%s is %q, want text without control characters, and without blanks at its ends", k, v)
		}
	}
	return nil
}

func sorted[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }

// listed joins names for an error text.
func listed(names []string) string {
	if len(names) == 0 {
		return "(none)"
	}
	return strings.Join(names, ", ")
}

func (s Settings) clone() Settings { return maps.Clone(s) }
