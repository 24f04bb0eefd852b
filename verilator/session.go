package verilator

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"lockstep/rtl"
)

//go:embed harness/session.cpp
var sessionHarness string

//go:embed harness/memory.h
var memoryHarness string

//go:embed harness/watch.h
var watchHarness string

// visible makes registers and memories readable by name.
const visible = "`verilator_config\n" +
	"public_flat_rd -module \"*\" -var \"*_q\"\n" +
	"public_flat_rd -module \"*\" -var \"*_mem\"\n"

// SessionConfig says how a system is built and what is attached to it.
type SessionConfig struct {
	Memories []Memory
	Watches  []Watch
	Trace    bool   // compile in waveforms
	Optimise string // options of C++ optimisation; "" means those of long runs
	Progress func(module string)

	// Replay, if not "", is a folder that receives what is needed to repeat the
	// session without the project: the Verilog, the harness, commands.bin, which
	// grows with the session, and run.sh, which builds and plays it with
	// verilator and g++ alone. Waveform files with relative names lie there.
	Replay string
}

// A Session is a whole system, any module, that runs in a child process. Cycle
// 0 is the first after reset. It is used by one goroutine. After an error of
// the child every method returns that error.
type Session struct {
	top     *rtl.Module
	sv      string
	mems    []Memory
	watches []watched
	trace   bool
	replay  *os.File // commands.bin of SessionConfig.Replay
	ctx     context.Context
	cmd     *exec.Cmd
	in      *bufio.Writer
	stdin   io.Closer
	out     *bufio.Reader
	log     bytes.Buffer
	cycle   int64
	broken  error
}

// NewSession builds m and starts it in its reset state. Cancelling ctx kills
// the child. A missing tool is an error wrapping tool.ErrMissing.
func NewSession(ctx context.Context, m *rtl.Module, c SessionConfig) (*Session, error) {
	sv, err := m.Verilog()
	if err != nil {
		return nil, err
	}
	config := binary.LittleEndian.AppendUint32(nil, uint32(len(c.Memories)))
	for _, mem := range c.Memories {
		if config, err = mem.appendConfig(config, m); err != nil {
			return nil, err
		}
	}
	config, watches, err := appendWatches(config, c.Watches, m)
	if err != nil {
		return nil, err
	}
	r := Recipe{Top: m.Name, Flags: []string{"visible.vlt"}, Optimise: c.Optimise, Trace: c.Trace, Files: map[string]string{
		m.Name + ".sv": string(sv), "visible.vlt": visible, "ports.h": portList(m), "memory.h": memoryHarness,
		"watch.h": watchHarness, "harness.cpp": sessionHarness}}
	bin, err := r.Build(ctx, c.Progress)
	if err != nil {
		return nil, err
	}
	s := &Session{top: m, sv: string(sv), mems: c.Memories, watches: watches, trace: c.Trace, ctx: ctx}
	if c.Replay != "" {
		if bin, err = filepath.Abs(bin); err != nil {
			return nil, fmt.Errorf("verilator: %s: %w", m.Name, err)
		}
		if s.replay, err = writeReplay(c.Replay, r); err != nil {
			return nil, err
		}
	}
	if err := s.start(bin, c.Replay, config); err != nil {
		return nil, errors.Join(err, s.closeReplay())
	}
	return s, nil
}

// start starts the child in folder dir and sends it its configuration.
func (s *Session) start(bin, dir string, config []byte) error {
	s.cmd = exec.CommandContext(s.ctx, bin)
	s.cmd.Stderr, s.cmd.Dir = &s.log, dir
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return fmt.Errorf("verilator: %s: %w", s.top.Name, err)
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("verilator: %s: %w", s.top.Name, err)
	}
	sink := io.Writer(stdin)
	if s.replay != nil {
		sink = io.MultiWriter(stdin, s.replay)
	}
	s.stdin, s.in, s.out = stdin, bufio.NewWriterSize(sink, 1<<16), bufio.NewReaderSize(stdout, 1<<16)
	if err := s.cmd.Start(); err != nil {
		return fmt.Errorf("verilator: starting %s: %w", s.top.Name, err)
	}
	if _, err := s.in.Write(config); err != nil {
		return s.fail(err)
	}
	return nil
}

// portList returns the C++ tables of all ports.
func portList(m *rtl.Module) string {
	var b strings.Builder
	b.WriteString(portTypes)
	b.WriteString("static const Port IN[] = {\n")
	for _, p := range m.Ins() {
		fmt.Fprintf(&b, "  {%s, %s, nullptr},\n", describe(p), setter(p))
	}
	b.WriteString("  {}\n};\nstatic const Port OUT[] = {\n")
	for _, p := range m.Outs() {
		fmt.Fprintf(&b, "  {%s, nullptr, %s},\n", describe(p), getter(p))
	}
	b.WriteString("  {}\n};\n" + zeroInputs(m))
	return b.String()
}

