// Package scripts_test runs the shell scripts on a PATH of stubs.
package scripts_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A machine is a folder of stub commands, the only PATH that the script sees.
type machine struct {
	t   *testing.T
	bin string
}

var tools = []string{"verilator", "g++", "yosys", "nextpnr-ice40", "iverilog", "z3", "chromium", "make", "git"}

// newMachine has Go 1.99.1, a root user, apt-get and every tool but missing.
// apt-get appends its arguments to apt.log and install creates the commands,
// which are named like their packages.
func newMachine(t *testing.T, missing ...string) machine {
	m := machine{t, t.TempDir()}
	m.stub("go", "echo go1.99.1")
	m.stub("id", "echo 0")
	m.stub("env", `while [ "${1#*=}" != "$1" ]; do shift; done; "$@"`)
	m.stub("dirname", `echo "${1%/*}"`)
	m.stub("apt-get", `echo "$@" >>apt.log
case "$*" in
*-s*) exit 0 ;;
update*) exit 0 ;;
esac
for p do case $p in -*|install|Dpkg::*) ;; *) printf '#!/bin/sh\n' >"${0%/*}/$p"; /bin/chmod +x "${0%/*}/$p" ;; esac; done`)
	for _, tool := range tools {
		m.stub(tool, "exit 0")
	}
	for _, tool := range missing {
		m.remove(tool)
	}
	return m
}

// stub makes a command of shell code; apt.log in it is a file beside it.
func (m machine) stub(name, code string) {
	code = string(bytes.ReplaceAll([]byte(code), []byte("apt.log"), []byte(filepath.Join(m.bin, "apt.log"))))
	require.NoError(m.t, os.WriteFile(filepath.Join(m.bin, name), []byte("#!/bin/sh\n"+code+"\n"), 0o755))
}

func (m machine) remove(name string) { require.NoError(m.t, os.Remove(filepath.Join(m.bin, name))) }

// run returns what tools.sh prints and whether it succeeds.
func (m machine) run(env ...string) (text string, ok bool) {
	script, err := filepath.Abs("tools.sh")
	require.NoError(m.t, err)
	cmd := exec.Command("/bin/sh", script)
	cmd.Env = append(env, "PATH="+m.bin)
	out, err := cmd.CombinedOutput()
	return string(out), err == nil
}

func (m machine) apt() string {
	b, err := os.ReadFile(filepath.Join(m.bin, "apt.log"))
	if os.IsNotExist(err) {
		return ""
	}
	require.NoError(m.t, err)
	return string(b)
}

const aptInstall = "install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends "

func TestAllPresent(t *testing.T) {
	m := newMachine(t)
	text, ok := m.run()
	require.True(t, ok, text)
	require.Empty(t, text)
	require.Empty(t, m.apt())
}

func TestInstallsEachMissingTool(t *testing.T) {
	for _, tool := range tools {
		m := newMachine(t, tool)
		text, ok := m.run()
		require.True(t, ok, text)
		require.Equal(t, "tools: not installed: "+tool+"\ntools: running: apt-get install --no-install-recommends "+tool+"\ntools: done\n", text)
		require.Equal(t, "install -s -qq --no-install-recommends "+tool+"\n"+aptInstall+tool+"\n", m.apt())
		text, ok = m.run()
		require.True(t, ok)
		require.Empty(t, text, "second run")
	}
}

func TestInstallsAllAtOnce(t *testing.T) {
	m := newMachine(t, "iverilog", "verilator", "z3")
	text, ok := m.run()
	require.True(t, ok, text)
	require.Contains(t, text, "tools: running: apt-get install --no-install-recommends verilator iverilog z3\n")
	require.Contains(t, m.apt(), aptInstall+"verilator iverilog z3\n")
}

// With empty package lists apt-get knows nothing until it is updated.
func TestUpdatesUnknownPackages(t *testing.T) {
	m := newMachine(t, "z3")
	m.stub("apt-get", `echo "$@" >>apt.log
case "$*" in
update*) : >"${0%/*}/updated"; exit 0 ;;
esac
[ -e "${0%/*}/updated" ] || exit 100
case "$*" in *-s*) exit 0 ;; esac
printf '#!/bin/sh\n' >"${0%/*}/z3"; /bin/chmod +x "${0%/*}/z3"`)
	text, ok := m.run()
	require.True(t, ok, text)
	require.Equal(t, "tools: not installed: z3\ntools: running: apt-get install --no-install-recommends z3\n"+
		"tools: running: apt-get update\ntools: done\n", text)
	require.Equal(t, "install -s -qq --no-install-recommends z3\nupdate -qq\n"+aptInstall+"z3\n", m.apt())
}

