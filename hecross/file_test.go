package hecross

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
)

func parse(text string) (*File, error) { return Parse(strings.NewReader(text), "f.json") }

// small is a valid file of n = 2 with more keys.
func small(keys string) string {
	return `{"n": 2, "q": [13, 17], "p": [29]` + keys + `}`
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		``:                                       "f.json: line 1 column 0: unexpected end of JSON input, want JSON",
		"{\n \"n\": 2,\n  ]":                     "f.json: line 3 column 3: invalid character ']' looking for beginning of object key string, want JSON",
		small("") + "\n1":                        "f.json: line 2 column 1: invalid character '1' after top-level value, want JSON",
		small("") + small(""):                    "f.json: line 1 column 35: invalid character '{' after top-level value, want JSON",
		`[1, 2]`:                                 "f.json: text is [1, 2], want one object",
		`"n"`:                                    `f.json: text is "n", want one object`,
		`null`:                                   "f.json: text is null, want one object",
		`{"n": 2, "moduli": 3}`:                  `f.json: key "moduli" is unknown, want a field of a vector file`,
		`{"N": 2}`:                               `f.json: key "N" is unknown, want a field of a vector file`,
		`{"name": "a"}`:                          `f.json: key "name" is unknown, want a field of a vector file`,
		`{"n": 2, "n": 2}`:                       `f.json: key "n" is there twice, want it once`,
		`{"n": 2, "\u006e": 2}`:                  `f.json: key "n" is there twice, want it once`,
		`{"n": null}`:                            "f.json: n is null, want a value, or the key left out",
		`{"n": "16"}`:                            `f.json: n is "16", want a whole number`,
		`{"n": 16.0}`:                            "f.json: n is 16.0, want a whole number",
		`{"n": 1e99}`:                            "f.json: n is 1e99, want a whole number",
		`{"rotation": [1]}`:                      "f.json: rotation is [1], want a whole number",
		`{"moddown": 1}`:                         "f.json: moddown is 1, want text",
		`{"form": {"a": 1}}`:                     `f.json: form is {"a": 1}, want text`,
		`{"q": 7}`:                               "f.json: q is 7, want an array",
		`{"q": [7, -1]}`:                         "f.json: q[1] is -1, want a whole number from 0 to 4294967295",
		`{"q": [42949672950]}`:                   "f.json: q[0] is 42949672950, want a whole number from 0 to 4294967295",
		`{"q": [4294967296]}`:                    "f.json: q[0] is 4294967296, want a whole number from 0 to 4294967295",
		`{"q": [99999999999999999999999999999]}`: "f.json: q[0] is 999999999999999999999999..., want a whole number from 0 to 4294967295",
		`{"q": [1.5]}`:                           "f.json: q[0] is 1.5, want a whole number from 0 to 4294967295",
		`{"q": [1E5]}`:                           "f.json: q[0] is 1E5, want a whole number from 0 to 4294967295",
		`{"q": [[1]]}`:                           "f.json: q[0] is [1], want a whole number from 0 to 4294967295",
		`{"q": ["1"]}`:                           `f.json: q[0] is "1", want a whole number from 0 to 4294967295`,
		`{"roots": "least"}`:                     `f.json: roots is "least", want "smallest", "lattigo" or an array of roots`,
		`{"roots": {"a": [3]}}`:                  `f.json: roots is {"a": [3]}, want "smallest", "lattigo" or an array of roots`,
		`{"roots": [3, true]}`:                   "f.json: roots[1] is true, want a whole number from 0 to 4294967295",
		`{"x": []}`:                              "f.json: x is [], want [limb][coefficient] or [polynomial][limb][coefficient]",
		`{"x": [1, 2]}`:                          "f.json: x is [1, 2], want [limb][coefficient] or [polynomial][limb][coefficient]",
		`{"x": [[[[1]]]]}`:                       "f.json: x is [[[[1]]]], want [limb][coefficient] or [polynomial][limb][coefficient]",
		`{"x": 7}`:                               "f.json: x is 7, want [limb][coefficient] or [polynomial][limb][coefficient]",
		`{"x": [[1, 2], [3, "a"]]}`:              `f.json: x[1][1] is "a", want a whole number from 0 to 4294967295`,
		`{"y": [[[1]], [[2], 3]]}`:               "f.json: y[1][1] is 3, want an array",
		`{"y": [[[1]], [[2], [-3]]]}`:            "f.json: y[1][1][0] is -3, want a whole number from 0 to 4294967295",
		`{"key": [[[[1]]]]}`:                     "f.json: key[0] has 1 polynomials, want 2",
		`{"key": [[[[1]], [[1]], [[2]]]]}`:       "f.json: key[0] has 3 polynomials, want 2",
		`{"key": [[[[1]], [[1]]], [[[1]], [[1, 2, null]]]]}`: "f.json: key[1][1][0][2] is null, want a whole number from 0 to 4294967295",
		`{"key": "none"}`: `f.json: key is "none", want an array`,
	} {
		_, err := parse(text)
		require.Error(t, err, text)
		require.EqualError(t, err, "hecross: "+want, text)
	}
	_, err := Parse(iotest.ErrReader(errors.New("broken pipe")), "f.json")
	require.EqualError(t, err, "hecross: f.json: broken pipe")
	missing := filepath.Join(t.TempDir(), "none.json")
	_, err = ReadFile(missing)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "hecross: open "+missing)
}

func TestValidateErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                          "n is missing, want the degree of the ring",
		`{"n": 1}`:                    "n is 1, want a power of two from 2 to 131072",
		`{"n": -4}`:                   "n is -4, want a power of two from 2 to 131072",
		`{"n": 12}`:                   "n is 12, want a power of two up to 131072",
		`{"n": 262144}`:               "n is 262144, want a power of two up to 131072",
		`{"n": 16, "r": 8, "c": 4}`:   "r and c are 8 and 4, want powers of two with r*c = n = 16",
		`{"n": 16, "r": -4, "c": -4}`: "r and c are -4 and -4, want powers of two with r*c = n = 16",
		`{"n": 16, "r": 32}`:          "r and c are 32 and 0, want powers of two with r*c = n = 16",
		`{"n": 16, "c": 3}`:           "r and c are 5 and 3, want powers of two with r*c = n = 16",
		`{"n": 16, "r": -1}`:          "r and c are -1 and 0, want powers of two with r*c = n = 16",
		`{"n": 16}`:                   "q is missing, want at least one modulus",
		`{"n": 16, "q": []}`:          "q is missing, want at least one modulus",
		`{"n": 16, "q": [97, 91]}`:    "q[1] is 91, want an odd prime below 2^31",
		`{"n": 16, "q": [97], "p": [2147483659]}`:                       "p[0] is 2147483659, want an odd prime below 2^31",
		`{"n": 16, "q": [97, 193], "p": [5, 193]}`:                      "p[1] is 193 as q[1] is, want distinct moduli",
		small(`, "roots": [5, 4]`):                                      "roots has 2 elements, want one per modulus of q and p, 3",
		small(`, "roots": []`):                                          "roots has 0 elements, want one per modulus of q and p, 3",
		small(`, "roots": [5, 4, 3]`):                                   "roots[2] is 3, want a primitive 4-th root of unity modulo p[0] = 29",
		small(`, "roots": [18, 4, 12]`):                                 "roots[0] is 18, want a primitive 4-th root of unity modulo q[0] = 13",
		small(`, "op": "multiply"`):                                     `op: operation is "multiply", want one of ntt, intt, bconv, add, tensor, mulplain, rescale, automorphism, keyswitch, mult, rotate`,
		small(`, "dnum": 3`):                                            "dnum is 3, want 1 to 2, the moduli of q",
		small(`, "dnum": -1`):                                           "dnum is -1, want 1 to 2, the moduli of q",
		small(`, "digit_limbs": -1`):                                    "digit_limbs is -1, want at least 1",
		small(`, "dnum": 2, "digit_limbs": 2`):                          "digit_limbs is 2, want 1 as dnum is 2 for 2 moduli of q",
		small(`, "moddown": "floor"`):                                   `moddown is "floor", want uncentred or half or centred`,
		small(`, "rescale": "before"`):                                  `rescale is "before", want inputs or result or none`,
		small(`, "rescale_form": "half"`):                               `rescale_form is "half", want centred or uncentred`,
		small(`, "form": "NTT"`):                                        `form is "NTT", want ntt or coefficient`,
		small(`, "order": "reversed"`):                                  `order is "reversed", want bit-reversed or natural`,
		small(`, "permute": "never"`):                                   `permute is "never", want after or before`,
		small(`, "key_form": "evaluation"`):                             `key_form is "evaluation", want ntt or coefficient`,
		small(`, "key_order": "a"`):                                     `key_order is "a", want ba or ab`,
		small(`, "rescale_limbs": -1`):                                  "rescale_limbs is -1, want at least 1 and below the 2 moduli of q",
		small(`, "rescale_limbs": 2`):                                   "rescale_limbs is 2, want at least 1 and below the 2 moduli of q",
		small(`, "key_montgomery_bits": 65`):                            "key_montgomery_bits is 65, want 0 to 64",
		small(`, "rotation": 1, "galois": 3`):                           "rotation and galois are 1 and 3, want one of them",
		small(`, "galois": 4`):                                          "galois is 4, want an odd number below 2n = 4",
		small(`, "galois": -1`):                                         "galois is -1, want an odd number below 2n = 4",
		small(`, "x": [[1]]`):                                           "x[0] has 1 coefficients, want n = 2",
		small(`, "x": [[[]]]`):                                          "x[0][0] has 0 coefficients, want n = 2",
		small(`, "x": [[1,2],[3,4],[5,6]]`):                             "x has 3 limbs, want 1 to 2, the moduli of q",
		small(`, "x": [[[1,2]],[]]`):                                    "x[1] has 0 limbs, want 1 to 2, the moduli of q",
		small(`, "x": [[[1,2]],[[1,2],[3,4]]]`):                         "x[1] has 2 limbs, want 1 as x[0]",
		small(`, "x": [[1,2],[3,17]]`):                                  "x[1][1] is 17, want below q[1] = 17",
		small(`, "y": [[[1,2]],[[13,2]]]`):                              "y[1][0][0] is 13, want below q[0] = 13",
		small(`, "key": [[[[1,2]],[[1,2]]]]`):                           "key[0][0] has 1 limbs, want 1 to 2 of q and 1 of p",
		small(`, "key": [[[[1,2],[1,2]],[[1,2],[1,2],[1,2]]]]`):         "key[0][1] has 3 limbs, want 2 as key[0][0]",
		small(`, "key": [[[[1,2],[1,28]],[[1,2],[1,29]]]]`):             "key[0][1][1][1] is 29, want below p[0] = 29",
		small(`, "key": [[[[1,2],[16,2],[1,2]],[[1,2],[17,2],[1,2]]]]`): "key[0][1][1][0] is 17, want below q[1] = 17",
		small(`, "result": [[[1,2]],[[1,2,3]]]`):                        "result[1][0] has 3 coefficients, want n = 2",
	} {
		_, err := parse(text)
		require.EqualError(t, err, "hecross: f.json: "+want, text)
	}
	f, err := parse(" \n" + small(`, "result": [[4294967295, 0]]`) + "\n")
	require.NoError(t, err, "what a result lies over depends on the operation")
	require.Equal(t, uint32(4294967295), f.Result.Polys[0][0][0])
}

