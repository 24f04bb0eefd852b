package experiment

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var oneKey = key{System: "core", Phase: "speed", Version: "1", Settings: Settings{"b": "2", "a": "1"}}

func oneResult() result {
	return result{key: oneKey, Measured: &Measured{Values: []Measurement{{"cycles", 1.0 / 3, "cycle", "event model"}}, Labels: map[string]string{"bound": "ports"}}}
}

const oneText = `{
  "result": {
    "system": "core",
    "phase": "speed",
    "version": "1",
    "settings": {
      "a": "1",
      "b": "2"
    },
    "measured": {
      "values": [
        {
          "name": "cycles",
          "value": 0.3333333333333333,
          "unit": "cycle",
          "source": "event model"
        }
      ],
      "labels": {
        "bound": "ports"
      }
    }
  },
  "sha256": "59e782994505ad20a77866ed69ff316f823b7a04ae5ff5fa34592ffd33932d06"
}
`

// The form of a file and the name of a result: both stay, or every recorded
// result is lost. The sums are those of sha256sum over the compact text.
func TestFormat(t *testing.T) {
	data, err := oneResult().encode()
	require.NoError(t, err)
	require.Equal(t, oneText, string(data))
	name, err := oneKey.name()
	require.NoError(t, err)
	require.Equal(t, "speed-e7074c178a5b09aa2c1fb5dca18e1d2d.json", name)
	require.Equal(t, "a=1 b=2, phase speed of core, version 1", oneKey.String())
	r, err := decode(data, oneKey)
	require.NoError(t, err)
	require.Equal(t, oneResult(), r)
}

// The name depends on what the settings are, not on the order in which they were set, and on all of
// the key.
func TestHashProperty(t *testing.T) {
	text := rapid.StringMatching(`[a-z"{},:=]{1,3}`)
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOfNDistinct(text, 1, 6, rapid.ID).Draw(t, "keys")
		k := key{System: "s", Phase: "p", Version: "v", Settings: Settings{}}
		for _, name := range keys {
			k.Settings[name] = text.Draw(t, "value")
		}
		again := k
		again.Settings = Settings{}
		for _, name := range rapid.Permutation(keys).Draw(t, "order") {
			again.Settings[name] = k.Settings[name]
		}
		name, err := k.name()
		require.NoError(t, err)
		same, err := again.name()
		require.NoError(t, err)
		require.Equal(t, name, same)
		for _, change := range []func(*key){
			func(k *key) { k.System += "x" }, func(k *key) { k.Phase += "x" }, func(k *key) { k.Version += "x" },
			func(k *key) { k.Settings[keys[0]] += "x" }, func(k *key) { delete(k.Settings, keys[0]) }, func(k *key) { k.Settings["new"] = "x" },
		} {
			other := k
			other.Settings = k.Settings.clone()
			change(&other)
			require.False(t, k.equal(other))
			changed, err := other.name()
			require.NoError(t, err)
			require.NotEqual(t, name, changed)
		}
	})
}

// Every number comes back as it was.
func TestResultProperty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := oneResult()
		r.Measured.Values[0].Value = rapid.Float64().Filter(func(v float64) bool { return !math.IsInf(v, 0) && !math.IsNaN(v) }).Draw(t, "value")
		data, err := r.encode()
		require.NoError(t, err)
		back, err := decode(data, oneKey)
		require.NoError(t, err)
		require.Equal(t, math.Float64bits(r.Measured.Values[0].Value), math.Float64bits(back.Measured.Values[0].Value))
	})
}

// No prefix of a file and no file with one changed byte is trusted.
func TestDecodeRefusesDamage(t *testing.T) {
	for n := range len(oneText) {
		_, err := decode([]byte(oneText[:n]), oneKey)
		require.Error(t, err, "%d bytes", n)
		for _, with := range []byte{' ', '0', 'z', '"', 0, oneText[n] ^ 0x20, oneText[n] ^ 1} {
			if with == oneText[n] {
				continue
			}
			data := []byte(oneText)
			data[n] = with
			_, err := decode(data, oneKey)
			require.Error(t, err, "byte %d is %q", n, with)
		}
	}
}

// sealed is a file with a right checksum.
func sealed(t *testing.T, r result) string {
	t.Helper()
	data, err := r.encode()
	require.NoError(t, err)
	return string(data)
}

