package rtl

import "fmt"

// A FaultKind is a class of mistakes that a designer or the printer could make.
type FaultKind string

// The kinds of fault, each with the sites at which it can be injected.
const (
	WrongSelect       FaultKind = "wrong-select"       // multiplexer takes the other branch
	DroppedSign       FaultKind = "dropped-sign"       // operand extended with zeros instead of its sign
	NarrowWidth       FaultKind = "narrow-width"       // sum, difference or product one bit too narrow
	MissingRegister   FaultKind = "missing-register"   // pipeline register left out
	ExtraRegister     FaultKind = "extra-register"     // pipeline register placed twice
	WrongReset        FaultKind = "wrong-reset"        // lowest bit of the reset value of a state or flag
	SwappedOperands   FaultKind = "swapped-operands"   // of a subtraction, comparison, concatenation or switch
	StaleMemory       FaultKind = "stale-memory"       // write lost, or read at the address of the cycle before
	LostBeat          FaultKind = "lost-beat"          // handshake or register that ignores a stall
	DuplicatedBeat    FaultKind = "duplicated-beat"    // every other acceptance goes unnoticed by one side
	WrongTableEntry   FaultKind = "wrong-table-entry"  // lowest bit of one initial word of a memory
	WrongConstant     FaultKind = "wrong-constant"     // lowest bit of a constant, or the next name of an enumeration
	StuckEnable       FaultKind = "stuck-enable"       // state that loads in every cycle
	MissingSaturation FaultKind = "missing-saturation" // low bits instead of a clamp
	ShiftedSlice      FaultKind = "shifted-slice"      // slice taken one bit lower
	UnsignedText      FaultKind = "unsigned-text"      // printer drops a $signed
	UnsignedNet       FaultKind = "unsigned-net"       // printer declares a signed net without signed
)

// FaultKinds returns every kind of fault.
func FaultKinds() []FaultKind {
	return []FaultKind{WrongSelect, DroppedSign, NarrowWidth, MissingRegister, ExtraRegister, WrongReset,
		SwappedOperands, StaleMemory, LostBeat, DuplicatedBeat, WrongTableEntry, WrongConstant, StuckEnable,
		MissingSaturation, ShiftedSlice, UnsignedText, UnsignedNet}
}

// InPrinter reports whether the fault is one of the printed text alone, which
// the interpreter cannot see.
func (k FaultKind) InPrinter() bool { return k == UnsignedText || k == UnsignedNet }

// A Fault is one deliberate mistake: that of Kind at its site number Index, in
// the order in which the module is built or, in the printer, written.
type Fault struct {
	Kind  FaultKind
	Index int
}

// Inject makes the construction of m commit f; it is called before anything is
// built and exists only to measure what verification detects. The index -1
// injects nothing and collects the sites of the kind. Faults go into m itself,
// not into the modules it instantiates.
func (m *Module) Inject(f Fault) {
	m.fault = f
	if f.Kind != "" && f.Index >= 0 {
		m.Note("FAULT INJECTED: %s at site %d", f.Kind, f.Index)
	}
}

// FaultSites returns the source lines at which the kind of the injected fault
// is possible, by index, in m or in the module below it into which it is
// injected; those of the printer exist after [Module.Verilog].
func (m *Module) FaultSites() []string {
	var lines []string
	for _, s := range append(m.submodules(), m) {
		for _, at := range s.sites {
			lines = append(lines, at.String())
		}
	}
	return lines
}

// checkFault reports a fault at a site that m does not have.
func (m *Module) checkFault() error {
	if m.fault.Kind != "" && m.fault.Index >= len(m.sites) {
		return fmt.Errorf("rtl: module %s has %d sites for %s, site %d does not exist", m.Name, len(m.sites), m.fault.Kind, m.fault.Index)
	}
	return nil
}

// strike counts a site of kind k at the user's line and reports whether the
// fault belongs there.
func (m *Module) strike(k FaultKind) bool {
	return m != nil && m.fault.Kind == k && m.strikeAt(k, caller())
}

func (m *Module) strikeAt(k FaultKind, src source) bool {
	if m.fault.Kind != k {
		return false
	}
	m.sites = append(m.sites, src)
	return len(m.sites)-1 == m.fault.Index
}

// spoil commits the faults of operators.
func (m *Module) spoil(op opcode, sh Shape, args []Sig) (opcode, Shape, []Sig) {
	if m.fault.Kind == "" || len(args) == 0 {
		return op, sh, args
	}
	args = append([]Sig(nil), args...)
	a := args[0]
	switch op {
	case opMux:
		if args[1] != args[2] && m.strike(WrongSelect) {
			args[1], args[2] = args[2], args[1]
		}
	case opSub, opLt, opConcat:
		if len(args) > 1 && args[1] != a && m.strike(SwappedOperands) {
			args[0], args[1] = args[1], a
		}
	case opSwitch:
		if len(args) > 3 && args[2] != args[3] && m.strike(SwappedOperands) {
			args[2], args[3] = args[3], args[2]
		}
	case opSat:
		if m.strike(MissingSaturation) {
			op = opWrap
		}
	}
	switch op {
	case opAdd, opSub, opMul:
		if sh.Width > 1 && m.strike(NarrowWidth) {
			sh.Width--
		}
	}
	switch op {
	case opAdd, opSub, opMul, opExtend, opLt:
		widens := sh.Width > a.Shape().Width || op == opLt
		if a.Shape().Signed && widens && m.strike(DroppedSign) {
			args[0] = m.add(node{op: opCast, shape: U(a.Shape().Width), stage: args[0].n.stage, args: []*node{args[0].n}})
		}
	}
	return op, sh, args
}

// toggled returns ready in every other cycle in which moved is 1.
func (m *Module) toggled(name string, moved, ready Sig) Sig {
	s := m.State(name, U(1), 0)
	s.SetWhen(moved.Unstaged(), s.Not())
	return ready.Unstaged().And(s.Unstaged())
}
