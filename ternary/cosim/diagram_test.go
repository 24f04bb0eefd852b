package cosim_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/sim"
	"lockstep/ternary"
	"lockstep/ternary/core"
	"lockstep/ternary/fixed"
	"lockstep/ternary/isa"
	"lockstep/tool/tooltest"
	"lockstep/verilator"
	"lockstep/wave"
)

var update = flag.Bool("update", false, "rewrite the timing diagrams and their tables in docs/timing.md")

// An example is a small core with a program of one RMSNorm and one product
// whose result is chained to an addition.
type example struct {
	config  core.Config
	program *isa.Program
	model   *fixed.Model
	timing  core.Timing
}

func newExample(t *testing.T) example {
	t.Helper()
	c := hardwareConfig(t, "TP=8", "VP=4", "lat=4", "vector_registers=8", "scalar_registers=1", "operand_buffers=1")
	s := ternary.Shape{Layers: 1, Hidden: 16, Intermediate: 8, Vocab: 16, NormEps: 1e-6}
	w, err := ternary.Random(s, 1)
	require.NoError(t, err)
	m, err := fixed.New(w, fixed.Default())
	require.NoError(t, err)
	p, err := isa.Compile(s, c.Target(m.Config))
	require.NoError(t, err)
	require.NoError(t, p.Bind(m))
	weight, ok := p.Layout.Find(isa.Ref{Kind: isa.WeightGateUp})
	require.True(t, ok)
	x, weights, squares, norm := p.Instrs[0], p.Instrs[1], p.Instrs[2], p.Instrs[3] // of the first norm of the model
	require.Equal(t, []isa.Op{isa.LDV, isa.LDV, isa.RMS, isa.NORM}, []isa.Op{x.Op, weights.Op, squares.Op, norm.Op})
	x.D, weights.D, squares.A, squares.B, squares.S = 0, 1, 0, 1, 0
	norm.D, norm.A, norm.B, norm.S = 2, 0, 1, 0
	p.Instrs = []isa.Instr{x, weights, squares, norm,
		{Op: isa.QUANT, Q: 0, A: 0, B: 1, S: 0, N: s.Hidden},
		{Op: isa.TMATMUL, D: 3, Q: 0, S: 0, N: s.Intermediate, Cols: s.Hidden, Addr: weight.Addr, Data: weight.Ref},
		{Op: isa.ADD, D: 4, A: 3, B: 2, N: s.Intermediate}}
	event, err := core.NewProgram(c, p, m, core.Options{})
	require.NoError(t, err)
	return example{c, p, m, event.Timing}
}

// record runs the program for a token on the hardware and samples the signals
// of the core, cycle 0 being the one in which the token is accepted.
func (e example) record(t *testing.T, signals ...string) map[string]wave.Signal {
	t.Helper()
	top, err := core.RTL(e.config, e.program, e.model.Config)
	require.NoError(t, err)
	port := func(name string) verilator.MemoryPort {
		return verilator.MemoryPort{Name: name, LatencyCycles: e.config.Lat, Efficiency: verilator.Ratio(e.config.Eff)}
	}
	s, err := verilator.NewSession(t.Context(), top, verilator.SessionConfig{Trace: true, Memories: []verilator.Memory{
		{Name: "code", Bytes: int64(len(e.program.Instrs) * isa.WordBytes), Ports: []verilator.MemoryPort{port("program")}},
		{Name: "data", Bytes: e.program.Layout.Bytes(), Ports: []verilator.MemoryPort{port("weights"), port(core.VectorsPort(0))}}}})
	require.NoError(t, err)
	data, err := core.Contents(e.program, e.model)
	require.NoError(t, err)
	code, err := isa.EncodeAll(e.program.Instrs)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "wave.vcd")
	require.NoError(t, errors.Join(s.Load("data", 0, data), s.Load("code", 0, code), s.Reset(),
		s.Set("load_count", int64(len(e.program.Instrs))), s.Set("load_valid", 1), s.Step(1), s.Set("load_valid", 0)))
	_, err = s.RunUntil(1000, "token_ready", 1)
	require.NoError(t, err)
	require.NoError(t, errors.Join(s.Wave(file), s.Set("token_valid", 1), s.Step(1), s.Set("token_valid", 0)))
	_, err = s.RunUntil(1000, "done_valid", 1)
	require.NoError(t, err)
	require.NoError(t, errors.Join(s.Step(1), s.Close()))

	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	var names []string
	for _, name := range signals {
		names = append(names, "TOP."+top.Name+"."+name)
	}
	rec, err := wave.ReadVCD(f, "TOP.clk_i", names...)
	require.NoError(t, err)
	found := map[string]wave.Signal{}
	for k, name := range signals {
		found[name] = rec.Signals[names[k]]
		found[name] = wave.Signal{Name: name, Width: found[name].Width, Samples: found[name].Samples}
	}
	return found
}

