// Package lockstep_test holds the rules that the whole tree obeys: who may
// import whom, and how files look.
package lockstep_test

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "lockstep/"

// imports is the import graph: a statement of policy. "a: b c" means that the
// code of package a, tests aside, imports b and c and nothing else outside the
// standard library. A name with a dot is another module, or a package of it,
// with all packages below it. Do not widen the policy to make a build pass;
// move the code instead.
//
// Arithmetic knows nothing of hardware, hardware nothing of events, events
// nothing of numbers; systems (ternary/core) join them.
const imports = `
tool:
tool/tooltest:         tool
rtl:
rtl/unit:              rtl
verilator:             rtl rtl/unit tool
yosys:                 tool
nextpnr:               tool
rtl/unittest:          rtl/unit tool/tooltest verilator yosys

sim:                   github.com/sarchlab/akita/v3/sim

ternary/safetensors:
ternary/tokenizer:
ternary:               ternary/safetensors github.com/goccy/go-yaml
ternary/float:         ternary
ternary/fixed:         ternary
ternary/opticks:       ternary

ternary/dot:           rtl rtl/unit
ternary/scaler:        rtl rtl/unit ternary/fixed
ternary/argmax:        rtl rtl/unit
ternary/unpack:        rtl rtl/unit ternary
ternary/vregs:         rtl rtl/unit
ternary/loadstore:     rtl rtl/unit ternary/vregs
ternary/fetch:         rtl rtl/unit ternary/fixed ternary/isa
ternary/issue:         rtl rtl/unit
ternary/quant:         rtl rtl/unit ternary/fixed ternary/scaler
ternary/rowwise:       rtl rtl/unit ternary/fixed
ternary/rms:           rtl rtl/unit ternary/fixed ternary/scaler
ternary/tmatmul:       rtl rtl/unit ternary ternary/dot ternary/fixed ternary/scaler
area:                  nextpnr tool yosys
experiment:            github.com/goccy/go-yaml
bench:                 area catalogue hecross hecross/ckks hecross/lower sim systolic systolic/kernel systolic/scalesim systolic/tpu
                       ternary/argmax ternary/core ternary/cosim ternary/fixed ternary/opticks tool yosys
report:                experiment gonum.org/v1/plot
sweeps:                energy experiment hecross hecross/calibration hecross/lower hecross/whatif report systolic systolic/tpu ternary ternary/ablation
                       ternary/core ternary/fixed ternary/isa ternary/published yosys
energy:                github.com/goccy/go-yaml
ternary/ablation:      area ternary ternary/core ternary/fixed ternary/isa yosys
ternary/sparse:        rtl rtl/unit ternary/dot ternary/fixed ternary/scaler
ternary/numerics:      ternary ternary/fixed ternary/float
wave:
verify:                rtl rtl/unit verilator
catalogue:             rtl/unit ternary/argmax ternary/dot ternary/fetch ternary/issue ternary/loadstore ternary/quant
                       ternary/rms ternary/rowwise ternary/scaler ternary/sparse ternary/tmatmul ternary/unpack ternary/vregs
                       hecross/barrett hecross/chunk hecross/lane hecross/montgomery hecross/multiply hecross/ntt systolic/accumulator systolic/array systolic/dma systolic/pe systolic/permute systolic/vector systolic/vmem

ternary/isa:           ternary ternary/fixed
ternary/ternip:        sim ternary github.com/goccy/go-yaml
ternary/published:     ternary ternary/ternip github.com/goccy/go-yaml
ternary/core:          rtl rtl/unit sim ternary ternary/argmax ternary/fetch ternary/fixed ternary/isa ternary/issue ternary/quant ternary/rms ternary/rowwise
                       ternary/sparse ternary/tmatmul ternary/unpack ternary/vregs github.com/goccy/go-yaml

ternary/cosim:         rtl ternary/argmax ternary/core ternary/fixed ternary/isa verilator

systolic:
systolic/pe:           rtl rtl/unit systolic
systolic/array:        rtl rtl/unit systolic systolic/pe
systolic/accumulator:  rtl rtl/unit
systolic/vector:       rtl rtl/unit
systolic/permute:      rtl rtl/unit
systolic/vmem:         rtl rtl/unit
systolic/dma:          rtl rtl/unit
systolic/scalesim:     systolic
systolic/kernel:       systolic golang.org/x/sys/cpu
systolic/chip:         rtl rtl/unit sim systolic systolic/accumulator systolic/array systolic/dma systolic/vmem
systolic/cosim:        systolic/chip verilator
systolic/tpu:          sim systolic systolic/kernel github.com/goccy/go-yaml
systolic/kernel/internal/gen: github.com/mmcloughlin/avo

hecross:
hecross/multiply:      rtl rtl/unit
hecross/barrett:       hecross/multiply rtl rtl/unit
hecross/montgomery:    hecross/multiply rtl rtl/unit
hecross/chunk:         hecross/barrett rtl rtl/unit
hecross/lane:          hecross/barrett hecross/multiply rtl rtl/unit
hecross/proof:         tool
hecross/emulation:     hecross
hecross/ntt:           hecross hecross/barrett hecross/chunk hecross/lane rtl rtl/unit sim systolic systolic/accumulator systolic/array
hecross/ntt/cosim:     hecross hecross/ntt rtl/unit
hecross/ckks:          hecross github.com/tuneinsight/lattigo/v6
examples/dotproduct:   hecross hecross/ckks
examples/logistic:     hecross hecross/ckks
hecross/whatif:        area hecross/barrett hecross/lane hecross/lower rtl/unit systolic/pe systolic/permute systolic/tpu systolic/vector yosys
hecross/calibration:   hecross/lower systolic/tpu github.com/goccy/go-yaml golang.org/x/sync
hecross/lower:         hecross hecross/emulation systolic systolic/kernel systolic/tpu

cmd/simulate:          area bench catalogue energy experiment report sweeps hecross hecross/calibration hecross/ckks hecross/lower hecross/ntt hecross/ntt/cosim nextpnr rtl rtl/unit sim systolic systolic/array systolic/chip systolic/cosim systolic/scalesim systolic/tpu ternary ternary/ablation ternary/core ternary/cosim ternary/fixed ternary/float ternary/isa ternary/opticks
                       ternary/numerics ternary/published ternary/ternip ternary/tokenizer tool verilator yosys github.com/schollz/progressbar/v3 github.com/spf13/cobra
                       github.com/spf13/pflag github.com/tuneinsight/lattigo/v6
`