func TestDiff(t *testing.T) {
	file := func(ps ...Poly) *File { return &File{Result: Operand{Polys: ps}} }
	require.NoError(t, Diff(file(Poly{{1, 2}}), &File{Result: Operand{[]Poly{{{1, 2}}}, true}}))
	require.EqualError(t, Diff(file(Poly{{1, 2}, {3, 4}}), file(Poly{{1, 2}, {0, 5}})), "hecross: result[0][1][0] is 0, want 3; 2 of 4 residues differ")
	require.EqualError(t, Diff(file(Poly{{1}}), file()), "hecross: result has 0 polynomials, want 1")
	require.EqualError(t, Diff(file(Poly{{1}}), file(Poly{{1}, {1}})), "hecross: result[0] has 2 limbs, want 1")
	require.EqualError(t, Diff(file(Poly{{1}}), file(Poly{{1, 1}})), "hecross: result[0][0] has 2 coefficients, want 1")
}

func TestDefaultSplit(t *testing.T) {
	for n, want := range map[int][2]int{2: {2, 1}, 16: {4, 4}, 32: {8, 4}, 8192: {128, 64}, 65536: {256, 256}, 131072: {512, 256}} {
		r, c := (&File{N: n}).split()
		require.Equal(t, want, [2]int{r, c})
	}
	r, c := (&File{N: 64, R: 2}).split()
	require.Equal(t, []int{2, 32}, []int{r, c})
	r, c = (&File{N: 64, C: 64}).split()
	require.Equal(t, []int{1, 64}, []int{r, c})
}

