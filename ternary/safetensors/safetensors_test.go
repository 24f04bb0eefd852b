package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// assemble builds a file from a header and data, with the length prefix.
func assemble(header, data string) []byte {
	prefix := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(prefix, header...), data...)
}

func open(file []byte) (*File, error) {
	return New("f.safetensors", bytes.NewReader(file), int64(len(file)))
}

const goodHeader = `{"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[3],"data_offsets":[8,14]},` +
	`"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"s":{"dtype":"F16","shape":[],"data_offsets":[14,16]},` +
	`"e":{"dtype":"F16","shape":[0,4],"data_offsets":[8,8]},"i":{"dtype":"I8","shape":[2],"data_offsets":[16,18]}}   `

func goodData() string {
	var d []byte
	d = binary.LittleEndian.AppendUint32(d, math.Float32bits(1.5))
	d = binary.LittleEndian.AppendUint32(d, math.Float32bits(-0x1p-140))
	for _, v := range []float32{2, -3, float32(math.Inf(1))} {
		d = binary.LittleEndian.AppendUint16(d, uint16(math.Float32bits(v)>>16))
	}
	d = binary.LittleEndian.AppendUint16(d, 0xc000) // -2
	return string(append(d, 7, 9))
}

func TestRead(t *testing.T) {
	f, err := open(assemble(goodHeader, goodData()))
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b", "e", "i", "s"}, f.Names())
	require.Equal(t, "f.safetensors", f.Name())

	want := map[string][]float32{"a": {1.5, -0x1p-140}, "b": {2, -3, float32(math.Inf(1))}, "s": {-2}, "e": {}}
	for name, values := range want {
		got := make([]float32, len(values))
		require.NoError(t, f.Read(name, got), name)
		require.Equal(t, values, got, name)
	}
	tensor, err := f.Tensor("a")
	require.NoError(t, err)
	require.Equal(t, []int{1, 2}, tensor.Shape)
	require.Equal(t, 2, tensor.Elements())
	tensor.Shape[0] = 99
	again, err := f.Tensor("a")
	require.NoError(t, err)
	require.Equal(t, 1, again.Shape[0], "a caller must not reach the shape of the file")
	require.NoError(t, f.Close())
}

func TestReadErrors(t *testing.T) {
	f, err := open(assemble(goodHeader, goodData()))
	require.NoError(t, err)
	three := make([]float32, 3)
	require.EqualError(t, f.Read("a", three), "safetensors: f.safetensors: tensor a: read into 3 elements, want 2")
	require.EqualError(t, f.Read("x", three), "safetensors: f.safetensors: tensor x is missing")
	require.EqualError(t, f.ReadElements("x", 0, three), "safetensors: f.safetensors: tensor x is missing")
	require.EqualError(t, f.Read("i", three[:2]), "safetensors: f.safetensors: tensor i: dtype is I8, want F32, F16 or BF16")
	for _, first := range []int{-1, 1, 4, math.MaxInt} {
		require.EqualError(t, f.ReadElements("b", first, three),
			fmt.Sprintf("safetensors: f.safetensors: tensor b: read 3 elements from element %d, want a range in [0, 3)", first))
	}
	require.NoError(t, f.ReadElements("b", 3, nil))
}

// TestShrunkFile reads from a file that became shorter after it was opened.
func TestShrunkFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	require.NoError(t, os.WriteFile(path, assemble(goodHeader, goodData()), 0o600))
	f, err := Open(path)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, os.Truncate(path, int64(8+len(goodHeader)+3)))
	err = f.Read("a", make([]float32, 2))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.EqualError(t, err, fmt.Sprintf("safetensors: %s: tensor a: read 8 bytes at offset %d: unexpected EOF", path, 8+len(goodHeader)))
}

// TestHalf compares every binary16 with its definition in arithmetic.
func TestHalf(t *testing.T) {
	for b := range 1 << 16 {
		sign := 1.0
		if b>>15 == 1 {
			sign = -1
		}
		exponent, fraction := b>>10&31, float64(b&1023)
		got := half(uint16(b))
		switch {
		case exponent == 31 && fraction != 0:
			require.True(t, math.IsNaN(float64(got)), "%#04x", b)
			continue
		case exponent == 31:
			require.Equal(t, float32(math.Inf(int(sign))), got)
			continue
		}
		want := sign * math.Ldexp(fraction, -24)
		if exponent > 0 {
			want = sign * math.Ldexp(1+fraction/1024, exponent-15)
		}
		require.Equal(t, float32(want), got, "%#04x", b)
		require.Equal(t, b>>15 == 1, math.Signbit(float64(got)), "%#04x", b)
	}
}

