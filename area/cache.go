package area

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"lockstep/tool"
	"lockstep/yosys"
)

// counting is the code between a netlist and an Area: what it counted before a
// change is not what it counts now.
//
//go:embed area.go kind.go depth.go
var counting embed.FS

// key identifies the mapping, the tool and the counting by content.
func key(m yosys.Mapping, program tool.Tool) (string, error) {
	return digest(m, []string{program.Name + " " + program.Version}, counting, yosys.Reading)
}

// digest is the hash of a mapping, of what else decides what comes of it, and of
// the code that makes it.
func digest(m yosys.Mapping, what []string, code ...embed.FS) (string, error) {
	h := sha256.New()
	for _, w := range what {
		fmt.Fprintf(h, "%s\n", w)
	}
	files := m.Files() // the script names the rest of m
	for _, name := range slices.Sorted(maps.Keys(files)) {
		fmt.Fprintf(h, "%s %d\n%s", name, len(files[name]), files[name])
	}
	for _, fs := range code {
		entries, err := fs.ReadDir(".")
		if err != nil {
			return "", fmt.Errorf("area: %w", err)
		}
		for _, e := range entries {
			text, err := fs.ReadFile(e.Name())
			if err != nil {
				return "", fmt.Errorf("area: %w", err)
			}
			fmt.Fprintf(h, "%s %d\n%s", e.Name(), len(text), text)
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// CacheEnv names a folder that replaces the user's cache directory, as it does
// for cached binaries.
const CacheEnv = "LOCKSTEP_CACHE"

// cacheDir returns the folder of cached areas.
func cacheDir() (string, error) {
	if dir := os.Getenv(CacheEnv); dir != "" {
		return filepath.Join(dir, "area"), nil
	}
	base, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("area: no cache directory: %w; set %s", err, CacheEnv)
	}
	return filepath.Join(base, "lockstep", "area"), nil
}

// cached returns the area of m from the cache. What is there and cannot be read
// is made again.
func cached(ctx context.Context, m yosys.Mapping) (Area, error) {
	if err := m.Validate(); err != nil {
		return Area{}, err
	}
	program, err := tool.Find("yosys")
	if err != nil {
		return Area{}, err
	}
	k, err := key(m, program)
	if err != nil {
		return Area{}, err
	}
	return remembered(m.Top+"-"+string(m.Family), k, func() (Area, error) { return synthesise(ctx, m, program) })
}

// remembered returns what the cache has under a key, or makes it and stores it:
// not before there is a folder for it, because to make it may take an hour.
func remembered[T any](name, key string, fresh func() (T, error)) (T, error) {
	var none T
	dir, err := cacheDir()
	if err != nil {
		return none, err
	}
	file := filepath.Join(dir, fmt.Sprintf("%s-%s.json", name, key[:16]))
	if v, err := read[T](file, key); err == nil {
		return v, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return none, fmt.Errorf("area: cache: %w", err)
	}
	v, err := fresh()
	if err != nil {
		return none, err
	}
	return v, write(file, key, v)
}

// An entry is the text of a file of the cache.
type entry struct {
	Key   string          `json:"key"`
	Sum   string          `json:"sum"` // SHA-256 of Value
	Value json.RawMessage `json:"value"`
}

func sum(data []byte) string { return fmt.Sprintf("%x", sha256.Sum256(data)) }

// read returns the value in a file of the cache, if it is whole.
func read[T any](file, key string) (v T, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return v, err
	}
	var e entry
	if err := json.Unmarshal(data, &e); err != nil {
		return v, err
	}
	if e.Key != key || e.Sum != sum(e.Value) {
		return v, fmt.Errorf("area: cache: %s is damaged", file)
	}
	d := json.NewDecoder(bytes.NewReader(e.Value))
	d.DisallowUnknownFields()
	return v, d.Decode(&v)
}

// write stores a whole file or none.
func write[T any](file, key string, v T) error {
	text, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("area: cache: %w", err)
	}
	data, err := json.Marshal(entry{key, sum(text), text})
	if err != nil {
		return fmt.Errorf("area: cache: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), "writing-*")
	if err != nil {
		return fmt.Errorf("area: cache: %w", err)
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(data)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), file)
	}
	if err != nil {
		return fmt.Errorf("area: cache: %w", err)
	}
	return nil
}
