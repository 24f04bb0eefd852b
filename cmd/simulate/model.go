package main

import (
	"fmt"
	"io"
	"os"

	"lockstep/sim"
	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/opticks"
	"lockstep/ternary/tokenizer"
)

// A languageModel is what the flags of run ternary name.
type languageModel struct {
	name    string
	shape   ternary.Shape
	weights *ternary.Weights // nil for a shape without weights
	tok     tokenizer.Tokenizer
}

func (f *ternaryFlags) load() (languageModel, error) {
	switch {
	case f.checkpoint != "":
		w, err := ternary.LoadDir(f.checkpoint)
		if err != nil {
			return languageModel{}, err
		}
		tok, err := tokenizer.Load(os.DirFS(f.checkpoint), w.Shape.Vocab)
		if err != nil {
			return languageModel{}, fmt.Errorf("run ternary: --checkpoint %s: %w", f.checkpoint, err)
		}
		return languageModel{f.checkpoint, w.Shape, w, tok}, nil
	case f.preset == "opticks":
		w, err := opticks.Load()
		if err != nil {
			return languageModel{}, err
		}
		return languageModel{f.preset, w.Shape, w, tokenizer.Bytes{}}, nil
	}
	s, err := ternary.Preset(f.preset)
	if err != nil {
		return languageModel{}, usageError{fmt.Errorf("run ternary: --preset: %w", err)}
	}
	return languageModel{name: f.preset, shape: s}, nil
}

// machine returns the event model of core c for the model, one that only counts
// cycles where there are no weights.
func (m languageModel) machine(c core.Config, numbers fixed.Config, tracer sim.Tracer) (*core.Machine, error) {
	o := core.Options{Numbers: numbers, Tracer: tracer}
	if m.weights == nil {
		return core.NewTiming(c, m.shape, o)
	}
	golden, err := fixed.New(m.weights, o.Numbers)
	if err != nil {
		return nil, err
	}
	return core.New(c, golden, o)
}

// readLimited reads a regular file of at most limit bytes.
func readLimited(name string, limit int64) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s has more than %d bytes, want at most that", name, limit)
	}
	return data, nil
}
