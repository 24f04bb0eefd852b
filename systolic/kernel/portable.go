package kernel

// portable computes tiles of 4 by 4. Both operands are unsigned, so that one
// multiplication of 64 bits gives two products, b having two columns in the
// halves of one element. A half cannot carry into the other one: 512 products
// of at most 255*255 are below 2^32.
var portable = engine{
	rows: 4, cols: 4, perStep: 1, steps: 512, mRows: 128,
	aSigned: unsigned, bSigned: unsigned,
	packRows: packRowsPortable, packPanel: packPanelPortable, tile: tilePortable,
}

func packRowsPortable(dst []uint32, stride int, sums []int32, a operand) {
	flip := unsigned.flip(a.signed)
	for i := range a.rows {
		row := a.data[i*a.stride:][:a.cols]
		to := dst[i*stride:][:len(row)]
		var sum int32
		for k, x := range row {
			x ^= flip
			to[k] = uint32(x)
			sum += int32(x)
		}
		sums[i] = sum
	}
}

func packPanelPortable(dst []uint64, sums []int32, b operand) {
	flip := unsigned.flip(b.signed)
	for k := range b.rows {
		row := b.data[k*b.stride:][:4]
		b0, b1, b2, b3 := row[0]^flip, row[1]^flip, row[2]^flip, row[3]^flip
		dst[2*k] = uint64(b0) | uint64(b1)<<32
		dst[2*k+1] = uint64(b2) | uint64(b3)<<32
		sums[0] += int32(b0)
		sums[1] += int32(b1)
		sums[2] += int32(b2)
		sums[3] += int32(b3)
	}
}

func tilePortable(t *tile) {
	var sums [4][2]uint64
	for i := 0; i < t.rows; i += 2 {
		sums[i], sums[i+1] = twoRows(t.a[i*t.aStride:], t.a[(i+1)*t.aStride:], t.b[:2*t.steps])
	}
	for i := range t.rows {
		row := t.c[i*t.cStride:][:t.cols]
		for j := range row {
			sum := int32(uint32(sums[i][j/2]>>(j%2*32))) + t.rowTerms[i] + t.colTerms[j]
			if t.load {
				sum += row[j]
			}
			row[j] = sum
		}
	}
}

// twoRows multiplies two rows of A with a panel: eight sums in four registers.
func twoRows(a0, a1 []uint32, b []uint64) (r0, r1 [2]uint64) {
	var s00, s01, s10, s11 uint64
	for k := 0; len(b) >= 2 && k < len(a0) && k < len(a1); k++ {
		x0, x1 := uint64(a0[k]), uint64(a1[k])
		s00 += x0 * b[0]
		s01 += x0 * b[1]
		s10 += x1 * b[0]
		s11 += x1 * b[1]
		b = b[2:]
	}
	return [2]uint64{s00, s01}, [2]uint64{s10, s11}
}
