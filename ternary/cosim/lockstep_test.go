package cosim_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl"
	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/cosim"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/tool/tooltest"
)

// small is a core and a model for it whose vectors have n elements, those
// inside a block wide ones.
func small(t *testing.T, n, wide int, changes ...string) (core.Config, *fixed.Model, *isa.Program) {
	s := ternary.Shape{Layers: 2, Hidden: n, Intermediate: wide, Vocab: n - 3, NormEps: 1e-6}
	w, err := ternary.Random(s, 3)
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	c := hardwareConfig(t, append([]string{"TP=8", "VP=4", "lat=9", "eff=2/3"}, changes...)...)
	p, err := isa.Compile(s, c.Target(m.Config))
	require.NoError(t, err)
	require.NoError(t, p.Bind(m))
	return c, m, p
}

func lockstep(t *testing.T, c core.Config, m *fixed.Model, o cosim.LockstepOptions) *cosim.Lockstep {
	tooltest.Need(t, "verilator", "g++")
	o.Build = quick
	l, err := cosim.NewLockstep(context.WithoutCancel(t.Context()), c, m, o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, l.Close()) })
	return l
}

// difference steps l through tokens and returns the first difference.
func difference(t *testing.T, l *cosim.Lockstep, tokens ...int) *cosim.Difference {
	t.Helper()
	for _, token := range tokens {
		if _, err := l.Step([]int{token}); err != nil {
			var d *cosim.Difference
			require.ErrorAs(t, err, &d)
			return d
		}
	}
	require.Fail(t, "no difference")
	return nil
}

// Event model and RTL agree instruction by instruction, on cores with chaining,
// few and many operand ports, one product and two, lanes, and zeros skipped.
func TestLockstep(t *testing.T) {
	cores := [][]string{{}, {"vector_ports=1", "matrix_queue=0", "batch=2"}, {"packing=5-trit"}, {"zero_skip=true", "matrix_queue=0"}}
	if *full {
		cores = append(cores, []string{"vector_ports=3", "lat=40", "VP=2"},
			[]string{"zero_skip=true", "matrix_queue=0", "lat=4", "eff=1", "TP=4", "vector_ports=3"})
	}
	for _, changes := range cores {
		t.Run(strings.Join(changes, " "), func(t *testing.T) {
			t.Parallel()
			c, m, p := small(t, 21, 35, changes...)
			l := lockstep(t, c, m, cosim.LockstepOptions{})
			session := m.NewSession()
			for _, token := range []int{3, 17, 0} {
				tokens := slices.Repeat([]int{token}, c.Batch)
				_, err := l.Step(tokens)
				require.NoError(t, err)
				golden, err := session.StepInt(token)
				require.NoError(t, err)
				logits, err := l.Hardware.Vector(c.Batch-1, isa.Ref{Kind: isa.Logits})
				require.NoError(t, err)
				require.Equal(t, golden, logits)
			}
			require.EqualValues(t, 3*len(p.Instrs), l.Compared)
			require.Equal(t, fmt.Sprintf("3 tokens, %d instructions: same issue cycle, request, values and end cycle on both", 3*len(p.Instrs)), l.String())
			_, err := l.Crash(t.TempDir(), "")
			require.EqualError(t, err, "cosim: there is no difference to write about")
			_, err = l.Step(slices.Repeat([]int{18}, c.Batch))
			require.ErrorContains(t, err, "token is 18, want 0 to 17")
		})
	}
}

