package verilator

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// writeReplay fills a folder with the sources of a session and run.sh, and opens
// commands.bin there, to which everything goes that the session sends.
func writeReplay(dir string, r Recipe) (commands *os.File, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("verilator: replay of %s: %w", r.Top, err)
	}
	files := map[string]string{"run.sh": sessionScript(r)}
	for name, text := range r.Files {
		files[name] = text
	}
	for name, text := range files {
		mode := os.FileMode(0o644)
		if name == "run.sh" {
			mode = 0o755
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), mode); err != nil {
			return nil, fmt.Errorf("verilator: replay of %s: %w", r.Top, err)
		}
	}
	if commands, err = os.Create(filepath.Join(dir, "commands.bin")); err != nil {
		return nil, fmt.Errorf("verilator: replay of %s: %w", r.Top, err)
	}
	return commands, nil
}

// sessionScript returns run.sh.
func sessionScript(r Recipe) string {
	return fmt.Sprintf(`#!/bin/sh
# Builds the system %s and repeats a session with it: the commands that it was sent
# are in commands.bin, and the waveforms that they ask for are written again.
%s./sim < commands.bin > replies.bin
`, r.Top, buildScript(r))
}

// buildScript is the part of a script that builds sim in the script's folder,
// with verilator and g++ alone.
func buildScript(r Recipe) string {
	trace := ""
	if r.Trace {
		trace = " -DVM_TRACE=1"
	}
	return fmt.Sprintf(`set -eu
cd "$(dirname "$0")"
verilator %s
include="$(verilator --getenv VERILATOR_ROOT)/include"
compile() { g++ %s%s -O0 -I. -Iobj "-I$include" "-I$include/vltstd" "$@"; }
for unit in %s; do
    [ -f "$unit.o" ] || compile -c "$include/$unit.cpp" -o "$unit.o"
done
for source in obj/*.cpp harness.cpp; do echo "#include \"$source\""; done > unity.cpp
compile unity.cpp ./*.o -o sim -lpthread
`, quoted(r.verilate()), quoted(compileFlags), trace, strings.Join(runtimeUnits(r.Trace), " "))
}

// quoted returns args as words of a shell.
func quoted(args []string) string {
	q := make([]string, len(args))
	for i, a := range args {
		q[i] = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
	}
	return strings.Join(q, " ")
}

// closeReplay ends commands.bin, if there is one.
func (s *Session) closeReplay() error {
	if s.replay == nil {
		return nil
	}
	commands := s.replay
	s.replay = nil
	return commands.Close()
}
