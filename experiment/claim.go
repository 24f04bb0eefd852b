package experiment

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
)

// errClaimed says that another process evaluates a result.
var errClaimed = errors.New("claimed by another process")

// claims are the results that this run evaluates: locked bytes of one empty
// file, at the place that the hash of the result gives. The system takes the
// lock away when the process ends, however it ends.
//
// They only avoid double work. Where a file system or a system has no such
// locks, every claim succeeds, and two runs may evaluate one point: both write
// the same file.
type claims struct{ file *os.File }

// openClaims opens the claims of a folder. The error is that of a folder in
// which nothing can be created.
func openClaims(folder string) (*claims, error) {
	f, err := os.OpenFile(filepath.Join(folder, claimsFile), os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	return &claims{f}, nil
}

func (c *claims) close() error { return c.file.Close() }

// place returns the byte that stands for k.
func (k key) place() (int64, error) {
	h, err := k.hash()
	return int64(binary.BigEndian.Uint64(h[:8]) >> 2), err
}
