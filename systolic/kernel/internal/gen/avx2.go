package gen

import (
	"fmt"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A tile of AVX2 is 6 rows of 2 ymm registers of 8 columns. Registers 0 to 11
// hold C, 12 and 13 one step of B, 14 one word of A, 15 the products.
const (
	avx2Vecs  = 2
	avx2Bytes = 32 // of a register
)

// ymm are the 16 registers by number.
var ymm = [...]reg.VecPhysical{
	reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
	reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
}

// tileAVX2 writes the tile function of VPMADDWD. A word of A or B is 2 values
// of k in 16 bits each: the sum of two products of bytes is far below 2^31,
// where VPMADDUBSW, which takes bytes, saturates at 2^15.
func (g generator) tileAVX2() {
	bits := g.StaticGlobal("bits")
	g.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range 8 {
		g.AddDatum(4*i, operand.U32(1<<i))
	}
	g.function("tileAVX2", tileSignature,
		"tileAVX2 computes 1 to 6 rows of 16 columns of C: c = (load: c) + rowTerm +",
		"colTerm + a*b over steps words of 2 k. Bits of load and store select columns.")
	g.tile(func(n int, t tileArgs) { g.tileAVX2Rows(n, t, bits) })
}

func (g generator) tileAVX2Rows(n int, t tileArgs, bits operand.Mem) {
	acc := func(i, j int) reg.VecPhysical { return ymm[i*avx2Vecs+j] }
	b, word, product := ymm[12:14], ymm[14], ymm[15]
	a, c := g.rows(t.a, t.aStride, n), g.rows(t.c, t.cStride, n)

	g.Comment(fmt.Sprintf("%d rows: start with the terms, ask for the lines of C.", n))
	for j := range avx2Vecs {
		g.VMOVDQU(at(t.colTerm, j*avx2Bytes), b[j])
	}
	for i := range n {
		g.VPBROADCASTD(at(t.rowTerm, 4*i), word)
		for j := range avx2Vecs {
			g.VPADDD(word, b[j], acc(i, j))
		}
		g.PREFETCHT0(c.at(i, 0))
	}

	const panelBytes = avx2Vecs * avx2Bytes
	g.alongK(n, t, a, panelBytes, func(k int) {
		for j := range avx2Vecs {
			g.VMOVDQU(at(t.b, k*panelBytes+j*avx2Bytes), b[j])
		}
		for i := range n {
			g.VPBROADCASTD(a.at(i, 4*k), word)
			for j := range avx2Vecs {
				g.VPMADDWD(word, b[j], product)
				g.VPADDD(product, acc(i, j), acc(i, j))
			}
		}
	})

	load, store := b[0], b[1]
	for j := range avx2Vecs {
		g.columns(t.load, bits, load)
		g.columns(t.store, bits, store)
		for i := range n {
			g.VPMASKMOVD(c.at(i, j*avx2Bytes), load, word)
			g.VPADDD(word, acc(i, j), word)
			g.VPMASKMOVD(word, store, c.at(i, j*avx2Bytes))
		}
		g.SHRQ(operand.Imm(8), t.load)
		g.SHRQ(operand.Imm(8), t.store)
	}
}

// columns turns the low 8 bits of mask into 8 words of ones or zeros.
func (g generator) columns(mask reg.GPVirtual, bits operand.Mem, y reg.VecPhysical) {
	g.VMOVD(mask.As32(), y.AsX())
	g.VPBROADCASTD(y.AsX(), y)
	g.VPAND(bits, y, y)
	g.VPCMPEQD(bits, y, y)
}

// widen loads 16 bytes, xor flips, less offsets, as 16-bit values.
func (g generator) widen(from operand.Mem, flips, offsets, y reg.VecPhysical) {
	g.VPXOR(from, flips.AsX(), y.AsX())
	g.VPMOVZXBW(y.AsX(), y)
	g.VPSUBW(offsets, y, y)
}

// flips broadcasts the byte flip, which is 0 for unsigned bytes and 128 for
// signed ones, to all bytes of flips and all 16-bit values of offsets. With
// both, zero extension gives the value of either kind.
func (g generator) flips(flip reg.GPVirtual, flips, offsets reg.VecPhysical) {
	g.VMOVD(flip.As32(), offsets.AsX())
	g.VPBROADCASTB(offsets.AsX(), flips)
	g.VPBROADCASTW(offsets.AsX(), offsets)
}

// packRowsAVX2 writes the packing of A.
func (g generator) packRowsAVX2() {
	g.function("packRowsAVX2", "func(dst *uint32, src *byte, vecs int, flip uint64)",
		"packRowsAVX2 widens 16*vecs bytes of one row to 16 bits. flip is 0 for unsigned",
		"bytes, 128 for signed ones.")
	dst, src, vecs, flip := g.param("dst"), g.param("src"), g.param("vecs"), g.param("flip")
	x, flips, offsets := ymm[0], ymm[1], ymm[2]
	g.flips(flip, flips, offsets)
	g.Label("vec")
	g.widen(at(src, 0), flips, offsets, x)
	g.VMOVDQU(x, at(dst, 0))
	g.ADDQ(operand.Imm(16), src)
	g.ADDQ(operand.Imm(avx2Bytes), dst)
	g.DECQ(vecs)
	g.JNZ(operand.LabelRef("vec"))
	g.VZEROUPPER()
	g.RET()
}

// packPanelAVX2 writes the packing of B: two rows are interleaved so that the
// two k of one column are one word.
func (g generator) packPanelAVX2() {
	g.function("packPanelAVX2", "func(dst *uint64, src *byte, srcStride, steps int, flip uint64)",
		"packPanelAVX2 packs 2*steps rows of 16 bytes. flip is 0 for unsigned bytes, 128",
		"for signed ones.")
	dst, src, srcStride := g.param("dst"), g.param("src"), g.param("srcStride")
	steps, flip := g.param("steps"), g.param("flip")
	flips, offsets, in, mixed := ymm[0], ymm[1], ymm[2:4], ymm[4:6]
	g.flips(flip, flips, offsets)
	g.Label("step")
	g.widen(at(src, 0), flips, offsets, in[0])
	g.widen(operand.Mem{Base: src, Index: srcStride, Scale: 1}, flips, offsets, in[1])
	g.Comment("The low lanes hold columns 0 to 3 and 4 to 7, the high lanes 8 to 11 and 12 to 15.")
	g.VPUNPCKLWD(in[1], in[0], mixed[0])
	g.VPUNPCKHWD(in[1], in[0], mixed[1])
	for j, lanes := range []uint64{0x20, 0x31} {
		g.VPERM2I128(operand.Imm(lanes), mixed[1], mixed[0], in[j])
		g.VMOVDQU(in[j], at(dst, j*avx2Bytes))
	}
	g.ADDQ(operand.U32(avx2Vecs*avx2Bytes), dst)
	g.LEAQ(operand.Mem{Base: src, Index: srcStride, Scale: 2}, src)
	g.DECQ(steps)
	g.JNZ(operand.LabelRef("step"))
	g.VZEROUPPER()
	g.RET()
}
