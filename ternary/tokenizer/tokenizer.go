// Package tokenizer turns text into tokens and back: one token per byte, or
// byte-pair encoding (BPE) as a Hugging Face tokenizer.json describes it. It
// reads what it supports in full and rejects the rest by name, so that text is
// never encoded in a way that the model was not trained on. It does not train.
package tokenizer

import (
	"errors"
	"fmt"
	"io/fs"
)

// FileName is the file of a checkpoint directory that describes its tokenizer.
const FileName = "tokenizer.json"

// A Tokenizer maps text to tokens. It may be used by several goroutines.
type Tokenizer interface {
	// Encode returns the tokens of text, each in [0, Vocab()), with the special
	// tokens that the tokenizer puts before and after a text.
	Encode(text string) ([]int, error)
	// Decode returns the text of tokens without special tokens. Bytes that are
	// not UTF-8, which a model may well produce, come through unchanged.
	Decode(tokens []int) (string, error)
	// NewDecoder returns a decoder for one sequence, token by token.
	NewDecoder() *Decoder
	// Vocab returns the number of tokens, the largest one plus 1.
	Vocab() int
}

// Load returns the tokenizer of a checkpoint whose model has vocab tokens: that
// of tokenizer.json if the file exists, else the byte tokenizer if vocab is 256.
func Load(fsys fs.FS, vocab int) (Tokenizer, error) {
	data, err := fs.ReadFile(fsys, FileName)
	switch {
	case errors.Is(err, fs.ErrNotExist) && vocab == 256:
		return Bytes{}, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("tokenizer: %s is missing, want it for a vocabulary of %d tokens (256 are bytes)", FileName, vocab)
	case err != nil:
		return nil, fmt.Errorf("tokenizer: %w", err)
	}
	b, err := ParseBPE(FileName, data)
	if err != nil {
		return nil, err
	}
	if b.Vocab() > vocab {
		return nil, fmt.Errorf("tokenizer: %s has tokens up to %d, want at most %d, the last of the model", FileName, b.Vocab()-1, vocab-1)
	}
	return b, nil
}

// ByteLen returns the number of bytes of text that tokens[1:] stand for, the
// text that a model predicts from the first token on.
func ByteLen(t Tokenizer, tokens []int) (int, error) {
	whole, err := t.Decode(tokens)
	if err != nil {
		return 0, err
	}
	first, err := t.Decode(tokens[:min(1, len(tokens))])
	if err != nil {
		return 0, err
	}
	return len(whole) - len(first), nil
}
