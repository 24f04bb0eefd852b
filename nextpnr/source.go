package nextpnr

import "embed"

// Source is the code that runs the program and reads what it writes, for those
// who keep results.
//
//go:embed nextpnr.go report.go large.go
var Source embed.FS
