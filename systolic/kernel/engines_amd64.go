package kernel

import "golang.org/x/sys/cpu"

// vnni returns the engine of VPDPBUSD, nil if it cannot run. A panel of 512 k
// is 32 KiB.
func vnni() *engine {
	if !cpu.X86.HasAVX512F || !cpu.X86.HasAVX512BW || !cpu.X86.HasAVX512VNNI || !cpu.X86.HasAVX2 {
		return nil
	}
	return &engine{
		rows: 6, cols: 64, perStep: 4, steps: 128, mRows: 504,
		aSigned: signed, bSigned: unsigned,
		packRows: func(dst []uint32, stride int, sums []int32, a operand) {
			packRowsVNNI(&dst[0], stride, &a.data[0], a.stride, a.rows, a.cols, uint64(signed.flip(a.signed)), &sums[0])
		},
		packPanel: func(dst []uint64, sums []int32, b operand) {
			packPanelVNNI(&dst[0], &b.data[0], b.stride, b.rows/4, uint64(unsigned.flip(b.signed)), &sums[0])
		},
		tile: func(t *tile) {
			load, store := t.masks()
			tileVNNI(t.rows, &t.a[0], t.aStride, &t.b[0], t.steps, &t.c[0], t.cStride, &t.rowTerms[0], &t.colTerms[0], load, store)
		},
	}
}

// avx2 returns the engine of VPMADDWD, nil if it cannot run. A panel of 512 k
// is 16 KiB.
func avx2() *engine {
	if !cpu.X86.HasAVX2 {
		return nil
	}
	return &engine{
		rows: 6, cols: 16, perStep: 2, steps: 256, mRows: 120,
		aSigned: either, bSigned: either,
		packRows: packRowsWide,
		packPanel: func(dst []uint64, _ []int32, b operand) {
			packPanelAVX2(&dst[0], &b.data[0], b.stride, b.rows/2, uint64(unsigned.flip(b.signed)))
		},
		tile: func(t *tile) {
			load, store := t.masks()
			tileAVX2(t.rows, &t.a[0], t.aStride, &t.b[0], t.steps, &t.c[0], t.cStride, &t.rowTerms[0], &t.colTerms[0], load, store)
		},
	}
}

// masks returns the columns to load and to store, one bit each.
func (t *tile) masks() (load, store uint64) {
	store = ^uint64(0) >> (64 - t.cols)
	if t.load {
		load = store
	}
	return load, store
}

// packRowsWide widens rows of A to 16 bits, two values in a word.
func packRowsWide(dst []uint32, stride int, sums []int32, a operand) {
	clear(sums)
	const perVec = 16
	whole := a.cols / perVec * perVec
	for i := range a.rows {
		row := a.data[i*a.stride:][:a.cols]
		to := dst[i*stride:]
		if whole > 0 {
			packRowsAVX2(&to[0], &row[0], whole/perVec, uint64(unsigned.flip(a.signed)))
		}
		for k := whole; k < len(row); k += 2 {
			word := widened(row[k], a.signed)
			if k+1 < len(row) {
				word |= widened(row[k+1], a.signed) << 16
			}
			to[k/2] = word
		}
	}
}

// widened is the value of x in 16 bits.
func widened(x byte, isSigned bool) uint32 {
	if isSigned {
		return uint32(uint16(int8(x)))
	}
	return uint32(x)
}
