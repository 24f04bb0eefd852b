#!/bin/sh
# Checks that everything Lockstep needs is installed and installs what is
# missing with apt-get, saying so first. Silent when nothing is missing.
#
#   tools.sh [COMMAND PACKAGE]   looks for one more command, too
#   LOCKSTEP_NO_INSTALL=1        only say what is missing
set -u

# Commands, each with the Debian package that has it.
wanted='
verilator      verilator
g++            g++
yosys          yosys
nextpnr-ice40  nextpnr-ice40
iverilog       iverilog
z3             z3
chromium       chromium
make           make
git            git
'"$*
"

say() { echo "tools: $*" >&2; }
fail() { say "$@"; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

cd "$(dirname "$0")/.." || exit 1

# missing prints the packages of the commands that are not on PATH.
missing() {
	echo "$wanted" | while read -r command package; do
		if [ -n "$command" ] && ! have "$command"; then printf ' %s' "$package"; fi
	done
}

# check_go fails unless go is at least the version that go.mod asks for. Go
# 1.21 and later fetch that version themselves unless told not to.
check_go() {
	want=
	while read -r word value _; do
		if [ "$word" = go ]; then want=$value; fi
	done <go.mod
	hint="install Go $want or later from https://go.dev/dl and put it on PATH"
	have go || fail "go is not on PATH; $hint"
	got=$(go env GOVERSION) || fail "go does not run here; $hint"
	got=${got#*go}
	got=${got%%[!0-9.]*}
	newer "$got" "$want" || fail "go is version $got, want at least $want; $hint"
}

# newer reports whether version $1 is at least version $2.
newer() {
	a=$1. b=$2.
	while [ -n "$b" ]; do
		x=${a%%.*} y=${b%%.*}
		a=${a#*.} b=${b#*.}
		[ "${x:-0}" -gt "${y:-0}" ] && return 0
		[ "${x:-0}" -lt "${y:-0}" ] && return 1
	done
	return 0
}

# install installs packages, refreshing the package lists only when apt-get
# does not know the packages or cannot fetch them.
install() {
	fetched=
	if ! $root apt-get install -s -qq --no-install-recommends "$@" >/dev/null 2>&1; then
		update || return 1
	fi
	if ! apt_install "$@"; then
		[ -z "$fetched" ] || return 1
		update && apt_install "$@"
	fi
}

update() {
	say "running: apt-get update"
	fetched=yes
	$root apt-get update -qq >&2
}

apt_install() {
	$root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Dpkg::Use-Pty=0 \
		--no-install-recommends "$@" >&2 </dev/null
}

check_go
packages=$(missing)
[ -n "$packages" ] || exit 0

by_hand="run as root: apt-get install --no-install-recommends$packages"
[ "${LOCKSTEP_NO_INSTALL:-}" != 1 ] || fail "missing:$packages; $by_hand"
have apt-get || fail "missing:$packages; there is no apt-get here, install them with the system's package manager"
root=
if [ "$(id -u)" != 0 ]; then
	have sudo || fail "missing:$packages; neither root nor sudo to install them; $by_hand"
	root=sudo
	[ -t 0 ] || root='sudo -n'
fi
say "not installed:$packages"
say "running: ${root:+$root }apt-get install --no-install-recommends$packages"
# shellcheck disable=SC2086 # one word per package
install $packages || fail "apt-get failed (its messages are above); $by_hand"
packages=$(missing)
[ -z "$packages" ] || fail "installed, but still not on PATH:$packages"
say "done"