var corrupt = []struct {
	name string
	data func(t *testing.T) string
	want string
}{
	{"empty", func(*testing.T) string { return "" }, "it ends after 0 bytes, want a whole result"},
	{"truncated", func(*testing.T) string { return oneText[:100] }, "it ends after 100 bytes, want a whole result"},
	{"without its last byte", func(*testing.T) string { return oneText[:len(oneText)-1] }, "its text or its checksum is damaged"},
	{"followed by more", func(*testing.T) string { return oneText + "{}" }, "its text or its checksum is damaged"},
	{"zeros, as after a crash", func(*testing.T) string { return strings.Repeat("\x00", len(oneText)) }, `it is no result: invalid character '\x00' looking for beginning of value`},
	{"no JSON", func(*testing.T) string { return "hello" }, "it is no result: invalid character 'h' looking for beginning of value"},
	{"other JSON", func(*testing.T) string { return `{"results": []}` }, `it is no result: json: unknown field "results"`},
	{"another number", func(*testing.T) string { return strings.Replace(oneText, "0.33", "0.43", 1) }, "its text or its checksum is damaged"},
	{"another checksum", func(*testing.T) string { return strings.Replace(oneText, `"sha256": "5`, `"sha256": "6`, 1) }, "its text or its checksum is damaged"},
	{"compact", func(t *testing.T) string {
		var b bytes.Buffer
		require.NoError(t, json.Compact(&b, []byte(oneText)))
		return b.String()
	}, "its text or its checksum is damaged"},
	{"of another point", func(t *testing.T) string {
		r := oneResult()
		r.Settings = Settings{"a": "1", "b": "3"}
		return sealed(t, r)
	}, "it is the result of a=1 b=3, phase speed of core, version 1, want that of a=1 b=2, phase speed of core, version 1"},
	{"of another version", func(t *testing.T) string {
		r := oneResult()
		r.Version = "2"
		return sealed(t, r)
	}, "it is the result of a=1 b=2, phase speed of core, version 2, want that of a=1 b=2, phase speed of core, version 1"},
	{"without result", func(t *testing.T) string { return sealed(t, result{key: oneKey}) }, "it has neither or both of measured and invalid, want one of them"},
	{"with both", func(t *testing.T) string {
		r := oneResult()
		r.Invalid = "x"
		return sealed(t, r)
	}, "it has neither or both of measured and invalid, want one of them"},
	{"without numbers", func(t *testing.T) string {
		return sealed(t, result{key: oneKey, Measured: &Measured{}})
	}, "nothing is measured, want at least one value"},
	{"huge", func(*testing.T) string { return oneText + strings.Repeat(" ", maxResultBytes) }, "it has more than 1048576 bytes, want a result"},
}

func TestCorruptFiles(t *testing.T) {
	for _, tt := range corrupt {
		s := store{t.TempDir()}
		name, err := oneKey.name()
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(s.folder, name), []byte(tt.data(t)), 0o666))
		_, err = s.read(oneKey)
		require.EqualError(t, err, tt.want, tt.name)
		require.ErrorAs(t, err, new(damagedError), tt.name)
	}
	s := store{t.TempDir()}
	_, err := s.read(oneKey)
	require.ErrorIs(t, err, fs.ErrNotExist)
	name, err := oneKey.name()
	require.NoError(t, err)
	require.NoError(t, os.Mkdir(filepath.Join(s.folder, name), 0o777))
	_, err = s.read(oneKey)
	require.EqualError(t, err, "it is a folder, want a file")
	require.ErrorAs(t, err, new(damagedError))
}

func TestMeasuredErrors(t *testing.T) {
	for _, tt := range []struct {
		m    Measured
		want string
	}{
		{Measured{}, "nothing is measured, want at least one value"},
		{Measured{Values: []Measurement{{"a b", 1, "1", "x"}}}, `measurement is "a b", want a letter or _, then letters, digits, _, . and -`},
		{Measured{Values: []Measurement{{"a", 1, "1", "x"}, {"a", 1, "1", "x"}}}, "measurement a is there twice, want it once"},
		{Measured{Values: []Measurement{{"a", math.NaN(), "1", "x"}}}, "measurement a is NaN, want a finite number"},
		{Measured{Values: []Measurement{{"a", math.Inf(-1), "1", "x"}}}, "measurement a is -Inf, want a finite number"},
		{Measured{Values: []Measurement{{"a", 1, "", "x"}}}, "measurement a: unit has 0 bytes, want 1 to 256"},
		{Measured{Values: []Measurement{{"a", 1, "1", ""}}}, "measurement a: source has 0 bytes, want 1 to 256"},
		{Measured{Values: []Measurement{{"a", 1, "1", "x"}}, Labels: map[string]string{"bound": ""}}, "labels: bound has 0 bytes, want 1 to 256"},
	} {
		require.EqualError(t, tt.m.validate(), tt.want)
	}
}

func TestTooLargeResult(t *testing.T) {
	r := result{key: oneKey, Invalid: strings.Repeat("x", maxResultBytes)}
	_, err := r.encode()
	require.ErrorContains(t, err, "want less than 1048576")
}
