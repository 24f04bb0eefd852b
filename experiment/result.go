package experiment

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
)

// A key is what one result is about.
type key struct {
	System   string   `json:"system"`
	Phase    string   `json:"phase"`
	Version  string   `json:"version"` // of the program that measured
	Settings Settings `json:"settings"`
}

// hash identifies a key: SHA-256 of its JSON, whose maps are sorted.
func (k key) hash() ([sha256.Size]byte, error) {
	data, err := json.Marshal(k)
	return sha256.Sum256(data), err
}

// name returns the file name of the result.
func (k key) name() (string, error) {
	h, err := k.hash()
	return fmt.Sprintf("%s-%s.json", k.Phase, hex.EncodeToString(h[:16])), err
}

// String is for error texts.
func (k key) String() string {
	return fmt.Sprintf("%s, phase %s of %s, version %s", k.Settings, k.Phase, k.System, k.Version)
}

func (k key) equal(l key) bool {
	return k.System == l.System && k.Phase == l.Phase && k.Version == l.Version && maps.Equal(k.Settings, l.Settings)
}

// A result is what a file holds: either what was measured or why nothing can be.
type result struct {
	key
	Measured *Measured `json:"measured,omitempty"`
	Invalid  string    `json:"invalid,omitempty"`
}

// A resultFile is the text of a file.
type resultFile struct {
	Result result `json:"result"`
	Sum    string `json:"sha256"` // of Result as compact JSON
}

// maxResultBytes is far above any result.
const maxResultBytes = 1 << 20

// encode returns the text of the file: the only one that decode accepts.
func (r result) encode() ([]byte, error) {
	compact, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	data, err := json.MarshalIndent(resultFile{r, fmt.Sprintf("%x", sha256.Sum256(compact))}, "", "  ")
	if err != nil {
		return nil, err
	}
	if len(data) >= maxResultBytes {
		return nil, fmt.Errorf("the result has %d bytes, want less than %d", len(data), maxResultBytes)
	}
	return append(data, '\n'), nil
}

// decode reads the result of want. Whatever encode does not write is refused.
func decode(data []byte, want key) (result, error) {
	var f resultFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return result{}, fmt.Errorf("it ends after %d bytes, want a whole result", len(data))
		}
		return result{}, fmt.Errorf("it is no result: %w", err)
	}
	r := f.Result
	if again, err := r.encode(); err != nil || !bytes.Equal(again, data) {
		return result{}, fmt.Errorf("its text or its checksum is damaged")
	}
	if !r.key.equal(want) {
		return result{}, fmt.Errorf("it is the result of %s, want that of %s", r.key, want)
	}
	switch {
	case (r.Measured == nil) == (r.Invalid == ""):
		return result{}, fmt.Errorf("it has neither or both of measured and invalid, want one of them")
	case r.Measured != nil:
		return r, r.Measured.validate()
	}
	return r, nil
}
