// Package safetensors reads tensors from files in the safetensors format: one
// file or a directory of shards with an index. The header is checked in full
// when a file is opened; elements are read on demand, so that a reader never
// holds more than it asks for. It does not write files.
//
// Source: the format description of the safetensors project.
package safetensors

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"slices"
)

// MaxHeaderBytes is the longest header that is accepted, the limit of the
// reference implementation.
const MaxHeaderBytes = 100_000_000

// chunkBytes is the size of the buffer between file and result.
const chunkBytes = 1 << 16

// A File is one open safetensors file. Its methods may be called from several
// goroutines at once.
type File struct {
	name    string
	data    io.ReaderAt
	base    int64 // offset of the data section
	tensors map[string]Tensor
	closer  io.Closer
}

// Open opens the file at path. The caller closes it.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, closing(f, fmt.Errorf("safetensors: %w", err))
	}
	file, err := New(path, f, info.Size())
	if err != nil {
		return nil, closing(f, err)
	}
	file.closer = f
	return file, nil
}

// New reads the header of the size bytes behind r. Errors call the file name.
func New(name string, r io.ReaderAt, size int64) (*File, error) {
	fail := func(format string, args ...any) (*File, error) {
		return nil, fmt.Errorf("safetensors: %s: %w", name, fmt.Errorf(format, args...))
	}
	if size < 8 {
		return fail("file has %d bytes, want at least the 8 of the header length", size)
	}
	var prefix [8]byte
	if err := readFull(r, prefix[:], 0); err != nil {
		return fail("header length: %w", err)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	switch {
	case length > MaxHeaderBytes:
		return fail("header length is %d, want at most %d", length, MaxHeaderBytes)
	case length > uint64(size-8):
		return fail("header length is %d, want at most the %d bytes that follow it", length, size-8)
	}
	header := make([]byte, length)
	if err := readFull(r, header, 8); err != nil {
		return fail("header: %w", err)
	}
	base := 8 + int64(length)
	tensors, err := parseHeader(header, size-base)
	if err != nil {
		return fail("%w", err)
	}
	return &File{name: name, data: r, base: base, tensors: tensors}, nil
}

// Close closes the file if Open opened it.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Name returns the name of the file as errors print it.
func (f *File) Name() string { return f.name }

// Names returns the names of the tensors in lexical order.
func (f *File) Names() []string { return sortedKeys(f.tensors) }

// Tensor returns the description of a tensor.
func (f *File) Tensor(name string) (Tensor, error) {
	t, ok := f.tensors[name]
	if !ok {
		return Tensor{}, fmt.Errorf("safetensors: %s: tensor %s is missing", f.name, name)
	}
	t.Shape = slices.Clone(t.Shape)
	return t, nil
}

// Read fills dst, whose length is the number of elements of the tensor.
func (f *File) Read(name string, dst []float32) error {
	t, err := f.Tensor(name)
	if err != nil {
		return err
	}
	if len(dst) != t.elements {
		return fmt.Errorf("safetensors: %s: tensor %s: read into %d elements, want %d", f.name, name, len(dst), t.elements)
	}
	return f.ReadElements(name, 0, dst)
}

// ReadElements fills dst with elements [first, first+len(dst)) of the tensor,
// in row-major order, as float32. It uses a buffer of 64 KiB at most.
func (f *File) ReadElements(name string, first int, dst []float32) error {
	t, ok := f.tensors[name]
	if !ok {
		_, err := f.Tensor(name)
		return err
	}
	switch {
	case !t.DType.readable():
		return fmt.Errorf("safetensors: %s: tensor %s: dtype is %s, want F32, F16 or BF16", f.name, name, t.DType)
	case first < 0 || first > t.elements || len(dst) > t.elements-first:
		return fmt.Errorf("safetensors: %s: tensor %s: read %d elements from element %d, want a range in [0, %d)",
			f.name, name, len(dst), first, t.elements)
	}
	width := int(sizes[t.DType])
	buffer := make([]byte, min(chunkBytes, len(dst)*width))
	offset := f.base + t.begin + int64(first)*int64(width)
	for len(dst) > 0 {
		n := min(len(dst), chunkBytes/width)
		if err := readFull(f.data, buffer[:n*width], offset); err != nil {
			return fmt.Errorf("safetensors: %s: tensor %s: %w", f.name, name, err)
		}
		t.DType.decode(dst[:n], buffer)
		dst = dst[n:]
		offset += int64(n * width)
	}
	return nil
}

// readFull fills p from offset. A file that became shorter since it was opened
// gives io.ErrUnexpectedEOF.
func readFull(r io.ReaderAt, p []byte, offset int64) error {
	n, err := r.ReadAt(p, offset)
	if n == len(p) {
		return nil
	}
	if err == io.EOF || err == nil {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read %d bytes at offset %d: %w", len(p), offset, err)
}

// closing returns err after closing c, whose own error adds nothing to it.
func closing(c io.Closer, err error) error {
	_ = c.Close()
	return err
}