// TestChunks reads tensors longer than the buffer in pieces of any size.
func TestChunks(t *testing.T) {
	const n = 3*chunkBytes/2 + 5
	data := make([]byte, 2*n)
	want := make([]float32, n)
	for i := range want {
		b := uint16(i%250)<<7 | uint16(i%3)
		binary.LittleEndian.PutUint16(data[2*i:], b)
		want[i] = math.Float32frombits(uint32(b) << 16)
	}
	header := fmt.Sprintf(`{"t":{"dtype":"BF16","shape":[%d],"data_offsets":[0,%d]}}`, n, 2*n)
	f, err := open(assemble(header, string(data)))
	require.NoError(t, err)
	rapid.Check(t, func(t *rapid.T) {
		first := rapid.IntRange(0, n).Draw(t, "first")
		got := make([]float32, rapid.IntRange(0, n-first).Draw(t, "length"))
		require.NoError(t, f.ReadElements("t", first, got))
		require.Equal(t, want[first:first+len(got)], got)
	})
}

var corrupt = []struct{ name, file, want string }{
	{"empty", "", "file has 0 bytes, want at least the 8 of the header length"},
	{"short prefix", "1234567", "file has 7 bytes, want at least the 8 of the header length"},
	{"lying length", "\xff\xff\xff\x05\x00\x00\x00\x00{}", "header length is 100663295, want at most 100000000"},
	{"longest length", "\xff\xff\xff\xff\xff\xff\xff\xff{}", "header length is 18446744073709551615, want at most 100000000"},
	{"length past end", "\x03\x00\x00\x00\x00\x00\x00\x00{}", "header length is 3, want at most the 2 bytes that follow it"},
	{"no header", "\x00\x00\x00\x00\x00\x00\x00\x00", "header does not start with '{', want a JSON object"},
	{"leading space", string(assemble(" {}", "")), "header does not start with '{', want a JSON object"},
	{"not UTF-8", string(assemble("{\"\xff\":{}}", "")), "header is not UTF-8, want a JSON object in UTF-8"},
	{"bad JSON", string(assemble(`{"a":}`, "")), "header: invalid JSON at byte 6: invalid character '}' looking for beginning of value"},
	{"cut JSON", string(assemble(`{"a":{`, "")), "header: invalid JSON at byte 6: unexpected end of JSON input"},
	{"open object", string(assemble(`{`, "")), "header: invalid JSON at byte 1: unexpected end of JSON input"},
	{"two objects", string(assemble(`{}{}`, "")), "header: invalid JSON at byte 3: invalid character '{' after top-level value"},
	{"text behind", string(assemble(`{} x`, "")), "header: invalid JSON at byte 4: invalid character 'x' after top-level value"},
	{"duplicate tensor", header(`"a":%s,"a":%s`, ok, ok), `header: key "a" occurs twice, want it once`},
	{"duplicate by escape", header(`"a":%s,"\u0061":%s`, ok, ok), `header: key "a" occurs twice, want it once`},
	{"duplicate field", header(`"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}`), `tensor a: key "dtype" occurs twice, want it once`},
	{"unknown field", header(`"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}`), `tensor a: key "x" is unknown, want dtype, shape and data_offsets`},
	{"not an object", header(`"a":[1]`), "tensor a: [1] found, want a JSON object"},
	{"null tensor", header(`"a":null`), "tensor a: null found, want a JSON object"},
	{"no dtype", header(`"a":{"shape":[1],"data_offsets":[0,4]}`), "tensor a: dtype is missing"},
	{"no shape", header(`"a":{"dtype":"F32","data_offsets":[0,4]}`), "tensor a: shape is missing"},
	{"no offsets", header(`"a":{"dtype":"F32","shape":[1]}`), "tensor a: data_offsets is missing"},
	{"number as dtype", header(`"a":{"dtype":32,"shape":[1],"data_offsets":[0,4]}`), "tensor a: dtype is 32, want a string"},
	{"unknown dtype", header(`"a":{"dtype":"F12","shape":[1],"data_offsets":[0,4]}`), `tensor a: dtype is "F12", want one of BF16, BOOL, F16, F32, F64, F8_E4M3, F8_E5M2, I16, I32, I64, I8, U16, U32, U64, U8`},
	{"negative dimension", header(`"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}`), "tensor a: shape is [-1], want whole numbers from 0"},
	{"fraction", header(`"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}`), "tensor a: shape is [1.5], want whole numbers from 0"},
	{"null dimension", header(`"a":{"dtype":"F32","shape":[null],"data_offsets":[0,4]}`), "tensor a: shape is [null], want whole numbers from 0"},
	{"null shape", header(`"a":{"dtype":"F32","shape":null,"data_offsets":[0,4]}`), "tensor a: shape is null, want whole numbers from 0"},
	{"dimension past int64", header(`"a":{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}`), "tensor a: shape is [9223372036854775808], want whole numbers from 0"},
	{"product past int64", header(`"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}`), "tensor a: shape is [4294967296 4294967296] of F32, want fewer than 2^63 bytes"},
	{"bytes past int64", header(`"a":{"dtype":"F64","shape":[1152921504606846976],"data_offsets":[0,4]}`), "tensor a: shape is [1152921504606846976] of F64, want fewer than 2^63 bytes"},
	{"huge but lying", header(`"a":{"dtype":"F32","shape":[1073741824],"data_offsets":[0,4]}`), "tensor a: data_offsets span 4 bytes, want 4294967296 for shape [1073741824] of F32"},
	{"one offset", header(`"a":{"dtype":"F32","shape":[1],"data_offsets":[4]}`), "tensor a: data_offsets has 1 numbers, want 2"},
	{"negative offset", header(`"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}`), "tensor a: data_offsets is [-4,0], want whole numbers from 0"},
	{"offsets reversed", header(`"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}`), "tensor a: data_offsets are [4, 0], want the first at most the second"},
	{"offset past end", header(`"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}`), "tensor a: data_offsets end at 8, want at most the 4 data bytes of the file"},
	{"span too long", header(`"a":{"dtype":"F16","shape":[1],"data_offsets":[0,4]}`), "tensor a: data_offsets span 4 bytes, want 2 for shape [1] of F16"},
	{"overlap", header(`"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[3],"data_offsets":[1,4]}`), "tensor b: data_offsets begin at 1, inside tensor a; want 2 or later"},
	{"same bytes", header(`"b":%s,"a":%s`, ok, ok), "tensor b: data_offsets begin at 0, inside tensor a; want 4 or later"},
	{"hole", header(`"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F16","shape":[1],"data_offsets":[2,4]}`), "tensor b: data_offsets begin at 2, want 1, the end of the tensor before"},
	{"trailing bytes", header(`"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}`), "3 bytes follow the last tensor, want 0"},
	{"metadata number", header(`"__metadata__":{"n":1},"a":%s`, ok), "__metadata__: n is 1, want a string"},
	{"metadata text", header(`"__metadata__":"x","a":%s`, ok), `__metadata__: "x" found, want a JSON object`},
}

