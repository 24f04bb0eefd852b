package rtl

import "fmt"

// Peek returns the value of the register or named net at path, such as "acc"
// or "u_core.u_pe[3].acc", as [Interp.Eval] last computed it.
func (it *Interp) Peek(path string) (int64, error) {
	c, ok := it.named[path]
	if !ok {
		return 0, fmt.Errorf("rtl: module %s has no register or net %q", it.top.Name, path)
	}
	return it.cells[c].shape.Value(it.v[c]), nil
}

// PeekWord returns the lanes of word addr of the memory at path.
func (it *Interp) PeekWord(path string, addr int) ([]int64, error) {
	for _, m := range it.mems {
		if m.path+m.name != path {
			continue
		}
		if addr < 0 || addr >= m.depth {
			return nil, fmt.Errorf("rtl: memory %s: word is %d, want 0 to %d", path, addr, m.depth-1)
		}
		lanes := make([]int64, m.lanes)
		for l, v := range m.words[addr] {
			lanes[l] = m.shape.Value(v)
		}
		return lanes, nil
	}
	return nil, fmt.Errorf("rtl: module %s has no memory %q", it.top.Name, path)
}
