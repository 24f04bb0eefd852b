package rowwise

import "fmt"

// An Op is an operation of the unit on a pair of vector elements a and b.
type Op int

// The operations, in the order of their codes. The results are those of
// fixed.Ops.
const (
	Add      Op = iota // a + b
	Sub                // a - b
	Mul                // a * b
	Sigmoid            // 1/(1+exp(-a))
	CSigmoid           // 1 - 1/(1+exp(-a))
	SiLU               // a/(1+exp(-a))
)

// names are the values of the enumeration in the generated module.
var names = []string{"add", "sub", "mul", "sigmoid", "csigmoid", "silu"}

// numOps is the number of operations.
const numOps = int(SiLU) + 1

// String returns the name of the operation, for example csigmoid.
func (o Op) String() string {
	if o < 0 || int(o) >= numOps {
		return fmt.Sprintf("op(%d)", int(o))
	}
	return names[o]
}
