package rtl

type opcode uint8

const (
	opConst   opcode = iota // val
	opIn                    // lane val of input port
	opReg                   // args: next, [enable]; reset in val
	opAdd                   // modulo the width of the shape
	opSub                   //
	opMul                   //
	opAnd                   //
	opOr                    //
	opXor                   //
	opNot                   //
	opEq                    //
	opLt                    //
	opShl                   // args: value, amount
	opShr                   // arithmetic if signed
	opMux                   // args: select, then, else
	opSwitch                // args: select, default, case values...; labels in cases
	opSlice                 // from bit val upward
	opConcat                // args: most significant first
	opExtend                // keeps the value
	opWrap                  // keeps the low bits
	opSat                   // clamps to the shape
	opCast                  // same bits, other signedness
	opRedAnd                //
	opRedOr                 //
	opRedXor                //
	opMemRead               // registered read port; lane val of mem
	opInst                  // lane val of output port of instance
	opWire                  // forward reference; args[0] once set
	opFree                  // args[0], any stage
	numOps
)

var opNames = [numOps]string{"const", "in", "reg", "add", "sub", "mul", "and", "or", "xor", "not",
	"eq", "lt", "shl", "shr", "mux", "switch", "slice", "concat", "extend", "wrap", "saturate", "cast",
	"reduce-and", "reduce-or", "reduce-xor", "mem-read", "instance", "wire", "unstaged"}

func (o opcode) String() string { return opNames[o] }

type node struct {
	id    int
	op    opcode
	shape Shape
	stage stage
	args  []*node
	val   uint64
	cases []uint64 // opSwitch labels
	enum  *Enum    // opConst: printed by name; opReg, opIn...: named values
	name  string   // opReg, opWire: declared name; others: name given by Named
	port  int      // opIn, opInst
	read  *memRead // opMemRead
	inst  *instance
	src   source
}

// A Sig is one signal of one module.
type Sig struct {
	m *Module
	n *node
}

// Shape returns the signal's type; that of the zero Sig is u1.
func (a Sig) Shape() Shape {
	if a.n == nil {
		return U(1)
	}
	return a.n.shape
}

// Stage returns how many registers lie between the inputs and a; ok is false
// for constants and for signals whose stage is not tied to the inputs.
func (a Sig) Stage() (cycles int, ok bool) {
	if a.n == nil {
		return 0, false
	}
	st, in := a.n.stage.root(), stage{origin: a.m.origin}.root()
	if st.free() || st.origin != in.origin {
		return 0, false
	}
	return st.offset - in.offset, true
}

func (m *Module) add(n node) Sig {
	if m.finished {
		m.errorf("%s: added after Finish", n.op)
	}
	n.id = len(m.nodes)
	n.src = caller()
	p := &n
	if p.shape.Width < 1 || p.shape.Width > MaxWidth {
		m.errorf("%s: width %d is outside 1 to %d", p.op, p.shape.Width, MaxWidth)
		p.shape.Width = min(max(p.shape.Width, 1), MaxWidth)
	}
	m.nodes = append(m.nodes, p)
	return Sig{m, p}
}

// op adds an operator node after checking that every operand is usable; on a
// mistake it returns a constant of the shape, so that building can go on. An
// operator of the zero Sig is the zero Sig, which whoever uses it reports.
func (m *Module) op(op opcode, sh Shape, args ...Sig) Sig {
	if m == nil {
		for _, a := range args {
			if a.m != nil {
				a.m.errorf("%s: operand is the zero Sig", op)
			}
		}
		return Sig{}
	}
	op, sh, args = m.spoil(op, sh, args)
	ns := make([]*node, len(args))
	for i, a := range args {
		if !m.owns(op.String(), a) {
			return m.add(node{op: opConst, shape: sh})
		}
		ns[i] = a.n
	}
	return m.add(node{op: op, shape: sh, stage: m.join(op.String(), args...), args: ns})
}

func (m *Module) alike(op string, a, b Sig) {
	if m.owns(op, a) && m.owns(op, b) && a.n.shape != b.n.shape {
		m.errorf("%s: operands are %s and %s", op, a.n.shape, b.n.shape)
	}
}

func (m *Module) wants(op, what string, a Sig, sh Shape) {
	if m.owns(op, a) && a.n.shape != sh {
		m.errorf("%s: %s is %s, want %s", op, what, a.n.shape, sh)
	}
}

// Named gives the net that carries a a name in the printed module.
func (a Sig) Named(name string) Sig {
	if a.n == nil {
		return a
	}
	switch a.n.op {
	case opConst, opIn, opReg, opMemRead, opInst, opWire, opSlice, opCast, opFree:
		a = a.m.op(opExtend, a.Shape(), a)
	}
	a.m.claim("net", name)
	a.n.name = name
	return a
}
