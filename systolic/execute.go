package systolic

// Execute computes the same c as MatMul in the order of the hardware: fold by
// fold in the order of Folds, and inside a fold beat by beat,
//
//	os  every PE adds one product per beat to its own sum, which leaves at the end
//	ws  a beat is one row of A; the sum of a column passes down the rows of the
//	    array and is added to the accumulator of its element of C
//	is  a beat is one column of B; likewise
//
// Accumulators are those of c: the fold with the first k writes them, later
// folds add. It returns the errors of MatMul and of the Validate of a and d.
func Execute[A, B Byte](c []int32, a []A, b []B, g GEMM, array Array, d Dataflow) error {
	if err := CheckLengths(c, a, b, g); err != nil {
		return err
	}
	if err := array.Validate(); err != nil {
		return err
	}
	if err := d.Validate(); err != nil {
		return err
	}
	pes := make([]int32, array.PEs())
	for f := range Folds(g, array, d) {
		switch d {
		case OutputStationary:
			outputPass(c, a, b, g, f, pes)
		case WeightStationary:
			weightPass(c, a, b, g, f, pes)
		case InputStationary:
			inputPass(c, a, b, g, f, pes)
		}
	}
	return nil
}

// outputPass keeps the sum of row m and column n in pes[m*columns+n].
func outputPass[A, B Byte](c []int32, a []A, b []B, g GEMM, f Fold, pes []int32) {
	clear(pes)
	for k := range g.K {
		for m := range f.M.Count {
			x := int32(a[(f.M.First+m)*g.K+k])
			for n := range f.N.Count {
				pes[m*f.N.Count+n] += x * int32(b[k*g.N+f.N.First+n])
			}
		}
	}
	for m := range f.M.Count {
		copy(c[(f.M.First+m)*g.N+f.N.First:], pes[m*f.N.Count:(m+1)*f.N.Count])
	}
}

// weightPass keeps weight k, n of the fold in pes[k*columns+n].
func weightPass[A, B Byte](c []int32, a []A, b []B, g GEMM, f Fold, pes []int32) {
	cols := f.N.Count
	for k := range f.K.Count {
		for n := range cols {
			pes[k*cols+n] = int32(b[(f.K.First+k)*g.N+f.N.First+n])
		}
	}
	for m := range g.M {
		row := a[m*g.K+f.K.First:][:f.K.Count]
		for n := range cols {
			sum := column(row, 1, pes[n:], cols, f.K.Count)
			accumulate(&c[m*g.N+f.N.First+n], sum, f)
		}
	}
}

// inputPass keeps input m, k of the fold in pes[k*columns+m].
func inputPass[A, B Byte](c []int32, a []A, b []B, g GEMM, f Fold, pes []int32) {
	cols := f.M.Count
	for k := range f.K.Count {
		for m := range cols {
			pes[k*cols+m] = int32(a[(f.M.First+m)*g.K+f.K.First+k])
		}
	}
	for n := range g.N {
		for m := range cols {
			sum := column(b[f.K.First*g.N+n:], g.N, pes[m:], cols, f.K.Count)
			accumulate(&c[(f.M.First+m)*g.N+n], sum, f)
		}
	}
}

// column is the sum that leaves one column of the array: rows products of the
// streamed elements x, every xStep-th, and the stationary ones in pes.
func column[T Byte](x []T, xStep int, pes []int32, cols, rows int) int32 {
	var sum int32
	for r := range rows {
		sum += int32(x[r*xStep]) * pes[r*cols]
	}
	return sum
}

// accumulate writes or adds what a column delivers.
func accumulate(c *int32, sum int32, f Fold) {
	if f.K.First == 0 {
		*c = sum
		return
	}
	*c += sum
}
