package tokenizer

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// component is any normalizer, pre-tokenizer, post-processor or decoder; each
// type uses some of the keys.
type component struct {
	Type           string            `json:"type"`
	Normalizers    []json.RawMessage `json:"normalizers"`
	PreTokenizers  []json.RawMessage `json:"pretokenizers"`
	Processors     []json.RawMessage `json:"processors"`
	Decoders       []json.RawMessage `json:"decoders"`
	Prepend        string            `json:"prepend"`
	Pattern        map[string]string `json:"pattern"`
	Content        string            `json:"content"`
	Start          int               `json:"start"`
	Stop           int               `json:"stop"`
	AddPrefixSpace *bool             `json:"add_prefix_space"`
	UseRegex       *bool             `json:"use_regex"`
	Replacement    string            `json:"replacement"`
	PrependScheme  *string           `json:"prepend_scheme"`
	Split          *bool             `json:"split"`
	Single         []templatePiece   `json:"single"`
	SpecialTokens  map[string]struct {
		IDs []int `json:"ids"`
	} `json:"special_tokens"`
}

type templatePiece struct {
	SpecialToken *struct {
		ID string `json:"id"`
	} `json:"SpecialToken"`
	Sequence *struct {
		ID string `json:"id"`
	} `json:"Sequence"`
}

// readComponent returns nil for an absent or null component.
func readComponent(raw json.RawMessage) (*component, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	c := &component{}
	if err := json.Unmarshal(raw, c); err != nil {
		return nil, jsonError(err)
	}
	return c, nil
}

func readNormalizer(raw json.RawMessage) ([]normaliser, error) {
	c, err := readComponent(raw)
	if c == nil {
		return nil, err
	}
	switch c.Type {
	case "Prepend":
		return []normaliser{{prepend: c.Prepend}}, nil
	case "Replace":
		old, err := c.replaced()
		return []normaliser{{old: old, new: c.Content}}, err
	case "Sequence":
		var all []normaliser
		for _, part := range c.Normalizers {
			n, err := readNormalizer(part)
			if err != nil {
				return nil, err
			}
			all = append(all, n...)
		}
		return all, nil
	}
	return nil, fmt.Errorf("type is %q, want Prepend, Replace or Sequence", c.Type)
}

// replaced returns the text that a Replace looks for.
func (c *component) replaced() (string, error) {
	text := c.Pattern["String"]
	if len(c.Pattern) != 1 || text == "" {
		return "", errors.New("pattern of Replace is missing, empty or a Regex, want a String")
	}
	return text, nil
}

func readPreTokenizer(raw json.RawMessage) (splitter, error) {
	c, err := readComponent(raw)
	if c == nil {
		return splitter{}, err
	}
	switch c.Type {
	case "ByteLevel":
		s := splitter{kind: byteLevel, regexp: c.UseRegex == nil || *c.UseRegex, prefixSpace: always}
		if c.AddPrefixSpace != nil && !*c.AddPrefixSpace {
			s.prefixSpace = never
		}
		return s, nil
	case "Metaspace":
		rule, err := c.prefixRule()
		if err == nil && c.Replacement == "" {
			err = errors.New("replacement of Metaspace is empty, want a character")
		}
		return splitter{kind: metaspace, mark: c.Replacement, cut: c.Split == nil || *c.Split, prefixSpace: rule}, err
	case "Sequence":
		if len(c.PreTokenizers) == 1 {
			return readPreTokenizer(c.PreTokenizers[0])
		}
		return splitter{}, fmt.Errorf("a Sequence has %d pre-tokenizers, want 1", len(c.PreTokenizers))
	}
	return splitter{}, fmt.Errorf("type is %q, want ByteLevel or Metaspace", c.Type)
}

// prefixRule reads prepend_scheme, or add_prefix_space of older files.
func (c *component) prefixRule() (prefixRule, error) {
	if c.PrependScheme == nil {
		if c.AddPrefixSpace != nil && !*c.AddPrefixSpace {
			return never, nil
		}
		return always, nil
	}
	switch *c.PrependScheme {
	case "always":
		return always, nil
	case "first":
		return firstOnly, nil
	case "never":
		return never, nil
	}
	return never, fmt.Errorf("prepend_scheme is %q, want always, first or never", *c.PrependScheme)
}

