package tokenizer

import (
	"container/heap"
	"fmt"
	"strings"
	"unicode/utf8"
)

// BPE is a byte-pair encoding read from a tokenizer.json.
//
// Text is cut at the added tokens, which are found as written. What lies
// between is normalised, split into words, and each word starts as one token
// per character. Then the pair of neighbours with the lowest rank is merged,
// the leftmost first, until no pair has a rank.
//
// Source: the behaviour of the Hugging Face tokenizers library.
type BPE struct {
	vocab      map[string]int
	texts      map[int]string // bytes of a token, none for a special one
	size       int
	merges     map[pair]merge
	added      [256][]added // by first byte, longest first
	normalise  []normaliser
	split      splitter
	prefix     []int // special tokens before a text
	suffix     []int
	unknown    int // -1 if there is none
	fuse       bool
	fallback   bool
	stripStart int // spaces to remove at the start of a decoded text
}

type pair struct{ left, right int }

type merge struct{ rank, token int }

type added struct {
	content string
	token   int
}

// Vocab returns the largest token plus 1.
func (b *BPE) Vocab() int { return b.size }

// Decode returns the text of tokens. A token that the file does not define is
// an error.
func (b *BPE) Decode(tokens []int) (string, error) { return decode(b, tokens) }

// NewDecoder returns a decoder for one sequence.
func (b *BPE) NewDecoder() *Decoder { return &Decoder{source: b} }

func (b *BPE) piece(token int) (string, error) {
	text, ok := b.texts[token]
	if !ok {
		return "", fmt.Errorf("tokenizer: token is %d, want one of the vocabulary, 0 to %d", token, b.size-1)
	}
	return text, nil
}

func (b *BPE) strip() (byte, int) { return ' ', b.stripStart }

// Encode returns the tokens of text, which must be UTF-8. A character that is
// not in the vocabulary becomes its bytes if the file says so, else the unknown
// token, and is an error if there is none.
func (b *BPE) Encode(text string) ([]int, error) {
	for i, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[i:], "\uFFFD") {
			return nil, fmt.Errorf("tokenizer: byte %d of the text is %#02x, want UTF-8", i, text[i])
		}
	}
	tokens := append([]int(nil), b.prefix...)
	first := true
	for text != "" {
		at, token := b.nextAdded(text)
		section := text[:at]
		for _, n := range b.normalise {
			section = n.apply(section)
		}
		for _, word := range b.split.words(section, first) {
			symbols, err := b.symbols(word)
			if err != nil {
				return nil, err
			}
			tokens = append(tokens, b.merge(symbols)...)
		}
		if at < len(text) {
			tokens = append(tokens, token.token)
			at += len(token.content)
		}
		text = text[at:]
		first = false
	}
	return append(tokens, b.suffix...), nil
}

// nextAdded returns the place and the token of the leftmost added token, the
// longest of several at one place; the place is len(text) if there is none.
func (b *BPE) nextAdded(text string) (int, added) {
	for i := range len(text) {
		for _, a := range b.added[text[i]] {
			if strings.HasPrefix(text[i:], a.content) {
				return i, a
			}
		}
	}
	return len(text), added{}
}

// symbols returns one token per character of word.
func (b *BPE) symbols(word string) ([]int, error) {
	var tokens []int
	fused := false // the last token is an unknown that the next one may join
	for _, r := range word {
		char := string(r)
		if token, ok := b.vocab[char]; ok {
			tokens, fused = append(tokens, token), false
			continue
		}
		if bytes := b.byteTokens(char); bytes != nil {
			tokens, fused = append(tokens, bytes...), false
			continue
		}
		if b.unknown < 0 {
			return nil, fmt.Errorf("tokenizer: character %q is not in the vocabulary, want one that is or an unk_token", char)
		}
		if !fused {
			tokens = append(tokens, b.unknown)
		}
		fused = b.fuse
	}
	return tokens, nil
}

// byteTokens returns the tokens <0x00> to <0xFF> of the bytes of char, or nil
// if bytes do not stand in for characters or one of them has no token.
func (b *BPE) byteTokens(char string) []int {
	if !b.fallback {
		return nil
	}
	tokens := make([]int, len(char))
	for i := range len(char) {
		token, ok := b.vocab[fmt.Sprintf("<0x%02X>", char[i])]
		if !ok {
			return nil
		}
		tokens[i] = token
	}
	return tokens
}

// merge applies the merges to tokens, which it overwrites. The tokens form a
// doubly linked list over their first places; a heap holds the pairs that have
// a rank, some of which are stale by the time they are taken.
func (b *BPE) merge(tokens []int) []int {
	n := len(tokens)
	next, prev := make([]int, n), make([]int, n)
	for i := range n {
		next[i], prev[i] = i+1, i-1
	}
	var queue pairQueue
	push := func(left int) {
		if left < 0 || next[left] >= n {
			return
		}
		if m, ok := b.merges[pair{tokens[left], tokens[next[left]]}]; ok {
			heap.Push(&queue, place{m, left, next[left]})
		}
	}
	for i := range n {
		push(i)
	}
	for queue.Len() > 0 {
		p := heap.Pop(&queue).(place)
		if tokens[p.left] < 0 || next[p.left] != p.right {
			continue
		}
		if m, ok := b.merges[pair{tokens[p.left], tokens[p.right]}]; !ok || m != p.merge {
			continue
		}
		tokens[p.left], tokens[p.right] = p.merge.token, -1
		next[p.left] = next[p.right]
		if next[p.left] < n {
			prev[next[p.left]] = p.left
		}
		push(prev[p.left])
		push(p.left)
	}
	merged := tokens[:0]
	for i := 0; i < n; i = next[i] {
		merged = append(merged, tokens[i])
	}
	return merged
}

// A place is a pair of neighbours that can merge.
type place struct {
	merge       merge
	left, right int
}

// A pairQueue orders places by rank, then from left to right.
type pairQueue []place

func (q pairQueue) Len() int { return len(q) }
func (q pairQueue) Less(i, j int) bool {
	if q[i].merge.rank != q[j].merge.rank {
		return q[i].merge.rank < q[j].merge.rank
	}
	return q[i].left < q[j].left
}
func (q pairQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push implements heap.Interface.
func (q *pairQueue) Push(x any) { *q = append(*q, x.(place)) }

// Pop implements heap.Interface.
func (q *pairQueue) Pop() any {
	last := len(*q) - 1
	p := (*q)[last]
	*q = (*q)[:last]
	return p
}
