package float

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
//	version      uint32   1
//	witness      8 bytes  "float" filled with zeros
//	shape        uint32 Layers, Hidden, Intermediate, Vocab; float64 NormEps
//	fingerprint  uint64   of the weights
//	state        float32  [Layers*Hidden]
//	crc          uint32   CRC-32 (IEEE) of everything before
const (
	stateMagic   = "LOCKSTEP"
	stateVersion = 1
	stateWitness = "float"
	headerBytes  = 8 + 4 + 8 + 4*4 + 8 + 8
)

// header returns everything before the state.
func (s *session) header() []byte {
	shape := s.model.weights.Shape
	b := make([]byte, 0, headerBytes+4*len(s.state)+4)
	b = append(b, stateMagic...)
	b = binary.LittleEndian.AppendUint32(b, stateVersion)
	var witness [8]byte
	copy(witness[:], stateWitness)
	b = append(b, witness[:]...)
	for _, n := range []int{shape.Layers, shape.Hidden, shape.Intermediate, shape.Vocab} {
		b = binary.LittleEndian.AppendUint32(b, uint32(n))
	}
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(shape.NormEps))
	return binary.LittleEndian.AppendUint64(b, s.model.fingerprint())
}

// MarshalBinary saves the state.
func (s *session) MarshalBinary() ([]byte, error) {
	b := s.header()
	for _, v := range s.state {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), nil
}

// UnmarshalBinary restores a state that MarshalBinary saved from a session of
// the same model. On error the session is unchanged.
func (s *session) UnmarshalBinary(data []byte) error {
	if err := s.checkState(data); err != nil {
		return fmt.Errorf("float: state: %w", err)
	}
	for i := range s.state {
		s.state[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[headerBytes+4*i:]))
	}
	return nil
}

// checkState compares the parts from the outside in, so that the error names
// the first thing that does not fit.
func (s *session) checkState(data []byte) error {
	if !bytes.HasPrefix(data, []byte(stateMagic)) {
		return fmt.Errorf("starts with %q, want %q", data[:min(len(data), len(stateMagic))], stateMagic)
	}
	if len(data) < headerBytes {
		return fmt.Errorf("has %d bytes, want at least %d", len(data), headerBytes)
	}
	u32 := func(at int) uint32 { return binary.LittleEndian.Uint32(data[at:]) }
	if v := u32(8); v != stateVersion {
		return fmt.Errorf("version is %d, want %d", v, stateVersion)
	}
	if w := string(bytes.TrimRight(data[12:20], "\x00")); w != stateWitness {
		return fmt.Errorf("witness is %q, want %q", w, stateWitness)
	}
	shape := s.model.weights.Shape
	for i, f := range []struct {
		name string
		want int
	}{{"Layers", shape.Layers}, {"Hidden", shape.Hidden}, {"Intermediate", shape.Intermediate}, {"Vocab", shape.Vocab}} {
		if v := u32(20 + 4*i); int(v) != f.want {
			return fmt.Errorf("%s is %d, want %d", f.name, v, f.want)
		}
	}
	if v := math.Float64frombits(binary.LittleEndian.Uint64(data[36:])); v != shape.NormEps {
		return fmt.Errorf("NormEps is %v, want %v", v, shape.NormEps)
	}
	if v, want := binary.LittleEndian.Uint64(data[44:]), s.model.fingerprint(); v != want {
		return fmt.Errorf("fingerprint of the weights is %#016x, want %#016x", v, want)
	}
	if want := headerBytes + 4*len(s.state) + 4; len(data) != want {
		return fmt.Errorf("has %d bytes, want %d", len(data), want)
	}
	end := len(data) - 4
	if v, want := u32(end), crc32.ChecksumIEEE(data[:end]); v != want {
		return fmt.Errorf("crc is %#08x, want %#08x", v, want)
	}
	return nil
}