// site returns the fault of a kind whose source line in a package of the core
// matches pattern, the one with number nth of those.
func site(t *testing.T, c core.Config, m *fixed.Model, p *isa.Program, module string, kind rtl.FaultKind, pattern string, nth int) core.Fault {
	top, err := core.Observed(c, p, m.Config, core.Fault{Module: module, Fault: rtl.Fault{Kind: kind, Index: -1}})
	require.NoError(t, err)
	folder := "../core"
	if module != "" {
		folder = "../" + module
	}
	found := 0
	for i, at := range top.FaultSites() {
		file, number, _ := strings.Cut(at, ":")
		n, err := strconv.Atoi(number)
		require.NoError(t, err)
		text, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			continue // of a package that is built into the module
		}
		lines := strings.Split(string(text), "\n")
		if n > len(lines) || !regexp.MustCompile(pattern).MatchString(lines[n-1]) {
			continue
		}
		if found == nth {
			return core.Fault{Module: module, Fault: rtl.Fault{Kind: kind, Index: i}}
		}
		found++
	}
	require.Fail(t, "no such site", "%s of %q with %s, number %d", kind, module, pattern, nth)
	return core.Fault{}
}

// with returns program p with other instructions.
func with(p *isa.Program, instrs ...isa.Instr) *isa.Program {
	q := *p
	q.Instrs = instrs
	return &q
}

// The first instruction that a faulty core executes wrongly is named, for
// faults in values, addresses and cycles, of the top and of units. What the
// first one is follows from the fault and the program alone.
func TestFirstWrongInstruction(t *testing.T) {
	c, m, compiled := small(t, 20, 24)
	vector := func(k isa.Kind) isa.Region { r, _ := compiled.Layout.Find(isa.Ref{Kind: k}); return r }
	norm, state := vector(isa.AttnNorm), vector(isa.State)
	load := func(d int) isa.Instr { return isa.Instr{Op: isa.LDV, D: d, N: 20, Addr: norm.Addr, Data: norm.Ref} }
	zeros := vector(isa.Embedding)
	same := func(d int) isa.Instr { return isa.Instr{Op: isa.LDV, D: d, N: 20, Addr: zeros.Addr, Data: zeros.Ref} }
	row := func(op isa.Op, d, a, b int) isa.Instr { return isa.Instr{Op: op, D: d, A: a, B: b, N: 20} }
	store := func(a int) isa.Instr { return isa.Instr{Op: isa.STV, A: a, N: 20, Addr: state.Addr, Data: state.Ref} }
	first := func(op isa.Op) int {
		return slices.IndexFunc(compiled.Instrs, func(i isa.Instr) bool { return i.Op == op })
	}
	for _, tt := range []struct {
		name    string
		module  string
		kind    rtl.FaultKind
		line    string // of the site
		nth     int
		program *isa.Program // nil is the model's
		index   int          // of the first wrong instruction
		unit    string
		what    string // pattern
	}{
		{"wrong result of CSIG", "rowwise", rtl.WrongSelect, `sigmoid := flip\.Mux`, 0, nil, first(isa.CSIG), "ROWWISE", `^v\d+\[\d+\] \(word \d+, element \d+\)$`},
		{"wrong scale of RMS", "rms", rtl.WrongConstant, `"_sum", exp\.Add`, 0, nil, first(isa.RMS), "RMS", ` exponent of s0$`},
		{"wrong matrix row", "tmatmul", rtl.WrongSelect, `full := at\.first\.Mux`, 0, nil, first(isa.TMATMUL), "TMATMUL", `^v\d+\[\d+\] \(`},
		{"wrong address of a store", "fetch", rtl.WrongSelect, `noRMS := func`, 1,
			with(compiled, same(0), same(1), row(isa.ADD, 2, 0, 1), row(isa.MUL, 3, 2, 0), store(3), load(4)), 4, "LOADSTORE", `^address of the request$`},
		{"wrong code constant", "", rtl.WrongConstant, `code := w\.op\.SubWrap`, 0,
			with(compiled, load(0), load(1), row(isa.SUB, 2, 0, 1), row(isa.MUL, 3, 2, 0)), 2, "ROWWISE", `^v2\[\d+\] \(word 0, element \d\)$`},
		{"a word too many, a cycle late", "", rtl.WrongConstant, `w\.last = left\.Lt\(.*VP\+1`, 0,
			with(compiled, load(0), load(1), row(isa.SUB, 2, 0, 1), row(isa.MUL, 3, 2, 0)), 2, "ROWWISE", `^end cycle$`},
		{"hazard overlooked", "", rtl.WrongConstant, `useA\.And\(a\.EqConst`, c.VectorPorts*2*c.VectorRegisters + 2*2,
			with(compiled, load(0), load(1), row(isa.ADD, 4, 1, 0), load(2), row(isa.SILU, 5, 2, 0), store(5)), 4, "ROWWISE", `^issue cycle$`},
		{"release dropped", "", rtl.WrongConstant, `lanes\[r\] = index\.EqConst`, 3,
			with(compiled, load(0), load(1), row(isa.ADD, 4, 1, 0), row(isa.SUB, 3, 1, 0), row(isa.ADD, 5, 1, 0), store(3)), 5, "LOADSTORE", `^issue cycle$`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := tt.program
			if p == nil {
				p = compiled
			}
			f := site(t, c, m, p, tt.module, tt.kind, tt.line, tt.nth)
			d := difference(t, lockstep(t, c, m, cosim.LockstepOptions{Program: tt.program, Fault: f}), 5)
			t.Log(d)
			require.Equal(t, tt.index, d.Index)
			require.Equal(t, p.Instrs[tt.index].String(), d.Instruction)
			require.Equal(t, tt.unit, d.Unit)
			require.Regexp(t, tt.what, d.What)
		})
	}
}