const ok = `{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`

// header builds a file with the given members and four bytes of data.
func header(members string, args ...any) string {
	return string(assemble("{"+fmt.Sprintf(members, args...)+"}", "\x00\x00\x80\x3f"))
}

func TestCorrupt(t *testing.T) {
	for _, c := range corrupt {
		t.Run(c.name, func(t *testing.T) {
			_, err := open([]byte(c.file))
			require.EqualError(t, err, "safetensors: f.safetensors: "+c.want)
		})
	}
}

// TestEveryTruncation cuts a good file at every length: no cut may open.
func TestEveryTruncation(t *testing.T) {
	file := assemble(goodHeader, goodData())
	for n := range file {
		_, err := open(file[:n])
		require.Error(t, err, "cut to %d of %d bytes", n, len(file))
	}
}

// TestLyingHeaderAllocatesNothing asks for a header that the file does not hold.
func TestLyingHeaderAllocatesNothing(t *testing.T) {
	file := append([]byte{0, 0, 0, 5, 0, 0, 0, 0}, "{}"...) // claims 80 MiB
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			_, err := open(file)
			require.Error(b, err)
		}
	})
	require.Less(t, result.AllocedBytesPerOp(), int64(1<<14))
}

func FuzzHeader(f *testing.F) {
	f.Add(assemble(goodHeader, goodData()))
	for _, c := range corrupt {
		f.Add([]byte(c.file))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		opened, err := open(file)
		if err != nil {
			require.True(t, strings.HasPrefix(err.Error(), "safetensors: f.safetensors: "), err)
			return
		}
		// A file that opens holds every element that it describes.
		var total int64
		for _, name := range opened.Names() {
			tensor, err := opened.Tensor(name)
			require.NoError(t, err)
			total += int64(tensor.Elements()) * sizes[tensor.DType]
			if tensor.DType.readable() {
				require.NoError(t, opened.Read(name, make([]float32, tensor.Elements())))
			}
		}
		require.Equal(t, int64(len(file))-opened.base, total)
	})
}

func TestOpenMissing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.safetensors")
	_, err := Open(path)
	require.ErrorIs(t, err, fs.ErrNotExist)
	require.ErrorContains(t, err, path)
}

// one is a shard that holds the tensor name with value 1.
func one(name string) *fstest.MapFile {
	return &fstest.MapFile{Data: assemble(fmt.Sprintf(`{%q:%s}`, name, ok), "\x00\x00\x80\x3f")}
}

