package rtl

import (
	"fmt"
	"slices"
)

// net returns the name of the registered output of a read port.
func (r *memRead) net() string { return fmt.Sprintf("%s_rd%d_q", r.mem.name, r.index) }

func (p *printer) memories() {
	for _, r := range p.m.mems {
		w := r.shape.Width * r.lanes
		p.f("  %-38s // %s", fmt.Sprintf("%s %s_mem [%d];", vec(w), r.name, r.depth), r.src)
		for _, rd := range r.reads {
			p.f("  %s %s;", vec(w), rd.net())
			p.declare(rd.net(), w)
		}
		p.initial(r)
	}
}

// initial prints the contents at power-up, which block RAM supports.
func (p *printer) initial(r *Mem) {
	w := r.shape.Width * r.lanes
	p.f("  initial begin")
	for _, rd := range r.reads {
		p.f("    %s = '0;", rd.net())
	}
	if len(r.init) < r.depth {
		p.f("    for (int i = %d; i < %d; i = i + 1) %s_mem[i] = '0;", len(r.init), r.depth, r.name)
	}
	for a, word := range r.init {
		p.f("    %s_mem[%d] = %d'h%s;", r.name, a, w, hexWord(word, r.shape.Width))
	}
	p.f("  end")
}

// hexWord returns the lanes of one memory word as hexadecimal digits.
func hexWord(lanes []int64, width int) string {
	digits := make([]byte, (len(lanes)*width+3)/4)
	for l, v := range lanes {
		for k := range width {
			if i := l*width + k; v>>k&1 != 0 {
				digits[i/4] |= 1 << (i % 4)
			}
		}
	}
	slices.Reverse(digits)
	for i, d := range digits {
		digits[i] = "0123456789abcdef"[d]
	}
	return string(digits)
}

// registers prints one clocked block for all registers and one per memory.
func (p *printer) registers() {
	var regs []*node
	for _, n := range p.m.nodes {
		if n.op == opReg && p.live[n.id] {
			regs = append(regs, n)
		}
	}
	for _, r := range p.m.mems {
		p.memoryPorts(r)
	}
	if len(regs) == 0 {
		return
	}
	p.f("  always_ff @(posedge clk_i or negedge rst_ni) begin")
	p.f("    if (!rst_ni) begin")
	for _, r := range regs {
		reset := "'0"
		if r.val != 0 {
			reset = constant(&node{op: opConst, shape: r.shape, val: r.val, enum: r.enum})
		}
		p.f("      %s <= %s;", p.nets[r], reset)
	}
	p.f("    end else begin")
	for _, r := range regs {
		if len(r.args) > 1 {
			p.f("      if (%s) %s <= %s;", p.ref(r.args[1]), p.nets[r], p.ref(r.args[0]))
		} else {
			p.f("      %s <= %s;", p.nets[r], p.ref(r.args[0]))
		}
	}
	p.f("    end")
	p.f("  end")
}

func (p *printer) memoryPorts(r *Mem) {
	p.f("  always @(posedge clk_i) begin")
	for _, w := range r.writes {
		data := slices.Clone(w.data)
		slices.Reverse(data)
		p.f("    if (%s) %s_mem[%s] <= %s;", p.ref(w.en), r.name, p.ref(w.addr), p.packed(data))
	}
	for _, rd := range r.reads {
		cond := ""
		if rd.en != nil {
			cond = fmt.Sprintf("if (%s) ", p.ref(rd.en))
		}
		p.f("    %s%s <= %s_mem[%s];", cond, rd.net(), r.name, p.ref(rd.addr))
	}
	p.f("  end")
}

// packed returns the concatenation of ns, the first most significant.
func (p *printer) packed(ns []*node) string {
	if len(ns) == 1 {
		return p.bits1(ns[0])
	}
	return "{" + p.refs(ns) + "}"
}

// bits1 returns all bits of one node as an unsigned expression.
func (p *printer) bits1(n *node) string {
	switch n.op {
	case opConst, opIn, opInst, opMemRead, opCast, opSlice, opFree:
		return p.bits(n, n.shape.Width-1, 0)
	}
	p.use(p.nets[n], n.shape.Width-1, 0)
	return p.nets[n]
}

func (p *printer) instances() {
	for _, i := range p.m.insts {
		switch {
		case i.grid != nil:
			p.grid(i)
			continue
		case i.array:
			p.array(i)
			continue
		}
		p.f("  %s u_%s ( // %s", i.sub.Name, i.name, i.src)
		p.f("    .clk_i(clk_i),\n    .rst_ni(rst_ni),")
		for k, q := range i.sub.ins {
			lanes := slices.Clone(i.ins[0][k])
			slices.Reverse(lanes)
			p.f("    .%s_i(%s),", q.Name, p.packed(lanes))
		}
		for k, q := range i.sub.outs {
			p.f("    .%s_o(u_%s_%s)%s", q.Name, i.name, q.Name, comma(k, len(i.sub.outs)))
		}
		p.f("  );")
	}
}

func comma(k, n int) string {
	if k == n-1 {
		return ""
	}
	return ","
}

// array prints the copies of a module as one generate loop over slices of a
// bus per port.
func (p *printer) array(i *instance) {
	for k, q := range i.sub.ins {
		var lanes []*node
		for c := range i.ins {
			lanes = append(lanes, i.ins[c][k]...)
		}
		slices.Reverse(lanes)
		parts := make([]string, len(lanes))
		for l, n := range lanes {
			parts[l] = p.ref(n)
		}
		bus := fmt.Sprintf("u_%s_%s_in", i.name, q.Name)
		p.f("  %s %s;", vec(q.Bits()*i.count), bus)
		p.wrapped(fmt.Sprintf("  assign %s = {", bus), parts, "};")
	}
	p.f("  for (genvar i = 0; i < %d; i = i + 1) begin : gen_%s", i.count, i.name)
	p.f("    %s u_%s ( // %s", i.sub.Name, i.name, i.src)
	p.f("      .clk_i(clk_i),\n      .rst_ni(rst_ni),")
	for _, q := range i.sub.ins {
		p.f("      .%s_i(u_%s_%s_in%s),", q.Name, i.name, q.Name, part(q.Bits(), i.count))
	}
	for k, q := range i.sub.outs {
		p.f("      .%s_o(u_%s_%s%s)%s", q.Name, i.name, q.Name, part(q.Bits(), i.count), comma(k, len(i.sub.outs)))
	}
	p.f("    );")
	p.f("  end")
}

// part selects element i of bits bits of a bus of n elements.
func part(bits, n int) string {
	if bits*n == 1 {
		return "" // the bus is a scalar
	}
	return fmt.Sprintf("[i*%d +: %d]", bits, bits)
}
