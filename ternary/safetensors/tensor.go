package safetensors

// A Tensor describes one tensor of a file. Its elements stay in the file.
type Tensor struct {
	Name  string
	DType DType
	Shape []int // row-major; empty for a scalar

	elements   int   // product of Shape
	begin, end int64 // bytes of the data section, [begin, end)
}

// Elements returns the number of elements, the product of Shape.
func (t Tensor) Elements() int { return t.elements }
