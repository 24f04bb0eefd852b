package tokenizer

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// maxToken bounds the numbers of tokens; far above any published vocabulary.
const maxToken = 1<<22 - 1

// readModel reads vocabulary and merges.
func (b *BPE) readModel(m *modelFile) error {
	switch {
	case m.Type != nil && *m.Type != "BPE":
		return fmt.Errorf(`type is %q, want "BPE"`, *m.Type)
	case m.Dropout != nil && *m.Dropout != 0:
		return fmt.Errorf("dropout is %v, want null or 0", *m.Dropout)
	case m.Prefix != nil && *m.Prefix != "":
		return fmt.Errorf("continuing_subword_prefix is %q, want none", *m.Prefix)
	case m.Suffix != nil && *m.Suffix != "":
		return fmt.Errorf("end_of_word_suffix is %q, want none", *m.Suffix)
	case m.IgnoreMerges:
		return errors.New("ignore_merges is true, want false")
	case len(m.Vocab) == 0:
		return errors.New("vocab is missing or empty, want an object of tokens")
	}
	b.fuse, b.fallback = m.FuseUnk, m.ByteFallback
	owner := map[int]string{}
	for _, text := range slices.Sorted(maps.Keys(m.Vocab)) {
		token := m.Vocab[text]
		if token < 0 || token > maxToken {
			return fmt.Errorf("vocab: %q is %d, want 0 to %d", text, token, maxToken)
		}
		if other, ok := owner[token]; ok {
			return fmt.Errorf("vocab: %q and %q are both %d, want different numbers", other, text, token)
		}
		owner[token] = text
		b.vocab[text] = token
		b.size = max(b.size, token+1)
	}
	if m.UnkToken != nil {
		token, ok := b.vocab[*m.UnkToken]
		if !ok {
			return fmt.Errorf("unk_token is %q, want a token of vocab", *m.UnkToken)
		}
		b.unknown = token
	}
	for rank, raw := range m.Merges {
		if err := b.readMerge(rank, raw); err != nil {
			return fmt.Errorf("merges: merge %d: %w", rank, err)
		}
	}
	return nil
}

// readMerge reads "left right" or ["left", "right"].
func (b *BPE) readMerge(rank int, raw json.RawMessage) error {
	var sides []string
	var line string
	if json.Unmarshal(raw, &line) == nil {
		sides = strings.Split(line, " ")
	} else if json.Unmarshal(raw, &sides) != nil {
		return fmt.Errorf(`%s found, want "left right" or ["left", "right"]`, raw)
	}
	if len(sides) != 2 {
		return fmt.Errorf("%s has %d sides, want 2", raw, len(sides))
	}
	var tokens [3]int
	for i, text := range []string{sides[0], sides[1], sides[0] + sides[1]} {
		token, ok := b.vocab[text]
		if !ok {
			return fmt.Errorf("%q is not in vocab, want both sides and their union there", text)
		}
		tokens[i] = token
	}
	key := pair{tokens[0], tokens[1]}
	if m, ok := b.merges[key]; ok {
		return fmt.Errorf("%q %q is merge %d already, want it once", sides[0], sides[1], m.rank)
	}
	b.merges[key] = merge{rank, tokens[2]}
	return nil
}

// readAdded adds one token, in vocab or beyond it.
func (b *BPE) readAdded(a addedFile) error {
	switch {
	case a.Content == "":
		return errors.New("content is empty, want text")
	case a.ID == nil || *a.ID < 0 || *a.ID > maxToken:
		return fmt.Errorf("%q: id is missing or outside 0 to %d", a.Content, maxToken)
	case a.SingleWord:
		return fmt.Errorf("%q: single_word is true, want false", a.Content)
	case a.LStrip:
		return fmt.Errorf("%q: lstrip is true, want false", a.Content)
	case a.RStrip:
		return fmt.Errorf("%q: rstrip is true, want false", a.Content)
	}
	token := *a.ID
	_, taken := b.texts[token]
	if own, ok := b.vocab[a.Content]; ok && own != token {
		return fmt.Errorf("%q: id is %d, want %d as in vocab", a.Content, token, own)
	} else if !ok && taken {
		return fmt.Errorf("%q: id is %d, want one that no other token has", a.Content, token)
	}
	b.vocab[a.Content] = token
	b.size = max(b.size, token+1)
	b.texts[token] = a.Content
	if a.Special {
		b.texts[token] = ""
	}
	list := &b.added[a.Content[0]]
	*list = append(*list, added{a.Content, token})
	slices.SortStableFunc(*list, func(x, y added) int { return cmp.Compare(len(y.content), len(x.content)) })
	return nil
}
