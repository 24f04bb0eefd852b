// Package published compares the event models with what others have measured
// or projected for their machines: presets of those machines, their numbers
// with their sources, and the relative error of every one of them.
//
// The machines are cores of package ternip. What is inferred rather than
// published is said in the comments of the preset files.
package published
