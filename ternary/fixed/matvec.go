package fixed

import (
	"fmt"

	"lockstep/ternary"
)

// Packed is a ternary matrix arranged for MatVec: four rows share a word, in
// which they are summed as 16-bit lanes.
type Packed struct {
	rows, cols int
	codes      []byte // [ceil(rows/4)][cols]; bits 2i and 2i+1 are the code of row 4g+i
}

// blockCols is the number of columns after which the lanes are emptied:
// 252 * 128 < 2^15, so no lane overflows for any int8.
const blockCols = 252

// lanes[b] is the sum of t[i] * 2^(16*i) over the four trits t of the byte b.
var lanes = func() (t [256]int64) {
	for b := range t {
		for i := range 4 {
			t[b] += [4]int64{0, 1, 0, -1}[b>>(2*i)&3] << (16 * i)
		}
	}
	return t
}()

// Pack arranges m. It reports an error if m.Validate does, or if m has more than
// MaxVector columns.
func Pack(m *ternary.Matrix) (*Packed, error) {
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("fixed: %w", err)
	}
	if m.Cols > MaxVector {
		return nil, fmt.Errorf("fixed: matrix has %d columns, want at most %d", m.Cols, MaxVector)
	}
	return pack(m), nil
}

// pack is Pack for a matrix known to be valid.
func pack(m *ternary.Matrix) *Packed {
	stride := m.Stride()
	p := &Packed{rows: m.Rows, cols: m.Cols, codes: make([]byte, (m.Rows+3)/4*m.Cols)}
	for r := range m.Rows {
		row := m.Codes[r*stride:][:stride]
		out := p.codes[r/4*m.Cols:][:m.Cols]
		for c := range out {
			out[c] |= row[c/4] >> (2 * (c % 4)) & 3 << (2 * (r % 4))
		}
	}
	return p
}

// MatVec sets acc[r] to the exact sum over c of W[r,c] * q[c].
//
//	acc     [Rows], |acc| <= 128 * Cols <= 2^23
//	q       [Cols], any int8
//
// Hardware: additions and subtractions only.
func (p *Packed) MatVec(acc []int32, q []int8) {
	acc, q = acc[:p.rows], q[:p.cols]
	clear(acc)
	g := 0
	for ; 4*g+16 <= p.rows; g += 4 {
		a, b := p.codes[g*p.cols:][:p.cols], p.codes[(g+1)*p.cols:][:p.cols]
		c, d := p.codes[(g+2)*p.cols:][:p.cols], p.codes[(g+3)*p.cols:][:p.cols]
		out := acc[4*g:][:16]
		for from := 0; from < p.cols; from += blockCols {
			to := min(from+blockCols, p.cols)
			s := fourGroups(a[from:to], b[from:to], c[from:to], d[from:to], q[from:to])
			for i, sum := range s {
				unpackLanes(out[4*i:4*i+4], sum)
			}
		}
	}
	for ; 4*g < p.rows; g++ {
		a := p.codes[g*p.cols:][:p.cols]
		for from := 0; from < p.cols; from += blockCols {
			to := min(from+blockCols, p.cols)
			unpackLanes(acc[4*g:min(4*g+4, p.rows)], oneGroup(a[from:to], q[from:to]))
		}
	}
}

// fourGroups sums at most blockCols columns of four groups of four rows.
func fourGroups(a, b, c, d []byte, q []int8) [4]int64 {
	a, b, c, d = a[:len(q)], b[:len(q)], c[:len(q)], d[:len(q)]
	var s0, s1, s2, s3 int64
	for i, v := range q {
		x := int64(v)
		s0 += lanes[a[i]] * x
		s1 += lanes[b[i]] * x
		s2 += lanes[c[i]] * x
		s3 += lanes[d[i]] * x
	}
	return [4]int64{s0, s1, s2, s3}
}

// oneGroup sums at most blockCols columns of one group of four rows.
func oneGroup(a []byte, q []int8) int64 {
	a = a[:len(q)]
	var s int64
	for i, v := range q {
		s += lanes[a[i]] * int64(v)
	}
	return s
}

// unpackLanes adds the lanes of sum to the rows of acc. A negative lane has
// borrowed one from the lane above it; removing the lane gives it back.
func unpackLanes(acc []int32, sum int64) {
	for i := range acc {
		lane := int16(sum)
		acc[i] += int32(lane)
		sum = (sum - int64(lane)) >> 16
	}
}
