package tokenizer

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
)

// tokenizerFile is a tokenizer.json. Truncation and padding do not change how
// one text is encoded and are not read.
type tokenizerFile struct {
	AddedTokens   []addedFile     `json:"added_tokens"`
	Normalizer    json.RawMessage `json:"normalizer"`
	PreTokenizer  json.RawMessage `json:"pre_tokenizer"`
	PostProcessor json.RawMessage `json:"post_processor"`
	Decoder       json.RawMessage `json:"decoder"`
	Model         *modelFile      `json:"model"`
}

type addedFile struct {
	ID         *int   `json:"id"`
	Content    string `json:"content"`
	SingleWord bool   `json:"single_word"`
	LStrip     bool   `json:"lstrip"`
	RStrip     bool   `json:"rstrip"`
	Special    bool   `json:"special"`
}

type modelFile struct {
	Type         *string           `json:"type"`
	Dropout      *float64          `json:"dropout"`
	UnkToken     *string           `json:"unk_token"`
	Prefix       *string           `json:"continuing_subword_prefix"`
	Suffix       *string           `json:"end_of_word_suffix"`
	FuseUnk      bool              `json:"fuse_unk"`
	ByteFallback bool              `json:"byte_fallback"`
	IgnoreMerges bool              `json:"ignore_merges"`
	Vocab        map[string]int    `json:"vocab"`
	Merges       []json.RawMessage `json:"merges"`
}

// ParseBPE reads a tokenizer.json. It supports the model BPE; the normalizers
// Prepend and Replace of a string; the pre-tokenizers ByteLevel and Metaspace;
// the post-processors TemplateProcessing and ByteLevel; the decoders ByteLevel,
// Metaspace and the sequence of Replace, ByteFallback, Fuse and Strip: what the
// Llama and GPT-2 families use. Anything else is an error that names it. Added
// tokens are found in the text as written, before it is normalised.
func ParseBPE(file string, data []byte) (*BPE, error) {
	b, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("tokenizer: %s: %w", file, err)
	}
	return b, nil
}

func parse(data []byte) (*BPE, error) {
	var f tokenizerFile
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, jsonError(err)
	}
	if f.Model == nil {
		return nil, errors.New("model is missing")
	}
	b := &BPE{vocab: map[string]int{}, texts: map[int]string{}, merges: map[pair]merge{}, unknown: -1}
	if err := b.readModel(f.Model); err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	toBytes, err := b.readDecoder(f.Decoder)
	if err != nil {
		return nil, fmt.Errorf("decoder: %w", err)
	}
	for text, token := range b.vocab {
		b.texts[token] = toBytes(text)
	}
	for i, a := range f.AddedTokens {
		if err := b.readAdded(a); err != nil {
			return nil, fmt.Errorf("added_tokens: token %d of the list: %w", i, err)
		}
	}
	if b.normalise, err = readNormalizer(f.Normalizer); err != nil {
		return nil, fmt.Errorf("normalizer: %w", err)
	}
	if b.split, err = readPreTokenizer(f.PreTokenizer); err != nil {
		return nil, fmt.Errorf("pre_tokenizer: %w", err)
	}
	if b.prefix, b.suffix, err = b.readPostProcessor(f.PostProcessor); err != nil {
		return nil, fmt.Errorf("post_processor: %w", err)
	}
	return b, nil
}

// jsonError names the key or the byte of an error of encoding/json.
func jsonError(err error) error {
	var typ *json.UnmarshalTypeError
	if errors.As(err, &typ) {
		place := ""
		if typ.Field != "" {
			place = typ.Field + ": "
		}
		return fmt.Errorf("%sJSON %s found, want %s", place, typ.Value, kinds[typ.Type.Kind()])
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("invalid JSON at byte %d: %w", syntax.Offset, err)
	}
	return err
}

// kinds says in JSON's words what the fields of a file hold.
var kinds = map[reflect.Kind]string{
	reflect.Struct: "an object", reflect.Map: "an object", reflect.Slice: "a list", reflect.String: "a string",
	reflect.Bool: "true or false", reflect.Int: "a whole number", reflect.Float64: "a number",
}