// The first product that a faulty core which skips zeros executes wrongly is
// named, for faults in sums, requests and cycles. Which one it is follows from
// the fault, the program and the zeros.
func TestFirstWrongProductOfZeroSkip(t *testing.T) {
	c, m, p := small(t, 20, 24, "zero_skip=true", "matrix_queue=0")
	events := executed(t, c, m, p, 5)
	product := func(is func(in isa.Instr, e core.Executed) bool) int {
		return slices.IndexFunc(events, func(e core.Executed) bool {
			in := p.Instrs[e.Index]
			return in.Op == isa.TMATMUL && is(in, e)
		})
	}
	first := product(func(isa.Instr, core.Executed) bool { return true })
	behindZeros := product(func(in isa.Instr, e core.Executed) bool { return e.Requests[len(e.Requests)-1].Addr[0] > in.Addr })
	ragged := product(func(in isa.Instr, _ core.Executed) bool { return in.N%c.VP == 1 })
	require.Less(t, first, behindZeros)
	require.Less(t, first, ragged)
	for k, tt := range []struct {
		name   string
		module string
		kind   rtl.FaultKind
		line   string // of the site
		index  int    // of the first wrong instruction
		what   string // pattern
	}{
		{"sum of the product before", "sparse", rtl.WrongSelect, `old := fresh\.Mux`, first, `^v\d+\[\d+\] \(`},
		{"a word too few", "", rtl.WrongConstant, `words := fit\(rows`, ragged, `^end cycle$`},
		{"the end has the columns", "sparse", rtl.WrongSelect, `cols := inside\.Mux`, first, `^beats of the request$`},
		{"run from the first column", "sparse", rtl.WrongSelect, `from := inside\.Mux`, behindZeros, `^address of the request \d+ of \d+$`},
		{"bytes of a beat", "", rtl.WrongConstant, `offset := first\.Mul`, behindZeros, `^address of the request \d+ of \d+$`},
	} {
		if k >= 2 && !*full {
			continue
		}
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := site(t, c, m, p, tt.module, tt.kind, tt.line, 0)
			d := difference(t, lockstep(t, c, m, cosim.LockstepOptions{Fault: f}), 5)
			t.Log(d)
			require.Equal(t, tt.index, d.Index)
			require.Equal(t, "TMATMUL", d.Unit)
			require.Regexp(t, tt.what, d.What)
		})
	}
	_, err := core.Observed(c, p, m.Config, core.Fault{Module: "tmatmul", Fault: rtl.Fault{Kind: rtl.WrongSelect}})
	require.EqualError(t, err, `core: module of the fault is "tmatmul", want one of [fetch rms quant sparse rowwise argmax] or none for the top`)
}

