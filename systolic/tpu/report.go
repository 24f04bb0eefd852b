package tpu

import "lockstep/sim"

// A Report is what one run of a program did.
type Report struct {
	Cycles     int64          `json:"cycles"`          // launch included
	ClockHz    int64          `json:"clock_hz"`        // Hz
	Seconds    float64        `json:"seconds"`         // Cycles at the clock
	Operations int64          `json:"operations"`      // of the program
	MACs       int64          `json:"macs"`            // multiply-accumulates of its matrix products
	HBMBytes   int64          `json:"hbm_bytes"`       // read and written
	Engines    []EngineReport `json:"engines"`         // in the order of cores and kinds, the HBM last
	Groups     []GroupReport  `json:"groups"`          // in the order of their first operations
	PeakVMEM   []int64        `json:"peak_vmem_bytes"` // in use at most, per core
}

// An EngineReport is the work of one engine, or of the HBM.
type EngineReport struct {
	Name       string `json:"name"`
	Operations int64  `json:"operations"`
	// BusyCycles are those in which operands stream into an array, in which a
	// VPU or XLU works, or in which the HBM moves bytes. A DMA engine only asks
	// the HBM and has none.
	BusyCycles  int64   `json:"busy_cycles"`
	Utilisation float64 `json:"utilisation"` // busy cycles / cycles, 0 to 1
	Bytes       int64   `json:"bytes"`       // moved by a DMA; else read and written by operations
}

// A GroupReport is the work of all operations of one name on one kind of
// engine, over all cores: name operations by what they are for, and this is
// where the time goes.
type GroupReport struct {
	Name       string `json:"name"`
	Kind       string `json:"kind"` // of engine
	Operations int64  `json:"operations"`
	BusyCycles int64  `json:"busy_cycles"` // as in EngineReport; of the HBM for a DMA
	Bytes      int64  `json:"bytes"`
}

// groups adds up the program by name and kind.
func (p *Program) groups() []GroupReport {
	type key struct {
		name string
		kind EngineKind
	}
	var list []GroupReport
	places := map[key]int{}
	moved := map[int]int64{}
	for i := range p.ops.len() {
		r := p.ops.at(i)
		k := key{r.name, p.queues[r.queue].engine.Kind}
		at, ok := places[k]
		if !ok {
			at = len(list)
			places[k] = at
			list = append(list, GroupReport{Name: r.name, Kind: engineNames[k.kind]})
		}
		g := &list[at]
		g.Operations++
		g.Bytes += r.bytes
		g.BusyCycles += r.time.cycles + r.time.passes.count*r.time.passes.stream
		moved[at] += r.time.move
	}
	for at, bytes := range moved {
		list[at].BusyCycles += p.config.HBMBytesPerCycle.cycles(bytes)
	}
	return list
}

// report turns what sim says into the words of this package.
func (m *machine) report(s *sim.Report) *Report {
	p := m.p
	r := &Report{
		Cycles: int64(s.Cycles) + p.config.LaunchCycles, ClockHz: p.config.ClockHz, Operations: int64(p.ops.len()),
	}
	r.Seconds = float64(r.Cycles) / float64(r.ClockHz)
	busy := map[string]int64{}
	for _, u := range s.Units {
		busy[u.Name] = int64(u.Busy)
	}
	for q := range p.queues {
		e := EngineReport{Name: p.queues[q].engine.String(), Operations: int64(len(p.queues[q].ops))}
		for _, id := range p.queues[q].ops {
			e.Bytes += p.op(id).bytes
			r.MACs += p.op(id).macs
		}
		switch p.queues[q].engine.Kind {
		case MXU:
			e.BusyCycles = m.engines[q].array.streamed
		case VPU, XLU:
			e.BusyCycles = busy[e.Name]
		case DMAIn, DMAOut:
			r.HBMBytes += e.Bytes
		}
		r.Engines = append(r.Engines, e)
	}
	r.Engines = append(r.Engines, EngineReport{
		Name: "Hbm", Operations: s.Ports[0].Requests, Bytes: r.HBMBytes, BusyCycles: p.config.HBMBytesPerCycle.cycles(r.HBMBytes),
	})
	for i := range r.Engines {
		if r.Cycles > 0 {
			r.Engines[i].Utilisation = float64(r.Engines[i].BusyCycles) / float64(r.Cycles)
		}
	}
	r.Groups = p.groups()
	for _, space := range p.spaces[1:] {
		r.PeakVMEM = append(r.PeakVMEM, space.peak)
	}
	return r
}