// The instructions of the example.
const (
	loadX = iota
	loadWeights
	squares
	norm
	quant
	product
	add
	instructions
)

var names = [instructions]string{"LDV v0", "LDV v1", "RMS", "NORM", "QUANT", "TMATMUL", "ADD"}

// A run is what one token of the example did in the hardware.
type run struct {
	signals    map[string]wave.Signal
	issue, end [instructions]int // an instruction ends in the cycle in which another can use its result
	done       int
}

// recorded are the signals that are looked at; the quantiser carries a tag with
// each word that says whether it is for NORM.
func (e example) recorded() []string {
	return append(strings.Fields(`token_valid_i u_fetch_i_valid u_fetch_i_op fire done_valid_o
		vectors_req_valid_o vectors_rd_valid_i load_word_q load_end v0_written_q v1_written_q v2_written_q v3_written_q v4_written_q
		walk1_step walk1_word_q rms_x_valid_to0 u_rms_s_valid walk0_step walk0_word_q quant_valid_to0 u_quant_valid
		weights_req_valid_o weights_rd_valid_i tmatmul_x_valid_to0 u_tmatmul_y_valid export_row_q matrix_end
		rowwise_valid_to0 u_rowwise_valid`), e.normTag())
}

func (e example) normTag() string { return fmt.Sprintf("quant_norm_d%d_q", e.timing.Quant) }

// measure finds the cycles of every instruction in the waveform.
func (e example) measure(t *testing.T) run {
	r := run{signals: e.record(t, e.recorded()...)}
	fires, done := r.cycles("fire"), r.cycles("done_valid_o")
	require.Len(t, fires, instructions)
	require.NotEmpty(t, done)
	r.done = done[0]
	b := e.beats()
	loads, results := r.cycles("load_end"), r.cycles("u_quant_valid")
	require.Len(t, loads, 2)
	require.Len(t, results, 2*b)
	for k := range fires {
		op := e.program.Instrs[k].Op
		require.True(t, r.signals["u_fetch_i_op"].Is(fires[k], uint64(op)), "cycle %d issues %s", fires[k], op)
		r.issue[k] = fires[k]
	}
	last := [instructions]int{loads[0], loads[1], r.only(t, "u_rms_s_valid"), results[b-1], results[2*b-1], r.only(t, "matrix_end"), slices.Max(r.cycles("u_rowwise_valid"))}
	for k, c := range last {
		r.end[k] = c + 1
	}
	return r
}

// beats returns the words of a whole vector.
func (e example) beats() int { return e.program.Target.VectorElements / e.config.VP }

// cycles returns the cycles in which a signal is 1.
func (r run) cycles(signal string) []int { return r.signals[signal].Cycles(1) }

// only returns the one cycle in which a signal is 1.
func (r run) only(t *testing.T, signal string) int {
	cycles := r.cycles(signal)
	require.Len(t, cycles, 1, signal)
	return cycles[0]
}

// starts is a tracer that keeps the cycle in which each op starts.
type starts map[string]int

func (s starts) Track(int, string)                     {}
func (s starts) Counter(int, string, sim.Cycle, int64) {}
func (s starts) Slice(op sim.Slice) {
	if op.Kind == "op" {
		s[op.Name] = int(op.Start)
	}
}

