package calibration

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/goccy/go-yaml"

	"lockstep/systolic/tpu"
)

// Constants adapt a machine to what compiled kernels reach.
type Constants struct {
	ALUs          tpu.Ratio `yaml:"alus" json:"alus"`                                       // 32-bit operations per cycle, lane and sublane
	HBMEfficiency tpu.Ratio `yaml:"hbm_efficiency" json:"hbm_efficiency"`                   // of the bandwidth of the HBM, above 0, at most 1
	XLURegisters  tpu.Ratio `yaml:"xlu_registers_per_cycle" json:"xlu_registers_per_cycle"` // per cross-lane unit
}

//go:embed constants.yaml
var constantsFile []byte

// Fitted returns the constants that were fitted on [Points].
func Fitted() (Constants, error) {
	var c Constants
	if err := yaml.NewDecoder(bytes.NewReader(constantsFile), yaml.Strict()).Decode(&c); err != nil {
		return c, fmt.Errorf("calibration: constants.yaml: %w", err)
	}
	return c, nil
}

// Apply returns machine m with the constants. The bandwidth is rounded to a
// whole number of bytes per cycle.
func (c Constants) Apply(m tpu.Config) (tpu.Config, error) {
	m.ALUs, m.XLURegistersPerCycle = c.ALUs, c.XLURegisters
	if c.HBMEfficiency.Num < 1 || c.HBMEfficiency.Num > c.HBMEfficiency.Den {
		return m, fmt.Errorf("calibration: hbm_efficiency is %s, want above 0 and at most 1", c.HBMEfficiency)
	}
	m.HBMBytesPerCycle = tpu.Ratio{Num: max(1, int64(m.HBMBytesPerCycle.Float()*c.HBMEfficiency.Float()+0.5)), Den: 1}
	if err := m.Validate(); err != nil {
		return m, fmt.Errorf("calibration: %w", err)
	}
	return m, nil
}

// Machine returns a preset of systolic/tpu with the fitted constants.
func Machine(name string) (tpu.Config, error) {
	m, err := tpu.Preset(name)
	if err != nil {
		return m, err
	}
	c, err := Fitted()
	if err != nil {
		return m, err
	}
	return c.Apply(m)
}

// String is the constants as a file.
func (c Constants) String() string {
	return fmt.Sprintf("alus: %s\nhbm_efficiency: %s\nxlu_registers_per_cycle: %s\n", c.ALUs, c.HBMEfficiency, c.XLURegisters)
}
