package tokenizer

import (
	"strings"
	"unicode/utf8"
)

// A source knows the text of single tokens.
type source interface {
	// piece returns the bytes of a token, none for a special token.
	piece(token int) (string, error)
	// strip returns the byte that is removed from the start of a text and how
	// often at most.
	strip() (byte, int)
}

// A Decoder turns the tokens of one sequence into text as they come. The texts
// it returns, joined, are what Decode returns for all the tokens.
type Decoder struct {
	source   source
	pending  []byte // the start of a rune whose end has not come yet
	begun    bool   // bytes have come that strip does not remove
	stripped int
}

// Next takes the next token and returns the text that is complete with it: it
// never ends inside a rune. The result may be empty.
func (d *Decoder) Next(token int) (string, error) {
	piece, err := d.source.piece(token)
	if err != nil {
		return "", err
	}
	d.pending = append(d.pending, d.trim(piece)...)
	end := complete(d.pending)
	text := string(d.pending[:end])
	d.pending = append(d.pending[:0], d.pending[end:]...)
	return text, nil
}

// Flush returns the bytes that Next still holds back and readies the decoder
// for another sequence.
func (d *Decoder) Flush() string {
	rest := string(d.pending)
	d.pending, d.begun, d.stripped = d.pending[:0], false, 0
	return rest
}

// trim removes what strip asks for from the start of the sequence.
func (d *Decoder) trim(piece string) string {
	b, limit := d.source.strip()
	for !d.begun && piece != "" {
		if d.stripped == limit || piece[0] != b {
			d.begun = true
			break
		}
		piece = piece[1:]
		d.stripped++
	}
	return piece
}

// complete returns the length of b without a rune at its end that more bytes
// could complete.
func complete(b []byte) int {
	for i := len(b) - 1; i >= 0 && i >= len(b)-utf8.UTFMax+1; i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				return i
			}
			break
		}
	}
	return len(b)
}

// decode runs tokens through a fresh decoder.
func decode(s source, tokens []int) (string, error) {
	d := &Decoder{source: s}
	var text strings.Builder
	for _, token := range tokens {
		t, err := d.Next(token)
		if err != nil {
			return "", err
		}
		text.WriteString(t)
	}
	text.WriteString(d.Flush())
	return text.String(), nil
}
