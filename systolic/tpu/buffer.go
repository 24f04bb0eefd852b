package tpu

import (
	"fmt"
	"slices"
)

// A Buffer is a named piece of a memory, from its allocation until it is freed.
type Buffer struct {
	name   string
	space  *space
	offset int64
	bytes  int64
	freed  bool
}

// Name returns the name of the buffer.
func (b *Buffer) Name() string { return b.name }

// Bytes returns the size of the buffer.
func (b *Buffer) Bytes() int64 { return b.bytes }

// All is the whole buffer.
func (b *Buffer) All() Range { return Range{b, 0, b.bytes} }

// Range is bytes of the buffer from offset on.
func (b *Buffer) Range(offset, bytes int64) Range { return Range{b, offset, bytes} }

// A Range is Bytes >= 1 of a buffer, from Offset on.
type Range struct {
	Buffer        *Buffer
	Offset, Bytes int64
}

// A space is one memory: its buffers do not overlap while they live. Addresses
// are given out when the program is written, as a compiler does; a place that
// was freed is given out again, and what the new buffer does there must be
// ordered after what the old one did.
type space struct {
	program  *Program
	name     string
	core     int // hbmCore for the HBM
	capacity int64
	live     []*Buffer // by offset
	used     int64
	peak     int64
	history  segments // who reads and writes which bytes
}

// hbmCore stands for the memory that all cores share.
const hbmCore = -1

func spaceName(core int) string {
	if core == hbmCore {
		return "HBM"
	}
	return fmt.Sprintf("VMEM of core %d", core)
}

// alloc takes the lowest gap that fits.
func (s *space) alloc(name string, bytes int64) (*Buffer, error) {
	if bytes < 1 || bytes > maxBytes {
		return nil, fmt.Errorf("buffer %q of %d bytes in %s, want 1 to %d", name, bytes, s.name, int64(maxBytes))
	}
	at, offset := len(s.live), int64(0)
	for i, b := range s.live {
		if b.offset-offset >= bytes {
			at = i
			break
		}
		offset = b.offset + b.bytes
	}
	if s.capacity-offset < bytes {
		return nil, fmt.Errorf("buffer %q of %d bytes does not fit in %s: %d of %d bytes are in use, the largest gap is %d",
			name, bytes, s.name, s.used, s.capacity, s.largestGap())
	}
	b := &Buffer{name: name, space: s, offset: offset, bytes: bytes}
	s.live = slices.Insert(s.live, at, b)
	s.used += bytes
	s.peak = max(s.peak, s.used)
	return b, nil
}

func (s *space) largestGap() int64 {
	gap, end := int64(0), int64(0)
	for _, b := range s.live {
		gap, end = max(gap, b.offset-end), b.offset+b.bytes
	}
	return max(gap, s.capacity-end)
}

func (s *space) free(b *Buffer) {
	i := slices.Index(s.live, b)
	s.live = slices.Delete(s.live, i, i+1)
	s.used -= b.bytes
	b.freed = true
}