// executed runs program p on the event model.
func executed(t *testing.T, c core.Config, m *fixed.Model, p *isa.Program, token int) []core.Executed {
	list := make([]core.Executed, len(p.Instrs))
	event, err := core.NewProgram(c, p, m, core.Options{Observer: func(e core.Executed) { list[e.Index] = e }})
	require.NoError(t, err)
	cycles, err := event.Step(t.Context(), token)
	require.NoError(t, err)
	for k, e := range list {
		require.Equal(t, k, e.Index)
		require.Greater(t, e.End, e.Issue)
		require.LessOrEqual(t, e.End, cycles)
	}
	return list
}

// mutate changes one field of an instruction, or returns it unchanged where
// there is nothing to change.
func mutate(r *rand.Rand, c core.Config, in isa.Instr) isa.Instr {
	other := func(have, n int) int { return (have + 1 + r.IntN(max(1, n-1))) % n }
	switch r.IntN(4) {
	case 0: // a register written or stored
		switch in.Op {
		case isa.STV:
			in.A = other(in.A, c.VectorRegisters)
		case isa.QUANT:
			in.Q = other(in.Q, c.OperandBuffers)
		case isa.RMS:
			in.S = other(in.S, c.ScalarRegisters)
		default:
			in.D = other(in.D, c.VectorRegisters)
		}
	case 1: // a length
		in.N -= c.VP
	case 2: // where it is in memory, or a scale
		switch in.Op {
		case isa.LDV, isa.STV:
			in.Addr += int64(c.VectorBeatBytes)
			in.N -= c.VP
		case isa.TMATMUL:
			in.Addr += int64(c.WeightBeatBytes)
			in.N--
		case isa.RMS:
			in.Out.Exp--
		}
	default: // the operation
		switch {
		case in.Op == isa.SILU:
			in.Op = isa.SIG
		case in.Op == isa.CSIG:
			in.Op = isa.SILU
		case in.Op.Unit() == isa.RowWise:
			in.Op = isa.ADD + (in.Op-isa.ADD+1)%3
		}
	}
	return in
}

// Anywhere in a program, one instruction that the hardware executes otherwise
// is named: the hardware runs a program with one instruction changed. A second
// definition is the event model, which runs both programs.
func TestMutatedInstruction(t *testing.T) {
	c, m, p := small(t, 21, 35)
	seen := map[string]int{}
	r := rand.New(rand.NewPCG(7, 7))
	for range 60 {
		token, k := r.IntN(18), r.IntN(len(p.Instrs))
		q := with(p, slices.Clone(p.Instrs)...)
		if q.Instrs[k] = mutate(r, c, p.Instrs[k]); q.Instrs[k] == p.Instrs[k] {
			continue
		}
		same := func() bool { // but for registers and requests
			a, b := executed(t, c, m, p, token)[k], executed(t, c, m, q, token)[k]
			return a.Issue == b.Issue && a.End == b.End && slices.EqualFunc(a.Values, b.Values, slices.Equal[[]int64])
		}
		if old, in := p.Instrs[k], q.Instrs[k]; in.Op != old.Op && same() {
			continue // of a vector of zeros, say
		}
		l := lockstep(t, c, m, cosim.LockstepOptions{Program: p})
		require.NoError(t, l.Hardware.Load(q, m))
		d := difference(t, l, token)
		require.Equal(t, k, d.Index, "%s for %s: %v", &q.Instrs[k], &p.Instrs[k], d)
		require.Equal(t, p.Instrs[k].String(), d.Instruction)
		require.Equal(t, p.Instrs[k].Note, d.Note)
		require.Equal(t, p.Instrs[k].Op.Unit().String(), d.Unit)
		require.Equal(t, token, d.Token)
		what := regexp.MustCompile(`\d+`).ReplaceAllString(d.What, "N")
		seen[what]++
		_, err := l.Step([]int{token})
		require.ErrorContains(t, err, "cosim: a step after a difference: cosim: token 1 (id "+strconv.Itoa(token)+"), instruction "+strconv.Itoa(k)+", ")
	}
	t.Log(seen)
	for _, what := range []string{"register of word N", "beats of the request", "address of the request", "end cycle", "vN[N] (word N, element N)"} {
		require.NotZero(t, seen[what], what)
	}
}

