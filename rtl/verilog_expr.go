package rtl

import (
	"fmt"
	"strings"
)

// ref returns an expression with exactly n's width and signedness.
func (p *printer) ref(n *node) string {
	w := n.shape.Width
	switch n.op {
	case opConst:
		return constant(n)
	case opFree:
		return p.ref(n.args[0])
	case opCast:
		if n.shape.Signed {
			return p.signed(n, p.ref(n.args[0]))
		}
		return p.bits(n, w-1, 0)
	case opSlice:
		return p.bits(n.args[0], int(n.val)+w-1, int(n.val))
	case opIn, opInst, opMemRead:
		if n.shape.Signed {
			return p.signed(n, p.bits(n, w-1, 0))
		}
		return p.bits(n, w-1, 0)
	}
	p.use(p.nets[n], w-1, 0)
	return p.nets[n]
}

// bits returns bits [hi:lo] of n as an unsigned expression.
func (p *printer) bits(n *node, hi, lo int) string {
	switch n.op {
	case opConst:
		return fmt.Sprintf("%d'h%x", hi-lo+1, n.val>>lo&mask(hi-lo+1))
	case opFree, opCast:
		return p.bits(n.args[0], hi, lo)
	case opSlice:
		return p.bits(n.args[0], hi+int(n.val), lo+int(n.val))
	}
	name, width, off := p.locate(n)
	hi, lo = hi+off, lo+off
	p.use(name, hi, lo)
	switch {
	case width == 1 && !(n.shape.Signed && p.nets[n] != ""):
		return name
	case hi-lo+1 == width && !(n.shape.Signed && p.nets[n] != ""):
		return name
	}
	return index(name, hi, lo)
}

// locate returns the declared identifier that carries n, the identifier's
// width, and the position of n in it.
func (p *printer) locate(n *node) (name string, width, offset int) {
	lane := int(n.val) * n.shape.Width
	switch n.op {
	case opIn:
		q := p.m.ins[n.port]
		return q.Name + "_i", q.Bits(), lane
	case opInst:
		i, q := n.inst, n.inst.sub.outs[n.port]
		copyIndex, l := int(n.val)/q.Lanes, int(n.val)%q.Lanes
		return fmt.Sprintf("u_%s_%s", i.name, q.Name), q.Bits() * i.elements(q.Name),
			i.element(q.Name, copyIndex)*q.Bits() + l*n.shape.Width
	case opMemRead:
		return n.read.net(), n.read.mem.shape.Width * n.read.mem.lanes, lane
	}
	return p.nets[n], n.shape.Width, 0
}

func constant(n *node) string {
	switch {
	case n.enum != nil:
		return enumName(n.enum, n.enum.names[n.val])
	case n.shape.Signed:
		return fmt.Sprintf("%d'sh%x", n.shape.Width, n.val)
	}
	return fmt.Sprintf("%d'h%x", n.shape.Width, n.val)
}

// cast returns n with its value kept, or its low bits, in to.Width bits.
func (p *printer) cast(n *node, to Shape) string {
	if n.shape.Width == to.Width {
		return p.ref(n)
	}
	return fmt.Sprintf("%d'(%s)", to.Width, p.ref(n))
}

// combinational prints every live operator as a declared net and its driver.
func (p *printer) combinational() {
	for _, n := range p.m.nodes {
		if !p.live[n.id] || p.nets[n] == "" || n.op == opReg {
			continue
		}
		if n.op != opWire {
			p.net(n)
		}
		if n.op == opSwitch {
			p.caseStatement(n)
			continue
		}
		p.f("  assign %s = %s;", p.nets[n], p.expr(n))
	}
}

var infix = map[opcode]string{opAdd: "+", opSub: "-", opMul: "*", opAnd: "&", opOr: "|", opXor: "^"}

func (p *printer) expr(n *node) string {
	a := n.args
	switch n.op {
	case opAdd, opSub, opMul, opAnd, opOr, opXor:
		return fmt.Sprintf("%s %s %s", p.cast(a[0], n.shape), infix[n.op], p.cast(a[1], n.shape))
	case opNot:
		return "~" + p.ref(a[0])
	case opEq:
		return fmt.Sprintf("%s == %s", p.ref(a[0]), p.ref(a[1]))
	case opLt:
		return fmt.Sprintf("%s < %s", p.ref(a[0]), p.ref(a[1]))
	case opShl:
		return fmt.Sprintf("%s << %s", p.ref(a[0]), p.ref(a[1]))
	case opShr:
		if n.shape.Signed {
			return fmt.Sprintf("%s >>> %s", p.ref(a[0]), p.ref(a[1]))
		}
		return fmt.Sprintf("%s >> %s", p.ref(a[0]), p.ref(a[1]))
	case opMux:
		return fmt.Sprintf("%s ? %s : %s", p.ref(a[0]), p.ref(a[1]), p.ref(a[2]))
	case opConcat:
		return "{" + p.refs(a) + "}"
	case opExtend, opWire:
		return p.cast(a[0], n.shape)
	case opWrap:
		return p.low(a[0], n.shape)
	case opSat:
		return p.saturate(a[0], n.shape)
	case opRedAnd:
		return "&" + p.bits1(a[0])
	case opRedOr:
		return "|" + p.bits1(a[0])
	case opRedXor:
		return "^" + p.bits1(a[0])
	}
	panic(fmt.Sprintf("rtl: printer has no rule for %s", n.op))
}

func (p *printer) refs(ns []*node) string {
	s := make([]string, len(ns))
	for i, n := range ns {
		s[i] = p.ref(n)
	}
	return strings.Join(s, ", ")
}

// low returns the low bits of n in shape sh.
func (p *printer) low(n *node, sh Shape) string {
	s := p.bits(n, sh.Width-1, 0)
	if sh.Signed {
		return p.signed(n, s)
	}
	return s
}

// signed reads the unsigned expression s, which is n, as two's complement.
func (p *printer) signed(n *node, s string) string {
	if p.m.strikeAt(UnsignedText, n.src) {
		return s
	}
	return "$signed(" + s + ")"
}

func (p *printer) saturate(n *node, sh Shape) string {
	top := &node{op: opConst, shape: n.shape, val: uint64(sh.Max()) & mask(n.shape.Width)}
	if !sh.Signed {
		return fmt.Sprintf("(%s > %s) ? %d'h%x : %s", p.ref(n), constant(top), sh.Width, mask(sh.Width), p.low(n, sh))
	}
	bottom := &node{op: opConst, shape: n.shape, val: uint64(sh.Min()) & mask(n.shape.Width)}
	lo, hi := uint64(1)<<(sh.Width-1), mask(sh.Width-1)
	return fmt.Sprintf("(%s > %s) ? %d'sh%x : (%s < %s) ? %d'sh%x : %s", p.ref(n), constant(top), sh.Width, hi,
		p.ref(n), constant(bottom), sh.Width, lo, p.low(n, sh))
}

func (p *printer) caseStatement(n *node) {
	sel := n.args[0]
	p.f("  always_comb begin")
	p.f("    case (%s)", p.ref(sel))
	for i, label := range n.cases {
		text := constant(&node{op: opConst, shape: sel.shape, val: label})
		if sel.enum != nil && label < uint64(len(sel.enum.names)) {
			text = enumName(sel.enum, sel.enum.names[label])
		}
		p.f("      %s: %s = %s;", text, p.nets[n], p.ref(n.args[2+i]))
	}
	p.f("      default: %s = %s;", p.nets[n], p.ref(n.args[1]))
	p.f("    endcase")
	p.f("  end")
}
