#!/bin/sh
# Runs every fuzz target of the module for the given time each (default 30s).
# A crash is a failure; its input stays in testdata/fuzz of the package.
set -eu
time=${1:-30s}
packages=$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)
for package in $packages; do
	targets=$(go test -run '^$' -list '^Fuzz' "$package")
	for target in $(echo "$targets" | grep '^Fuzz' || :); do
		echo "fuzzing $package $target for $time"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "$package"
	done
done
