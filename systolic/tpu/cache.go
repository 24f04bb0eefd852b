package tpu

import (
	"cmp"
	"math"
	"slices"
)

// A cache places blocks of a matrix in a number of slots. It knows all uses
// beforehand. A slot with a block that is not used again is given up first, the
// one that has been idle for longest. If there is none, it is one of the
// streaming slots, those whose blocks are used last, and of these again the one
// that has been idle for longest: to reuse always the very last would keep most
// blocks, but each load would wait for the step before.
type cache struct {
	slots []slot
	where []int   // the slot of each block, or -1
	uses  [][]int // the steps to come that use each block, in order
	step  int
}

type slot struct {
	index, block int // block is -1 in the beginning
	used         int // the last step that used it
	next         int // the next one
}

// streaming is the number of slots that are not kept for a block.
const streaming = 4

// newCache is for slots slots and the blocks used, one per step.
func newCache(slots, blocks int, used []int) *cache {
	c := &cache{slots: make([]slot, slots), where: make([]int, blocks), uses: make([][]int, blocks)}
	for i := range c.slots {
		c.slots[i] = slot{i, -1, -1, math.MaxInt}
	}
	for i := range c.where {
		c.where[i] = -1
	}
	for step, b := range used {
		c.uses[b] = append(c.uses[b], step)
	}
	return c
}

// use returns the slot of a block for the next step, which uses it, and whether the
// block has to be loaded into it.
func (c *cache) use(block int) (index int, load bool) {
	index = c.where[block]
	if load = index < 0; load {
		index = c.victim()
		if old := c.slots[index].block; old >= 0 {
			c.where[old] = -1
		}
		c.where[block] = index
	}
	c.uses[block] = c.uses[block][1:]
	next := math.MaxInt
	if len(c.uses[block]) > 0 {
		next = c.uses[block][0]
	}
	c.slots[index] = slot{index, block, c.step, next}
	c.step++
	return index, load
}

// victim returns the slot to give up.
func (c *cache) victim() int {
	idle := func(a, b slot) int { return cmp.Compare(a.used, b.used) }
	oldest := slices.MinFunc(c.slots, func(a, b slot) int {
		return cmp.Or(-cmp.Compare(a.next, b.next), idle(a, b))
	})
	if oldest.next == math.MaxInt {
		return oldest.index
	}
	list := slices.SortedFunc(slices.Values(c.slots), func(a, b slot) int { return -cmp.Compare(a.next, b.next) })
	return slices.MinFunc(list[:min(streaming, len(list))], idle).index
}
