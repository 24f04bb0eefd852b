package core

// A Cost is the time of one instruction that waits for nothing else; of a product
// that skips zeros, with an operand that has none.
type Cost struct {
	Latency  int64 `json:"latency_cycles"`  // from its start until its result is usable
	Interval int64 `json:"interval_cycles"` // from its start until its unit can start the next
}

// Costs returns the cost of every instruction of the program of a token.
func (mc *Machine) Costs() ([]Cost, error) {
	costs := make([]Cost, len(mc.ops))
	running := mc.schedule
	defer func() { mc.schedule = running }()
	for k, op := range mc.ops {
		var err error
		if mc.schedule, err = newSchedule(mc.Config, mc.numbers, mc.Timing, mc.Program.Target); err != nil {
			return nil, err
		}
		mc.schedule.dense = true
		latency, interval := op.Timing(0)
		if interval == 0 {
			interval = latency
		}
		costs[k] = Cost{int64(latency), int64(interval)}
	}
	return costs, nil
}
