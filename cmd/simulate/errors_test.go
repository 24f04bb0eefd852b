package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary/opticks"
	"lockstep/ternary/ternip"
)

// simulate runs one command line.
func simulate(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, log bytes.Buffer
	code = run(context.Background(), args, &out, &log)
	return code, out.String(), log.String()
}

// checkpoint copies the shipped model, with changes to some of its files.
func checkpoint(t *testing.T, change map[string]func([]byte) []byte) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"config.json", "model.safetensors"} {
		file, err := opticks.FS().Open(name)
		require.NoError(t, err)
		var b bytes.Buffer
		_, err = b.ReadFrom(file)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		data := b.Bytes()
		if f := change[name]; f != nil {
			data = f(data)
		}
		if data != nil {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o644))
		}
	}
	for name, f := range change {
		if name != "config.json" && name != "model.safetensors" {
			require.NoError(t, os.WriteFile(filepath.Join(dir, name), f(nil), 0o644))
		}
	}
	return dir
}

func replace(from, to string) func([]byte) []byte {
	return func(b []byte) []byte { return bytes.Replace(b, []byte(from), []byte(to), 1) }
}

func text(s string) func([]byte) []byte { return func([]byte) []byte { return []byte(s) } }

func writeTemp(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
	return path
}

// temporary matches the folders that the table makes.
var temporary = regexp.MustCompile(regexp.QuoteMeta(os.TempDir()) + `/TestErrors\d+/\d+`)

