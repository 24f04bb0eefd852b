package ternary

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// ConfigName is the file of a checkpoint directory that holds its shape.
const ConfigName = "config.json"

// config is the part of a Hugging Face configuration that says what the model
// computes. A pointer is nil when the key is absent or null. Other keys
// (dropout, token ids, cache and training settings) do not change the result.
type config struct {
	ModelType         *string  `json:"model_type"`
	VocabSize         *int     `json:"vocab_size"`
	HiddenSize        *int     `json:"hidden_size"`
	NumHiddenLayers   *int     `json:"num_hidden_layers"`
	IntermediateSize  *int     `json:"intermediate_size"`
	HiddenRatio       *int     `json:"hidden_ratio"`
	RMSNormEps        *float64 `json:"rms_norm_eps"`
	NumHeads          *int     `json:"num_heads"`
	ExpandRatio       *float64 `json:"expand_ratio"`
	HiddenAct         *string  `json:"hidden_act"`
	UseShortConv      *bool    `json:"use_short_conv"`
	UseLowerBound     *bool    `json:"use_lower_bound"`
	TieWordEmbeddings *bool    `json:"tie_word_embeddings"`
}

// LoadConfig reads config.json at the root of fsys. Required are model_type
// "hgrn_bit", vocab_size, hidden_size and num_hidden_layers. An absent or null
// intermediate_size is 2/3 * hidden_ratio * hidden_size, rounded down and then
// up to a multiple of 256. Defaults are those of the published implementation:
// hidden_ratio 4, rms_norm_eps 1e-6. A setting that would change what the model
// computes beyond this package (more than one head, an expand ratio, short
// convolution, tied embeddings, another activation, no lower bound) is an error
// that names it.
func LoadConfig(fsys fs.FS) (Shape, error) {
	s, err := loadConfig(fsys)
	if err != nil {
		return Shape{}, fmt.Errorf("ternary: %w", err)
	}
	return s, nil
}

func loadConfig(fsys fs.FS) (Shape, error) {
	data, err := fs.ReadFile(fsys, ConfigName)
	if err != nil {
		return Shape{}, err
	}
	s, err := parseConfig(data)
	if err != nil {
		return Shape{}, fmt.Errorf("%s: %w", ConfigName, err)
	}
	return s, nil
}

func parseConfig(data []byte) (Shape, error) {
	var c config
	if err := json.Unmarshal(data, &c); err != nil {
		return Shape{}, jsonError(err, data)
	}
	if err := c.checkFeatures(); err != nil {
		return Shape{}, err
	}
	for _, f := range []struct {
		key   string
		value *int
	}{{"vocab_size", c.VocabSize}, {"hidden_size", c.HiddenSize}, {"num_hidden_layers", c.NumHiddenLayers}} {
		if f.value == nil {
			return Shape{}, fmt.Errorf("%s is missing, want a whole number", f.key)
		}
	}
	s := Shape{
		Layers: *c.NumHiddenLayers, Hidden: *c.HiddenSize, Vocab: *c.VocabSize,
		Intermediate: or(c.IntermediateSize, 0), NormEps: or(c.RMSNormEps, 1e-6),
	}
	if c.IntermediateSize == nil {
		ratio := or(c.HiddenRatio, 4)
		if ratio < 1 || ratio > 1024 {
			return Shape{}, fmt.Errorf("hidden_ratio is %d, want 1 to 1024", ratio)
		}
		if s.Hidden > 0 && s.Hidden <= MaxHidden {
			s.Intermediate = (s.Hidden*ratio*2/3 + 255) / 256 * 256
		}
	}
	return s, s.check()
}

// checkFeatures rejects by name what the model of this package does not have.
func (c config) checkFeatures() error {
	act := or(c.HiddenAct, "swish")
	switch {
	case c.ModelType == nil:
		return errors.New(`model_type is missing, want "hgrn_bit"`)
	case *c.ModelType != "hgrn_bit":
		return fmt.Errorf(`model_type is %q, want "hgrn_bit"`, *c.ModelType)
	case or(c.NumHeads, 1) != 1:
		return fmt.Errorf("num_heads is %d, want 1", *c.NumHeads)
	case or(c.ExpandRatio, 1) != 1:
		return fmt.Errorf("expand_ratio is %v, want 1", *c.ExpandRatio)
	case act != "swish" && act != "silu":
		return fmt.Errorf(`hidden_act is %q, want "swish" or "silu"`, act)
	case or(c.UseShortConv, false):
		return errors.New("use_short_conv is true, want false")
	case !or(c.UseLowerBound, true):
		return errors.New("use_lower_bound is false, want true")
	case or(c.TieWordEmbeddings, false):
		return errors.New("tie_word_embeddings is true, want false")
	}
	return nil
}

// or returns the value behind p, or absent if there is none.
func or[T any](p *T, absent T) T {
	if p == nil {
		return absent
	}
	return *p
}

// jsonError puts key or line and column into an error of encoding/json.
func jsonError(err error, data []byte) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		if typ.Field == "" {
			return fmt.Errorf("file is a JSON %s, want an object", typ.Value)
		}
		return fmt.Errorf("%s is a %s, want type %s", typ.Field, typ.Value, typ.Type)
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line, column := 1, 1
		for _, b := range data[:max(0, min(int(syntax.Offset)-1, len(data)))] {
			if column++; b == '\n' {
				line, column = line+1, 1
			}
		}
		return fmt.Errorf("line %d, column %d: %w", line, column, err)
	}
	return err
}
