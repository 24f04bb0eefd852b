package tpu

import (
	"fmt"
	"strings"
)

// An Overlap says what a machine does at the same time. Its zero value is a
// machine that does one thing after the other, as SCALE-Sim counts.
type Overlap struct {
	Weights bool // the stationary operand of the next pass is loaded under the running pass
	Drain   bool // the next pass streams directly behind the running one, while that leaves the array
	DMA     bool // transfers run under computation, in double buffers
}

// fullOverlap is everything that an Overlap has.
var fullOverlap = Overlap{Weights: true, Drain: true, DMA: true}

// ParseOverlap reads what String writes: none, full, or some of weights, drain
// and dma with commas between.
func ParseOverlap(text string) (Overlap, error) {
	var o Overlap
	switch text {
	case "none":
		return o, nil
	case "full":
		return fullOverlap, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		flag, ok := map[string]*bool{"weights": &o.Weights, "drain": &o.Drain, "dma": &o.DMA}[part]
		if !ok || *flag {
			return Overlap{}, fmt.Errorf("tpu: overlap is %q, want none, full, or a list of weights, drain, dma, each once", text)
		}
		*flag = true
	}
	return o, nil
}

// String returns none, full or a list such as "weights,drain".
func (o Overlap) String() string {
	switch o {
	case Overlap{}:
		return "none"
	case fullOverlap:
		return "full"
	}
	var parts []string
	for _, p := range []struct {
		on   bool
		name string
	}{{o.Weights, "weights"}, {o.Drain, "drain"}, {o.DMA, "dma"}} {
		if p.on {
			parts = append(parts, p.name)
		}
	}
	return strings.Join(parts, ",")
}
