package tooltest

import (
	"os/exec"
	"testing"
)

// Disk returns a new file system in memory with options of mount(8), such as
// size=48k, until t ends. Only root has one; others skip the test.
func Disk(t testing.TB, options string) string {
	t.Helper()
	folder := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder).CombinedOutput(); err != nil {
		t.Skipf("a file system of its own needs root: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if err := exec.Command("umount", folder).Run(); err != nil {
			t.Errorf("umount %s: %v", folder, err)
		}
	})
	return folder
}