// A difference leaves a directory: what differs, the program, a waveform of the
// cycles around, and a script that plays it with nothing but the tools.
func TestCrashDirectory(t *testing.T) {
	c, m, compiled := small(t, 20, 24)
	embedding, _ := compiled.Layout.Find(isa.Ref{Kind: isa.Embedding})
	steady, indexed := compiled.Instrs[0], compiled.Instrs[0]
	require.Equal(t, embedding.BlockBytes, indexed.Stride)
	steady.Stride = 0
	p := with(compiled, append(append([]isa.Instr{steady}, compiled.Instrs[1:]...), indexed)...)
	f := site(t, c, m, p, "fetch", rtl.WrongSelect, `noRMS := func`, 0) // no stride
	l := lockstep(t, c, m, cosim.LockstepOptions{Program: p, Fault: f})
	d := difference(t, l, 0, 3) // token 0 is at offset 0
	require.Equal(t, []any{2, 3, len(p.Instrs) - 1, "address of the request"}, []any{d.Position, d.Token, d.Index, d.What})
	require.Equal(t, fmt.Sprintf("0x%x", 3*embedding.BlockBytes), d.Want)
	require.Equal(t, "0x0", d.Got)
	require.Greater(t, d.Cycle, int64(250))

	root := t.TempDir()
	dir, err := l.Crash(root, "simulate cosim ternary --lockstep")
	require.NoError(t, err)
	again, err := l.Crash(root, "simulate cosim ternary --lockstep")
	require.NoError(t, err)
	require.Equal(t, dir, again)
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		require.NoError(t, err)
		return string(b)
	}
	require.Contains(t, read("README.txt"), d.Error()+"\n")
	require.Contains(t, read("README.txt"), "    simulate cosim ternary --lockstep\n")
	var parsed cosim.Difference
	require.NoError(t, json.Unmarshal([]byte(read("difference.json")), &parsed))
	require.Equal(t, *d, parsed)
	lines := strings.Split(strings.TrimSpace(read("program.txt")), "\n")
	require.Len(t, lines, 1+len(p.Instrs))
	require.Regexp(t, fmt.Sprintf(`^=> +%d +%d +%d +\d+ +\d+ +LOADSTORE +LDV v0 0x0\+token\*0x28 n20`, d.Index, d.Issue, d.Issue), lines[1+d.Index])
	require.NotContains(t, strings.Join(lines[:d.Index], ""), "=>")

	stamps := regexp.MustCompile(`(?m)^#(\d+)$`).FindAllStringSubmatch(read("wave.vcd"), -1)
	require.Greater(t, len(stamps), 400)
	begin, err := strconv.Atoi(stamps[0][1])
	require.NoError(t, err)
	end, err := strconv.Atoi(stamps[len(stamps)-1][1])
	require.NoError(t, err)
	require.InDelta(t, 10*(200+50), end-begin, 10, "ten units of time per cycle")
	require.Contains(t, read("wave.vcd"), "observe_load_addr_o")

	wave := read("wave.vcd")
	require.NoError(t, os.Remove(filepath.Join(dir, "wave.vcd")))
	cmd := exec.CommandContext(t.Context(), "/bin/sh", filepath.Join(dir, "run.sh"))
	cmd.Dir, cmd.Env = "/", []string{"PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	changes := func(vcd string) string { _, body, _ := strings.Cut(vcd, "$enddefinitions"); return body }
	require.Equal(t, changes(wave), changes(read("wave.vcd")))
}
