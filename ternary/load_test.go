package ternary

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// tensor is one tensor of a checkpoint that a test writes.
type tensor struct {
	dtype  string
	shape  []int
	values []float32
}

var tiny = Shape{Layers: 2, Hidden: 5, Intermediate: 3, Vocab: 7, NormEps: 1e-6}

// names lists the tensors of a checkpoint with their shapes, as published.
func names(s Shape) map[string][]int {
	h, i := s.Hidden, s.Intermediate
	shapes := map[string][]int{
		"model.embeddings.weight": {s.Vocab, h}, "model.lower_bounds": {s.Layers, h}, "model.norm.weight": {h},
		"lm_head.weight": {s.Vocab, h}, "lm_head.norm.weight": {h},
	}
	for l := range s.Layers {
		p := fmt.Sprintf("model.layers.%d.", l)
		for _, name := range []string{"attn_norm.weight", "mlp_norm.weight", "attn.g_norm.weight"} {
			shapes[p+name] = []int{h}
		}
		for _, name := range []string{"i", "f", "g", "o"} {
			shapes[p+"attn."+name+"_proj.weight"] = []int{h, h}
			shapes[p+"attn."+name+"_proj.norm.weight"] = []int{h}
		}
		shapes[p+"mlp.gate_proj.weight"], shapes[p+"mlp.gate_proj.norm.weight"] = []int{2 * i, h}, []int{h}
		shapes[p+"mlp.down_proj.weight"], shapes[p+"mlp.down_proj.norm.weight"] = []int{h, i}, []int{i}
	}
	return shapes
}

// checkpoint returns tensors with values that differ between all elements and
// survive BF16 and F16.
func checkpoint(s Shape, dtype string) map[string]tensor {
	tensors := map[string]tensor{}
	next := 0
	shapes := names(s)
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		n := 1
		for _, d := range shapes[name] {
			n *= d
		}
		t := tensor{dtype, shapes[name], make([]float32, n)}
		for i := range t.values {
			next++
			t.values[i] = float32(next%127-63) / 64
		}
		tensors[name] = t
	}
	return tensors
}

// safetensorsFile writes tensors in the order of their names.
func safetensorsFile(tensors map[string]tensor) []byte {
	header := map[string]any{}
	var data []byte
	for _, name := range slices.Sorted(maps.Keys(tensors)) {
		t := tensors[name]
		begin := len(data)
		for _, v := range t.values {
			bits := math.Float32bits(v)
			switch t.dtype {
			case "F32":
				data = binary.LittleEndian.AppendUint32(data, bits)
			case "BF16":
				data = binary.LittleEndian.AppendUint16(data, uint16(bits>>16))
			case "F16": // exact for the values of checkpoint
				half := uint16(bits >> 16 & 0x8000)
				if v != 0 {
					half |= uint16((bits>>23&0xff)-112)<<10 | uint16(bits>>13&0x3ff)
				}
				data = binary.LittleEndian.AppendUint16(data, half)
			case "I8":
				data = append(data, byte(int8(v)))
			}
		}
		header[name] = map[string]any{"dtype": t.dtype, "shape": t.shape, "data_offsets": []int{begin, len(data)}}
	}
	h, err := json.Marshal(header)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	return slices.Concat(binary.LittleEndian.AppendUint64(nil, uint64(len(h))), h, data)
}

func configFile(s Shape) string {
	return fmt.Sprintf(`{"model_type":"hgrn_bit","vocab_size":%d,"hidden_size":%d,"num_hidden_layers":%d,"intermediate_size":%d,"rms_norm_eps":%v}`,
		s.Vocab, s.Hidden, s.Layers, s.Intermediate, s.NormEps)
}

func directory(s Shape, tensors map[string]tensor) fstest.MapFS {
	return fstest.MapFS{
		"config.json":       {Data: []byte(configFile(s))},
		"model.safetensors": {Data: safetensorsFile(tensors)},
	}
}

