package gen

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A tile of VNNI is 6 rows of 4 zmm registers of 16 columns. Registers 0 to 23
// hold C, 24 to 27 one step of B, 28 one word of A.
const (
	vnniVecs  = 4
	vnniBytes = 64 // of a register
)

// zmm are the 32 registers by number.
var zmm = [...]reg.VecPhysical{
	reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
	reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
	reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
	reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
}

// tileVNNI writes the tile function of VPDPBUSD. A word of A is 4 signed
// values of k, a word of B 4 unsigned ones.
func (g generator) tileVNNI() {
	g.function("tileVNNI", tileSignature,
		"tileVNNI computes 1 to 6 rows of 64 columns of C: c = (load: c) + rowTerm +",
		"colTerm + a*b over steps words of 4 k. Bits of load and store select columns.")
	g.tile(g.tileVNNIRows)
}

func (g generator) tileVNNIRows(n int, t tileArgs) {
	acc := func(i, j int) reg.VecPhysical { return zmm[i*vnniVecs+j] }
	b, word := zmm[tileRows*vnniVecs:], zmm[tileRows*vnniVecs+vnniVecs]
	a, c := g.rows(t.a, t.aStride, n), g.rows(t.c, t.cStride, n)

	g.Comment(fmt.Sprintf("%d rows: start with the terms, ask for the lines of C.", n))
	for j := range vnniVecs {
		g.VMOVDQU32(at(t.colTerm, j*vnniBytes), b[j])
	}
	for i := range n {
		g.VPBROADCASTD(at(t.rowTerm, 4*i), word)
		for j := range vnniVecs {
			g.VPADDD(word, b[j], acc(i, j))
			g.PREFETCHT0(c.at(i, j*vnniBytes))
		}
	}

	const panelBytes = vnniVecs * vnniBytes
	g.alongK(n, t, a, panelBytes, func(k int) {
		for j := range vnniVecs {
			g.VMOVDQU32(at(t.b, k*panelBytes+j*vnniBytes), b[j])
		}
		for i := range n {
			g.VPBROADCASTD(a.at(i, 4*k), word)
			for j := range vnniVecs {
				g.VPDPBUSD(word, b[j], acc(i, j))
			}
		}
	})

	load, store := reg.K1, reg.K2
	for j := range vnniVecs {
		g.KMOVW(t.load.As32(), load)
		g.KMOVW(t.store.As32(), store)
		for i := range n {
			g.VMOVDQU32_Z(c.at(i, j*vnniBytes), load, word)
			g.VPADDD(word, acc(i, j), word)
			g.VMOVDQU32(word, store, c.at(i, j*vnniBytes))
		}
		g.SHRQ(operand.Imm(16), t.load)
		g.SHRQ(operand.Imm(16), t.store)
	}
}

// packRowsVNNI writes the packing of A.
func (g generator) packRowsVNNI() {
	g.function("packRowsVNNI", "func(dst *uint32, dstStride int, src *byte, srcStride, rows, k int, flip uint64, sums *int32)",
		"packRowsVNNI copies k bytes of each row, xor flip, and sets sums to the sums of",
		"the copies as signed bytes. It writes whole 64 bytes, the rest of them zeros.")
	dst, dstStride, src, srcStride := g.param("dst"), g.param("dstStride"), g.param("src"), g.param("srcStride")
	n, k, flip, sums := g.param("rows"), g.param("k"), g.param("flip"), g.param("sums")
	flips, ones, x, sum := zmm[0], zmm[1], zmm[2], zmm[3]
	g.SHLQ(operand.Imm(2), dstStride)
	g.broadcastByte(flip, flips)
	g.ones(ones)

	g.Comment("K1 selects the bytes after the last whole 64.")
	mask, all := g.GP64(), g.GP64()
	g.MOVQ(k, reg.RCX)
	g.ANDQ(operand.Imm(63), reg.RCX)
	g.MOVQ(operand.I32(-1), all)
	g.MOVQ(all, mask)
	g.SHLQ(reg.CL, mask)
	g.XORQ(all, mask)
	g.KMOVQ(mask, reg.K1)
	whole := g.GP64()
	g.MOVQ(k, whole)
	g.SHRQ(operand.Imm(6), whole)

	g.Label("row")
	from, to, left := g.GP64(), g.GP64(), g.GP64()
	g.MOVQ(src, from)
	g.MOVQ(dst, to)
	g.MOVQ(whole, left)
	g.VPXORD(sum, sum, sum)
	g.TESTQ(left, left)
	g.JZ(operand.LabelRef("rest"))
	g.Label("line")
	g.VPXORD(at(from, 0), flips, x)
	g.VMOVDQU32(x, at(to, 0))
	g.VPDPBUSD(x, ones, sum)
	g.ADDQ(operand.Imm(64), from)
	g.ADDQ(operand.Imm(64), to)
	g.DECQ(left)
	g.JNZ(operand.LabelRef("line"))
	g.Label("rest")
	g.TESTQ(mask, mask)
	g.JZ(operand.LabelRef("add"))
	g.VMOVDQU8_Z(at(from, 0), reg.K1, x)
	g.VPXORD(x, flips, x)
	g.VMOVDQU8_Z(x, reg.K1, x)
	g.VMOVDQU32(x, at(to, 0))
	g.VPDPBUSD(x, ones, sum)
	g.Label("add")
	g.addLanes(sum, x)
	g.VMOVD(sum.AsX(), at(sums, 0))
	g.ADDQ(operand.Imm(4), sums)
	g.ADDQ(srcStride, src)
	g.ADDQ(dstStride, dst)
	g.DECQ(n)
	g.JNZ(operand.LabelRef("row"))
	g.VZEROUPPER()
	g.RET()
}

