package hecross

import "fmt"

// Diff reports an error unless got has the result of want: the first residue
// that differs and how many do.
func Diff(want, got *File) error {
	w, g := want.Result.Polys, got.Result.Polys
	if len(w) != len(g) {
		return fmt.Errorf("hecross: result has %d polynomials, want %d", len(g), len(w))
	}
	first, differ, total := "", 0, 0
	for i := range w {
		at := want.Result.at("result", i)
		if len(w[i]) != len(g[i]) {
			return fmt.Errorf("hecross: %s has %d limbs, want %d", at, len(g[i]), len(w[i]))
		}
		for l := range w[i] {
			if len(w[i][l]) != len(g[i][l]) {
				return fmt.Errorf("hecross: %s[%d] has %d coefficients, want %d", at, l, len(g[i][l]), len(w[i][l]))
			}
			for k, x := range g[i][l] {
				total++
				if x == w[i][l][k] {
					continue
				}
				if differ++; differ == 1 {
					first = fmt.Sprintf("%s[%d][%d] is %d, want %d", at, l, k, x, w[i][l][k])
				}
			}
		}
	}
	if differ > 0 {
		return fmt.Errorf("hecross: %s; %d of %d residues differ", first, differ, total)
	}
	return nil
}