// The event model issues and ends every instruction of the example in the
// cycles of the hardware. The model tells the end of a whole program, so that
// the end of an instruction is that of the program which it ends.
func (e example) compare(t *testing.T, r run) {
	t.Helper()
	issued := starts{}
	for k := range instructions {
		p := *e.program
		p.Instrs = p.Instrs[:k+1]
		m, err := core.NewProgram(e.config, &p, e.model, core.Options{Tracer: issued})
		require.NoError(t, err)
		end, err := m.Step(t.Context(), 0)
		require.NoError(t, err)
		require.Equal(t, r.issue[k], issued[p.Instrs[k].String()], "issue of %s", names[k])
		require.Equal(t, r.end[k], int(end), "end of %s", names[k])
		require.True(t, k == 0 || r.end[k] > r.end[k-1], "%s ends behind the instruction before", names[k])
	}
	require.Equal(t, r.end[add], r.done, "the token ends with its last instruction")
}

// A moment is a cycle in which something happens in a line of a diagram.
type moment struct {
	line  string
	cycle int
	what  string
}

// A step is the time between two moments, and the rule that gives its length.
type step struct {
	row      int // of dimensions below its group
	group    string
	from, to moment
	want     int
	why      string
}

// at returns the k-th moment in which a signal is 1, the last one if k is -1.
func (r run) at(t *testing.T, signal, line, what string, k int) moment {
	t.Helper()
	cycles := r.cycles(signal)
	if k < 0 {
		k += len(cycles)
	}
	require.Less(t, k, len(cycles), signal)
	return moment{line, cycles[k], what}
}

func (r run) issues(k int) moment { return moment{"issue", r.issue[k], names[k] + " issues"} }

// A picture is a diagram, the steps that its dimensions show and where it goes.
type picture struct {
	name    string
	diagram wave.Diagram
	steps   []step
}

// dimensions turns the steps into labelled dimensions.
func (p *picture) dimensions(t *testing.T) {
	t.Helper()
	for k, s := range p.steps {
		require.Equal(t, s.want, s.to.cycle-s.from.cycle, "%s: %s", label(k), s.why)
		g := slices.IndexFunc(p.diagram.Groups, func(g wave.Group) bool { return g.Title == s.group })
		require.GreaterOrEqual(t, g, 0, s.group)
		group := &p.diagram.Groups[g]
		for len(group.Spans) <= s.row {
			group.Spans = append(group.Spans, nil)
		}
		group.Spans[s.row] = append(group.Spans[s.row], wave.Span{Label: label(k), From: wave.Mark{Line: s.from.line, Cycle: s.from.cycle}, To: wave.Mark{Line: s.to.line, Cycle: s.to.cycle}})
	}
}

func label(k int) string { return string(rune('a' + k)) }

// covers checks that the steps leave no cycle between two moments unexplained.
func (p *picture) covers(t *testing.T, from, to int) {
	t.Helper()
	for c := from; c < to; c++ {
		require.True(t, slices.ContainsFunc(p.steps, func(s step) bool { return s.from.cycle <= c && c < s.to.cycle }), "%s: cycle %d", p.name, c)
	}
}

// table is the account of the steps.
func (p *picture) table() string {
	var b strings.Builder
	b.WriteString("| | cycles | | from | to | rule |\n|---|---|---:|---|---|---|\n")
	for k, s := range p.steps {
		fmt.Fprintf(&b, "| %s | %d to %d | %d | %s | %s | %s |\n", label(k), s.from.cycle, s.to.cycle, s.want, s.from.what, s.to.what, s.why)
	}
	return b.String()
}

// head is the instruction at the head as an index, which is the number of those
// that have issued before.
func (r run) head() wave.Signal {
	s := wave.Signal{Name: "u_fetch_i_op, one value per instruction", Width: 8}
	issued := uint64(0)
	for _, fire := range r.signals["fire"].Samples {
		s.Samples = append(s.Samples, wave.Sample{Value: issued, Known: true})
		issued += fire.Value
	}
	return s
}

// rowOf is the row to which each beat of weights belongs, w beats per row.
func (r run) rowOf(w int) wave.Signal {
	s := wave.Signal{Name: "weights_rd_valid_i, beats counted by rows", Width: 8}
	beats := uint64(0)
	for _, valid := range r.signals["weights_rd_valid_i"].Samples {
		s.Samples = append(s.Samples, wave.Sample{Value: beats / uint64(w), Known: true})
		beats += valid.Value
	}
	return s
}

func (r run) level(label, signal string) wave.Line {
	return wave.Line{Label: label, Signal: r.signals[signal]}
}

