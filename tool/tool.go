// Package tool finds the external programs that verification needs and names
// their versions.
package tool

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sync"
)

// RequireEnv is the environment variable that turns a missing tool from a
// skipped check into a failed one; make test and CI set it to 1.
const RequireEnv = "LOCKSTEP_REQUIRE_TOOLS"

// ErrMissing is wrapped by the error of [Find] when a program is not installed.
var ErrMissing = errors.New("not installed")

// Required reports whether a missing tool is a failure.
func Required() bool { return os.Getenv(RequireEnv) == "1" }

// A Tool is an installed program.
type Tool struct {
	Name    string `json:"name"`
	Path    string `json:"-"`
	Version string `json:"version"`
}

// Names lists the programs that Lockstep uses, each with the arguments that
// make it print its version.
var Names = []string{"verilator", "g++", "iverilog", "yosys", "nextpnr-ice40", "z3"}

var versionArgs = map[string][]string{
	"verilator": {"--version"}, "g++": {"--version"}, "iverilog": {"-V"}, "yosys": {"-V"}, "nextpnr-ice40": {"--version"},
	"z3": {"--version"}, "chromium": {"--version"},
}

var packages = map[string]string{
	"g++": "g++", "iverilog": "iverilog", "verilator": "verilator", "yosys": "yosys", "nextpnr-ice40": "nextpnr-ice40", "z3": "z3", "chromium": "chromium",
}

var (
	mu    sync.Mutex
	found = map[string]Tool{}
)

// Find returns the program called name. The error says how to install it.
func Find(name string) (Tool, error) {
	mu.Lock()
	defer mu.Unlock()
	if t, ok := found[name]; ok {
		return t, nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return Tool{}, fmt.Errorf("tool: %s is %w; install it with: apt-get install %s", name, ErrMissing, packages[name])
	}
	t := Tool{Name: name, Path: path, Version: "unknown"}
	var out bytes.Buffer
	cmd := exec.Command(path, versionArgs[name]...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err == nil || out.Len() > 0 {
		if v := number.FindString(out.String()); v != "" {
			t.Version = v
		}
	}
	found[name] = t
	return t, nil
}

var number = regexp.MustCompile(`\d+\.\d+(\.\d+)?`)
