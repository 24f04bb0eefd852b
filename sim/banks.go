package sim

import "fmt"

// Banks adds rows that are open or not to a memory: byte address a is in row
// a/RowBytes, row r is in bank r modulo Count, and each bank has one row open.
// When a request is accepted, each of its rows, in the order of addresses, is a
// hit if it is open in its bank, else a miss that opens it. All misses of a
// request, MissPenaltyCycles each, come before its first beat. At the
// beginning no row is open.
type Banks struct {
	Count             int
	RowBytes          int64
	MissPenaltyCycles Cycle
}

type openRows struct {
	Banks
	rows         []int64 // open row + 1 per bank
	hits, misses int64
}

func newOpenRows(b Banks) (*openRows, error) {
	if b.Count < 1 || b.Count > 1<<16 || b.RowBytes < 1 || b.MissPenaltyCycles < 0 || b.MissPenaltyCycles > 1<<20 {
		return nil, fmt.Errorf("banks: Count %d, RowBytes %d, MissPenaltyCycles %d, want 1 to 65536, 1 or more, 0 to %d",
			b.Count, b.RowBytes, b.MissPenaltyCycles, 1<<20)
	}
	return &openRows{Banks: b, rows: make([]int64, b.Count)}, nil
}

// touch returns the penalty for the rows of a request. Only the first Count
// rows can be hits; the others follow a row of the same request in their bank.
func (b *openRows) touch(addr, bytes int64) Cycle {
	first, last := addr/b.RowBytes, (addr+bytes-1)/b.RowBytes
	count := int64(b.Count)
	hits := int64(0)
	for r := first; r <= last && r < first+count; r++ {
		if b.rows[r%count] == r+1 {
			hits++
		}
	}
	for r := max(first, last-count+1); r <= last; r++ {
		b.rows[r%count] = r + 1
	}
	misses := last - first + 1 - hits
	b.hits += hits
	b.misses += misses
	return Cycle(misses) * b.MissPenaltyCycles
}
