package verilator

import (
	"encoding/binary"
	"fmt"
	"slices"

	"lockstep/rtl"
)

// A Ratio is a rational number.
type Ratio struct{ Num, Den int64 }

// Banks adds rows that are open or not to a memory, as sim.Banks does.
type Banks struct {
	Count             int
	RowBytes          int64
	MissPenaltyCycles int64
}

// A Memory is a memory model beside a system in a [Session]. Its timing is the
// rule of sim.Memory, counted in cycles since reset. The whole contents exist
// in the child process, zero at first, and survive resets.
type Memory struct {
	Name                string
	Bytes               int64 // capacity, 1 to 2^32
	Ports               []MemoryPort
	SharedBytesPerCycle Ratio // bandwidth of all ports together; zero means no limit
	FixedPriority       bool  // port 0 first when bandwidth is short; otherwise round robin
	Banks               *Banks
}

// A MemoryPort attaches streams of the system, found by name, to a memory:
//
//	<name>_req  sent by the system: addr (byte address), beats (1 or more) and,
//	            on a port that reads and writes, write (u1)
//	<name>_rd   received by the system: data, the beats that are read
//	<name>_wr   sent by the system: data, the beats to write
//
// A port has one of rd and wr, or both and then write. The bytes of data, a
// whole number, are BeatBytes of the rule; beat k of a request is at addr +
// k*BeatBytes. A request is accepted in the cycle in which it moves. A beat
// moves in the cycle of the rule if the system takes the word that is offered,
// or offers the word that is written; otherwise it waits, keeps its share of
// the bandwidth and moves in the first cycle in which the system is ready.
// Reads see the words of the beginning of the cycle.
//
// That the system is ready for data must not depend, within a cycle, on whether
// its request is accepted.
type MemoryPort struct {
	Name           string
	LatencyCycles  int64 // from accepting a request to its first beat, at least 1
	Efficiency     Ratio // beats per cycle, 0 < Num/Den <= 1; the zero value means 1
	MaxOutstanding int   // requests accepted whose last beat is to come; 0 means no limit
}

const (
	maxMemoryBytes = 1 << 32
	maxRatio       = 1 << 16
	maxLatency     = 1 << 40
)

// appendConfig checks m against the ports of the system and appends what the
// harness reads.
func (m Memory) appendConfig(b []byte, top *rtl.Module) ([]byte, error) {
	if m.Bytes < 1 || m.Bytes > maxMemoryBytes {
		return nil, fmt.Errorf("verilator: memory %s: Bytes is %d, want 1 to %d", m.Name, m.Bytes, int64(maxMemoryBytes))
	}
	if len(m.Ports) == 0 {
		return nil, fmt.Errorf("verilator: memory %s has no ports, want 1 or more", m.Name)
	}
	le := binary.LittleEndian
	b = le.AppendUint64(b, uint64(m.Bytes))
	b = le.AppendUint32(b, uint32(len(m.Ports)))
	widest := int64(0)
	for _, p := range m.Ports {
		at, err := p.find(top)
		if err != nil {
			return nil, fmt.Errorf("verilator: memory %s: %w", m.Name, err)
		}
		e := p.Efficiency
		if e == (Ratio{}) {
			e = Ratio{1, 1}
		}
		why := ""
		switch {
		case p.LatencyCycles < 1 || p.LatencyCycles > maxLatency:
			why = fmt.Sprintf("LatencyCycles is %d, want 1 to %d", p.LatencyCycles, int64(maxLatency))
		case e.Num < 1 || e.Den < e.Num || e.Den > maxRatio:
			why = fmt.Sprintf("Efficiency is %d/%d, want 0 < Num/Den <= 1 with Den up to %d", e.Num, e.Den, maxRatio)
		case p.MaxOutstanding < 0 || p.MaxOutstanding > 1<<30:
			why = fmt.Sprintf("MaxOutstanding is %d, want 0 or more", p.MaxOutstanding)
		}
		if why != "" {
			return nil, fmt.Errorf("verilator: memory %s: port %s: %s", m.Name, p.Name, why)
		}
		widest = max(widest, at.beatBytes)
		for _, v := range []int{at.reqReady, at.rdValid, at.rdData, at.wrReady, at.reqValid, at.addr, at.beats, at.write,
			at.rdReady, at.wrValid, at.wrData} {
			b = le.AppendUint32(b, uint32(int32(v)))
		}
		for _, v := range []int64{at.beatBytes, p.LatencyCycles, e.Num, e.Den, int64(p.MaxOutstanding)} {
			b = le.AppendUint64(b, uint64(v))
		}
	}
	if s := m.SharedBytesPerCycle; s != (Ratio{}) && (s.Den < 1 || s.Den > maxRatio || s.Num/s.Den < widest) {
		return nil, fmt.Errorf("verilator: memory %s: SharedBytesPerCycle is %d/%d, want the widest beat, %d bytes, or more and a denominator of 1 to %d",
			m.Name, s.Num, s.Den, widest, maxRatio)
	}
	banks := Banks{RowBytes: 1}
	if m.Banks != nil {
		if banks = *m.Banks; banks.Count < 1 || banks.RowBytes < 1 || banks.MissPenaltyCycles < 0 {
			return nil, fmt.Errorf("verilator: memory %s: Banks is %+v, want Count and RowBytes 1 or more and MissPenaltyCycles 0 or more",
				m.Name, banks)
		}
	}
	priority := int64(0)
	if m.FixedPriority {
		priority = 1
	}
	for _, v := range []int64{m.SharedBytesPerCycle.Num, m.SharedBytesPerCycle.Den, priority, int64(banks.Count), banks.RowBytes,
		banks.MissPenaltyCycles} {
		b = le.AppendUint64(b, uint64(v))
	}
	return b, nil
}