// Cycle returns the number of cycles since reset.
func (s *Session) Cycle() int64 { return s.cycle }

// Reset returns registers and memory timing to their reset state. Contents of
// memories stay.
func (s *Session) Reset() error {
	s.cycle = 0
	return s.do('R', nil, nil)
}

// Set drives an input port from now on. It takes one value per lane.
func (s *Session) Set(port string, lanes ...int64) error {
	k := portIndex(s.top.Ins(), port)
	if k < 0 {
		return fmt.Errorf("verilator: %s has no input port %q", s.top.Name, port)
	}
	words, err := s.pack(s.top.Ins()[k], lanes)
	if err != nil {
		return err
	}
	return s.do('S', append(binary.LittleEndian.AppendUint32(nil, uint32(k)), words...), nil)
}

// Get returns the lanes of an output port in the present cycle, in which the
// handshakes with memories are still at rest.
func (s *Session) Get(port string) ([]int64, error) {
	k := portIndex(s.top.Outs(), port)
	if k < 0 {
		return nil, fmt.Errorf("verilator: %s has no output port %q", s.top.Name, port)
	}
	p := s.top.Outs()[k]
	words, lanes := make([]byte, 4*words(p)), make([]int64, p.Lanes)
	err := s.do('G', binary.LittleEndian.AppendUint32(nil, uint32(k)), func() error { return s.read(words) })
	if err == nil {
		unpack(p, words, lanes)
	}
	return lanes, err
}

// Step runs n cycles. A requirement that fails, or a request outside of a
// memory, ends the run after its cycle with an error naming it; Reset clears it.
func (s *Session) Step(n int64) error {
	if n < 0 {
		return fmt.Errorf("verilator: %s: step of %d cycles, want 0 or more", s.top.Name, n)
	}
	return s.step('N', binary.LittleEndian.AppendUint64(nil, uint64(n)), nil)
}

// ErrLimit is wrapped by the error of [Session.RunUntil] at its cycle limit.
var ErrLimit = errors.New("cycle limit")

// RunUntil steps until output port has the given lanes at the beginning of a
// cycle, and returns that cycle, or fails after limit cycles.
func (s *Session) RunUntil(limit int64, port string, lanes ...int64) (cycle int64, err error) {
	k := portIndex(s.top.Outs(), port)
	if k < 0 {
		return s.cycle, fmt.Errorf("verilator: %s has no output port %q", s.top.Name, port)
	}
	if limit < 0 {
		return s.cycle, fmt.Errorf("verilator: %s: limit of %d cycles, want 0 or more", s.top.Name, limit)
	}
	words, err := s.pack(s.top.Outs()[k], lanes)
	if err != nil {
		return s.cycle, err
	}
	args := append(binary.LittleEndian.AppendUint32(nil, uint32(k)), words...)
	var hit [4]byte
	err = s.step('U', binary.LittleEndian.AppendUint64(args, uint64(limit)), hit[:])
	if err == nil && hit[0] == 0 {
		err = fmt.Errorf("verilator: %s: %s is not %v after %d cycles: %w", s.top.Name, port, lanes, limit, ErrLimit)
	}
	return s.cycle, err
}

// Wave records waveforms to file from now on, until the next call; "" ends the
// recording.
func (s *Session) Wave(file string) error {
	if !s.trace {
		return fmt.Errorf("verilator: %s was built without Trace, which waveforms need", s.top.Name)
	}
	if file != "" && s.replay == nil {
		abs, err := filepath.Abs(file)
		if err != nil {
			return fmt.Errorf("verilator: %s: %w", s.top.Name, err)
		}
		file = abs
	}
	opened := 0
	err := s.do('W', append(binary.LittleEndian.AppendUint32(nil, uint32(len(file))), file...), func() (err error) {
		opened, err = s.read32()
		return err
	})
	if err == nil && opened == 0 {
		err = fmt.Errorf("verilator: %s: cannot write waveforms to %s", s.top.Name, file)
	}
	return err
}

// Close ends the child process.
func (s *Session) Close() error {
	if s.broken != nil {
		return nil
	}
	s.broken = fmt.Errorf("verilator: %s: the session is closed", s.top.Name)
	s.stdin.Close()
	if err := errors.Join(s.cmd.Wait(), s.closeReplay()); err != nil {
		return fmt.Errorf("verilator: %s: %w\n%s", s.top.Name, err, bytes.TrimSpace(s.log.Bytes()))
	}
	return nil
}