// A pkg is what go list says of one package.
type pkg struct {
	ImportPath, Name                   string
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
}

// name is the import path inside the module, "." for its root.
func (p pkg) name() string {
	if name, ok := strings.CutPrefix(p.ImportPath, module); ok {
		return name
	}
	return "."
}

func (p pkg) allImports() []string { return slices.Concat(p.Imports, p.TestImports, p.XTestImports) }

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Name,GoFiles,Imports,TestImports,XTestImports", "./...")
	out, err := cmd.Output()
	require.NoError(t, err)
	var ps []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else {
			require.NoError(t, err)
		}
		ps = append(ps, p)
	}
}

// policy parses imports; a line that begins with a blank continues the last.
func policy(t *testing.T, text string) map[string][]string {
	t.Helper()
	allow, name := map[string][]string{}, ""
	for line := range strings.Lines(text) {
		rest := line
		if strings.TrimSpace(line) == "" {
			continue
		}
		if line[0] != ' ' {
			var ok bool
			name, rest, ok = strings.Cut(line, ":")
			require.True(t, ok, "policy line %q has no colon", line)
			require.NotContains(t, allow, name, "two policy lines for one package")
			allow[name] = []string{}
		}
		allow[name] = append(allow[name], strings.Fields(rest)...)
	}
	return allow
}

// governed returns the imports of p that the policy is about: packages of this
// and of other modules.
func governed(p pkg) []string {
	var deps []string
	for _, imp := range p.Imports {
		if dep, ok := strings.CutPrefix(imp, module); ok {
			deps = append(deps, dep)
		} else if first, _, _ := strings.Cut(imp, "/"); strings.Contains(first, ".") {
			deps = append(deps, imp)
		}
	}
	return deps
}

// covers reports whether the name in the policy allows the import of dep.
func covers(name, dep string) bool {
	return name == dep || strings.Contains(name, ".") && strings.HasPrefix(dep, name+"/")
}

