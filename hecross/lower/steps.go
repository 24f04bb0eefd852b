package lower

import (
	"lockstep/systolic"
	"lockstep/systolic/tpu"
)

// vector is opsPerElement operations of the vector unit for each element.
func (b *builder) vector(c Category, elements int, opsPerElement int64, reads, writes []port, do func() error) step {
	lanes := float64(b.machine.Lanes * b.machine.Sublanes)
	return step{
		category: c, engine: tpu.VPU, work: tpu.Vector(int64(elements), opsPerElement), reads: reads, writes: writes, do: do,
		cycles: float64(elements) * float64(opsPerElement) / lanes / b.machine.ALUs.Float(),
	}
}

// across moves every register of so many bytes through the cross-lane units, as
// often as passes says. Each of the units takes a part of every operand.
func (b *builder) across(c Category, bytes, passes int64, reads, writes []port, do func() error) step {
	registers := b.machine.Registers(bytes)
	units := min(int64(b.machine.XLUs), registers)
	return step{
		category: c, engine: tpu.XLU, work: tpu.Permute((registers+units-1)/units, passes), parts: int(units),
		reads: reads, writes: writes, do: do,
		cycles: float64(registers*passes) / float64(units) / b.machine.XLURegistersPerCycle.Float(),
	}
}

// product is a matrix product of bytes, in the dataflow that takes fewer cycles.
// Its inputs are A and B, its output C.
func (b *builder) product(c Category, g systolic.GEMM, a, known, sums port, accumulate bool, do func() error) step {
	best := systolic.WeightStationary
	for _, d := range []systolic.Dataflow{systolic.InputStationary, systolic.OutputStationary} {
		if b.machine.ProductCycles(g, b.costs.types, d) < b.machine.ProductCycles(g, b.costs.types, best) {
			best = d
		}
	}
	return step{
		category: c, engine: tpu.MXU, work: tpu.MatMul(g, b.costs.types, best, accumulate),
		reads: []port{a, known}, writes: []port{sums}, do: do,
		cycles: float64(b.machine.ProductCycles(g, b.costs.types, best)),
	}
}

// pieces is a product that is cut along K where sums would not be exact; each
// piece has sums of its own. The known factor is input 0, the data input 1.
func (b *builder) pieces(c Category, g systolic.GEMM, pieces int, knownLeft bool, do func() error) []step {
	a, x := in(0), in(1)
	if !knownLeft {
		a, x = x, a
	}
	list := make([]step, pieces)
	for i := range list {
		list[i] = b.product(c, g, a.piece(i, pieces), x.piece(i, pieces), out(0).piece(i, pieces), false, nil)
	}
	list[pieces-1].do = b.does(do)
	return list
}

// reduceCost is the operations that make a residue of the sums of a product in
// so many pieces: each further one is converted and added, sum by sum.
func (b *builder) reduceCost(pieces int) int64 {
	return b.costs.reduce + int64(pieces-1)*2*b.costs.sums
}
