package safetensors

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The file names of a checkpoint directory.
const (
	SingleName = "model.safetensors"
	IndexName  = "model.safetensors.index.json"
)

// A Set is the tensors of a checkpoint: one file, or several shards with an
// index that says which shard holds which tensor.
type Set struct {
	name  string
	files []*File
	where map[string]*File
}

// OpenDir opens the checkpoint in a directory. The caller closes it.
func OpenDir(dir string) (*Set, error) {
	return openSet(os.DirFS(dir), func(name string) string { return filepath.Join(dir, name) })
}

// OpenFS opens the checkpoint at the root of fsys, whose files must support
// io.ReaderAt, as those of os.DirFS and embed.FS do. The caller closes it.
func OpenFS(fsys fs.FS) (*Set, error) {
	return openSet(fsys, func(name string) string { return name })
}

// openSet prefers SingleName to IndexName; label turns a file name into the
// one that errors print.
func openSet(fsys fs.FS, label func(string) string) (*Set, error) {
	single, err := openShard(fsys, SingleName, label)
	if err == nil {
		s := &Set{name: label(SingleName), files: []*File{single}, where: map[string]*File{}}
		for name := range single.tensors {
			s.where[name] = single
		}
		return s, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	index, err := fs.ReadFile(fsys, IndexName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("safetensors: %s is missing, want it or %s: %w", label(SingleName), IndexName, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("safetensors: %s: %w", label(IndexName), err)
	}
	s := &Set{name: label(IndexName), where: map[string]*File{}}
	if err := s.openIndex(fsys, index, label); err != nil {
		return nil, closing(s, err)
	}
	return s, nil
}

// openIndex opens every shard that the index names and checks that it holds
// what the index says.
func (s *Set) openIndex(fsys fs.FS, index []byte, label func(string) string) error {
	weights, err := parseIndex(index)
	if err != nil {
		return fmt.Errorf("safetensors: %s: %w", s.name, err)
	}
	shards := map[string]*File{}
	for _, name := range sortedKeys(weights) {
		shard := weights[name]
		file := shards[shard]
		if file == nil {
			if file, err = openShard(fsys, shard, label); err != nil {
				return fmt.Errorf("safetensors: %s: tensor %s: %w", s.name, name, err)
			}
			shards[shard] = file
			s.files = append(s.files, file)
		}
		if _, ok := file.tensors[name]; !ok {
			return fmt.Errorf("safetensors: %s: tensor %s is not in %s, want it there", s.name, name, shard)
		}
		s.where[name] = file
	}
	return nil
}

// parseIndex returns the weight_map: tensor name to the file name of its shard.
func parseIndex(index []byte) (map[string]string, error) {
	members, err := parseObject(index)
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(members, func(m member) bool { return m.key == "weight_map" })
	if at < 0 {
		return nil, errors.New("weight_map is missing")
	}
	entries, err := parseObject(members[at].value)
	if err != nil {
		return nil, fmt.Errorf("weight_map: %w", err)
	}
	if len(entries) == 0 {
		return nil, errors.New("weight_map is empty, want a shard for every tensor")
	}
	weights := make(map[string]string, len(entries))
	for _, e := range entries {
		var shard string
		if err := json.Unmarshal(e.value, &shard); err != nil || shard == "" {
			return nil, fmt.Errorf("weight_map: tensor %s: shard is %s, want a file name", e.key, brief(e.value))
		}
		if !fs.ValidPath(shard) || shard == "." || strings.ContainsAny(shard, `/\:`) {
			return nil, fmt.Errorf("weight_map: tensor %s: shard is %q, want a file name without a folder", e.key, shard)
		}
		weights[e.key] = shard
	}
	return weights, nil
}

func openShard(fsys fs.FS, name string, label func(string) string) (*File, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("safetensors: %s: %w", label(name), cause(err))
	}
	info, err := f.Stat()
	if err != nil {
		return nil, closing(f, fmt.Errorf("safetensors: %s: %w", label(name), cause(err)))
	}
	r, ok := f.(io.ReaderAt)
	if !ok || info.IsDir() {
		return nil, closing(f, fmt.Errorf("safetensors: %s is a folder or a stream, want a file that can be read at any offset", label(name)))
	}
	file, err := New(label(name), r, info.Size())
	if err != nil {
		return nil, closing(f, err)
	}
	file.closer = f
	return file, nil
}

// cause strips the path that fs puts into its errors: the label replaces it.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Close closes every file of the set and returns the first error.
func (s *Set) Close() error {
	var first error
	for _, f := range s.files {
		if err := f.Close(); err != nil && first == nil {
			first = err
		}
	}
	return first
}

// Names returns the names of the tensors in lexical order.
func (s *Set) Names() []string { return sortedKeys(s.where) }

// File returns the file that holds the tensor.
func (s *Set) File(name string) (*File, error) {
	f := s.where[name]
	if f == nil {
		return nil, fmt.Errorf("safetensors: %s: tensor %s is missing", s.name, name)
	}
	return f, nil
}

// Tensor returns the description of a tensor.
func (s *Set) Tensor(name string) (Tensor, error) {
	f, err := s.File(name)
	if err != nil {
		return Tensor{}, err
	}
	return f.Tensor(name)
}

// Read fills dst as File.Read does.
func (s *Set) Read(name string, dst []float32) error {
	f, err := s.File(name)
	if err != nil {
		return err
	}
	return f.Read(name, dst)
}

// ReadElements fills dst as File.ReadElements does.
func (s *Set) ReadElements(name string, first int, dst []float32) error {
	f, err := s.File(name)
	if err != nil {
		return err
	}
	return f.ReadElements(name, first, dst)
}
