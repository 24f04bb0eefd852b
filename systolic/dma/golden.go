package dma

import (
	"fmt"
	"slices"

	"lockstep/rtl/unit"
)

// A descriptor is a beat of cmd.
type descriptor struct{ store, tag, row, addr, rows, bytes, stride int64 }

func read(f unit.Frame) descriptor {
	return descriptor{f[0][0], f[1][0], f[2][0], f[3][0], f[4][0], f[5][0], f[6][0]}
}

func (d descriptor) frame() unit.Frame {
	return unit.Frame{{d.store}, {d.tag}, {d.row}, {d.addr}, {d.rows}, {d.bytes}, {d.stride}}
}

// beats returns the beats of a row.
func (c Config) beats(d descriptor) int64 {
	size := int64(c.BeatBytes)
	return (d.bytes + size - 1) / size
}

// validate reports what is wrong with a descriptor.
func (c Config) validate(d descriptor) error {
	size := int64(c.BeatBytes)
	switch end := d.row + d.rows*c.beats(d); {
	case d.rows < 1 || d.bytes < 1:
		return fmt.Errorf("%d rows of %d bytes, want 1 or more of 1 or more", d.rows, d.bytes)
	case d.store == 1 && d.bytes%size != 0:
		return fmt.Errorf("rows of %d bytes to store, want a multiple of %d", d.bytes, size)
	case end > int64(c.Rows):
		return fmt.Errorf("rows %d to %d of the scratchpad, want at most %d", d.row, end-1, c.Rows-1)
	}
	return nil
}

// golden maps the beats of cmd, mem_rd and vmem to those of mem_req, vmem_wr,
// vmem_rd, mem_wr and done.
func (c Config) golden(in [][]unit.Frame) ([][]unit.Frame, error) {
	left := [2][]unit.Frame{in[1], in[2]}
	out := make([][]unit.Frame, 5)
	for k, f := range in[0] {
		d := read(f)
		if err := c.validate(d); err != nil {
			return nil, fmt.Errorf("dma: descriptor %d has %w", k, err)
		}
		beats := c.beats(d)
		if n := int64(len(left[d.store])); d.rows*beats > n {
			return nil, fmt.Errorf("dma: descriptor %d has %d beats; %d of mem_rd and %d of vmem are left",
				k, d.rows*beats, len(left[0]), len(left[1]))
		}
		at := d.row
		for r := range d.rows {
			out[0] = append(out[0], unit.Frame{{(d.addr + r*d.stride) & addrShape.Max()}, {beats}, {d.store}})
			for b := range beats {
				data := slices.Clone(left[d.store][0][0])
				left[d.store] = left[d.store][1:]
				if rest := d.bytes - b*int64(c.BeatBytes); rest < int64(c.BeatBytes) {
					clear(data[rest:])
				}
				if d.store == 1 {
					out[2] = append(out[2], unit.Frame{{at}})
					out[3] = append(out[3], unit.Frame{data})
				} else {
					out[1] = append(out[1], unit.Frame{{at}, data})
				}
				at++
			}
		}
		out[4] = append(out[4], unit.Frame{{d.store}, {d.tag}})
	}
	if n := len(left[0]) + len(left[1]); n > 0 {
		return nil, fmt.Errorf("dma: %d beats of mem_rd and %d of vmem belong to no descriptor", len(left[0]), len(left[1]))
	}
	return out, nil
}

// due gives the cycles of the package comment.
func (c Config) due(in [][]unit.Frame, accepted [][]int, _ int) [][]int {
	rd, data := accepted[1], accepted[2]
	var req, put, fetch, wr, done []int
	end := -1 // of the descriptor before
	for k, f := range in[0] {
		d, taken := read(f), accepted[0][k]
		for r := range int(d.rows) {
			req = append(req, taken+1+r)
		}
		begin := max(taken, end) + 1
		for range d.rows * c.beats(d) {
			if d.store == 0 {
				end = rd[len(put)]
				put = append(put, end)
				continue
			}
			at := taken + 1
			if j := len(fetch); j > 0 {
				at = max(at, fetch[j-1]+1)
			}
			if j := len(fetch) - c.Buffer; j >= 0 {
				at = max(at, wr[j]+1)
			}
			fetch = append(fetch, at)
			end = max(begin, end+1, data[len(wr)])
			wr = append(wr, end)
		}
		done = append(done, end)
	}
	return [][]int{req, put, fetch, wr, done}
}
