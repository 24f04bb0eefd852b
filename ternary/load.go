package ternary

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"

	"lockstep/ternary/safetensors"
)

// LoadDir loads the checkpoint in a directory; see Load.
func LoadDir(dir string) (*Weights, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("ternary: checkpoint: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("ternary: checkpoint: %s is a file, want a directory", dir)
	}
	w, err := load(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("ternary: %s: %w", dir, err)
	}
	return w, nil
}

// Load reads a checkpoint in the format of the published models: config.json
// and model.safetensors, or shards with model.safetensors.index.json. Latent
// weights are ternarised as they are read; of one tensor at most 2^14 elements
// are in memory besides the result. Every tensor of the model must be there
// with its shape and finite elements, and no other.
func Load(fsys fs.FS) (*Weights, error) {
	w, err := load(fsys)
	if err != nil {
		return nil, fmt.Errorf("ternary: %w", err)
	}
	return w, nil
}

func load(fsys fs.FS) (*Weights, error) {
	shape, err := loadConfig(fsys)
	if err != nil {
		return nil, err
	}
	set, err := safetensors.OpenFS(fsys)
	if err != nil {
		return nil, err
	}
	l := &loader{set: set, left: map[string]bool{}}
	for _, name := range set.Names() {
		l.left[name] = true
	}
	w := l.weights(shape)
	if err := set.Close(); err != nil && l.err == nil {
		return nil, err
	}
	return w, l.err
}

// A loader reads tensors by name and keeps the first error; after one it
// returns zero values.
type loader struct {
	set  *safetensors.Set
	left map[string]bool // tensors not asked for yet
	err  error
}

func (l *loader) weights(s Shape) *Weights {
	w := &Weights{Shape: s}
	w.Embedding = l.vector("model.embeddings.weight", s.Vocab, s.Hidden)
	bounds := l.vector("model.lower_bounds", s.Layers, s.Hidden)
	for k := range s.Layers {
		w.Layers = append(w.Layers, l.layer(fmt.Sprintf("model.layers.%d.", k), s))
		if l.err != nil {
			return nil
		}
	}
	w.FinalNorm = l.vector("model.norm.weight", s.Hidden)
	w.Head = l.bitLinear("lm_head", s.Vocab, s.Hidden)
	if l.err == nil && len(l.left) > 0 {
		name := slices.Min(slices.Collect(maps.Keys(l.left)))
		l.fail(name, errors.New("tensor is not part of the model, want it absent"))
	}
	if l.err != nil {
		return nil
	}
	setLowerBounds(w.Layers, bounds)
	return w
}

func (l *loader) layer(prefix string, s Shape) Layer {
	h, i := s.Hidden, s.Intermediate
	return Layer{
		AttnNorm: l.vector(prefix+"attn_norm.weight", h),
		MLPNorm:  l.vector(prefix+"mlp_norm.weight", h),
		GNorm:    l.vector(prefix+"attn.g_norm.weight", h),
		I:        l.bitLinear(prefix+"attn.i_proj", h, h),
		F:        l.bitLinear(prefix+"attn.f_proj", h, h),
		G:        l.bitLinear(prefix+"attn.g_proj", h, h),
		O:        l.bitLinear(prefix+"attn.o_proj", h, h),
		GateUp:   l.bitLinear(prefix+"mlp.gate_proj", 2*i, h),
		Down:     l.bitLinear(prefix+"mlp.down_proj", h, i),
	}
}

func (l *loader) bitLinear(prefix string, rows, cols int) BitLinear {
	b := BitLinear{Norm: l.vector(prefix+".norm.weight", cols)}
	name := prefix + ".weight"
	if !l.expect(name, rows, cols) {
		return b
	}
	var err error
	b.Weight, err = ternarise(rows, cols, func(first int, dst []float32) error {
		return l.set.ReadElements(name, first, dst)
	})
	if err != nil {
		l.fail(name, err)
	}
	return b
}

// vector reads a whole tensor of the given shape, row-major.
func (l *loader) vector(name string, shape ...int) []float32 {
	if !l.expect(name, shape...) {
		return nil
	}
	n := 1
	for _, d := range shape {
		n *= d
	}
	dst := make([]float32, n)
	if err := l.set.Read(name, dst); err != nil {
		l.fail(name, err)
		return nil
	}
	for i, v := range dst {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			l.fail(name, fmt.Errorf("element %d is %v, want a finite number", i, v))
			return nil
		}
	}
	return dst
}

// expect checks name, shape and type of a tensor before memory is taken for it.
func (l *loader) expect(name string, shape ...int) bool {
	if l.err != nil {
		return false
	}
	t, err := l.set.Tensor(name)
	if err != nil {
		l.err = fmt.Errorf("%w; want shape %v of F32, F16 or BF16", err, shape)
		return false
	}
	delete(l.left, name)
	switch {
	case !slices.Equal(t.Shape, shape):
		l.fail(name, fmt.Errorf("shape is %v, want %v", t.Shape, shape))
	case t.DType != safetensors.F32 && t.DType != safetensors.F16 && t.DType != safetensors.BF16:
		l.fail(name, fmt.Errorf("dtype is %s, want F32, F16 or BF16", t.DType))
	}
	return l.err == nil
}

// fail records err with the file and the name of the tensor.
func (l *loader) fail(name string, err error) {
	file := ""
	if f, openErr := l.set.File(name); openErr == nil {
		file = f.Name()
	}
	l.err = fmt.Errorf("%s: tensor %s: %w", file, name, err)
}

// setLowerBounds computes LowerBound of every layer from the latent bounds
// [len(layers)*H]: the cumulative sum of the softmax over the layers, less row
// 0. Sums are float64; the result is rounded to float32 and stays below 1.
func setLowerBounds(layers []Layer, bounds []float32) {
	h := len(bounds) / len(layers)
	for k := range layers {
		layers[k].LowerBound = make([]float32, h)
	}
	below1 := math.Nextafter32(1, 0)
	for c := range h {
		top, sum := math.Inf(-1), 0.0
		for k := range layers {
			top = max(top, float64(bounds[k*h+c]))
		}
		for k := range layers {
			sum += math.Exp(float64(bounds[k*h+c]) - top)
		}
		total := 0.0
		for k := 1; k < len(layers); k++ {
			total += math.Exp(float64(bounds[k*h+c])-top) / sum
			layers[k].LowerBound[c] = min(float32(total), below1)
		}
	}
}
