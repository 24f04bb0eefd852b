package yosys

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"lockstep/tool"
)

// identifier is a name that stands in a script, or names a file, as it is.
var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_$]*$`)

const scriptFile = "script.ys"

// run executes the script of files, by name, in dir and returns what Yosys
// prints: warnings and errors. The error has that too.
func run(ctx context.Context, dir string, files map[string]string) (string, error) {
	yosys, err := tool.Find("yosys")
	if err != nil {
		return "", err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(files[name]), 0o644); err != nil {
			return "", err
		}
	}
	cmd := exec.CommandContext(ctx, yosys.Path, "-q", "-s", scriptFile)
	cmd.Dir = dir
	cmd.WaitDelay = time.Second // ABC, a child of Yosys, holds the pipe
	out, err := cmd.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err != nil:
		return "", fmt.Errorf("%w\n%s", err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// inFolder calls f with a temporary folder that is removed afterwards.
func inFolder(f func(dir string) error) error {
	dir, err := os.MkdirTemp("", "lockstep-yosys-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	return f(dir)
}
