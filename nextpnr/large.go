package nextpnr

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The names of nextpnr for logic cells and memory blocks.
const (
	cellsName  = "ICESTORM_LC"
	blocksName = "ICESTORM_RAM"
)

// A TooLargeError is a design that the device has no room for.
type TooLargeError struct {
	What    string `json:"what"` // of which there is not enough: logic cells or memory blocks
	Needs   int    `json:"needs"`
	Has     int    `json:"has"`                // less than Needs, or nearly as few: not all of them could be placed
	AtLeast bool   `json:"at_least,omitempty"` // Needs is a lower bound
}

// Error says what the design needs.
func (e *TooLargeError) Error() string {
	text := fmt.Sprintf("nextpnr: does not fit: needs %d of %d %s", e.Needs, e.Has, e.What)
	if e.AtLeast {
		text = strings.Replace(text, "needs", "needs at least", 1)
	}
	if e.Needs <= e.Has {
		text += ", and they could not all be placed"
	}
	return text
}

// Check reports a design that cannot fit: one with more LUTs or flip-flops than
// the device has logic cells, or more memory blocks than it has.
func Check(luts, flipFlops, blocks int) error {
	switch least := max(luts, flipFlops); {
	case blocks > MemoryBlocks:
		return &TooLargeError{What: "memory blocks", Needs: blocks, Has: MemoryBlocks}
	case least > LogicCells:
		return &TooLargeError{What: "logic cells", Needs: least, Has: LogicCells, AtLeast: true}
	}
	return nil
}

var usage = regexp.MustCompile(`(?m)^Info:\s+(\w+):\s*(\d+)/\s*(\d+)\s`)

// noPlace are the errors of nextpnr 0.4 for what has no place.
var noPlace = []string{"no BELs remaining", "Unable to find legal placement", "Unable to find a placement location", "failed to place"}

// tooLarge returns what a log says is used too much of, nil if that is not why
// it ends with an error.
func tooLarge(log string) *TooLargeError {
	names := map[string]string{cellsName: "logic cells", blocksName: "memory blocks"}
	var full *TooLargeError
	for _, m := range usage.FindAllStringSubmatch(log, -1) {
		needs, err1 := strconv.Atoi(m[2])
		has, err2 := strconv.Atoi(m[3])
		if names[m[1]] == "" || err1 != nil || err2 != nil || has == 0 {
			continue
		}
		e := &TooLargeError{What: names[m[1]], Needs: needs, Has: has}
		if full == nil || needs*full.Has > full.Needs*has {
			full = e
		}
	}
	if full == nil || full.Needs > full.Has {
		return full
	}
	for _, text := range noPlace {
		if strings.Contains(log, text) {
			return full
		}
	}
	return nil
}