// addLanes adds the 16 words of z into its first one; x is overwritten.
func (g generator) addLanes(z, x reg.VecPhysical) {
	g.VEXTRACTI64X4(operand.Imm(1), z, x.AsY())
	g.VPADDD(x.AsY(), z.AsY(), z.AsY())
	g.VEXTRACTI128(operand.Imm(1), z.AsY(), x.AsX())
	g.VPADDD(x.AsX(), z.AsX(), z.AsX())
	for _, order := range []uint64{0b00_00_11_10, 0b00_00_00_01} {
		g.VPSHUFD(operand.Imm(order), z.AsX(), x.AsX())
		g.VPADDD(x.AsX(), z.AsX(), z.AsX())
	}
}

// broadcastByte copies the low byte of r to all bytes of z.
func (g generator) broadcastByte(r reg.GPVirtual, z reg.VecPhysical) {
	g.VMOVD(r.As32(), z.AsX())
	g.VPBROADCASTB(z.AsX(), z)
}

// ones sets all bytes of z to 1, which makes VPDPBUSD add bytes.
func (g generator) ones(z reg.VecPhysical) {
	one := g.GP64()
	g.MOVQ(operand.U32(1), one)
	g.broadcastByte(one, z)
}

// packPanelVNNI writes the packing of B: four rows are interleaved so that the
// four k of one column are one word.
func (g generator) packPanelVNNI() {
	g.function("packPanelVNNI", "func(dst *uint64, src *byte, srcStride, steps int, flip uint64, sums *int32)",
		"packPanelVNNI packs 4*steps rows of 64 bytes, xor flip, and adds the sums of the",
		"64 columns of the result, as unsigned bytes, to sums.")
	dst, src, srcStride, steps := g.param("dst"), g.param("src"), g.param("srcStride"), g.param("steps")
	flip, sums := g.param("flip"), g.param("sums")
	flips, ones := zmm[30], zmm[31]
	in, pair, quad, half, sum := zmm[0:4], zmm[4:8], zmm[8:12], zmm[12:16], zmm[16:20]
	g.broadcastByte(flip, flips)
	g.ones(ones)
	for j := range vnniVecs {
		g.VMOVDQU32(at(sums, j*vnniBytes), sum[j])
	}
	r := g.rows(src, srcStride, 4)

	g.Label("step")
	for i := range in {
		g.VPXORD(r.at(i, 0), flips, in[i])
	}
	g.Comment("Each 128-bit lane of quad[j] holds columns 4j to 4j+3 of the lane's 16.")
	g.VPUNPCKLBW(in[1], in[0], pair[0])
	g.VPUNPCKHBW(in[1], in[0], pair[1])
	g.VPUNPCKLBW(in[3], in[2], pair[2])
	g.VPUNPCKHBW(in[3], in[2], pair[3])
	g.VPUNPCKLWD(pair[2], pair[0], quad[0])
	g.VPUNPCKHWD(pair[2], pair[0], quad[1])
	g.VPUNPCKLWD(pair[3], pair[1], quad[2])
	g.VPUNPCKHWD(pair[3], pair[1], quad[3])
	g.Comment("Transpose the 4 by 4 lanes.")
	const even, odd, low, high = 0b10_00_10_00, 0b11_01_11_01, 0b01_00_01_00, 0b11_10_11_10
	g.VSHUFI32X4(operand.Imm(low), quad[1], quad[0], half[0])
	g.VSHUFI32X4(operand.Imm(high), quad[1], quad[0], half[1])
	g.VSHUFI32X4(operand.Imm(low), quad[3], quad[2], half[2])
	g.VSHUFI32X4(operand.Imm(high), quad[3], quad[2], half[3])
	for j := range vnniVecs {
		order := uint64(even)
		if j%2 == 1 {
			order = odd
		}
		g.VSHUFI32X4(operand.Imm(order), half[2+j/2], half[j/2], in[j])
		g.VMOVDQU32(in[j], at(dst, j*vnniBytes))
		g.VPDPBUSD(ones, in[j], sum[j])
	}
	g.ADDQ(operand.U32(vnniVecs*vnniBytes), dst)
	g.LEAQ(operand.Mem{Base: r.first, Index: srcStride, Scale: 4}, r.first)
	g.LEAQ(operand.Mem{Base: r.fourth, Index: srcStride, Scale: 4}, r.fourth)
	g.DECQ(steps)
	g.JNZ(operand.LabelRef("step"))
	for j := range vnniVecs {
		g.VMOVDQU32(sum[j], at(sums, j*vnniBytes))
	}
	g.VZEROUPPER()
	g.RET()
}
