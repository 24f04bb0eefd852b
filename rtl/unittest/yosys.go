package unittest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"lockstep/tool"
)

// Synthesises fails t unless Yosys reads sv, finds nothing wrong with it
// (check -assert: no loops, no undriven or multiply driven nets), infers no
// latch and maps it to generic gates.
func Synthesises(t *testing.T, top string, sv []byte) {
	t.Helper()
	yosys, err := tool.Find("yosys")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, top+".sv"), sv, 0o644); err != nil {
		t.Fatal(err)
	}
	script := "read_verilog -sv " + top + ".sv; hierarchy -check -top " + top +
		"; proc; select -assert-none t:$dlatch t:$adlatch t:$dlatchsr; opt; check -assert; memory -nomap; techmap; check -assert; stat"
	cmd := exec.Command(yosys.Path, "-q", "-p", script)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("yosys: %s: %v\n%s", top, err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "Warning:") && !strings.Contains(line, "Resizing cell port") {
			t.Fatalf("yosys: %s: %s", top, line)
		}
	}
}
