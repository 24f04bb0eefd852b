package verilator

import (
	"encoding/binary"
	"fmt"

	"lockstep/rtl"
)

// Peek returns the register at path, such as "acc" or "u_core.u_pe[3].acc".
func (s *Session) Peek(path string) (int64, error) {
	loc, err := s.top.Locate(path)
	if err != nil {
		return 0, err
	}
	if loc.Depth != 0 {
		return 0, fmt.Errorf("verilator: %s: %s is a memory, want a register", s.top.Name, path)
	}
	lanes, err := s.peek(path, loc, 0)
	if err != nil {
		return 0, err
	}
	return lanes[0], nil
}

// PeekWord returns the lanes of word addr of the memory inside the system at
// path.
func (s *Session) PeekWord(path string, addr int) ([]int64, error) {
	loc, err := s.top.Locate(path)
	switch {
	case err != nil:
		return nil, err
	case loc.Depth == 0:
		return nil, fmt.Errorf("verilator: %s: %s is a register, want a memory", s.top.Name, path)
	case addr < 0 || addr >= loc.Depth:
		return nil, fmt.Errorf("verilator: %s: word of %s is %d, want 0 to %d", s.top.Name, path, addr, loc.Depth-1)
	}
	return s.peek(path, loc, addr)
}

func (s *Session) peek(path string, loc rtl.Location, word int) ([]int64, error) {
	scope := "TOP." + s.top.Name
	if loc.Scope != "" {
		scope += "." + loc.Scope
	}
	le := binary.LittleEndian
	args := append(le.AppendUint32(nil, uint32(len(scope))), scope...)
	args = append(le.AppendUint32(args, uint32(len(loc.Verilog))), loc.Verilog...)
	p := rtl.Port{Shape: loc.Shape, Lanes: loc.Lanes}
	data, lanes := make([]byte, 4*words(p)), make([]int64, loc.Lanes)
	err := s.do('P', le.AppendUint64(args, uint64(word)), func() error {
		switch n, err := s.read32(); {
		case err != nil:
			return err
		case n != len(data)/4:
			return fmt.Errorf("%s has %d words in the model, want %d", path, n, len(data)/4)
		}
		return s.read(data)
	})
	if err == nil {
		unpack(p, data, lanes)
	}
	return lanes, err
}

// Load writes data to the memory called name at byte addr.
func (s *Session) Load(name string, addr int64, data []byte) error {
	args, err := s.memoryArgs(name, addr, int64(len(data)))
	if err != nil {
		return err
	}
	return s.do('L', append(args, data...), nil)
}

// Dump returns n bytes of the memory called name from byte addr.
func (s *Session) Dump(name string, addr, n int64) ([]byte, error) {
	args, err := s.memoryArgs(name, addr, n)
	if err != nil {
		return nil, err
	}
	data := make([]byte, n)
	return data, s.do('D', args, func() error { return s.read(data) })
}

func (s *Session) memoryArgs(name string, addr, n int64) ([]byte, error) {
	for k, m := range s.mems {
		if m.Name != name {
			continue
		}
		if addr < 0 || n < 0 || addr > m.Bytes || n > m.Bytes-addr {
			return nil, fmt.Errorf("verilator: %s: %d bytes at %d of memory %s, which has %d", s.top.Name, n, addr, name, m.Bytes)
		}
		b := binary.LittleEndian.AppendUint32(nil, uint32(k))
		b = binary.LittleEndian.AppendUint64(b, uint64(addr))
		return binary.LittleEndian.AppendUint64(b, uint64(n)), nil
	}
	return nil, fmt.Errorf("verilator: %s has no memory %q attached", s.top.Name, name)
}