func index(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestSet(t *testing.T) {
	single := fstest.MapFS{SingleName: one("a"), IndexName: index("not read")}
	sharded := fstest.MapFS{
		"s1.safetensors": one("a"), "s2.safetensors": one("b"),
		IndexName: index(`{"metadata":{"total_size":8},"weight_map":{"a":"s1.safetensors","b":"s2.safetensors"}}`),
	}
	for _, c := range []struct {
		fsys  fstest.MapFS
		names []string
	}{{single, []string{"a"}}, {sharded, []string{"a", "b"}}} {
		dir := t.TempDir()
		require.NoError(t, os.CopyFS(dir, c.fsys))
		fromFS, err := OpenFS(c.fsys)
		require.NoError(t, err)
		fromDir, err := OpenDir(dir)
		require.NoError(t, err)
		for _, s := range []*Set{fromFS, fromDir} {
			require.Equal(t, c.names, s.Names())
			for _, name := range c.names {
				var whole, part [1]float32
				require.NoError(t, s.Read(name, whole[:]))
				require.NoError(t, s.ReadElements(name, 0, part[:]))
				require.Equal(t, [1]float32{1}, whole)
				require.Equal(t, whole, part)
				tensor, err := s.Tensor(name)
				require.NoError(t, err)
				require.Equal(t, F32, tensor.DType)
			}
			for _, err := range []error{s.Read("z", nil), s.ReadElements("z", 0, nil)} {
				require.ErrorContains(t, err, "tensor z is missing")
			}
			_, err := s.Tensor("z")
			require.ErrorContains(t, err, "tensor z is missing")
			require.NoError(t, s.Close())
		}
	}
}

func TestSetErrors(t *testing.T) {
	at := "safetensors: " + IndexName + ": "
	for _, c := range []struct {
		name, index, want string
	}{
		{"bad JSON", `{`, at + "invalid JSON at byte 1: unexpected end of JSON input"},
		{"no map", `{}`, at + "weight_map is missing"},
		{"map is a list", `{"weight_map":[]}`, at + "weight_map: [] found, want a JSON object"},
		{"empty map", `{"weight_map":{}}`, at + "weight_map is empty, want a shard for every tensor"},
		{"duplicate", `{"weight_map":{"a":"s1","a":"s1"}}`, at + `weight_map: key "a" occurs twice, want it once`},
		{"number", `{"weight_map":{"a":1}}`, at + "weight_map: tensor a: shard is 1, want a file name"},
		{"null", `{"weight_map":{"a":null}}`, at + "weight_map: tensor a: shard is null, want a file name"},
		{"parent", `{"weight_map":{"a":"../x"}}`, at + `weight_map: tensor a: shard is "../x", want a file name without a folder`},
		{"dots", `{"weight_map":{"a":".."}}`, at + `weight_map: tensor a: shard is "..", want a file name without a folder`},
		{"root", `{"weight_map":{"a":"/etc/passwd"}}`, at + `weight_map: tensor a: shard is "/etc/passwd", want a file name without a folder`},
		{"backslash", `{"weight_map":{"a":"..\\x"}}`, at + `weight_map: tensor a: shard is "..\\x", want a file name without a folder`},
		{"this folder", `{"weight_map":{"a":"."}}`, at + `weight_map: tensor a: shard is ".", want a file name without a folder`},
		{"no shard", `{"weight_map":{"a":"s9"}}`, at + "tensor a: safetensors: s9: file does not exist"},
		{"not in shard", `{"weight_map":{"a":"s1","b":"s1"}}`, at + "tensor b is not in s1, want it there"},
		{"corrupt shard", `{"weight_map":{"c":"bad"}}`, at + "tensor c: safetensors: bad: file has 3 bytes, want at least the 8 of the header length"},
		{"folder", `{"weight_map":{"c":"dir"}}`, at + "tensor c: safetensors: dir is a folder or a stream, want a file that can be read at any offset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := OpenFS(fstest.MapFS{"s1": one("a"), "bad": index("bad"), "dir/x": index("x"), IndexName: index(c.index)})
			require.EqualError(t, err, c.want)
		})
	}
	_, err := OpenFS(fstest.MapFS{})
	require.EqualError(t, err, "safetensors: model.safetensors is missing, want it or model.safetensors.index.json: file does not exist")
	dir := t.TempDir()
	_, err = OpenDir(dir)
	require.EqualError(t, err, fmt.Sprintf("safetensors: %s is missing, want it or model.safetensors.index.json: file does not exist", filepath.Join(dir, SingleName)))
	require.NoError(t, os.WriteFile(filepath.Join(dir, SingleName), []byte("x"), 0o600))
	_, err = OpenDir(dir)
	require.EqualError(t, err, fmt.Sprintf("safetensors: %s: file has 1 bytes, want at least the 8 of the header length", filepath.Join(dir, SingleName)))
}