// TestLoad checks every part of a model against the tensors it comes from.
func TestLoad(t *testing.T) {
	for _, dtype := range []string{"F32", "F16", "BF16"} {
		tensors := checkpoint(tiny, dtype)
		w, err := Load(directory(tiny, tensors))
		require.NoError(t, err)
		require.NoError(t, w.Validate())
		require.Equal(t, tiny, w.Shape)
		vector := func(name string, got []float32) { require.Equal(t, tensors[name].values, got, name) }
		linear := func(prefix string, b BitLinear) {
			vector(prefix+".norm.weight", b.Norm)
			latent := tensors[prefix+".weight"]
			want, err := Ternarise(latent.shape[0], latent.shape[1], slice(latent.values))
			require.NoError(t, err)
			require.Equal(t, want, b.Weight, prefix)
		}
		vector("model.embeddings.weight", w.Embedding)
		vector("model.norm.weight", w.FinalNorm)
		linear("lm_head", w.Head)
		for k, l := range w.Layers {
			p := fmt.Sprintf("model.layers.%d.", k)
			vector(p+"attn_norm.weight", l.AttnNorm)
			vector(p+"mlp_norm.weight", l.MLPNorm)
			vector(p+"attn.g_norm.weight", l.GNorm)
			linear(p+"attn.i_proj", l.I)
			linear(p+"attn.f_proj", l.F)
			linear(p+"attn.g_proj", l.G)
			linear(p+"attn.o_proj", l.O)
			linear(p+"mlp.gate_proj", l.GateUp)
			linear(p+"mlp.down_proj", l.Down)
		}
		bounds := tensors["model.lower_bounds"].values
		for c := range tiny.Hidden { // two layers: softmax is a sigmoid
			a, b := float64(bounds[c]), float64(bounds[tiny.Hidden+c])
			require.Zero(t, w.Layers[0].LowerBound[c])
			require.InDelta(t, 1/(1+math.Exp(a-b)), w.Layers[1].LowerBound[c], 1e-7)
		}
	}
}

// TestLoadShards reads the same model from one file and from two shards, in a
// directory and in memory.
func TestLoadShards(t *testing.T) {
	tensors := checkpoint(tiny, "BF16")
	single := directory(tiny, tensors)
	want, err := Load(single)
	require.NoError(t, err)
	shards := [2]map[string]tensor{{}, {}}
	weights := map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(tensors)) {
		shards[i%2][name] = tensors[name]
		weights[name] = fmt.Sprintf("part%d.safetensors", i%2)
	}
	index, err := json.Marshal(map[string]any{"weight_map": weights})
	require.NoError(t, err)
	sharded := fstest.MapFS{"config.json": single["config.json"], "model.safetensors.index.json": {Data: index}}
	for i, shard := range shards {
		sharded[fmt.Sprintf("part%d.safetensors", i)] = &fstest.MapFile{Data: safetensorsFile(shard)}
	}
	got, err := Load(sharded)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, want.Fingerprint(), got.Fingerprint())
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, sharded))
	got, err = LoadDir(dir)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestLoadErrors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	set := func(name string, change func(*tensor)) func(map[string]tensor) {
		return func(m map[string]tensor) {
			t := m[name]
			t.values = slices.Clone(t.values)
			change(&t)
			m[name] = t
		}
	}
	remove := func(name string) func(map[string]tensor) { return func(m map[string]tensor) { delete(m, name) } }
	const at = "ternary: model.safetensors: tensor "
	for _, c := range []struct {
		change func(map[string]tensor)
		want   string
	}{
		{remove("model.norm.weight"), "ternary: safetensors: model.safetensors: tensor model.norm.weight is missing; want shape [5] of F32, F16 or BF16"},
		{remove("lm_head.weight"), "ternary: safetensors: model.safetensors: tensor lm_head.weight is missing; want shape [7 5] of F32, F16 or BF16"},
		{remove("model.layers.1.attn.g_norm.weight"), "ternary: safetensors: model.safetensors: tensor model.layers.1.attn.g_norm.weight is missing; want shape [5] of F32, F16 or BF16"},
		{set("model.embeddings.weight", func(t *tensor) { t.shape = []int{5, 7} }), at + "model.embeddings.weight: shape is [5 7], want [7 5]"},
		{set("model.layers.0.mlp.gate_proj.weight", func(t *tensor) { t.shape = []int{30} }), at + "model.layers.0.mlp.gate_proj.weight: shape is [30], want [6 5]"},
		{set("model.norm.weight", func(t *tensor) { t.dtype = "I8" }), at + "model.norm.weight: dtype is I8, want F32, F16 or BF16"},
		{set("model.layers.1.attn.o_proj.weight", func(t *tensor) { t.values[7] = nan }), at + "model.layers.1.attn.o_proj.weight: weight 7 is NaN, want a finite number"},
		{set("lm_head.weight", func(t *tensor) { t.values[0] = inf }), at + "lm_head.weight: weight 0 is +Inf, want a finite number"},
		{set("model.lower_bounds", func(t *tensor) { t.values[9] = -inf }), at + "model.lower_bounds: element 9 is -Inf, want a finite number"},
		{set("lm_head.norm.weight", func(t *tensor) { t.values[4] = nan }), at + "lm_head.norm.weight: element 4 is NaN, want a finite number"},
		{func(m map[string]tensor) { m["model.layers.2.attn_norm.weight"] = m["model.norm.weight"] },
			at + "model.layers.2.attn_norm.weight: tensor is not part of the model, want it absent"},
		{func(m map[string]tensor) { m["lm_head.bias"] = m["model.norm.weight"] }, at + "lm_head.bias: tensor is not part of the model, want it absent"},
	} {
		tensors := checkpoint(tiny, "F32")
		c.change(tensors)
		_, err := Load(directory(tiny, tensors))
		require.EqualError(t, err, c.want)
	}
	dir := directory(tiny, checkpoint(tiny, "F32"))
	dir["model.safetensors"].Data = dir["model.safetensors"].Data[:100]
	_, err := Load(dir)
	require.ErrorContains(t, err, "ternary: safetensors: model.safetensors: header length is ")
	delete(dir, "model.safetensors")
	_, err = Load(dir)
	require.EqualError(t, err, "ternary: safetensors: model.safetensors is missing, want it or model.safetensors.index.json: file does not exist")
	delete(dir, "config.json")
	_, err = Load(dir)
	require.EqualError(t, err, "ternary: open config.json: file does not exist")
}

func TestLoadDirErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x")
	_, err := LoadDir(file)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = LoadDir(file)
	require.EqualError(t, err, fmt.Sprintf("ternary: checkpoint: %s is a file, want a directory", file))
	_, err = LoadDir(dir)
	require.EqualError(t, err, "ternary: "+dir+": open config.json: no such file or directory")
}

// TestLyingConfig asks for the largest model: the check of shapes must come
// before any memory is taken.
func TestLyingConfig(t *testing.T) {
	s := Shape{Layers: MaxLayers, Hidden: MaxHidden, Intermediate: MaxIntermediate, Vocab: MaxVocab, NormEps: 1e-6}
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			_, err := Load(directory(s, checkpoint(tiny, "F32")))
			require.EqualError(b, err, "ternary: model.safetensors: tensor model.embeddings.weight: shape is [7 5], want [4194304 65536]")
		}
	})
	require.Less(t, result.AllocedBytesPerOp(), int64(1<<20))
}

func TestConfig(t *testing.T) {
	const required = `"model_type":"hgrn_bit","vocab_size":10,"hidden_size":1024,"num_hidden_layers":2`
	for _, c := range []struct {
		more string
		want Shape
	}{
		{``, Shape{2, 1024, 2816, 10, 1e-6}},
		{`,"intermediate_size":null,"hidden_ratio":null,"rms_norm_eps":null`, Shape{2, 1024, 2816, 10, 1e-6}},
		{`,"hidden_ratio":3`, Shape{2, 1024, 2048, 10, 1e-6}},
		{`,"intermediate_size":7,"rms_norm_eps":1e-5`, Shape{2, 1024, 7, 10, 1e-5}},
		{`,"num_heads":1,"expand_ratio":1,"hidden_act":"silu","use_short_conv":false,"use_lower_bound":true,"tie_word_embeddings":false,"torch_dtype":"float16"`,
			Shape{2, 1024, 2816, 10, 1e-6}},
	} {
		s, err := LoadConfig(fstest.MapFS{"config.json": {Data: []byte("{" + required + c.more + "}")}})
		require.NoError(t, err)
		require.Equal(t, c.want, s, c.more)
	}
	for _, c := range []struct{ text, want string }{
		{``, "line 1, column 1: unexpected end of JSON input"},
		{"{\n \"a\": 1,\n}", "line 3, column 1: invalid character '}' looking for beginning of object key string"},
		{`[]`, "file is a JSON array, want an object"},
		{`{}`, `model_type is missing, want "hgrn_bit"`},
		{`{"model_type":"llama"}`, `model_type is "llama", want "hgrn_bit"`},
		{`{"model_type":"hgrn_bit"}`, "vocab_size is missing, want a whole number"},
		{`{"model_type":"hgrn_bit","vocab_size":1}`, "hidden_size is missing, want a whole number"},
		{`{"model_type":"hgrn_bit","vocab_size":1,"hidden_size":1}`, "num_hidden_layers is missing, want a whole number"},
		{`{"model_type":"hgrn_bit","vocab_size":1,"hidden_size":-1,"num_hidden_layers":1}`, "Hidden is -1, want 1 to 65536"},
		{`{"model_type":"hgrn_bit","vocab_size":1,"hidden_size":9223372036854775807,"num_hidden_layers":1}`, "Hidden is 9223372036854775807, want 1 to 65536"},
		{`{"vocab_size":"many"}`, "vocab_size is a string, want type int"},
		{`{"vocab_size":1.5}`, "vocab_size is a number 1.5, want type int"},
		{"{" + required + `,"num_heads":2}`, "num_heads is 2, want 1"},
		{"{" + required + `,"expand_ratio":2}`, "expand_ratio is 2, want 1"},
		{"{" + required + `,"expand_ratio":0.5}`, "expand_ratio is 0.5, want 1"},
		{"{" + required + `,"hidden_act":"gelu"}`, `hidden_act is "gelu", want "swish" or "silu"`},
		{"{" + required + `,"use_short_conv":true}`, "use_short_conv is true, want false"},
		{"{" + required + `,"use_lower_bound":false}`, "use_lower_bound is false, want true"},
		{"{" + required + `,"tie_word_embeddings":true}`, "tie_word_embeddings is true, want false"},
		{"{" + required + `,"hidden_ratio":0}`, "hidden_ratio is 0, want 1 to 1024"},
		{"{" + required + `,"intermediate_size":0}`, "Intermediate is 0, want 1 to 262144"},
		{"{" + required + `,"rms_norm_eps":0}`, "NormEps is 0, want a number in (0, 1)"},
	} {
		_, err := LoadConfig(fstest.MapFS{"config.json": {Data: []byte(c.text)}})
		require.EqualError(t, err, "ternary: config.json: "+c.want, c.text)
	}
}

