package fixed

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
)

// A saved state is, little-endian:
//
//	magic        8 bytes  "LOCKSTEP"
//	version      uint32   2
//	witness      8 bytes  "fixed" filled with zeros
//	shape        uint32 Layers, Hidden, Intermediate, Vocab; float64 NormEps
//	fingerprint  uint64   of the weights
//	formats      uint32 Vector.Width, Vector.Frac, Weight.Width, Weight.Frac,
//	             Sigmoid.Method, Sigmoid.RangeLog2, Sigmoid.SegmentsLog2
//	state        int32    [Layers*Hidden]
//	crc          uint32   CRC-32 (IEEE) of everything before
const (
	stateMagic   = "LOCKSTEP"
	stateVersion = 2
	stateWitness = "fixed"
	headerBytes  = 8 + 4 + 8 + 4*4 + 8 + 8 + 7*4
)

// A headerField is one number of the header, in 4 or 8 bytes.
type headerField struct {
	name  string
	bytes int
	want  uint64
}

// headerFields returns what follows magic, version and witness.
func (m *Model) headerFields() []headerField {
	s, c := m.Shape, m.Config
	return []headerField{
		{"Layers", 4, uint64(s.Layers)},
		{"Hidden", 4, uint64(s.Hidden)},
		{"Intermediate", 4, uint64(s.Intermediate)},
		{"Vocab", 4, uint64(s.Vocab)},
		{"NormEps", 8, math.Float64bits(s.NormEps)},
		{"fingerprint of the weights", 8, m.fingerprint()},
		{"Vector.Width", 4, uint64(c.Vector.Width)},
		{"Vector.Frac", 4, uint64(c.Vector.Frac)},
		{"Weight.Width", 4, uint64(c.Weight.Width)},
		{"Weight.Frac", 4, uint64(c.Weight.Frac)},
		{"Sigmoid.Method", 4, uint64(c.Sigmoid.Method)},
		{"Sigmoid.RangeLog2", 4, uint64(c.Sigmoid.RangeLog2)},
		{"Sigmoid.SegmentsLog2", 4, uint64(c.Sigmoid.SegmentsLog2)},
	}
}

// MarshalBinary saves the recurrent state.
func (s *Session) MarshalBinary() ([]byte, error) {
	b := make([]byte, 0, headerBytes+4*len(s.state)+4)
	b = append(b, stateMagic...)
	b = binary.LittleEndian.AppendUint32(b, stateVersion)
	var witness [8]byte
	copy(witness[:], stateWitness)
	b = append(b, witness[:]...)
	for _, f := range s.model.headerFields() {
		b = append(b, binary.LittleEndian.AppendUint64(nil, f.want)[:f.bytes]...)
	}
	for _, v := range s.state {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), nil
}

// UnmarshalBinary restores a state that MarshalBinary saved from a session of
// the same model and formats. On error the session is unchanged.
func (s *Session) UnmarshalBinary(data []byte) error {
	if err := s.checkState(data); err != nil {
		return fmt.Errorf("fixed: state: %w", err)
	}
	for i := range s.state {
		s.state[i] = stateElement(data, i)
	}
	return nil
}

// checkState compares the parts from the outside in, so that the error names
// the first thing that does not fit.
func (s *Session) checkState(data []byte) error {
	if !bytes.HasPrefix(data, []byte(stateMagic)) {
		return fmt.Errorf("starts with %q, want %q", data[:min(len(data), len(stateMagic))], stateMagic)
	}
	const fieldsAt = 20
	if len(data) < fieldsAt {
		return fmt.Errorf("has %d bytes, want at least %d", len(data), fieldsAt)
	}
	if v := binary.LittleEndian.Uint32(data[8:]); v != stateVersion {
		return fmt.Errorf("version is %d, want %d", v, stateVersion)
	}
	if w := string(bytes.TrimRight(data[12:fieldsAt], "\x00")); w != stateWitness {
		return fmt.Errorf("witness is %q, want %q", w, stateWitness)
	}
	if len(data) < headerBytes {
		return fmt.Errorf("has %d bytes, want at least %d", len(data), headerBytes)
	}
	at := fieldsAt
	for _, f := range s.model.headerFields() {
		var number [8]byte
		at += copy(number[:f.bytes], data[at:])
		if v := binary.LittleEndian.Uint64(number[:]); v != f.want {
			return f.mismatch(v)
		}
	}
	if want := headerBytes + 4*len(s.state) + 4; len(data) != want {
		return fmt.Errorf("has %d bytes, want %d", len(data), want)
	}
	end := len(data) - 4
	if v, want := binary.LittleEndian.Uint32(data[end:]), crc32.ChecksumIEEE(data[:end]); v != want {
		return fmt.Errorf("crc is %#08x, want %#08x", v, want)
	}
	f := s.model.Config.Vector
	for i := range s.state {
		if v := stateElement(data, i); v < f.Min() || v > f.Max() {
			return fmt.Errorf("element %d is %d, want %d to %d", i, v, f.Min(), f.Max())
		}
	}
	return nil
}

func (f headerField) mismatch(v uint64) error {
	switch {
	case f.name == "NormEps":
		return fmt.Errorf("%s is %v, want %v", f.name, math.Float64frombits(v), math.Float64frombits(f.want))
	case f.bytes == 8:
		return fmt.Errorf("%s is %#016x, want %#016x", f.name, v, f.want)
	}
	return fmt.Errorf("%s is %d, want %d", f.name, v, f.want)
}

func stateElement(data []byte, i int) int32 {
	return int32(binary.LittleEndian.Uint32(data[headerBytes+4*i:]))
}