// With old package lists apt-get knows the package but cannot fetch it.
func TestUpdatesStaleLists(t *testing.T) {
	m := newMachine(t, "z3")
	m.stub("apt-get", `echo "$@" >>apt.log
case "$*" in
*-s*) exit 0 ;;
update*) : >"${0%/*}/updated"; exit 0 ;;
esac
[ -e "${0%/*}/updated" ] || { echo "E: 404" >&2; exit 100; }
printf '#!/bin/sh\n' >"${0%/*}/z3"; /bin/chmod +x "${0%/*}/z3"`)
	text, ok := m.run()
	require.True(t, ok, text)
	require.Contains(t, text, "E: 404\ntools: running: apt-get update\ntools: done\n")
	require.Equal(t, "install -s -qq --no-install-recommends z3\n"+aptInstall+"z3\nupdate -qq\n"+aptInstall+"z3\n", m.apt())
}

func TestSudo(t *testing.T) {
	m := newMachine(t, "yosys")
	m.stub("id", "echo 1000")
	m.stub("sudo", `echo sudo "$@" >>apt.log; [ "$1" = -n ] && shift; "$@"`)
	text, ok := m.run() // standard input is no terminal
	require.True(t, ok, text)
	require.Contains(t, text, "tools: running: sudo -n apt-get install --no-install-recommends yosys\n")
	require.Contains(t, m.apt(), "sudo -n env DEBIAN_FRONTEND=noninteractive apt-get "+aptInstall+"yosys\n")
}

func TestCannotInstall(t *testing.T) {
	const byHand = "run as root: apt-get install --no-install-recommends yosys z3\n"
	for name, tt := range map[string]struct {
		change func(machine)
		env    []string
		want   string
	}{
		"told not to": {func(machine) {}, []string{"LOCKSTEP_NO_INSTALL=1"}, "tools: missing: yosys z3; " + byHand},
		"no apt": {func(m machine) { m.remove("apt-get") }, nil,
			"tools: missing: yosys z3; there is no apt-get here, install them with the system's package manager\n"},
		"no root": {func(m machine) { m.stub("id", "echo 1000") }, nil,
			"tools: missing: yosys z3; neither root nor sudo to install them; " + byHand},
		"apt fails": {func(m machine) { m.stub("apt-get", "echo E: no network >&2; exit 100") }, nil,
			"tools: not installed: yosys z3\ntools: running: apt-get install --no-install-recommends yosys z3\n" +
				"tools: running: apt-get update\nE: no network\ntools: apt-get failed (its messages are above); " + byHand},
		"apt lies": {func(m machine) { m.stub("apt-get", "exit 0") }, nil,
			"tools: not installed: yosys z3\ntools: running: apt-get install --no-install-recommends yosys z3\n" +
				"tools: installed, but still not on PATH: yosys z3\n"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, "yosys", "z3")
			tt.change(m)
			text, ok := m.run(tt.env...)
			require.False(t, ok)
			require.Equal(t, tt.want, text)
		})
	}
}

func TestGoVersion(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	require.Contains(t, string(mod), "\ngo 1.26.0\n", "this test knows the version that go.mod asks for")
	const hint = "install Go 1.26.0 or later from https://go.dev/dl and put it on PATH\n"
	for _, tt := range []struct{ code, want string }{
		{"echo go1.26.0", ""},
		{"echo go1.26.8", ""},
		{"echo go1.26", ""},
		{"echo go1.27rc1", ""},
		{"echo devel go1.28-0123abc", ""},
		{"echo go2.0", ""},
		{"echo go1.25.9", "tools: go is version 1.25.9, want at least 1.26.0; " + hint},
		{"echo go1.9", "tools: go is version 1.9, want at least 1.26.0; " + hint},
		{"echo broken >&2; exit 1", "broken\ntools: go does not run here; " + hint},
	} {
		m := newMachine(t)
		m.stub("go", tt.code)
		text, ok := m.run()
		require.Equal(t, tt.want, text, tt.code)
		require.Equal(t, tt.want == "", ok, tt.code)
	}
	m := newMachine(t)
	m.remove("go")
	text, ok := m.run()
	require.False(t, ok)
	require.Equal(t, "tools: go is not on PATH; "+hint, text)
}
