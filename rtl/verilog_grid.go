package rtl

import "fmt"

// grid prints the copies of a module as nested generate loops. A port that
// moves right or down has one bus, which holds for every row or column the
// element at the edge and then what each copy sends.
func (p *printer) grid(i *instance) {
	g := i.grid
	for k, q := range i.sub.ins {
		p.gridEdge(i, k, q)
	}
	p.f("  for (genvar r = 0; r < %d; r = r + 1) begin : gen_%s_row", g.rows, i.name)
	p.f("    for (genvar c = 0; c < %d; c = c + 1) begin : gen_%s", g.cols, i.name)
	p.f("      %s u_%s ( // %s", i.sub.Name, i.name, i.src)
	p.f("        .clk_i(clk_i),\n        .rst_ni(rst_ni),")
	for k, q := range i.sub.ins {
		bus := fmt.Sprintf("u_%s_%s", i.name, q.Name)
		switch g.feeds[k].from {
		case west:
			p.f("        .%s_i(%s%s),", q.Name, bus, slot(fmt.Sprintf("r*%d+c", g.cols+1), q.Bits(), i.elements(q.Name)))
		case north:
			p.f("        .%s_i(%s%s),", q.Name, bus, slot(fmt.Sprintf("r*%d+c", g.cols), q.Bits(), i.elements(q.Name)))
		default:
			p.f("        .%s_i(%s_in),", q.Name, bus)
		}
	}
	for k, q := range i.sub.outs {
		at := fmt.Sprintf("r*%d+c", g.cols)
		switch i.flow(q.Name) {
		case west:
			at = fmt.Sprintf("r*%d+c+1", g.cols+1)
		case north:
			at = fmt.Sprintf("(r+1)*%d+c", g.cols)
		}
		p.f("        .%s_o(u_%s_%s%s)%s", q.Name, i.name, q.Name, slot(at, q.Bits(), i.elements(q.Name)), comma(k, len(i.sub.outs)))
	}
	p.f("      );")
	p.f("    end")
	p.f("  end")
}

// slot selects the element of bits bits at position at of a bus of n elements.
func slot(at string, bits, n int) string {
	switch {
	case bits*n == 1:
		return "" // the bus is a scalar
	case bits == 1:
		return fmt.Sprintf("[%s]", at)
	}
	return fmt.Sprintf("[(%s)*%d +: %d]", at, bits, bits)
}

// gridEdge drives what enters the grid at input port k and records which
// elements of the port's bus the copies read.
func (p *printer) gridEdge(i *instance, k int, q Port) {
	g := i.grid
	bus, bits := fmt.Sprintf("u_%s_%s", i.name, q.Name), q.Bits()
	switch g.feeds[k].from {
	case west:
		for r := range g.rows {
			lo := r * (g.cols + 1) * bits
			p.drive(index(bus, lo+bits-1, lo), i.ins[r*g.cols][k])
			p.use(bus, lo+g.cols*bits-1, lo)
		}
	case north:
		var lanes []*node
		for c := range g.cols {
			lanes = append(lanes, i.ins[c][k]...)
		}
		p.drive(index(bus, g.cols*bits-1, 0), lanes)
		p.use(bus, g.rows*g.cols*bits-1, 0)
	default:
		p.f("  %s %s_in;", vec(bits), bus)
		p.drive(bus+"_in", i.ins[0][k])
	}
}

// drive assigns lanes, the first least significant, to a bus.
func (p *printer) drive(bus string, lanes []*node) {
	if len(lanes) == 1 {
		p.f("  assign %s = %s;", bus, p.bits1(lanes[0]))
		return
	}
	parts := make([]string, len(lanes))
	for l, n := range lanes {
		parts[len(lanes)-1-l] = p.bits1(n)
	}
	p.wrapped(fmt.Sprintf("  assign %s = {", bus), parts, "};")
}