// attached holds the indices of ports of the system, -1 where there is none.
type attached struct {
	reqReady, rdValid, rdData, wrReady                     int // inputs
	reqValid, addr, beats, write, rdReady, wrValid, wrData int // outputs
	beatBytes                                              int64
}

func (p MemoryPort) find(top *rtl.Module) (attached, error) {
	in := func(suffix string) int { return portIndex(top.Ins(), p.Name+suffix) }
	out := func(suffix string) int { return portIndex(top.Outs(), p.Name+suffix) }
	a := attached{in("_req_ready"), in("_rd_valid"), in("_rd_data"), in("_wr_ready"), out("_req_valid"), out("_req_addr"),
		out("_req_beats"), out("_req_write"), out("_rd_ready"), out("_wr_valid"), out("_wr_data"), 0}
	reads := a.rdValid >= 0 && a.rdReady >= 0 && a.rdData >= 0
	writes := a.wrValid >= 0 && a.wrReady >= 0 && a.wrData >= 0
	switch {
	case a.reqReady < 0 || a.reqValid < 0 || a.addr < 0 || a.beats < 0:
		return a, fmt.Errorf("module %s has no stream %s_req with fields addr and beats", top.Name, p.Name)
	case !reads && !writes:
		return a, fmt.Errorf("module %s has no stream %s_rd or %s_wr with the field data", top.Name, p.Name, p.Name)
	case reads && writes && a.write < 0:
		return a, fmt.Errorf("module %s reads and writes by %s, want a field write in %s_req", top.Name, p.Name, p.Name)
	}
	bits := 0
	if reads {
		bits = top.Ins()[a.rdData].Bits()
	} else {
		a.rdValid, a.rdReady, a.rdData = -1, -1, -1
	}
	if writes {
		if w := top.Outs()[a.wrData].Bits(); bits != 0 && w != bits {
			return a, fmt.Errorf("%s_wr has %d bits, want the %d of %s_rd", p.Name, w, bits, p.Name)
		}
		bits = top.Outs()[a.wrData].Bits()
	} else {
		a.wrValid, a.wrReady, a.wrData = -1, -1, -1
	}
	if bits%8 != 0 {
		return a, fmt.Errorf("data of %s has %d bits, want whole bytes", p.Name, bits)
	}
	a.beatBytes = int64(bits / 8)
	return a, nil
}

func portIndex(ports []rtl.Port, name string) int {
	return slices.IndexFunc(ports, func(p rtl.Port) bool { return p.Name == name })
}
