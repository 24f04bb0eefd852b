package permute

import (
	"fmt"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

// rtl places the columns from the first to the last, with a register after every
// Columns of them and after the last.
func (c Config) rtl(b *unit.Builder, in [][]rtl.Sig) [][]rtl.Sig {
	control, x := in[0], in[1]
	n := network{c.Lanes, b.Module, switchModule(c.Bits)}
	columns := depth(c.Lanes)
	for k := range columns {
		x = n.column(k, control[:c.Lanes/2], x)
		control = control[c.Lanes/2:]
		if (k+1)%c.Columns != 0 && k+1 < columns {
			continue
		}
		for l := range x {
			x[l] = x[l].Reg(fmt.Sprintf("x%d_%d", k+1, l))
		}
		later := make([]rtl.Sig, len(control))
		for i := range later {
			later[i] = control[i].Reg(fmt.Sprintf("control%d_%d", k+1, i))
		}
		control = later
	}
	return [][]rtl.Sig{x}
}

// A network is the structure under construction.
type network struct {
	lanes int
	m     *rtl.Module
	two   *rtl.Module // a switch
}

// column places column k. Up to the middle the lanes of a network are dealt out
// behind it, upper outputs to the upper of two halves; from there on they are
// merged before it.
func (n network) column(k int, control, x []rtl.Sig) []rtl.Sig {
	middle := depth(n.lanes) / 2
	block := n.lanes >> min(k, 2*middle-k) // lanes of the network that the column begins or ends
	if k > middle {
		x = merge(x, block)
	}
	ins := make([][][]rtl.Sig, len(control))
	for s, swap := range control {
		ins[s] = [][]rtl.Sig{{swap}, {x[2*s]}, {x[2*s+1]}}
	}
	y := make([]rtl.Sig, 0, n.lanes)
	for _, out := range n.m.Array(fmt.Sprintf("column%d", k), n.two, ins) {
		y = append(y, out[0][0], out[1][0])
	}
	if k < middle {
		y = deal(y, block)
	}
	return y
}

// deal moves the even lanes of every block to its first half, the odd ones to
// its second.
func deal(x []rtl.Sig, block int) []rtl.Sig {
	y := make([]rtl.Sig, len(x))
	for i := range x {
		at := i % block
		y[i-at+at/2+at%2*block/2] = x[i]
	}
	return y
}

// merge is the inverse of deal.
func merge(x []rtl.Sig, block int) []rtl.Sig {
	y := make([]rtl.Sig, len(x))
	for i := range x {
		at := i % block
		y[i] = x[i-at+at/2+at%2*block/2]
	}
	return y
}

// switchModule returns the module of one switch.
func switchModule(bits int) *rtl.Module {
	m := rtl.New(fmt.Sprintf("systolic_permute_switch_u%d", bits), "a switch of two lanes")
	in := func(name string, width int, doc string) rtl.Sig {
		return m.In(rtl.Port{Name: name, Shape: rtl.U(width), Lanes: 1, Doc: doc})[0]
	}
	swap, a, b := in("swap", 1, "1 swaps the lanes"), in("a", bits, "upper lane"), in("b", bits, "lower lane")
	m.Out(rtl.Port{Name: "upper", Shape: rtl.U(bits), Lanes: 1, Doc: "a, or b if swapped"}, []rtl.Sig{swap.Mux(b, a)})
	m.Out(rtl.Port{Name: "lower", Shape: rtl.U(bits), Lanes: 1, Doc: "b, or a if swapped"}, []rtl.Sig{swap.Mux(a, b)})
	return m
}
