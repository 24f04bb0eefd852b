package ntt

import (
	"fmt"

	"lockstep/rtl"
)

// groups are Lanes groups of four sums in a cycle: those of one residue.
type groups struct {
	sums  []rtl.Sig // u32, those of a residue together
	valid rtl.Sig
}

// turn makes groups of rows of sums, turnCycles later. A row of A * Cols has its
// groups side by side. Of Rows * A four successive rows have the four sums of
// every residue: they are collected, and then leave by columns, Lanes of them in
// a cycle, while the next four come.
func (t *top) turn(w *walk, s sums) groups {
	c := t.c
	rows := [pieces][]rtl.Sig{} // the row of sums that comes and the three before
	for j, sum := range s.row {
		sum = sum.AsUnsigned()
		rows[0] = append(rows[0], sum)
		for k := 1; k < pieces; k++ {
			sum = sum.Reg(fmt.Sprintf("row%d_sum%d", k, j))
			rows[k] = append(rows[k], sum)
		}
	}
	full := w.choose(s.piece.AllOnes(), t.m.Const(flag, 1)).Named("turns")
	next := make([][pieces]rtl.Sig, c.Side) // the groups of the columns, after one is sent
	for j := c.Side - 1; j >= 0; j-- {
		for k := range pieces {
			column := rows[pieces-1-k][j]
			if j < c.Lanes() {
				column = w.choose(column, rows[pieces-1][pieces*j+k])
			}
			if j+c.Lanes() < c.Side {
				column = full.Mux(column, next[j+c.Lanes()][k])
			}
			next[j][k] = column.Reg(fmt.Sprintf("column%d_sum%d", j, k)).Unstaged()
		}
	}
	g := groups{valid: late("groups_arrive", s.valid, turnCycles)}
	for j := range c.Lanes() {
		g.sums = append(g.sums, next[j][:]...)
	}
	return g
}
