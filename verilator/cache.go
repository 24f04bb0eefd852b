package verilator

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"sync"

	"lockstep/tool"
)

// CacheEnv names a folder that replaces the user's cache directory.
const CacheEnv = "LOCKSTEP_CACHE"

// CacheDir returns the folder of cached builds, creating it if needed.
func CacheDir() (string, error) {
	dir := os.Getenv(CacheEnv)
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("verilator: no cache directory: %w; set %s", err, CacheEnv)
		}
		dir = filepath.Join(base, "lockstep")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("verilator: cache: %w", err)
	}
	return dir, nil
}

// A Recipe is everything a binary is built from.
type Recipe struct {
	Top      string            // top module; its source is the file <Top>.sv
	Files    map[string]string // sources by file name; harness.cpp has main, and the model is class Vtop
	Flags    []string          // added to the verilator command
	Optimise string            // options of C++ optimisation; "" means those of long runs
	Trace    bool              // compile in waveforms
}

// key identifies a recipe, the tools and the flags by content.
func (r Recipe) key(tools ...tool.Tool) string {
	h := sha256.New()
	for _, t := range tools {
		fmt.Fprintf(h, "%s %s\n", t.Name, t.Version)
	}
	names := make([]string, 0, len(r.Files))
	for n := range r.Files {
		names = append(names, n)
	}
	sort.Strings(names)
	for _, n := range names {
		fmt.Fprintf(h, "%s %d\n%s", n, len(r.Files[n]), r.Files[n])
	}
	fmt.Fprintf(h, "%q %q %q %q %q %v", unityHead+unityOnce, r.Flags, lintFlags, compileFlags, cmp.Or(r.Optimise, longRuns), r.Trace)
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// ErrLint is wrapped by the error of a build whose Verilog Verilator refuses.
var ErrLint = errors.New("does not pass lint")

// lintFlags are those of every build. The one warning that is turned off wants
// a file per module, where a design is one file. The optimisation that is
// turned off miscompiles trees of exclusive or in Verilator 5.006
// (docs/verification.md).
var lintFlags = []string{"--cc", "-Wall", "-Wno-DECLFILENAME", "--assert", "--x-initial", "unique", "-fno-const-bit-op-tree"}

var compileFlags = []string{"-std=c++17", "-fno-strict-aliasing", "-w", "-DVL_USER_STOP", "-DVM_COVERAGE=0", "-DVM_SC=0"}

// Optimisations of C++. With those of long runs the model of the ternary core
// is as fast as with -O1 and takes 0.7 of the time to compile: the passes that
// are left out walk over all assignments of a model's few, very long functions.
// With those of short runs it takes half, and runs 1.2 times as long.
const (
	longRuns  = "-O1 -fno-tree-fre -fno-tree-dse -fno-tree-pta"
	shortRuns = "-Og -fno-tree-fre"
)

// Build returns the binary of r, from the cache where possible. Progress, if
// not nil, is told the name of a module that has to be built.
func (r Recipe) Build(ctx context.Context, progress func(string)) (string, error) {
	vl, err := tool.Find("verilator")
	if err != nil {
		return "", err
	}
	gxx, err := tool.Find("g++")
	if err != nil {
		return "", err
	}
	cache, err := CacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, "verilator", r.Top+"-"+r.key(vl, gxx))
	bin := filepath.Join(dir, "sim")
	if _, err := os.Stat(bin); err == nil {
		return bin, nil
	}
	if progress != nil {
		progress(r.Top)
	}
	rt, err := runtimeObject(ctx, cache, vl, gxx, r.Trace)
	if err != nil {
		return "", err
	}
	return bin, atomically(dir, func(tmp string) error { return r.compile(ctx, tmp, vl, gxx, rt) })
}

// atomically fills a temporary folder and renames it to dir; whoever comes
// second uses what the first left.
func atomically(dir string, fill func(tmp string) error) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return fmt.Errorf("verilator: cache: %w", err)
	}
	tmp, err := os.MkdirTemp(filepath.Dir(dir), "building-*")
	if err != nil {
		return fmt.Errorf("verilator: cache: %w", err)
	}
	defer os.RemoveAll(tmp)
	if err := fill(tmp); err != nil {
		return err
	}
	if err := os.Rename(tmp, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		if _, statErr := os.Stat(dir); statErr != nil {
			return fmt.Errorf("verilator: cache: %w", err)
		}
	}
	return nil
}

