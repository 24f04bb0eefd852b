package yosys

import "embed"

// Reading is the source of the code between what Yosys writes and a Netlist,
// for those who keep what they made of one.
//
//go:embed netlist.go
var Reading embed.FS

// Wrapping is the source of the code that makes a [Block], for those who keep
// what they made of one.
//
//go:embed block.go
var Wrapping embed.FS
