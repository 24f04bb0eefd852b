package sim

import (
	"fmt"
	"slices"
)

// A Scratchpad is on-chip memory with a capacity and named allocations. It
// keeps account of space only; its bandwidth is a Memory.
type Scratchpad struct {
	sys      *System
	name     string
	capacity int64
	align    int64
	regions  []Region // by offset
	used     int64
	peak     int64
}

// A Region is an allocation: Bytes at Offset.
type Region struct {
	Name          string
	Offset, Bytes int64
}

// An Allocation asks an op's scratchpad for space under a name.
type Allocation struct {
	Pad   *Scratchpad
	Name  string
	Bytes int64
}

// NewScratchpad returns an empty scratchpad. Regions begin at multiples of
// alignBytes, and occupy whole multiples of it.
func NewScratchpad(s *System, name string, capacityBytes, alignBytes int64) (*Scratchpad, error) {
	if err := s.claim(name); err != nil {
		return nil, err
	}
	if alignBytes < 1 || capacityBytes < alignBytes || capacityBytes > maxTransferBytes {
		return nil, fmt.Errorf("sim: %s: capacity %d and alignment %d bytes, want 1 <= alignment <= capacity <= %d",
			name, capacityBytes, alignBytes, int64(maxTransferBytes))
	}
	p := &Scratchpad{sys: s, name: name, capacity: capacityBytes, align: alignBytes}
	s.pads = append(s.pads, p)
	return p, nil
}

// Alloc takes the lowest gap of at least bytes >= 1 for name.
func (p *Scratchpad) Alloc(name string, bytes int64) (Region, error) {
	if bytes < 1 || bytes > maxTransferBytes {
		return Region{}, fmt.Errorf("%s: allocation %s of %d bytes, want 1 to %d", p.name, name, bytes, int64(maxTransferBytes))
	}
	size := (bytes + p.align - 1) / p.align * p.align
	at, offset := -1, int64(0)
	for i, r := range p.regions {
		if r.Name == name {
			return Region{}, fmt.Errorf("%s: allocation %s exists", p.name, name)
		}
		if at < 0 && r.Offset-offset >= size {
			at = i
		}
		if at < 0 {
			offset = r.Offset + r.Bytes
		}
	}
	if at < 0 {
		at = len(p.regions)
		if p.capacity-offset < size {
			return Region{}, fmt.Errorf("%s: capacity exceeded: allocation %s wants %d bytes in one piece, %d of %d are in use",
				p.name, name, size, p.used, p.capacity)
		}
	}
	r := Region{name, offset, size}
	p.regions = slices.Insert(p.regions, at, r)
	p.used += size
	p.peak = max(p.peak, p.used)
	return r, nil
}

// Free gives the space of name back.
func (p *Scratchpad) Free(name string) error {
	for i, r := range p.regions {
		if r.Name == name {
			p.regions = slices.Delete(p.regions, i, i+1)
			p.used -= r.Bytes
			return nil
		}
	}
	return fmt.Errorf("%s: no allocation %s to free", p.name, name)
}

// Region returns the allocation of name.
func (p *Scratchpad) Region(name string) (Region, error) {
	for _, r := range p.regions {
		if r.Name == name {
			return r, nil
		}
	}
	return Region{}, fmt.Errorf("%s: no allocation %s", p.name, name)
}