func (r Recipe) compile(ctx context.Context, dir string, vl, gxx tool.Tool, rt runtime) error {
	for name, text := range r.Files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return fmt.Errorf("verilator: cache: %w", err)
		}
	}
	if err := command(ctx, dir, vl.Path, r.verilate()...); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("verilator: module %s %w: %w", r.Top, ErrLint, err)
	}
	if err := unity(dir); err != nil {
		return err
	}
	args := append(append(slices.Clone(compileFlags), rt.flags...), strings.Fields(cmp.Or(r.Optimise, longRuns))...)
	args = append(args, "-I.", "-Iobj", "unity.cpp", rt.object, "-o", "sim", "-lpthread")
	if err := command(ctx, dir, gxx.Path, args...); err != nil {
		return fmt.Errorf("verilator: compiling the model of %s: %w", r.Top, err)
	}
	return os.RemoveAll(filepath.Join(dir, "obj"))
}

// verilate returns the arguments of the verilator command.
func (r Recipe) verilate() []string {
	args := append(slices.Clone(lintFlags), "--top-module", r.Top, "--prefix", "Vtop", "--Mdir", "obj")
	args = append(args, r.Flags...)
	if r.Trace {
		args = append(args, "--trace")
	}
	return append(args, r.Top+".sv")
}

func command(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, strings.TrimSpace(out.String()))
	}
	return nil
}

// unity writes one source that includes all others: Verilator's header costs
// more to compile than most of the files that it writes. What runs once per
// model (set-up, names, constants) is not optimised: it is half of the code.
func unity(dir string) error {
	sources, err := filepath.Glob(filepath.Join(dir, "obj", "*.cpp"))
	if err != nil {
		return fmt.Errorf("verilator: %w", err)
	}
	var once, often strings.Builder
	for _, s := range sources {
		name := filepath.Base(s)
		to := &often
		if strings.HasSuffix(name, "__Slow.cpp") || strings.HasSuffix(name, "__Syms.cpp") || strings.Contains(name, "__ConstPool_") {
			to = &once
		}
		fmt.Fprintf(to, "#include %q\n", name)
	}
	text := unityHead + often.String() + "#include \"harness.cpp\"\n" + unityOnce + once.String()
	if err := os.WriteFile(filepath.Join(dir, "unity.cpp"), []byte(text), 0o644); err != nil {
		return fmt.Errorf("verilator: cache: %w", err)
	}
	return nil
}

// unityHead has the declarations, whose inline functions are optimised;
// after unityOnce nothing is.
const (
	unityHead = "#include \"Vtop__Syms.h\"\n"
	unityOnce = "#pragma GCC optimize(\"O0\")\n"
)

// A runtime is Verilator's library, compiled once per version.
type runtime struct {
	object string
	flags  []string
}

// runtimeUnits are the sources of the runtime.
func runtimeUnits(trace bool) []string {
	if trace {
		return []string{"verilated", "verilated_threads", "verilated_vcd_c"}
	}
	return []string{"verilated", "verilated_threads"}
}

var runtimeLock sync.Mutex

// runtimeObject compiles Verilator's runtime.
func runtimeObject(ctx context.Context, cache string, vl, gxx tool.Tool, trace bool) (runtime, error) {
	runtimeLock.Lock()
	defer runtimeLock.Unlock()
	include, err := includeDir(ctx, vl)
	if err != nil {
		return runtime{}, err
	}
	flags := []string{"-I" + include, "-I" + filepath.Join(include, "vltstd")}
	units, kind := runtimeUnits(trace), "plain"
	if trace {
		kind = "trace"
		flags = append(flags, "-DVM_TRACE=1")
	}
	key := Recipe{Flags: flags}.key(vl, gxx)
	dir := filepath.Join(cache, "verilator", "runtime-"+kind+"-"+key)
	rt := runtime{filepath.Join(dir, "runtime.o"), flags}
	if _, err := os.Stat(rt.object); err == nil {
		return rt, nil
	}
	return rt, atomically(dir, func(tmp string) error {
		base := append(append(slices.Clone(compileFlags), flags...), "-O1")
		var objects []string
		for _, u := range units {
			obj := u + ".o"
			objects = append(objects, obj)
			if err := command(ctx, tmp, gxx.Path, append(base, "-c", filepath.Join(include, u+".cpp"), "-o", obj)...); err != nil {
				return fmt.Errorf("verilator: compiling the runtime: %w", err)
			}
		}
		return command(ctx, tmp, gxx.Path, append([]string{"-r", "-nostdlib", "-o", "runtime.o"}, objects...)...)
	})
}

// includeDir asks Verilator where its headers are.
func includeDir(ctx context.Context, vl tool.Tool) (string, error) {
	out, err := exec.CommandContext(ctx, vl.Path, "--getenv", "VERILATOR_ROOT").Output()
	if err != nil {
		return "", fmt.Errorf("verilator: --getenv VERILATOR_ROOT: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "include"), nil
}
