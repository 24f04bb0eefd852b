package core

import (
	"lockstep/sim"
)

// A Cost is the time of one instruction that waits for nothing else.
type Cost struct {
	Latency  int64 `json:"latency_cycles"`  // from its start until its result is usable
	Interval int64 `json:"interval_cycles"` // from its start until its unit can start the next
}

// Costs returns the cost of every instruction of the program of a token.
func (mc *Machine) Costs() []Cost {
	costs := make([]Cost, len(mc.ops))
	for k, op := range mc.ops {
		latency := op.Latency
		for _, t := range op.Transfers {
			latency = max(latency, t.After+sim.Cycle(mc.Config.Lat)+mc.pause(t)+op.Tail)
		}
		costs[k] = Cost{int64(latency), int64(op.Interval)}
		if op.Interval == 0 {
			costs[k].Interval = int64(latency)
		}
	}
	return costs
}

// pause returns the cycles from the first to the last beat of a transfer alone
// on its port: the rule of sim.Memory.
func (mc *Machine) pause(t sim.Transfer) sim.Cycle {
	beat := int64(mc.Config.VectorBeatBytes)
	if t.Port.Name() == "Memory.Weights" {
		beat = int64(mc.Config.WeightBeatBytes)
	}
	last := (t.Bytes+beat-1)/beat - 1
	e := mc.Config.Eff
	return sim.Cycle((last*e.Den + e.Num - 1) / e.Num)
}