// TestLowerBounds compares with the definition: cumulative sums of a softmax
// over the layers, less row 0.
func TestLowerBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, h := rapid.IntRange(1, 6).Draw(t, "layers"), rapid.IntRange(1, 4).Draw(t, "hidden")
		bounds := rapid.SliceOfN(rapid.OneOf(rapid.Float32Range(-5, 5), rapid.Float32Range(-1e38, 1e38)), n*h, n*h).Draw(t, "bounds")
		layers := make([]Layer, n)
		setLowerBounds(layers, bounds)
		for c := range h {
			for k := range n {
				total := 0.0
				for j := 1; j <= k; j++ { // p[j] = 1 / sum over i of exp(b[i]-b[j])
					sum := 0.0
					for i := range n {
						sum += math.Exp(float64(bounds[i*h+c]) - float64(bounds[j*h+c]))
					}
					total += 1 / sum
				}
				got := layers[k].LowerBound[c]
				require.InDelta(t, total, got, 2e-7)
				require.True(t, got >= 0 && got < 1)
			}
		}
	})
}

func TestRandom(t *testing.T) {
	s := Shape{Layers: 2, Hidden: 64, Intermediate: 50, Vocab: 30, NormEps: 1e-6}
	a, err := Random(s, 7)
	require.NoError(t, err)
	require.NoError(t, a.Validate())
	b, err := Random(s, 7)
	require.NoError(t, err)
	require.Equal(t, a, b)
	other, err := Random(s, 8)
	require.NoError(t, err)
	require.NotEqual(t, a.Fingerprint(), other.Fingerprint())
	require.InDelta(t, 1.0/3, a.Layers[0].GateUp.Weight.Zeros(), 0.02)
	_, err = Random(Shape{}, 1)
	require.EqualError(t, err, "ternary: Layers is 0, want 1 to 4096")
}

// TestWeightsErrors damages a valid model in every kind of place.
func TestWeightsErrors(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range []struct {
		change func(*Weights)
		want   string
	}{
		{func(w *Weights) { w.Shape.Vocab = 0 }, "ternary: Vocab is 0, want 1 to 4194304"},
		{func(w *Weights) { w.Layers = w.Layers[1:] }, "ternary: model has 1 layers, want 2"},
		{func(w *Weights) { w.Embedding = nil }, "ternary: Embedding has 0 elements, want 35"},
		{func(w *Weights) { w.FinalNorm[4] = nan }, "ternary: FinalNorm[4] is NaN, want a finite number"},
		{func(w *Weights) { w.Head.Weight.Rows = 6 }, "ternary: Head.Weight is 6 by 5, want 7 by 5"},
		{func(w *Weights) { w.Layers[1].GNorm = w.Layers[1].GNorm[1:] }, "ternary: Layers[1].GNorm has 4 elements, want 5"},
		{func(w *Weights) { w.Layers[1].LowerBound[2] = 1 }, "ternary: Layers[1].LowerBound[2] is 1, want a number in [0, 1)"},
		{func(w *Weights) { w.Layers[0].LowerBound[2] = -0.5 }, "ternary: Layers[0].LowerBound[2] is -0.5, want a number in [0, 1)"},
		{func(w *Weights) { w.Layers[0].Down.Norm[2] = nan }, "ternary: Layers[0].Down.Norm[2] is NaN, want a finite number"},
		{func(w *Weights) { w.Layers[0].I.Weight.Codes[0] = 2 }, "Layers[0].I.Weight: ternary: row 0, byte 0 is 0x02: code 10, want 00, 01 or 11"},
	} {
		w, err := Random(tiny, 1)
		require.NoError(t, err)
		before := w.Fingerprint()
		c.change(w)
		require.EqualError(t, w.Validate(), c.want)
		require.NotEqual(t, before, w.Fingerprint(), strings.TrimPrefix(c.want, "ternary: "))
	}
}