// bus is a line of values that mean something while when is 1; "" means always.
func (r run) bus(label, signal, when string) wave.Line {
	return wave.Line{Label: label, Signal: r.signals[signal], Format: wave.Decimal, When: r.signals[when]}
}

func (r run) issueLines() []wave.Line {
	return []wave.Line{
		{Label: "instruction", Signal: r.head(), Format: wave.Names(names[:]...), When: r.signals["u_fetch_i_valid"]},
		r.level("issue", "fire"),
	}
}

func (e example) rmsNorm(t *testing.T, r run) *picture {
	b, lat, read := e.beats(), int(e.config.Lat), 2
	statistics, scale := int(e.timing.RMS), int(e.timing.Quant)
	const front, load, rms, normed = "Issue", "LOADSTORE", "RMS, operand ports 1", "NORM and QUANT, operand ports 0"
	p := &picture{name: "timing-rmsnorm", diagram: wave.Diagram{
		Title: fmt.Sprintf("RMSNorm of %d elements, %d per cycle", e.program.Target.VectorElements, e.config.VP),
		Groups: []wave.Group{
			{Title: front, Lines: append([]wave.Line{r.level("token", "token_valid_i")}, r.issueLines()...)},
			{Title: load, Lines: []wave.Line{r.level("request", "vectors_req_valid_o"), r.bus("word arrives", "load_word_q", "vectors_rd_valid_i"),
				r.bus("words in v0", "v0_written_q", ""), r.bus("words in v1", "v1_written_q", "")}},
			{Title: rms, Lines: []wave.Line{r.bus("port 1 reads", "walk1_word_q", "walk1_step"), r.level("RMS takes", "rms_x_valid_to0"), r.level("scales", "u_rms_s_valid")}},
			{Title: normed, Lines: []wave.Line{r.bus("port 0 reads", "walk0_word_q", "walk0_step"), r.level("quantiser takes", "quant_valid_to0"),
				r.level("NORM result", e.normTag()), r.bus("words in v2", "v2_written_q", "")}},
		}}}
	token := r.at(t, "token_valid_i", "token", "token accepted", 0)
	beat := func(k int, what string) moment { return r.at(t, "vectors_rd_valid_i", "word arrives", what, k) }
	reads := func(k int, what string) moment { return r.at(t, "walk1_step", "port 1 reads", what, k) }
	takes := func(k int, what string) moment { return r.at(t, "rms_x_valid_to0", "RMS takes", what, k) }
	scales := r.at(t, "u_rms_s_valid", "scales", "scales", 0)
	normReads := func(k int, what string) moment { return r.at(t, "walk0_step", "port 0 reads", what, k) }
	result := func(k int, what string) moment { return r.at(t, e.normTag(), "NORM result", what, k) }
	request := func(k int) moment { return r.at(t, "vectors_req_valid_o", "request", "request", k) }
	end := moment{"words in v2", r.end[norm], "v2 complete, NORM ends"}
	p.steps = []step{
		{0, front, token, r.issues(loadX), 4, "fetch"},
		{0, load, r.issues(loadX), request(0), 1, "request in the next cycle"},
		{0, load, request(0), beat(0, "first word"), lat, "`lat`"},
		{0, load, beat(0, "first word"), beat(b-1, "last word"), b - 1, "a word per cycle at `eff` 1"},
		{0, front, beat(b-1, "last word"), r.issues(loadWeights), 1, "LOADSTORE is free in the next cycle"},
		{0, load, r.issues(loadWeights), request(1), 1, "request in the next cycle"},
		{0, load, request(1), beat(b, "first word"), lat, "`lat`"},
		{0, front, beat(b, "first word"), r.issues(squares), 1, "v1 is open from the next cycle on: RMS chains"},
		{0, rms, r.issues(squares), reads(0, "first read"), 1, "reads begin in the next cycle"},
		{0, rms, reads(0, "first read"), reads(-1, "last read"), b - 1, "a word per cycle, each there in time"},
		{0, rms, reads(-1, "last read"), takes(-1, "last word at the unit"), read, "read port"},
		{0, rms, takes(-1, "last word at the unit"), scales, statistics, "latency of RMS"},
		{0, front, scales, r.issues(norm), 1, "s0 is free in the next cycle"},
		{0, normed, r.issues(norm), normReads(0, "first read"), 1, "reads begin in the next cycle"},
		{0, normed, normReads(0, "first read"), result(0, "first result"), read + scale, "read port, latency of QUANT"},
		{0, normed, result(0, "first result"), result(-1, "last result"), b - 1, "a word per cycle"},
		{0, normed, result(-1, "last result"), end, 1, "written"},
		{0, front, r.issues(norm), r.issues(quant), b, "operand ports 0 are held until the last read"},
	}
	p.diagram.Windows = []wave.Window{{First: 0, Last: takes(-1, "").cycle + 1}, {First: scales.cycle - 1, Last: end.cycle + 1}}
	p.covers(t, token.cycle, end.cycle)
	p.dimensions(t)
	return p
}

