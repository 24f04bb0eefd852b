package bench

import "lockstep/sim"

// bareSchedule computes the cycles of kernelOps ops of a loop without a kernel:
// what somebody would write who knew that ops issue in order, one per cycle, to
// units without a queue, and that every port serves its requests one after
// another, a beat per cycle. Another machine is another function; that is what
// the kernel is for.
func bareSchedule(body []step) int64 {
	var written, read [kernelRegisters]sim.Cycle // when the register may be used, and overwritten
	var free, done [len(kernelUnits)]sim.Cycle   // when the unit can start an op, and has finished all
	var open [len(kernelPorts)]sim.Cycle         // first cycle without a beat of earlier requests
	var end sim.Cycle
	next := sim.Cycle(0) // cycle in which an op can issue
	for i := range kernelOps {
		s := &body[i%len(body)]
		start := max(next, free[s.unit], written[s.write], read[s.write])
		for _, r := range s.reads {
			start = max(start, written[r])
		}
		finish := start + s.latency
		if b := s.burst; b.beats > 0 {
			first := max(start+kernelPorts[b.port].LatencyCycles, open[b.port])
			open[b.port] = first + sim.Cycle(b.beats)
			finish = max(finish, open[b.port]-1+b.tail)
		}
		finish = max(finish, done[s.unit])
		next, done[s.unit] = start+1, finish
		free[s.unit] = finish
		if s.interval > 0 {
			free[s.unit] = start + s.interval
		}
		written[s.write] = finish
		for _, r := range s.reads {
			if s.readsFree > 0 {
				read[r] = max(read[r], start+s.readsFree)
			} else {
				read[r] = max(read[r], finish)
			}
		}
		end = max(end, finish)
	}
	return int64(end)
}
