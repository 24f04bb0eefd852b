package rtl

import (
	"fmt"
	"strconv"
	"strings"
)

// A grid is the arrangement of the copies of an instance in rows and columns;
// copy r*cols+c stands in row r and column c.
type grid struct {
	rows, cols int
	feeds      []Feed // by input port
}

// A Feed says where one input port of the copies of a [Module.Grid] comes from.
type Feed struct {
	from direction
	edge [][]Sig
}

type direction uint8

const (
	everywhere direction = iota
	west
	north
)

// FromWest feeds the first copy of row r with the lanes edge[r] and every other
// copy with the output port of the same name of the copy to its left.
func FromWest(edge [][]Sig) Feed { return Feed{west, edge} }

// FromNorth feeds the first copy of column c with the lanes edge[c] and every
// other copy with the output port of the same name of the copy above it.
func FromNorth(edge [][]Sig) Feed { return Feed{north, edge} }

// ToAll feeds the same lanes to every copy; its port is one of
// [Module.InUnstaged] unless the copies stand at one stage.
func ToAll(lanes ...Sig) Feed { return Feed{everywhere, [][]Sig{lanes}} }

// Grid places rows*cols copies of sub in m, printed as two nested generate
// loops in which neighbours are connected: feeds has an entry for every input
// port of sub in order of declaration. The result is indexed by copy
// (row*cols+column), output port and lane; stages accumulate along the rows
// and columns, so that the edges must be skewed as the copies demand.
func (m *Module) Grid(name string, sub *Module, rows, cols int, feeds ...Feed) [][][]Sig {
	m.claim("instance", "u_"+name)
	if rows < 1 || cols < 1 {
		m.errorf("instance %s: %d rows and %d columns, want at least 1", name, rows, cols)
		return nil
	}
	outs := make([][][]Sig, rows*cols)
	if !m.placeable(name, sub) {
		return outs
	}
	g := &grid{rows, cols, feeds}
	inst := &instance{name: name, sub: sub, count: rows * cols, array: true, grid: g, src: caller()}
	linked, ok := m.links(inst)
	if !ok {
		for c := range outs {
			outs[c] = m.results(inst, c, stage{}, map[*origin]*origin{})
		}
		return outs
	}
	origins := map[*origin]*origin{}
	for c := range outs {
		ports := make([][]Sig, len(feeds))
		for k, f := range feeds {
			switch {
			case f.from == west && c%cols > 0:
				ports[k] = outs[c-1][linked[k]]
			case f.from == west:
				ports[k] = f.edge[c/cols]
			case f.from == north && c >= cols:
				ports[k] = outs[c-cols][linked[k]]
			case f.from == north:
				ports[k] = f.edge[c]
			default:
				ports[k] = f.edge[0]
			}
		}
		outs[c] = m.results(inst, c, m.connect(inst, ports), origins)
	}
	m.insts = append(m.insts, inst)
	return outs
}

// links checks the feeds of a grid and returns, by input port that has one, the
// output port that feeds the neighbour.
func (m *Module) links(inst *instance) (linked map[int]int, ok bool) {
	what, g, sub := "instance "+inst.name, inst.grid, inst.sub
	if len(g.feeds) != len(sub.ins) {
		m.errorf("%s: %d input ports fed, want %d", what, len(g.feeds), len(sub.ins))
		return nil, false
	}
	linked, ok = map[int]int{}, true
	for k, f := range g.feeds {
		p := sub.ins[k]
		edges, side := 1, "element for all copies"
		switch f.from {
		case west:
			edges, side = g.rows, "rows at its west edge"
		case north:
			edges, side = g.cols, "columns at its north edge"
		}
		if len(f.edge) != edges {
			m.errorf("%s: port %s is fed with %d %s, want %d", what, p.Name, len(f.edge), side, edges)
			ok = false
		}
		if f.from == everywhere {
			continue
		}
		linked[k] = inst.out(p.Name)
		if q := linked[k]; q < 0 || sub.outs[q].Shape != p.Shape || sub.outs[q].Lanes != p.Lanes {
			m.errorf("%s: module %s has no output port %s of %d x %s to feed its neighbour", what, sub.Name, p.Name, p.Lanes, p.Shape)
			ok = false
		}
	}
	return linked, ok
}

// out returns the index of the output port called name, -1 if there is none.
func (i *instance) out(name string) int {
	for k, q := range i.sub.outs {
		if q.Name == name {
			return k
		}
	}
	return -1
}

// flow returns the direction from which the port called name is fed.
func (i *instance) flow(name string) direction {
	if i.grid != nil {
		for k, p := range i.sub.ins {
			if p.Name == name {
				return i.grid.feeds[k].from
			}
		}
	}
	return everywhere
}

// elements returns the length of the printed bus of an output port: one element
// per copy, and in a grid one more per edge that feeds the port.
func (i *instance) elements(port string) int {
	switch i.flow(port) {
	case west:
		return i.grid.rows * (i.grid.cols + 1)
	case north:
		return (i.grid.rows + 1) * i.grid.cols
	}
	return i.count
}

// element returns the position on the bus of what copy c sends.
func (i *instance) element(port string, c int) int {
	switch i.flow(port) {
	case west:
		return c + c/i.grid.cols + 1
	case north:
		return c + i.grid.cols
	}
	return c
}

// index returns the position of copy c in the path of an instance.
func (i *instance) index(c int) string {
	switch {
	case i.grid != nil:
		return fmt.Sprintf("[%d][%d]", c/i.grid.cols, c%i.grid.cols)
	case i.array:
		return fmt.Sprintf("[%d]", c)
	}
	return ""
}

// scope returns the generate scope of the copy at an index of a path, such as
// "3" or, in a grid, "1][2"; ok is false if there is no such copy.
func (i *instance) scope(index string) (scope string, ok bool) {
	row, col, twice := strings.Cut(index, "][")
	r, err := strconv.Atoi(row)
	if i.grid == nil {
		return fmt.Sprintf("gen_%s[%d]", i.name, r), err == nil && !twice && 0 <= r && r < i.count
	}
	c, errCol := strconv.Atoi(col)
	return fmt.Sprintf("gen_%s_row[%d].gen_%s[%d]", i.name, r, i.name, c),
		err == nil && errCol == nil && 0 <= r && r < i.grid.rows && 0 <= c && c < i.grid.cols
}
