package ntt

import "fmt"

// A Task is one command to the engine: new parameters, or the transform of
// residues by those that were loaded last. Exactly one field is set.
type Task struct {
	Parameters *Parameters
	Residues   []uint32 // N residues, row-major
}

// Check reports the first task that engine c cannot execute: of no or both
// kinds, with parameters of another engine, with residues that are not N or not
// below the modulus, or before any parameters.
func (c Config) Check(tasks []Task) error {
	if err := c.Validate(); err != nil {
		return err
	}
	var p *Parameters
	for k, t := range tasks {
		if (t.Parameters == nil) == (t.Residues == nil) {
			return fmt.Errorf("ntt: task %d: want either parameters or residues", k+1)
		}
		if t.Parameters == nil {
			if err := c.checkResidues(p, t.Residues); err != nil {
				return fmt.Errorf("ntt: task %d: %w", k+1, err)
			}
			continue
		}
		p = t.Parameters
		want, err := c.Reduce.Constants(p.Modulus.Q())
		switch {
		case err != nil:
			return fmt.Errorf("ntt: task %d: %w", k+1, err)
		case want != p.Constants:
			return fmt.Errorf("ntt: task %d: constants are %v, want %v for modulus %d", k+1, p.Constants, want, p.Modulus.Q())
		case len(p.Beats) != c.ParameterBeats()*c.Side:
			return fmt.Errorf("ntt: task %d: parameters have %d bytes, want %d beats of %d", k+1, len(p.Beats), c.ParameterBeats(), c.Side)
		}
	}
	return nil
}

func (c Config) checkResidues(p *Parameters, residues []uint32) error {
	if p == nil {
		return fmt.Errorf("residues before any parameters, want parameters first")
	}
	if len(residues) != c.N() {
		return fmt.Errorf("%d residues, want %d", len(residues), c.N())
	}
	for i, x := range residues {
		if x >= p.Modulus.Q() {
			return fmt.Errorf("residue %d is %d, want below the modulus %d", i, x, p.Modulus.Q())
		}
	}
	return nil
}
