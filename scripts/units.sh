#!/bin/sh
# Prints the packages of hardware units: those whose tests call
# rtl/unittest.Check and hence know its flags -update and -seed.
set -eu
packages=$(go list -f '{{.ImportPath}} {{.Dir}}' ./...)
echo "$packages" | while read -r package dir; do
	if grep -qs 'unittest\.Check(' "$dir"/*_test.go; then
		echo "$package"
	fi
done