func (e example) matmul(t *testing.T, r run) *picture {
	b, lat, read := e.beats(), int(e.config.Lat), 2
	rows, vp := e.program.Instrs[product].N, e.config.VP
	w := e.program.Target.VectorElements / e.config.TP
	scale, matrix, rowwise := int(e.timing.Quant), int(e.timing.Matrix), int(e.timing.RowWise)
	const front, ports, unit, chained = "Issue", "QUANT and ADD, operand ports 0", "TMATMUL", "ADD"
	p := &picture{name: "timing-tmatmul", diagram: wave.Diagram{
		Title: fmt.Sprintf("TMATMUL of %d rows of %d trits, %d per cycle, and ADD chained to it", rows, e.program.Target.VectorElements, e.config.TP),
		Groups: []wave.Group{
			{Title: front, Lines: r.issueLines()},
			{Title: ports, Lines: []wave.Line{r.bus("port 0 reads", "walk0_word_q", "walk0_step"),
				{Label: "quantiser result", Signal: r.signals[e.normTag()], Format: wave.Names("QUANT", "NORM"), When: r.signals["u_quant_valid"]}}},
			{Title: unit, Lines: []wave.Line{r.level("operand word", "tmatmul_x_valid_to0"), r.level("request", "weights_req_valid_o"),
				{Label: "weights of row", Signal: r.rowOf(w), Format: wave.Decimal, When: r.signals["weights_rd_valid_i"]},
				r.bus("result of row", "export_row_q", "u_tmatmul_y_valid"), r.bus("words in v3", "v3_written_q", "")}},
			{Title: chained, Lines: []wave.Line{r.level("ADD takes", "rowwise_valid_to0"), r.level("ADD result", "u_rowwise_valid"), r.bus("words in v4", "v4_written_q", ""), r.level("done", "done_valid_o")}},
		}}}
	reads := func(k int, what string) moment { return r.at(t, "walk0_step", "port 0 reads", what, k) }
	quantised := func(k int, what string) moment { return r.at(t, "u_quant_valid", "quantiser result", what, k) }
	operand := func(k int, what string) moment { return r.at(t, "tmatmul_x_valid_to0", "operand word", what, k) }
	request := r.at(t, "weights_req_valid_o", "request", "request", 0)
	beat := func(k int, what string) moment { return r.at(t, "weights_rd_valid_i", "weights of row", what, k) }
	result := func(k int) moment {
		return r.at(t, "u_tmatmul_y_valid", "result of row", fmt.Sprintf("result of row %d", k), k)
	}
	sum := func(k int, what string) moment { return r.at(t, "u_rowwise_valid", "ADD result", what, k) }
	ends := moment{"words in v3", r.end[product], "v3 complete, TMATMUL ends"}
	done := moment{"done", r.done, "ADD and the token end"}
	p.steps = []step{
		{0, ports, r.issues(quant), reads(b, "first read"), 1, "reads begin in the next cycle"},
		{0, ports, reads(b, "first read"), reads(2*b-1, "last read"), b - 1, "a word per cycle"},
		{0, ports, reads(2*b-1, "last read"), quantised(2*b-1, "last result"), read + scale, "read port, latency of QUANT"},
		{0, front, quantised(2*b-1, "last result"), r.issues(product), 1, "q0 is free in the next cycle: TMATMUL does not chain"},
		{0, unit, r.issues(product), request, 1, "request in the next cycle"},
		{1, unit, r.issues(product), operand(0, "first operand word"), 2, "operand memory"},
		{1, unit, operand(0, "first operand word"), operand(w-1, "last operand word"), w - 1, "a word of TP per cycle, before the first weights"},
		{0, unit, request, beat(0, "first weights"), lat, "`lat`"},
		{0, unit, beat(0, "first weights"), beat(w-1, "last weights of row 0"), w - 1, "a beat per cycle at `eff` 1"},
		{0, unit, beat(w-1, "last weights of row 0"), result(0), matrix, "latency of TMATMUL"},
		{0, unit, result(0), result(vp - 1), (vp - 1) * w, "w cycles per row until a word of VP is full"},
		{0, front, result(vp - 1), r.issues(add), 1, "v3 is open from the next cycle on: ADD chains"},
		{0, chained, r.issues(add), reads(2*b, "first read"), 1, "reads begin in the next cycle"},
		{0, unit, result(vp - 1), result(rows - 1), (rows - vp) * w, "w cycles per row: weights come without a gap"},
		{1, unit, beat(rows*w-1, "last weights"), result(rows - 1), matrix, "latency of TMATMUL"},
		{0, unit, result(rows - 1), ends, 1, "written"},
		{1, chained, result(rows - 1), reads(-1, "last read"), 1, "ADD has waited for the word"},
		{0, chained, reads(-1, "last read"), sum(-1, "last result"), read + rowwise, "read port, latency of ROWWISE"},
		{0, chained, sum(-1, "last result"), done, 1, "written"},
	}
	p.diagram.Windows = []wave.Window{
		{First: r.issue[quant] - 2, Last: reads(2*b-1, "").cycle + 2},
		{First: r.issue[product] - 2, Last: beat(2*w-1, "").cycle},
		{First: result(0).cycle, Last: sum(0, "").cycle + 2},
		{First: sum(-1, "").cycle - 2, Last: done.cycle}}
	p.covers(t, r.issue[quant], done.cycle)
	p.dimensions(t)
	return p
}

