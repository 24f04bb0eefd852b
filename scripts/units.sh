#!/bin/sh
# Prints the packages of hardware units: those whose tests call
# rtl/unittest.Check and hence know its flags -update and -seed.
set -eu
module=$(go list -m)
packages=$(go list -f '{{.ImportPath}} {{join .TestImports " "}} {{join .XTestImports " "}} ' ./...)
echo "$packages" | awk -v check=" $module/rtl/unittest " 'index($0, check) { print $1 }'