// readPostProcessor returns the special tokens before and after a text.
func (b *BPE) readPostProcessor(raw json.RawMessage) (prefix, suffix []int, err error) {
	c, err := readComponent(raw)
	if c == nil {
		return nil, nil, err
	}
	switch c.Type {
	case "ByteLevel": // changes offsets only
		return nil, nil, nil
	case "TemplateProcessing":
		return b.template(c)
	case "Sequence":
		for _, part := range c.Processors {
			p, s, err := b.readPostProcessor(part)
			if err != nil {
				return nil, nil, err
			}
			prefix, suffix = append(p, prefix...), append(suffix, s...)
		}
		return prefix, suffix, nil
	}
	return nil, nil, fmt.Errorf("type is %q, want TemplateProcessing, ByteLevel or Sequence", c.Type)
}

// template reads the template of a single text: special tokens around one A.
func (b *BPE) template(c *component) (prefix, suffix []int, err error) {
	texts := 0
	for i, piece := range c.Single {
		switch {
		case piece.Sequence != nil && piece.Sequence.ID == "A":
			texts++
		case piece.SpecialToken != nil:
			special, ok := c.SpecialTokens[piece.SpecialToken.ID]
			if !ok {
				return nil, nil, fmt.Errorf("single: piece %d is %q, want one of special_tokens", i, piece.SpecialToken.ID)
			}
			for _, token := range special.IDs {
				if _, ok := b.texts[token]; !ok {
					return nil, nil, fmt.Errorf("special_tokens: %q is %d, want a token of the vocabulary", piece.SpecialToken.ID, token)
				}
			}
			if texts == 0 {
				prefix = append(prefix, special.IDs...)
			} else {
				suffix = append(suffix, special.IDs...)
			}
		default:
			return nil, nil, fmt.Errorf("single: piece %d is neither a SpecialToken nor the Sequence A, want one of them", i)
		}
	}
	if texts != 1 {
		return nil, nil, fmt.Errorf("single has the Sequence A %d times, want 1", texts)
	}
	return prefix, suffix, nil
}

// readDecoder returns the function from a token of the vocabulary to its bytes
// and sets stripStart.
func (b *BPE) readDecoder(raw json.RawMessage) (func(string) string, error) {
	c, err := readComponent(raw)
	if err != nil {
		return nil, err
	}
	if c == nil {
		return nil, errors.New("missing or null, want ByteLevel, Metaspace or Sequence")
	}
	switch c.Type {
	case "ByteLevel":
		return func(text string) string {
			if bytes, ok := fromAlphabet(text); ok {
				return bytes
			}
			return text
		}, nil
	case "Metaspace":
		rule, err := c.prefixRule()
		if err == nil && c.Replacement == "" {
			err = errors.New("replacement of Metaspace is empty, want a character")
		}
		if rule != never {
			b.stripStart = 1
		}
		return func(text string) string { return strings.ReplaceAll(text, c.Replacement, " ") }, err
	case "Sequence":
		return b.readDecoders(c.Decoders)
	}
	return nil, fmt.Errorf("type is %q, want ByteLevel, Metaspace or Sequence", c.Type)
}

// readDecoders reads the sequence of the Llama family: replacements, bytes for
// <0xNN>, all joined, spaces removed at the start.
func (b *BPE) readDecoders(list []json.RawMessage) (func(string) string, error) {
	var replace []normaliser
	bytes, fused := false, false
	for i, raw := range list {
		c, err := readComponent(raw)
		if err == nil && c == nil {
			err = errors.New("null, want a decoder")
		}
		if err != nil {
			return nil, fmt.Errorf("decoder %d: %w", i, err)
		}
		switch {
		case c.Type == "Replace" && !bytes && !fused:
			old, err := c.replaced()
			if err != nil {
				return nil, fmt.Errorf("decoder %d: %w", i, err)
			}
			replace = append(replace, normaliser{old: old, new: c.Content})
		case c.Type == "ByteFallback" && !fused:
			bytes = true
		case c.Type == "Fuse":
			fused = true
		case c.Type == "Strip" && fused:
			if c.Content != " " || c.Start < 0 || c.Stop != 0 {
				return nil, fmt.Errorf("decoder %d: Strip removes %q %d times at the start and %d at the end, want spaces at the start",
					i, c.Content, c.Start, c.Stop)
			}
			b.stripStart += c.Start
		default:
			return nil, fmt.Errorf("decoder %d: type is %q, want Replace, ByteFallback, Fuse, Strip in this order", i, c.Type)
		}
	}
	return func(text string) string {
		for _, n := range replace {
			text = n.apply(text)
		}
		if bytes && len(text) == 6 && strings.HasPrefix(text, "<0x") && text[5] == '>' {
			if b, err := hex.DecodeString(text[3:5]); err == nil {
				return string(b)
			}
		}
		return text
	}, nil
}