func TestFileThroughJSONPackage(t *testing.T) {
	in, err := ReadFile("testdata/rotate.json")
	require.NoError(t, err)
	text, err := json.Marshal(in)
	require.NoError(t, err)
	var back File
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, encode(t, in), encode(t, &back))
	require.ErrorContains(t, json.Unmarshal([]byte(`{"q": [0.5]}`), &back), "q[0] is 0.5, want a whole number from 0 to 4294967295")

	var o Operand
	require.NoError(t, json.Unmarshal([]byte(" [ [1 , 2]\n,[3,4] ] "), &o))
	require.Equal(t, Operand{[]Poly{{{1, 2}, {3, 4}}}, true}, o)
	text, err = json.Marshal(o)
	require.NoError(t, err)
	require.Equal(t, "[[1,2],[3,4]]", string(text))
	_, err = json.Marshal(Operand{Single: true})
	require.ErrorContains(t, err, "operand is Single and has 0 polynomials, want one")
	text, err = json.Marshal([]Roots{{}, LattigoRoots(), ExplicitRoots([]uint32{3})})
	require.NoError(t, err)
	require.Equal(t, `["smallest","lattigo",[3]]`, string(text))

	require.Equal(t, "{\n}\n", encode(t, &File{}))
	require.ErrorContains(t, (&File{N: 2}).Encode(failingWriter{}), "hecross: writing: full")
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("full") }

// FuzzParse: what Parse accepts is written back as a file that reads the same,
// and no operation on it does more than report an error.
func FuzzParse(f *testing.F) {
	names, err := filepath.Glob("testdata/*.json")
	require.NoError(f, err)
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(text)
	}
	for _, text := range []string{"", "{}", small(`, "x": [[1,2]], "y": [[[1,2],[3,4]]], "galois": 3`), `{"n": 2, "q": [5], "roots": [2]}`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := Parse(bytes.NewReader(text), "")
		if err != nil {
			require.Regexp(t, "^hecross: ", err.Error())
			return
		}
		written := encode(t, in)
		again, err := Parse(strings.NewReader(written), "")
		require.NoError(t, err)
		require.Equal(t, written, encode(t, again))
		if in.N > 256 || len(in.Q)+len(in.P) > 8 {
			return
		}
		in.Op = ""
		for _, op := range Operations() {
			out, err := Apply(string(op), in)
			if err != nil {
				require.Regexp(t, "^hecross: ", err.Error())
				continue
			}
			_, err = Parse(strings.NewReader(encode(t, out)), "")
			require.NoError(t, err, fmt.Sprint(op))
		}
	})
}
