package tokenizer

import "fmt"

// Bytes is the tokenizer with one token per byte: token b is byte b. Any string
// survives Encode and Decode.
type Bytes struct{}

// Encode returns one token per byte. It never fails.
func (Bytes) Encode(text string) ([]int, error) {
	tokens := make([]int, len(text))
	for i := range len(text) {
		tokens[i] = int(text[i])
	}
	return tokens, nil
}

// Decode returns the bytes.
func (b Bytes) Decode(tokens []int) (string, error) { return decode(b, tokens) }

// NewDecoder returns a decoder for one sequence.
func (b Bytes) NewDecoder() *Decoder { return &Decoder{source: b} }

// Vocab returns 256.
func (Bytes) Vocab() int { return 256 }

func (Bytes) piece(token int) (string, error) {
	if token < 0 || token > 255 {
		return "", fmt.Errorf("tokenizer: token is %d, want 0 to 255", token)
	}
	return string([]byte{byte(token)}), nil
}

func (Bytes) strip() (byte, int) { return 0, 0 }
