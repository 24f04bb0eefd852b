// Package calibration fits three constants of the simulated TPU to published
// measurements of the kernels of package hecross/lower, and compares the two.
//
// The machine presets of systolic/tpu hold public figures: peaks. A compiled
// kernel reaches less, and three numbers say how much: the operations that a
// lane of the vector unit completes per cycle, the part of the HBM bandwidth
// that streams get, and the registers that a cross-lane unit moves per cycle.
// Nothing else is fitted.
package calibration