// A refused command line says on stderr what is and what was wanted, prints
// nothing on stdout, and exits with 2 if the command line is wrong, 1 if what
// it names is.
func TestErrors(t *testing.T) {
	ck := func(name string, f func([]byte) []byte) []string {
		return []string{"run", "ternary", "--tokens", "1", "--checkpoint", checkpoint(t, map[string]func([]byte) []byte{name: f})}
	}
	config := func(content string) []string {
		return []string{"run", "ternary", "--tokens", "1", "--config", writeTemp(t, "core.yaml", content)}
	}
	tern := func(args ...string) []string { return append([]string{"run", "ternary"}, args...) }
	missing := filepath.Join(t.TempDir(), "missing")
	for _, tt := range []struct {
		name string
		args []string
		code int
		want string
	}{
		{"no command", nil, 2, "no command; see simulate --help"},
		{"unknown command", []string{"simulat"}, 2, `unknown command "simulat" for "simulate"`},
		{"no system", []string{"run"}, 2, "run: no system; want one of: gemm, he, ternary"},
		{"unknown system", []string{"run", "quantum"}, 2, `run: system is "quantum", want one of: gemm, he, ternary`},
		{"unknown flag", tern("--promt", "x"), 2, "unknown flag: --promt"},
		{"extra argument", tern("The Rays"), 2, `unknown command "The Rays" for "simulate run ternary"`},
		{"tokens not a number", tern("--tokens", "many"), 2, `invalid argument "many" for "--tokens" flag: strconv.ParseInt: parsing "many": invalid syntax`},
		{"tokens zero", tern("--tokens", "0"), 2, "run ternary: --tokens is 0, want 1 to 1048576"},
		{"tokens negative", tern("--tokens", "-3"), 2, "run ternary: --tokens is -3, want 1 to 1048576"},
		{"empty prompt", tern("--prompt", ""), 2, "run ternary: --prompt is empty, want at least one token"},
		{"unknown model", tern("--model", "double"), 2, `run ternary: --model is "double", want fixed or float`},
		{"float with machine", tern("--model", "float", "--set", "TP=32"), 2, "run ternary: --model float has no machine; leave out --machine, --config, --set, --trace and --timing-only"},
		{"unknown preset", tern("--preset", "gpt"), 2, `run ternary: --preset: ternary: preset is "gpt", want one of mmfree-1.3b, mmfree-2.7b, mmfree-370m, opticks`},
		{"preset without weights", tern("--preset", "mmfree-370m", "--model", "float"), 2, "run ternary: preset mmfree-370m has no weights; name a --checkpoint for --model float"},
		{"preset and checkpoint", tern("--preset", "opticks", "--checkpoint", "x"), 2, "run ternary: --checkpoint and --preset both name a model, want one of them"},
		{"eval and prompt", tern("--eval", "f", "--prompt", "x"), 2, "run ternary: --eval scores a file with both golden models; leave out --prompt, --tokens, --model, --trace and --timing-only"},
		{"unknown machine", tern("--machine", "tpu"), 2, `run ternary: --machine: core: machine is "tpu", want one of lockstep, ternip, kria, paper-d5005, ternip-u250, ternip-u250-rtl`},
		{"temperature", tern("--temperature", "-1"), 2, "run ternary: ternary: Temperature is -1, want a finite number from 0"},
		{"top-k", tern("--top-k", "-1"), 2, "run ternary: ternary: TopK is -1, want 0 (all) or more"},
		{"top-p", tern("--top-p", "1.5"), 2, "run ternary: ternary: TopP is 1.5, want a number in (0, 1]"},
		{"program for another machine", tern("--program", "p"), 2, "run ternary: --program is for --machine ternip, not lockstep, which compiles its own"},
		{"ternip without program", tern("--machine", "ternip"), 2, "run ternary: --machine ternip runs a program; name one with --program"},
		{"ternip with prompt", tern("--machine", "ternip", "--program", "p", "--prompt", "x"), 2, "run ternary: --machine ternip times a program; leave out --prompt, --tokens, --checkpoint, --preset, --model, --eval and --timing-only"},
		{"ternip missing program", tern("--machine", "ternip", "--program", missing), 1, "run ternary: --program: open DIR/missing: no such file or directory"},
		{"ternip bad program", tern("--machine", "ternip", "--program", writeTemp(t, "p.txt", "LDV 0 100\nHALT\n")), 1, `ternip: DIR/p.txt:2: unknown mnemonic "HALT", want one of LDV SV ADD SUB MUL SIG CSIG SILU CLEAR ACC FIN NORM IMPORT GO EXPORT SYNC`},
		{"ternip unknown key", tern("--machine", "ternip", "--program", "p", "--set", "lanes=3"), 2, "ternip: --set lanes=3: unknown key \"lanes\", want one of " + strings.Join(ternip.Keys(), ", ")},
		{"board with settings", tern("--machine", "kria", "--set", "TP=3"), 2, "run ternary: --machine kria is a published board, timed as published; leave out --set"},
		{"set without value", tern("--set", "TP"), 2, `core: --set "TP", want key=value`},
		{"set unknown key", tern("--set", "lanes=4"), 2, "core: --set lanes: unknown key, want one of clock_hz, TP, VP, vector_registers, scalar_registers, operand_buffers, matrix_queue, vector_ports, batch, cores, zero_skip, packing, lat, eff, weight_beat_bytes, vector_beat_bytes"},
		{"set wrong type", tern("--set", "TP=wide"), 2, "core: --set TP=wide: TP is wide, want an integer"},
		{"set out of range", tern("--set", "TP=48"), 2, "core: TP is 48, want a power of two"},
		{"set efficiency", tern("--set", "eff=2"), 2, `core: --set eff=2: eff is "2", want a number in (0, 1] of at most 4 decimals or a fraction such as 1/3`},
		{"config missing", tern("--config", missing), 1, "run ternary: --config: open DIR/missing: no such file or directory"},
		{"config empty", config(""), 1, "core: DIR/core.yaml: file is empty, want a configuration"},
		{"config unknown key", config("TP: 32\nTPP: 3\n"), 1, `core: DIR/core.yaml: [2:1] unknown field "TPP"`},
		{"config duplicate key", config("TP: 32\nTP: 3\n"), 1, `core: DIR/core.yaml: [2:1] mapping key "TP" already defined at [1:1]`},
		{"config wrong type", config("TP: wide\n"), 1, "core: DIR/core.yaml: [1:5] TP is wide, want an integer"},
		{"config syntax", config("TP: [\n"), 1, "core: DIR/core.yaml: [1:5] sequence end token ']' not found"},
		{"config out of range", config("VP: 65\n"), 1, "run ternary: --config DIR/core.yaml: core: VP is 65, want 1 to 64"},
		{"eval missing", tern("--eval", missing), 1, "run ternary: --eval: open DIR/missing: no such file or directory"},
		{"eval empty", tern("--eval", writeTemp(t, "text", "")), 1, "run ternary: --eval DIR/text has 0 tokens, want at least 2"},
		{"trace in no folder", tern("--trace", filepath.Join(missing, "t.json")), 1, "run ternary: --trace: open DIR/missing/t.json: no such file or directory"},
		{"checkpoint missing", tern("--checkpoint", missing), 1, "ternary: checkpoint: stat DIR/missing: no such file or directory"},
		{"checkpoint without config", ck("config.json", func([]byte) []byte { return nil }), 1, "ternary: DIR: open config.json: no such file or directory"},
		{"checkpoint config syntax", ck("config.json", text("{")), 1, "ternary: DIR: config.json: line 1, column 1: unexpected end of JSON input"},
		{"checkpoint of another model", ck("config.json", replace(`"hgrn_bit"`, `"llama"`)), 1, `ternary: DIR: config.json: model_type is "llama", want "hgrn_bit"`},
		{"checkpoint wrong shape", ck("config.json", replace(`"hidden_size": 256`, `"hidden_size": 128`)), 1, "ternary: DIR: model.safetensors: tensor model.embeddings.weight: shape is [256 256], want [256 128]"},
		{"checkpoint short convolution", ck("config.json", replace(`"use_short_conv": false`, `"use_short_conv": true`)), 1, "ternary: DIR: config.json: use_short_conv is true, want false"},
		{"checkpoint without weights", ck("model.safetensors", func([]byte) []byte { return nil }), 1, "ternary: DIR: safetensors: model.safetensors is missing, want it or model.safetensors.index.json: file does not exist"},
		{"checkpoint truncated", ck("model.safetensors", func(b []byte) []byte { return b[:len(b)-1] }), 1, "ternary: DIR: safetensors: model.safetensors: tensor lm_head.norm.weight: data_offsets end at 7103488, want at most the 7103487 data bytes of the file"},
		{"checkpoint empty file", ck("model.safetensors", text("")), 1, "ternary: DIR: safetensors: model.safetensors: file has 0 bytes, want at least the 8 of the header length"},
		{"checkpoint lying header", ck("model.safetensors", func(b []byte) []byte {
			binary.LittleEndian.PutUint64(b, 1<<60)
			return b
		}), 1, "ternary: DIR: safetensors: model.safetensors: header length is 1152921504606846976, want at most 100000000"},
		{"checkpoint missing tensor", ck("model.safetensors", replace("lm_head.norm.weight", "lm_head.nome.weight")), 1, "ternary: DIR: safetensors: model.safetensors: tensor lm_head.norm.weight is missing; want shape [256] of F32, F16 or BF16"},
		{"checkpoint unknown type", ck("model.safetensors", replace(`"F16"`, `"F17"`)), 1, `ternary: DIR: safetensors: model.safetensors: tensor model.lower_bounds: dtype is "F17", want one of BF16, BOOL, F16, F32, F64, F8_E4M3, F8_E5M2, I16, I32, I64, I8, U16, U32, U64, U8`},
		{"tokenizer corrupt", ck("tokenizer.json", text("{}")), 1, "run ternary: --checkpoint DIR: tokenizer: tokenizer.json: model is missing"},
		{"cosim no unit", []string{"cosim", "--unit", "nosuch"}, 2, `--unit "nosuch" matches no unit; see simulate list`},
		{"cosim bad expression", []string{"cosim", "--unit", "("}, 2, "--unit: error parsing regexp: missing closing ): `(`"},
		{"cosim frames", []string{"cosim", "--frames", "0"}, 2, "cosim: --frames is 0, want 1 to 1048576"},
		{"cosim jobs", []string{"cosim", "--jobs", "0"}, 2, "cosim: --jobs is 0, want 1 to 256"},
		{"rtl both", []string{"rtl", "--out", "a", "--check", "b"}, 2, "rtl: --out and --check both name a folder, want one of them"},
		{"rtl stale", []string{"rtl", "--unit", "dot_l1_", "--check", missing}, 1, "rtl: 1 of 1 files are not what the units generate; run: simulate rtl --out DIR/missing"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := simulate(t, tt.args...)
			require.Equal(t, tt.code, code, stderr)
			first, _, _ := strings.Cut(temporary.ReplaceAllString(stderr, "DIR"), "\n")
			require.Equal(t, "simulate: "+tt.want, first)
			if tt.name != "rtl stale" {
				require.Empty(t, stdout)
			}
		})
	}
}
