// Package systolic is the arithmetic of matrix products on a systolic array:
// shapes, dataflows, how a product is cut into passes of the array, the cycles
// of a machine that overlaps nothing, and the values themselves, as plain loops
// and pass by pass. It knows no hardware and no events.
package systolic

import "fmt"

// A Dataflow says which operand stays in the processing elements (PEs) during
// a pass of the array while the others move. The zero value is none of them.
type Dataflow uint8

// In each dataflow, what the rows and columns of the array stand for and what
// is streamed.
const (
	OutputStationary Dataflow = iota + 1 // "os": rows M, columns N, streams K; sums stay
	WeightStationary                     // "ws": rows K, columns N, streams M; B stays
	InputStationary                      // "is": rows K, columns M, streams N; A stays
)

// Dataflows returns the three dataflows in the order of their constants.
func Dataflows() []Dataflow {
	return []Dataflow{OutputStationary, WeightStationary, InputStationary}
}

// String returns "os", "ws" or "is".
func (d Dataflow) String() string {
	switch d {
	case OutputStationary:
		return "os"
	case WeightStationary:
		return "ws"
	case InputStationary:
		return "is"
	}
	return fmt.Sprintf("Dataflow(%d)", uint8(d))
}

// ParseDataflow returns the dataflow that String calls name.
func ParseDataflow(name string) (Dataflow, error) {
	for _, d := range Dataflows() {
		if d.String() == name {
			return d, nil
		}
	}
	return 0, fmt.Errorf("systolic: dataflow is %q, want os, ws or is", name)
}

// Validate reports a value that is no dataflow.
func (d Dataflow) Validate() error {
	if d < OutputStationary || d > InputStationary {
		return fmt.Errorf("systolic: dataflow is %d, want 1 to 3 (os, ws, is)", uint8(d))
	}
	return nil
}