// violations compares packages with a policy.
func violations(ps []pkg, allow map[string][]string) []string {
	var bad []string
	seen := map[string]bool{}
	for _, p := range ps {
		name := p.name()
		seen[name] = true
		if len(p.GoFiles) == 0 {
			continue // tests only
		}
		allowed, ok := allow[name]
		if !ok {
			bad = append(bad, "package "+name+" is not in the import policy; add a line to deps_test.go")
			continue
		}
		deps := governed(p)
		for _, dep := range deps {
			if !slices.ContainsFunc(allowed, func(a string) bool { return covers(a, dep) }) {
				bad = append(bad, name+" imports "+dep+", which the policy does not allow")
			}
		}
		for _, dep := range allowed {
			if !slices.ContainsFunc(deps, func(d string) bool { return covers(dep, d) }) {
				bad = append(bad, name+" does not import "+dep+", which the policy allows; remove it from deps_test.go")
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(allow)) {
		if !seen[name] {
			bad = append(bad, "package "+name+" does not exist; remove its line from deps_test.go")
		}
	}
	return bad
}

func TestImports(t *testing.T) {
	for _, v := range violations(packages(t), policy(t, imports)) {
		t.Error(v)
	}
}

// rules are those that hold whatever the policy says, tests included.
func rules(ps []pkg) []string {
	var bad []string
	family := func(path string) string {
		switch first, _, _ := strings.Cut(strings.TrimPrefix(path, module), "/"); first {
		case "ternary":
			return "ternary"
		case "systolic", "hecross":
			return "systolic and hecross"
		}
		return ""
	}
	for _, p := range ps {
		name := p.name()
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc"}, p.Name) {
			bad = append(bad, name+": "+p.Name+" says nothing; name the package after what it holds")
		}
		for _, imp := range p.allImports() {
			if strings.HasPrefix(imp, "github.com/sarchlab/akita/") && (name != "sim" || imp != "github.com/sarchlab/akita/v3/sim") {
				bad = append(bad, name+" imports "+imp+"; only sim imports Akita, and only akita/v3/sim")
			}
			if a, b := family(p.ImportPath), family(imp); strings.HasPrefix(imp, module) && a != "" && b != "" && a != b {
				bad = append(bad, name+" imports "+imp+"; "+a+" stays apart from "+b)
			}
		}
		if name == "rtl" && len(governed(p)) > 0 {
			bad = append(bad, "rtl imports "+strings.Join(governed(p), ", ")+"; it uses the standard library only")
		}
	}
	return bad
}

func TestRules(t *testing.T) {
	for _, v := range rules(packages(t)) {
		t.Error(v)
	}
}

func TestPolicyFindsViolations(t *testing.T) {
	ps := []pkg{
		{ImportPath: "lockstep/a", Name: "a", GoFiles: []string{"a.go"}, Imports: []string{"fmt", "lockstep/b", "example.com/x", "example.com/ok/sub"}},
		{ImportPath: "lockstep/b", Name: "b", GoFiles: []string{"b.go"}, Imports: []string{"lockstep/d/e"}},
		{ImportPath: "lockstep/new", Name: "helpers", GoFiles: []string{"n.go"}},
		{ImportPath: "lockstep", Name: "lockstep"},
		{ImportPath: "lockstep/rtl", Name: "rtl", Imports: []string{"lockstep/tool"}},
		{ImportPath: "lockstep/sim", Name: "sim", Imports: []string{"github.com/sarchlab/akita/v3/sim", "github.com/sarchlab/akita/v3/mem"}},
		{ImportPath: "lockstep/ternary/x", Name: "x", XTestImports: []string{"lockstep/systolic/pe", "lockstep/ternary"}},
		{ImportPath: "lockstep/hecross/y", Name: "y", TestImports: []string{"github.com/sarchlab/akita/v3/sim", "lockstep/systolic"}},
	}
	allow := policy(t, "a: example.com/ok\n\nb: a\n  d\ngone: b\n")
	require.Equal(t, map[string][]string{"a": {"example.com/ok"}, "b": {"a", "d"}, "gone": {"b"}}, allow)
	require.Equal(t, []string{
		"a imports b, which the policy does not allow",
		"a imports example.com/x, which the policy does not allow",
		"b imports d/e, which the policy does not allow",
		"b does not import a, which the policy allows; remove it from deps_test.go",
		"b does not import d, which the policy allows; remove it from deps_test.go",
		"package new is not in the import policy; add a line to deps_test.go",
		"package gone does not exist; remove its line from deps_test.go",
	}, violations(ps, allow))
	require.Equal(t, []string{
		"new: helpers says nothing; name the package after what it holds",
		"rtl imports tool; it uses the standard library only",
		"sim imports github.com/sarchlab/akita/v3/mem; only sim imports Akita, and only akita/v3/sim",
		"ternary/x imports lockstep/systolic/pe; ternary stays apart from systolic and hecross",
		"hecross/y imports github.com/sarchlab/akita/v3/sim; only sim imports Akita, and only akita/v3/sim",
	}, rules(ps))
}
