// Package tooltest has what tests need of the machine: it decides what a test
// does when an external program is missing, and gives it a disk of its own.
package tooltest

import (
	"errors"
	"testing"

	"lockstep/tool"
)

// Need skips t when a tool is missing or -short is set, and fails it when
// tools are required.
func Need(t testing.TB, names ...string) {
	t.Helper()
	if testing.Short() && !tool.Required() {
		t.Skip("-short: no external tools")
	}
	for _, name := range names {
		if _, err := tool.Find(name); errors.Is(err, tool.ErrMissing) {
			if tool.Required() {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}
