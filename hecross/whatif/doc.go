// Package whatif asks what one change of the simulated TPU, or of the way in
// which kernels are lowered to it, does to HE-Mult, HE-Rotate and packed
// bootstrapping, and what it costs in area.
//
// Times are those of package hecross/lower on a machine with the calibrated
// constants. Areas are differences to the base machine in look-up tables, with
// multipliers in look-up tables too so that there is one currency: units of
// this project, mapped by Yosys, times how many of them the change adds. They
// say what the added logic takes as an FPGA would hold it, nothing of a TPU's
// silicon; memories and the HBM have no look-up tables and no such figure.
package whatif
