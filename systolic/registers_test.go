package systolic

// runRegisters computes a product on a model of the array's registers, fold by
// fold, one clock edge at a time, and counts the edges. It knows no closed
// form: a pass ends at the edge that completes its last sum.
func runRegisters[A, B Byte](a []A, b []B, g GEMM, array Array, d Dataflow) (c []int32, edges int64) {
	c = make([]int32, g.M*g.N)
	at := func(m, k int) int32 { return int32(a[m*g.K+k]) }
	bt := func(k, n int) int32 { return int32(b[k*g.N+n]) }
	for f := range Folds(g, array, d) {
		var sums [][]int32
		var n int64
		switch d {
		case OutputStationary:
			sums, n = stayRegisters(array, g.K,
				func(r, k int) int32 { return inside(f.M, r, func(m int) int32 { return at(m, k) }) },
				func(k, col int) int32 { return inside(f.N, col, func(n int) int32 { return bt(k, n) }) })
			for m := range f.M.Count {
				for n := range f.N.Count {
					c[(f.M.First+m)*g.N+f.N.First+n] = sums[m][n]
				}
			}
		case WeightStationary:
			sums, n = passRegisters(array, g.M, func(r, col int) int32 {
				return inside(f.K, r, func(k int) int32 { return inside(f.N, col, func(n int) int32 { return bt(k, n) }) })
			}, func(beat, r int) int32 { return inside(f.K, r, func(k int) int32 { return at(beat, k) }) })
			for m := range g.M {
				for n := range f.N.Count {
					c[m*g.N+f.N.First+n] += sums[m][n]
				}
			}
		case InputStationary:
			sums, n = passRegisters(array, g.N, func(r, col int) int32 {
				return inside(f.K, r, func(k int) int32 { return inside(f.M, col, func(m int) int32 { return at(m, k) }) })
			}, func(beat, r int) int32 { return inside(f.K, r, func(k int) int32 { return bt(k, beat) }) })
			for n := range g.N {
				for m := range f.M.Count {
					c[(f.M.First+m)*g.N+n] += sums[n][m]
				}
			}
		}
		edges += n
	}
	return c, edges
}

// inside reads element i of a span, 0 behind its end.
func inside(s Span, i int, read func(int) int32) int32 {
	if i >= s.Count {
		return 0
	}
	return read(s.First + i)
}

func grid(a Array) [][]int32 {
	rows := make([][]int32, a.Rows)
	for r := range rows {
		rows[r] = make([]int32, a.Cols)
	}
	return rows
}

// passRegisters shifts the stationary operand in from the top, then streams
// beats from the left, row r one edge behind row r-1, while sums move down one
// row per edge. It returns the sums of each beat.
func passRegisters(a Array, beats int, stay func(r, col int) int32, stream func(beat, r int) int32) ([][]int32, int64) {
	w, x, p := grid(a), grid(a), grid(a)
	edges := int64(0)
	for e := range a.Rows {
		for r := a.Rows - 1; r > 0; r-- {
			copy(w[r], w[r-1])
		}
		for col := range a.Cols {
			w[0][col] = stay(a.Rows-1-e, col)
		}
		edges++
	}
	sums := make([][]int32, beats)
	for i := range sums {
		sums[i] = make([]int32, a.Cols)
	}
	for left, t := beats*a.Cols, 0; left > 0; t++ {
		for r := a.Rows - 1; r >= 0; r-- { // from the far corner: each reads what its neighbours held
			for col := a.Cols - 1; col >= 0; col-- {
				in, above := int32(0), int32(0)
				switch beat := t - r; {
				case col > 0:
					in = x[r][col-1]
				case beat >= 0 && beat < beats:
					in = stream(beat, r)
				}
				if r > 0 {
					above = p[r-1][col]
				}
				x[r][col], p[r][col] = in, above+w[r][col]*in
			}
		}
		for col := range a.Cols {
			if beat := t - (a.Rows - 1) - col; beat >= 0 && beat < beats {
				sums[beat][col] = p[a.Rows-1][col]
				left--
			}
		}
		edges++
	}
	return sums, edges
}

// stayRegisters streams one operand from the left and one from the top; each
// PE adds the product of what meets in it.
func stayRegisters(a Array, beats int, left func(r, beat int) int32, top func(beat, col int) int32) ([][]int32, int64) {
	type value struct {
		v  int32
		ok bool
	}
	x, y := make([][]value, a.Rows), make([][]value, a.Rows)
	for r := range x {
		x[r], y[r] = make([]value, a.Cols), make([]value, a.Cols)
	}
	sums := grid(a)
	todo, edges := beats*a.PEs(), int64(0)
	for t := 0; todo > 0; t++ {
		for r := a.Rows - 1; r >= 0; r-- {
			for col := a.Cols - 1; col >= 0; col-- {
				var in, down value
				if col > 0 {
					in = x[r][col-1]
				} else if beat := t - r; beat >= 0 && beat < beats {
					in = value{left(r, beat), true}
				}
				if r > 0 {
					down = y[r-1][col]
				} else if beat := t - col; beat >= 0 && beat < beats {
					down = value{top(beat, col), true}
				}
				x[r][col], y[r][col] = in, down
				if in.ok && down.ok {
					sums[r][col] += in.v * down.v
					todo--
				}
			}
		}
		edges++
	}
	return sums, edges
}
