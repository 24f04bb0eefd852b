package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lockstep/ternary"
	"lockstep/ternary/fixed"
	"lockstep/ternary/float"
	"lockstep/ternary/tokenizer"
)

// An evaluation scores one text with both golden models.
type evaluation struct {
	Model      string  `json:"model"`
	File       string  `json:"file"`
	Bytes      int     `json:"bytes"`
	Tokens     int     `json:"tokens"`
	Float      float64 `json:"float_bits_per_byte"`
	Fixed      float64 `json:"fixed_bits_per_byte"`
	Difference float64 `json:"relative_difference"` // fixed / float - 1
	Agreement  float64 `json:"greedy_agreement"`    // share of positions with the same most likely token
}

const maxEvalBytes = 64 << 20

func evaluate(cmd *cobra.Command, f ternaryFlags) error {
	m, err := f.load()
	if err != nil {
		return err
	}
	if m.weights == nil {
		return usagef("run ternary: preset %s has no weights; name a --checkpoint for --eval", m.name)
	}
	data, err := readLimited(f.eval, maxEvalBytes)
	if err != nil {
		return fmt.Errorf("run ternary: --eval: %w", err)
	}
	tokens, err := m.tok.Encode(string(data))
	if err != nil {
		return fmt.Errorf("run ternary: --eval %s: %w", f.eval, err)
	}
	if len(tokens) < 2 {
		return fmt.Errorf("run ternary: --eval %s has %d tokens, want at least 2", f.eval, len(tokens))
	}
	scored, err := tokenizer.ByteLen(m.tok, tokens)
	if err != nil {
		return fmt.Errorf("run ternary: --eval %s: %w", f.eval, err)
	}
	numbers, err := f.numbers.config()
	if err != nil {
		return err
	}
	golden, err := fixed.New(m.weights, numbers)
	if err != nil {
		return err
	}
	e := evaluation{Model: m.name, File: f.eval, Bytes: len(data), Tokens: len(tokens)}
	sessions := [2]ternary.Session{float.New(m.weights).NewSession(), golden.NewSession()}
	var scores [2]ternary.Score
	var errs [2]error
	var wg sync.WaitGroup
	for i, s := range sessions {
		wg.Go(func() { scores[i], errs[i] = ternary.Evaluate(cmd.Context(), s, tokens, scored) })
	}
	wg.Wait()
	if err := errors.Join(errs[:]...); err != nil {
		return err
	}
	e.Float, e.Fixed = scores[0].BitsPerByte, scores[1].BitsPerByte
	if e.Agreement, err = scores[0].Agreement(scores[1]); err != nil {
		return err
	}
	e.Difference = e.Fixed/e.Float - 1
	if err := e.print(cmd.OutOrStdout(), f.json); err != nil {
		return err
	}
	return f.html.write(cmd, e.document)
}

func (e evaluation) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(out, e)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "file\t%s, %d bytes, %d tokens\n", e.File, e.Bytes, e.Tokens)
	fmt.Fprintf(w, "float\t%.5f bits per byte\n", e.Float)
	fmt.Fprintf(w, "fixed\t%.5f bits per byte\t%+.3f %%\n", e.Fixed, 100*e.Difference)
	fmt.Fprintf(w, "greedy agreement\t%.2f %%\n", 100*e.Agreement)
	return w.Flush()
}
