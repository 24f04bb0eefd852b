// Package energy estimates what work costs: counts of operations times energies
// from the literature, plus a static power times the time. It knows counts only;
// nothing here simulates. Every term of an estimate names its source, and says
// what is published, scaled, fitted or assumed.
//
// # Energies
//
// Energies of arithmetic and SRAM are those of Horowitz (ISSCC 2014) at 45 nm
// and of Jouppi et al. (ISCA 2021, table 2) at 7 nm. A node between them is an
// assumption: each energy E is interpolated as a power of the node,
//
//	E(n) = E(45) * (n/45)^k,   k = ln(E(7)/E(45)) / ln(7/45)
//
// which gives both published values at their nodes. Nodes outside 7 to 45 nm are
// refused. Accesses to DRAM are per 64 bits at the interface and do not scale.
// Programmable logic takes 14 times the dynamic power of an ASIC (Kuon and Rose,
// 2007, at 90 nm; that it holds at 14 and 16 nm, and for hard multipliers, where
// it is too much, is an assumption).
//
// # Counts
//
// Where the counts of an [Activity] come from. s is a core.Summary of a machine of
// configuration c, sums run over its Program.Instrs, tokens is s.Tokens *
// s.Sequences, and E is Program.Target.ElementBytes:
//
//	TernaryAdds       tokens * sum of N*Cols over TMATMUL; with zero_skip tokens *
//	                  s.Bounds.Matrix * c.TP, as skipped columns are not added
//	VectorAdds        tokens * sum of N over ADD, SUB, ARGMAX
//	VectorMultiplies  tokens * (sum of N over TMATMUL, MUL, SIG, CSIG
//	                  + sum of 2N over SILU, NORM, QUANT, RMS)
//	BufferBytes       tokens * E * sum of N * vector registers read and written (Reads, Writes)
//	OffChipBytes      c.Cores * (bytes of port Memory.Weights + c.Batch * bytes of Memory.Vectors),
//	                  both of one core, those of Memory.Vectors of one lane
//	Seconds           s.Cycles / s.ClockHz
//
// Products of SIG and CSIG are one per element, of SILU, NORM, QUANT and RMS
// two. For a ternip program N is D, and the sums are over MUL, SIG, CSIG, NORM
// and ACC once and SILU twice; a GO adds Rows * RowBeats * TP of its tile;
// weights cross each bank once for all its lanes, vectors (LDV, SV) once per
// lane; Seconds are lanes / TokensPerSec of a published.Result.
//
// r is a tpu.Report of machine c; that of hecross/lower is its Machine, and
// covers Shape.Batch operands:
//
//	Int8MACs          r.MACs; BF16MACs or TernaryAdds instead where the products have such operands
//	VectorOps         sum over r.Groups of kind Vpu of BusyCycles * c.Lanes * c.Sublanes * c.ALUs
//	ScratchpadBytes   sum of Bytes over all engines but the HBM: each reads or writes VMEM
//	OffChipBytes      r.HBMBytes
//	Seconds           r.Seconds
//
// Devices: alveo-u250 for ternip-u250, ternip-u250-rtl and lockstep; d5005 for
// paper-d5005; kv260 for kria; tpu-NAME for the presets v4, v5e, v5p and v6e.
//
// # How good it is
//
// [Validate] compares published powers and energies with estimates;
// testdata/validation.txt is its table. What it shows, and why:
//
//   - Alveo U250, 3 powers within 2 %, 3 energies per token within 10 %. Static
//     power is fitted to the three powers, which differ by 2.5 %, and is
//     seven eighths of the estimate. So the powers had to agree, and the energies
//     per token are wrong as the simulated rates are. This is no evidence for
//     the dynamic part. Measured power falls from the first row to the third,
//     which no count here explains.
//   - TerEffic, +40 %: nothing is fitted; the static power of a whole U250 is
//     the 46 W that TerEffic reports in all. What is counted in its 46 W is not
//     known to us.
//   - D5005: its constant is fitted to its only row. With the static power of
//     an Alveo card the same row is wrong by +255 %: static power cannot be
//     carried from one FPGA board to another.
//   - TPU v4, +10 % against the largest power measured, nothing fitted: static is
//     the published idle power, which is not all static, and the run is near
//     the peak. Against the mean power, of programs that are not published, +25 %.
//
// TeLLMe v2 (25 tokens/s at 5 W on a KV260) is not a row: neither its model nor
// its table look-ups are among our machines.
package energy
