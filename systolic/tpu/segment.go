package tpu

import "sort"

// segments are the history of a memory: for each byte the operation that wrote
// it last and the operations that have read it since. Bytes with one history
// are one segment. Segments are in order, without overlap, and cover what was
// touched so far.
type segments []segment

type segment struct {
	low, high int64
	writer    ID   // 0 if nothing has written it
	readers   []ID // at most one per queue, the last of it
}

// touch returns the segments of [low, high), split so that they begin and end
// there; new ones have no history. The slice is valid until the next touch.
func (s *segments) touch(low, high int64) []segment {
	list := *s
	i := sort.Search(len(list), func(i int) bool { return list[i].high > low })
	if i < len(list) && list[i].low == low && list[i].high == high {
		return list[i : i+1] // the usual case
	}
	first := i
	for at := low; at < high; i++ {
		switch {
		case i == len(*s) || (*s)[i].low >= high:
			s.insert(i, segment{low: at, high: high})
		case (*s)[i].low > at:
			s.insert(i, segment{low: at, high: (*s)[i].low})
		case (*s)[i].low < at: // only the first
			s.split(i, at)
			first = i + 1
			continue
		case (*s)[i].high > high:
			s.split(i, high)
		}
		at = (*s)[i].high
	}
	return (*s)[first:i]
}

func (s *segments) insert(i int, x segment) {
	*s = append(*s, segment{})
	copy((*s)[i+1:], (*s)[i:])
	(*s)[i] = x
}

// split cuts segment i at an address inside it.
func (s *segments) split(i int, at int64) {
	x := (*s)[i]
	x.low, x.readers = at, append([]ID(nil), x.readers...)
	s.insert(i+1, x)
	(*s)[i].high = at
}

// written makes [low, high), which was touched, one segment that id wrote.
func (s *segments) written(low, high int64, id ID) {
	list := *s
	i := sort.Search(len(list), func(i int) bool { return list[i].high > low })
	j := i
	for j < len(list) && list[j].low < high {
		j++
	}
	list[i] = segment{low: low, high: high, writer: id, readers: list[i].readers[:0]}
	if j > i+1 {
		n := copy(list[i+1:], list[j:])
		clear(list[i+1+n:])
		*s = list[:i+1+n]
	}
}
