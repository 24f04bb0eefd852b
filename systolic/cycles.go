package systolic

// PassCycles returns the cycles of one fold on a machine that overlaps nothing:
// neither the load of the stationary operand with streaming, nor one fold with
// the next. With R rows and C columns:
//
//	os  K + R + C - 2    stream K, fill the skew
//	ws  M + 2*R + C - 2  load R rows of weights, stream M, fill the skew
//	is  N + 2*R + C - 2  load R rows of inputs, stream N, fill the skew
//
// A ragged fold counts like a full one: its data cross the whole array. The
// result is 0 if one of g, a, d is not valid.
//
// Source: SCALE-Sim v3, whose "compute cycles" of a layer are one less than
// Cycles, for it counts from 0.
func PassCycles(g GEMM, a Array, d Dataflow) int64 {
	if !valid(g, a, d) {
		return 0
	}
	load := LoadCycles(a, d)
	return int64(load + Streamed(g, d) + a.Rows + a.Cols - 2)
}

// LoadCycles returns the cycles that load the stationary operand of one pass,
// one row of the array per cycle: Rows for ws and is, 0 for os.
func LoadCycles(a Array, d Dataflow) int {
	if d == OutputStationary {
		return 0
	}
	return a.Rows
}

// Streamed returns the length of the dimension that each pass streams, in
// beats: K for os, M for ws, N for is.
func Streamed(g GEMM, d Dataflow) int {
	switch d {
	case OutputStationary:
		return g.K
	case WeightStationary:
		return g.M
	default:
		return g.N
	}
}

// Cycles returns NumFolds * PassCycles, the cycles of g on a machine that
// overlaps nothing. The result is 0 if one of g, a, d is not valid.
func Cycles(g GEMM, a Array, d Dataflow) int64 { return NumFolds(g, a, d) * PassCycles(g, a, d) }
