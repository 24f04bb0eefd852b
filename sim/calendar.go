package sim

// A calendar is a heap of the components that have a pending wake, the
// earliest first. Each is in it at most once and knows its slot, so that an
// earlier wake replaces a later one and no stale wake is left.
type calendar []*Node

// set has n woken in cycle c, unless it is to be woken before.
func (h *calendar) set(n *Node, c Cycle) {
	switch {
	case n.next == noWake:
		n.next, n.slot = c, len(*h)
		*h = append(*h, n)
	case n.next <= c:
		return
	default:
		n.next = c
	}
	h.up(n)
}

// take removes and returns the earliest component.
func (h *calendar) take() *Node {
	list := *h
	n, last := list[0], list[len(list)-1]
	list[len(list)-1] = nil
	*h = list[:len(list)-1]
	if last != n {
		last.slot = 0
		list[0] = last
		h.down(last)
	}
	n.next = noWake
	return n
}

func (h calendar) up(n *Node) {
	i := n.slot
	for i > 0 {
		parent := (i - 1) / 2
		if h[parent].next <= n.next {
			break
		}
		h[i] = h[parent]
		h[i].slot = i
		i = parent
	}
	h[i], n.slot = n, i
}

func (h calendar) down(n *Node) {
	i := n.slot
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child+1].next < h[child].next {
			child++
		}
		if n.next <= h[child].next {
			break
		}
		h[i] = h[child]
		h[i].slot = i
		i = child
	}
	h[i], n.slot = n, i
}
