package experiment

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// The files of a store, besides <phase>-<hash>.json: the declaration of an
// experiment, a file that is being written, one that is set aside, and the claims
// of what is being evaluated.
const (
	declaredSuffix = ".yaml"
	writingSuffix  = ".writing"
	asideSuffix    = ".corrupt"
	claimsFile     = "claims"
)

// A damagedError says what is wrong with a file that is there.
type damagedError struct{ reason error }

func (e damagedError) Error() string { return e.reason.Error() }
func (e damagedError) Unwrap() error { return e.reason }

// A store is a folder of results.
type store struct{ folder string }

// read returns the result of k. The error is fs.ErrNotExist if there is none,
// a damagedError if what is there is not it, and otherwise that of the system.
func (s store) read(k key) (result, error) {
	name, err := k.name()
	if err != nil {
		return result{}, err
	}
	file := filepath.Join(s.folder, name)
	f, err := os.Open(file)
	if err != nil {
		return result{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxResultBytes+1))
	switch {
	case errors.Is(err, syscall.EISDIR):
		return result{}, damagedError{fmt.Errorf("it is a folder, want a file")}
	case err != nil:
		return result{}, err
	case len(data) > maxResultBytes:
		return result{}, damagedError{fmt.Errorf("it has more than %d bytes, want a result", maxResultBytes)}
	}
	r, err := decode(data, k)
	if err != nil {
		return result{}, damagedError{err}
	}
	return r, nil
}

// write stores a whole result or nothing: it writes another file beside it,
// flushes it to the disk and renames it. Two writers of one result write the
// same bytes, so that the last rename changes nothing.
func (s store) write(r result) error {
	name, err := r.name()
	if err != nil {
		return err
	}
	data, err := r.encode()
	if err != nil {
		return err
	}
	return s.replace(name, data)
}

func (s store) replace(name string, data []byte) error {
	tmp, err := s.create(name)
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if err == nil {
		err = tmp.Sync()
	}
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(tmp.Name(), filepath.Join(s.folder, name))
	}
	if err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return s.sync()
}

// create opens a new file for what will be called name, readable as the umask
// says and not by the owner alone, as temporary files are.
func (s store) create(name string) (*os.File, error) {
	for {
		tmp := fmt.Sprintf("%s.%08x%s", name, rand.Uint32(), writingSuffix)
		f, err := os.OpenFile(filepath.Join(s.folder, tmp), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// sync flushes the names in the folder to the disk. A file system that cannot
// do that for folders has no more to offer.
func (s store) sync() error {
	d, err := os.Open(s.folder)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, d.Close())
}

// setAside renames the damaged file of k and returns its new name.
func (s store) setAside(k key) (string, error) {
	name, err := k.name()
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		aside := name + asideSuffix
		if n > 1 {
			aside = fmt.Sprintf("%s%s-%d", name, asideSuffix, n)
		}
		if _, err := os.Lstat(filepath.Join(s.folder, aside)); err == nil {
			continue
		}
		return aside, os.Rename(filepath.Join(s.folder, name), filepath.Join(s.folder, aside))
	}
}

// abandoned returns, by result, the files that were being written when the
// folder was listed: by another process, or by one that was killed.
func (s store) abandoned() (map[string][]string, error) {
	entries, err := os.ReadDir(s.folder)
	if err != nil {
		return nil, err
	}
	files := map[string][]string{}
	for _, e := range entries {
		if rest, ok := strings.CutSuffix(e.Name(), writingSuffix); ok {
			if at := strings.LastIndexByte(rest, '.'); at > 0 {
				files[rest[:at]] = append(files[rest[:at]], e.Name())
			}
		}
	}
	return files, nil
}
