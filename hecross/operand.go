package hecross

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// An Operand is one or more polynomials of a [File].
type Operand struct {
	Polys  []Poly // all with the same number of limbs
	Single bool   // written [limb][coefficient], only for one polynomial
}

// MarshalJSON writes three levels of arrays, or two for a single polynomial.
func (o Operand) MarshalJSON() ([]byte, error) {
	if !o.Single {
		return json.Marshal(o.Polys)
	}
	if len(o.Polys) != 1 {
		return nil, fmt.Errorf("hecross: operand is Single and has %d polynomials, want one", len(o.Polys))
	}
	return json.Marshal(o.Polys[0])
}

// UnmarshalJSON reads either depth.
func (o *Operand) UnmarshalJSON(data []byte) error {
	r := residueReader{data: data}
	switch depth(data) {
	case 2:
		p, err := r.poly()
		*o = Operand{Polys: []Poly{p}, Single: true}
		return err
	case 3:
		*o = Operand{}
		return r.list(func() error {
			p, err := r.poly()
			o.Polys = append(o.Polys, p)
			return err
		})
	}
	return r.fail("[limb][coefficient] or [polynomial][limb][coefficient]")
}

// depth counts the brackets that open before anything else.
func depth(data []byte) int {
	n := 0
	for _, b := range data {
		switch b {
		case '[':
			n++
		case ' ', '\t', '\r', '\n':
		default:
			return n
		}
	}
	return n
}

// UnmarshalJSON reads [digit][2][limb][coefficient].
func (k *EvaluationKey) UnmarshalJSON(data []byte) error {
	r := residueReader{data: data}
	*k = EvaluationKey{}
	return r.list(func() error {
		var digit [2]Poly
		n := 0
		err := r.list(func() error {
			p, err := r.poly()
			if n < 2 {
				digit[n] = p
			}
			n++
			return err
		})
		if err == nil && n != 2 {
			return r.errorf("has %d polynomials, want 2", n)
		}
		*k = append(*k, digit)
		return err
	})
}

// MarshalJSON writes "smallest", "lattigo" or the array of the roots.
func (r Roots) MarshalJSON() ([]byte, error) {
	if r.psi != nil {
		return json.Marshal(r.psi)
	}
	return json.Marshal(r.String())
}

// UnmarshalJSON reads what MarshalJSON writes.
func (r *Roots) UnmarshalJSON(data []byte) error {
	reader := residueReader{data: data}
	if depth(data) > 0 {
		psi, err := reader.residues()
		*r = ExplicitRoots(psi)
		return err
	}
	switch string(bytes.TrimSpace(data)) {
	case `"smallest"`:
		*r = SmallestRoots()
	case `"lattigo"`:
		*r = LattigoRoots()
	default:
		return reader.fail(`"smallest", "lattigo" or an array of roots`)
	}
	return nil
}
