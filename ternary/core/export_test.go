package core

import (
	"context"

	"lockstep/sim"
)

// StepOne executes instruction k of the program alone.
func (mc *Machine) StepOne(ctx context.Context, k int) (sim.Cycle, error) {
	before := mc.sys.Now()
	if err := mc.issuer.Load(mc.ops[k]); err != nil {
		return 0, err
	}
	report, err := mc.sys.Run(ctx)
	if err != nil {
		return 0, err
	}
	return report.Cycles - before, nil
}
