package hecross

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// A residueReader reads nested arrays of numbers out of valid JSON. Its errors
// begin with where in the arrays the fault is, as in "[1][0][5] is -1, want".
type residueReader struct {
	data []byte
	at   int
	path []int // index in every array that is open
	size int   // of the last array of numbers, a guess for the next
}

// next returns the next byte that is no space, 0 at the end.
func (r *residueReader) next() byte {
	for r.at < len(r.data) {
		switch b := r.data[r.at]; b {
		case ' ', '\t', '\r', '\n':
			r.at++
		default:
			return b
		}
	}
	return 0
}

// list reads an array, calling element before each of its elements.
func (r *residueReader) list(element func() error) error {
	if r.next() != '[' {
		return r.fail("an array")
	}
	r.at++
	r.path = append(r.path, 0)
	for i := 0; r.next() != ']'; i++ {
		if r.next() == ',' {
			r.at++
		}
		r.path[len(r.path)-1] = i
		if err := element(); err != nil {
			return err
		}
		if r.next() == 0 {
			return r.fail("an end of the array")
		}
	}
	r.at++
	r.path = r.path[:len(r.path)-1]
	return nil
}

// poly reads [limb][coefficient].
func (r *residueReader) poly() (Poly, error) {
	p := Poly{}
	err := r.list(func() error {
		limb, err := r.residues()
		p = append(p, limb)
		return err
	})
	return p, err
}

// residues reads an array of numbers of 32 bits.
func (r *residueReader) residues() ([]uint32, error) {
	out := make([]uint32, 0, r.size)
	err := r.list(func() error {
		v, start := uint64(0), r.next()
		if start < '0' || start > '9' {
			return r.fail(wantResidue)
		}
		at := r.at
		for ; at < len(r.data) && r.data[at] >= '0' && r.data[at] <= '9' && v <= math.MaxUint32; at++ {
			v = 10*v + uint64(r.data[at]-'0')
		}
		if v > math.MaxUint32 || at < len(r.data) && strings.IndexByte(".eE", r.data[at]) >= 0 {
			return r.fail(wantResidue)
		}
		r.at = at
		out = append(out, uint32(v))
		return nil
	})
	r.size = len(out)
	return out, err
}

const wantResidue = "a whole number from 0 to 4294967295"

// fail says what stands where something else is wanted.
func (r *residueReader) fail(want string) error {
	r.next()
	return r.errorf("is %s, want %s", excerpt(r.data[r.at:]), want)
}

func (r *residueReader) errorf(format string, args ...any) error {
	var where strings.Builder
	for _, i := range r.path {
		fmt.Fprintf(&where, "[%d]", i)
	}
	return fmt.Errorf("%s %s", where.String(), fmt.Sprintf(format, args...))
}

// excerpt is the value that JSON text starts with, shortened.
func excerpt(data []byte) string {
	const most = 24
	var value json.RawMessage
	if json.NewDecoder(bytes.NewReader(data)).Decode(&value) != nil {
		return "nothing"
	}
	if len(value) <= most {
		return string(value)
	}
	return strings.ToValidUTF8(string(value[:most]), "") + "..."
}
