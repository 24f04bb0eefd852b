package tokenizer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A normaliser rewrites a section of text before it is split.
type normaliser struct {
	prepend  string // put before a section that is not empty
	old, new string // old is replaced by new if it is not empty
}

func (n normaliser) apply(section string) string {
	if section != "" {
		section = n.prepend + section
	}
	if n.old != "" {
		section = strings.ReplaceAll(section, n.old, n.new)
	}
	return section
}

// A splitter cuts a section into words. The zero value keeps it whole.
type splitter struct {
	kind        splitKind
	prefixSpace prefixRule
	regexp      bool   // byteLevel: cut into words as GPT-2 does
	cut         bool   // metaspace: cut before every mark
	mark        string // metaspace: what stands for a space
}

type splitKind int

const (
	whole     splitKind = iota
	byteLevel           // bytes as printable characters
	metaspace           // spaces as marks
)

// A prefixRule says which sections get a space in front.
type prefixRule int

const (
	never prefixRule = iota
	firstOnly
	always
)

// words returns the words of a section; first says that the text starts with it.
func (s splitter) words(section string, first bool) []string {
	if section == "" {
		return nil
	}
	prefix := s.prefixSpace == always || s.prefixSpace == firstOnly && first
	switch s.kind {
	case byteLevel:
		if prefix && !strings.HasPrefix(section, " ") {
			section = " " + section
		}
		words := []string{section}
		if s.regexp {
			words = splitGPT2(section)
		}
		for i, w := range words {
			words[i] = toAlphabet(w)
		}
		return words
	case metaspace:
		section = strings.ReplaceAll(section, " ", s.mark)
		if prefix && !strings.HasPrefix(section, s.mark) {
			section = s.mark + section
		}
		if s.cut {
			return splitBefore(section, s.mark)
		}
	}
	return []string{section}
}

// splitBefore cuts text before every mark.
func splitBefore(text, mark string) []string {
	var words []string
	for text != "" {
		n := strings.Index(text[min(1, len(text)):], mark) + 1
		if n == 0 {
			n = len(text)
		}
		words = append(words, text[:n])
		text = text[n:]
	}
	return words
}

// splitGPT2 cuts text as the expression of GPT-2 does:
//
//	's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
//
// It is written out because regexp has no look-ahead.
func splitGPT2(text string) []string {
	var words []string
	for text != "" {
		n := wordGPT2(text)
		words = append(words, text[:n])
		text = text[n:]
	}
	return words
}

// wordGPT2 returns the length in bytes of the first word of text, at least 1.
func wordGPT2(text string) int {
	for _, c := range [...]string{"'s", "'t", "'re", "'ve", "'m", "'ll", "'d"} {
		if strings.HasPrefix(text, c) {
			return len(c)
		}
	}
	rest := strings.TrimPrefix(text, " ")
	for _, class := range [...]func(rune) bool{unicode.IsLetter, unicode.IsNumber, isOther} {
		if n := run(rest, class); n > 0 {
			return len(text) - len(rest) + n
		}
	}
	// White space: all of it at the end of the text; before a word, all but the
	// last character, which may belong to that word.
	n := run(text, unicode.IsSpace)
	if n < len(text) {
		if _, last := utf8.DecodeLastRuneInString(text[:n]); last < n {
			return n - last
		}
	}
	return n
}

func isOther(r rune) bool {
	return !unicode.IsSpace(r) && !unicode.IsLetter(r) && !unicode.IsNumber(r)
}

// run returns the length in bytes of the longest start of text in a class.
func run(text string, class func(rune) bool) int {
	for i, r := range text {
		if !class(r) {
			return i
		}
	}
	return len(text)
}

// alphabet maps every byte to the printable character that GPT-2 writes for it:
// itself if it is printable in Latin-1, else the next of U+0100 and up.
var alphabet, alphabetByte = func() ([256]rune, map[rune]byte) {
	var runes [256]rune
	bytes := map[rune]byte{}
	other := rune(0x100)
	for b := range runes {
		r := rune(b)
		if !(r >= '!' && r <= '~' || r >= '¡' && r <= '¬' || r >= '®' && r <= 'ÿ') {
			r = other
			other++
		}
		runes[b] = r
		bytes[r] = byte(b)
	}
	return runes, bytes
}()

func toAlphabet(text string) string {
	var out strings.Builder
	for i := range len(text) {
		out.WriteRune(alphabet[text[i]])
	}
	return out.String()
}

// fromAlphabet inverts toAlphabet; ok is false if a character is not in it.
func fromAlphabet(text string) (bytes string, ok bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		b, ok := alphabetByte[r]
		if !ok {
			return "", false
		}
		out = append(out, b)
	}
	return string(out), true
}
