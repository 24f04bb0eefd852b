// Package kernel multiplies matrices of bytes literally, as the hardware does:
// every product of two bytes is computed and added in 32 bits, none is skipped
// or taken in floating point. It is the functional half of the systolic machine
// and of the matrix forms of homomorphic encryption, where it is nearly all of
// the run time.
//
// A Path is one implementation: with AVX-512 VNNI, with AVX2, or in plain Go.
// All give the same results on the same input, including those that wrap.
// package systolic has the definition that they are tested against.
package kernel

import (
	"fmt"
	"slices"
)

// A Path is one implementation of the product. The zero value is Portable.
type Path uint8

// The paths, slowest first.
const (
	Portable Path = iota // plain Go, everywhere
	AVX2                 // amd64 with AVX2: VPMADDWD on bytes widened to 16 bits
	VNNI                 // amd64 with AVX-512 F, BW and VNNI: VPDPBUSD
)

// Paths returns the paths that this processor and operating system can run,
// slowest first. Portable is always one.
func Paths() []Path {
	var paths []Path
	for p, e := range engines {
		if e != nil {
			paths = append(paths, Path(p))
		}
	}
	return paths
}

// Best returns the fastest of Paths.
func Best() Path {
	paths := Paths()
	return paths[len(paths)-1]
}

// String returns "go", "avx2" or "avx512vnni".
func (p Path) String() string {
	switch p {
	case Portable:
		return "go"
	case AVX2:
		return "avx2"
	case VNNI:
		return "avx512vnni"
	}
	return fmt.Sprintf("Path(%d)", uint8(p))
}

// engine returns the implementation of p.
func (p Path) engine() (*engine, error) {
	if !slices.Contains(Paths(), p) {
		return nil, fmt.Errorf("kernel: path is %v, want one that this processor has: %v", p, Paths())
	}
	return engines[p], nil
}

// engines is the implementation of each path, nil where it cannot run.
var engines = [...]*engine{Portable: &portable, AVX2: avx2(), VNNI: vnni()}