// program is the table of the instructions.
func (e example) table(r run) string {
	var b strings.Builder
	b.WriteString("| instruction | issues | ends |\n|---|---:|---:|\n")
	for k, in := range e.program.Instrs {
		fmt.Fprintf(&b, "| `%s` | %d | %d |\n", in.String(), r.issue[k], r.end[k])
	}
	return b.String()
}

// The pictures and tables of docs/timing.md are those of a run of the hardware,
// which the event model agrees with.
func TestTimingDiagrams(t *testing.T) {
	tooltest.Need(t, "verilator", "g++")
	e := newExample(t)
	r := e.measure(t)
	e.compare(t, r)
	const docs = "../../docs"
	fresh := func(file string, want []byte) {
		if *update {
			require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
			require.NoError(t, os.WriteFile(file, want, 0o644))
		}
		got, err := os.ReadFile(file)
		require.NoError(t, err, "go test ./ternary/cosim -run TestTimingDiagrams -update writes it")
		require.True(t, bytes.Equal(want, got), "%s is stale; go test ./ternary/cosim -run TestTimingDiagrams -update rewrites it", file)
	}
	text, err := os.ReadFile(docs + "/timing.md")
	require.NoError(t, err)
	text = between(t, text, "timing-program", e.table(r))
	for _, p := range []*picture{e.rmsNorm(t, r), e.matmul(t, r)} {
		svg, err := p.diagram.SVG()
		require.NoError(t, err)
		fresh(docs+"/pictures/"+p.name+".svg", svg)
		text = between(t, text, p.name, p.table())
	}
	fresh(docs+"/timing.md", text)
}

// between puts body between the marks of name.
func between(t *testing.T, text []byte, name, body string) []byte {
	t.Helper()
	begin, end := fmt.Sprintf("<!-- %s: written by TestTimingDiagrams -->\n", name), fmt.Sprintf("<!-- end of %s -->\n", name)
	head, rest, ok := strings.Cut(string(text), begin)
	require.True(t, ok, "docs/timing.md has no mark %s", begin)
	_, tail, ok := strings.Cut(rest, end)
	require.True(t, ok, "docs/timing.md has no mark %s", end)
	return []byte(head + begin + "\n" + body + "\n" + end + tail)
}
