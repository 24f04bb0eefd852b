// Package ternip is the published Ternip core as an event model: in which
// cycle each instruction of a program issues and is ready. It computes no
// values.
//
// The core has a LOADSTORE, a ROWWISE, an RMS and a TMATMUL unit on one
// vector register file with a single port. With C = D/VP, R = D/TP,
// lg = ceil(log2), and U(C,L) = 1 + 2L*floor(C/L) + (r > 0 ? L+r : 0) for
// r = C mod L, an instruction takes, from issue to ready,
//
//	LDV                C+lat+1 (at eff 1)      IMPORT     C+7
//	SV                 C+7                     EXPORT     C+4
//	ADD, SUB           3C+4                    CLEAR      lg VP + 5
//	MUL                3C+6                    ACC        C+8
//	SIG, CSIG, NORM    U(C,8)                  FIN        lg VP + W + 47 + b
//	SILU               U(C,11)                 GO         beat by beat, see below
//
// W is 58, 60, 60, 62 and 62 for D of 64, 128, 256, 512 and 1024.
// Source: cycles measured on the RTL of github.com/sifferman/ternip under
// Verilator; the examples of testdata are part of these measurements.
//
// # Rules
//
// Issue is in order, and needs all four units to be ready. LOADSTORE, ROWWISE
// and RMS are ready when they are idle, so nothing else issues while one of
// them works. TMATMUL has one command register in front of its engine: the
// engine takes a command in the cycle after its issue at the earliest, and the
// register is free in the cycle after that. So issue goes on two cycles after
// a GO; one more command can wait behind a running GO, and holds up the core
// until the engine has taken it. IMPORT and EXPORT besides hold up the core
// until they are done. The engine is free one cycle after the ready cycle of
// a GO, which a later command does not notice: the register costs it that
// cycle anyway.
//
// The two memory ports do not disturb each other. A stream of reads opens lat
// cycles after its request with a credit of 0. In every cycle from then on the
// credit grows by eff; a whole credit is one beat, offered to the unit in the
// same cycle and kept in a FIFO of fifo beats until it is taken. While the
// FIFO is full the next beat waits. LDV takes every beat at once and is ready
// after lat + ceil(C/eff) + 1 cycles.
//
// A GO reads D*R beats and takes one per cycle, except in the cycle lg TP + 3
// after the last beat of each row: then the output register of the accumulator
// is full. It is ready lg TP + 5 cycles after its last beat, with the request
// one cycle after its start. This gives, at eff 1 and R >= 3,
//
//	D*(R+1) + lat + lg TP + 4 - floor((lg TP + 3)/(R+1))
//
// and, when memory is the limit, lat + ceil(D*R/eff) + lg TP + 5, as measured.
//
// # Models and batch lanes
//
// Compile makes the program of a token from the shape of a model, and RunBank
// runs it on several lanes that share a memory bank; see there.
//
// # Choices
//
// The measurements leave these open; what is done here:
//
//   - b of FIN depends on data, which a program text does not have. It is
//     Config.FinB, 0 unless set, or that of the instruction: FIN 64 b=1.
//   - W for other D is 52 + ceil(log2 D), rounded up to an even number, which
//     gives the five values measured; 64 at 2048 and 2560.
//   - SYNC, an instruction of the test bench, lasts until the core has been
//     idle for 20 cycles in a row, the cycle in which it becomes idle included;
//     the examples fit this and have lat 20 only, so that the 20 could be lat.
//     It has no entry in the results. A SYNC at the end counts in the total.
//   - A GO that waited frees issue two cycles after the GO before it is ready:
//     the register passes it on by the same path.
//   - The cycle in which the accumulator refuses a beat is simulated. At R of 1
//     and 2, and when eff is near R/(R+1) or a refusal hits the very last beat,
//     this is some cycles away from the larger of the two formulas, which
//     assume a steady rhythm.
//   - The credit of a stream does not outlive it, and no more than the beat
//     that waits is saved while the FIFO is full. Credit is exact, not
//     floating point.
//   - At weff < 1, SV takes ceil(C/weff) + 7 cycles: not measured.
//   - A unit has one stream at a time, so max_outstanding never limits.
package ternip
