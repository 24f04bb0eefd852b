package tpu

// chunks is a list that grows without moving what it holds.
type chunks[T any] struct {
	list  [][]T
	count int
}

const chunkLen = 1 << 12

func (c *chunks[T]) len() int { return c.count }

func (c *chunks[T]) at(i int) *T { return &c.list[i/chunkLen][i%chunkLen] }

// push appends the zero value and returns its place.
func (c *chunks[T]) push() *T {
	if c.count%chunkLen == 0 {
		c.list = append(c.list, make([]T, chunkLen))
	}
	c.count++
	return c.at(c.count - 1)
}
