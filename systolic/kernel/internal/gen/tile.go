package gen

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tileRows is the most rows of C that one call of a tile function computes.
const tileRows = 6

// tileSignature is that of the tile functions; strides are in elements.
const tileSignature = "func(rows int, a *uint32, aStride int, b *uint64, steps int, c *int32, cStride int, rowTerm, colTerm *int32, load, store uint64)"

// tileArgs are the arguments of a tile function in registers.
type tileArgs struct {
	a, aStride, b, steps, c, cStride, rowTerm, colTerm, load, store reg.GPVirtual
}

// tile writes a tile function: one body per number of rows, each of which
// keeps its part of C in registers while it goes along K.
func (g generator) tile(body func(n int, t tileArgs)) {
	n := g.param("rows")
	t := tileArgs{
		a: g.param("a"), aStride: g.param("aStride"), b: g.param("b"), steps: g.param("steps"),
		c: g.param("c"), cStride: g.param("cStride"),
		rowTerm: g.param("rowTerm"), colTerm: g.param("colTerm"), load: g.param("load"), store: g.param("store"),
	}
	g.SHLQ(operand.Imm(2), t.aStride)
	g.SHLQ(operand.Imm(2), t.cStride)
	for i := 1; i < tileRows; i++ {
		g.CMPQ(n, operand.Imm(uint64(i)))
		g.JE(operand.LabelRef(fmt.Sprintf("rows%d", i)))
	}
	for i := tileRows; i >= 1; i-- {
		g.Label(fmt.Sprintf("rows%d", i))
		body(i, t)
		g.VZEROUPPER()
		g.RET()
	}
}

// alongK runs step on every word of K, four per round while there are as many.
// b moves by panelBytes and a by one word of 4 bytes per step.
func (g generator) alongK(n int, t tileArgs, a rows, panelBytes int, step func(k int)) {
	const unroll = 4
	label := func(s string) string { return fmt.Sprintf("%s%d", s, n) }
	rounds := g.GP64()
	g.MOVQ(t.steps, rounds)
	g.SHRQ(operand.Imm(2), rounds)
	g.JZ(operand.LabelRef(label("rest")))
	g.Label(label("round"))
	for k := range unroll {
		step(k)
	}
	g.advance(a, 4*unroll)
	g.ADDQ(operand.U32(panelBytes*unroll), t.b)
	g.DECQ(rounds)
	g.JNZ(operand.LabelRef(label("round")))

	g.Label(label("rest"))
	g.ANDQ(operand.Imm(unroll-1), t.steps)
	g.JZ(operand.LabelRef(label("done")))
	g.Label(label("single"))
	step(0)
	g.advance(a, 4)
	g.ADDQ(operand.U32(panelBytes), t.b)
	g.DECQ(t.steps)
	g.JNZ(operand.LabelRef(label("single")))
	g.Label(label("done"))
}
