package loadstore

import (
	"fmt"
	"slices"

	"lockstep/rtl/unit"
)

// golden maps the beats of cmd, mem_rd and data to those of mem_req, reg, fetch,
// mem_wr and done.
func (c Config) golden(in [][]unit.Frame) ([][]unit.Frame, error) {
	rd, data := in[1], in[2]
	out := make([][]unit.Frame, 5)
	for k, cmd := range in[0] {
		store, register, words, addr := cmd[0][0], cmd[1][0], cmd[2][0], cmd[3][0]
		from := &rd
		if store == 1 {
			from = &data
		}
		switch {
		case register >= int64(c.File.Registers):
			return nil, fmt.Errorf("loadstore: command %d has register %d, want 0 to %d", k, register, c.File.Registers-1)
		case words < 1 || words > int64(c.File.Words):
			return nil, fmt.Errorf("loadstore: command %d has %d words, want 1 to %d", k, words, c.File.Words)
		case words > int64(len(*from)):
			return nil, fmt.Errorf("loadstore: command %d has %d words; %d of mem_rd and %d of data are left", k, words, len(rd), len(data))
		}
		out[0] = append(out[0], unit.Frame{{addr * int64(c.WordBytes())}, {words}, {store}})
		for w, f := range (*from)[:words] {
			elements := slices.Clone(f[0])
			if store == 1 {
				out[2] = append(out[2], unit.Frame{{register}, {int64(w)}})
				out[3] = append(out[3], unit.Frame{elements})
			} else {
				out[1] = append(out[1], unit.Frame{{register}, {int64(w)}, elements})
			}
		}
		*from = (*from)[words:]
		out[4] = append(out[4], unit.Frame{{store}, {register}})
	}
	if len(rd)+len(data) > 0 {
		return nil, fmt.Errorf("loadstore: %d words of mem_rd and %d of data belong to no command", len(rd), len(data))
	}
	return out, nil
}

// due gives the cycles of the package comment.
func (c Config) due(in [][]unit.Frame, accepted [][]int, _ int) [][]int {
	rd, data := accepted[1], accepted[2]
	var req, reg, fetch, wr, done []int
	end := -1 // of the command before
	for k, cmd := range in[0] {
		taken := accepted[0][k]
		req = append(req, taken)
		begin := max(taken, end) + 1
		for range cmd[2][0] {
			if cmd[0][0] == 0 {
				end = rd[len(reg)]
				reg = append(reg, end)
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
	return [][]int{req, reg, fetch, wr, done}
}
