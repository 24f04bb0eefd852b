package sim

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// A Report is what happened up to a cycle. Lists are in the order of names,
// ports in that of their memory; equal systems give equal reports.
type Report struct {
	ClockHz     int64              `json:"clock_hz"`
	Cycles      Cycle              `json:"cycles"` // cycle of the last event
	OpsRetired  int64              `json:"ops_retired"`
	OpsLoaded   int64              `json:"ops_loaded"`
	Units       []UnitReport       `json:"units"` // units and issuers
	Ports       []PortReport       `json:"ports"`
	Memories    []MemoryReport     `json:"memories"`
	Scratchpads []ScratchpadReport `json:"scratchpads"`
}

// A UnitReport counts the cycles of a unit or an issuer by what it did; the
// counts add up to Report.Cycles.
type UnitReport struct {
	Name        string  `json:"name"`
	Kind        string  `json:"kind"` // "unit" or "issuer"
	Ops         int64   `json:"ops"`  // finished by a unit, issued by an issuer
	Bytes       int64   `json:"bytes"`
	Busy        Cycle   `json:"busy_cycles"`
	Idle        Cycle   `json:"idle_cycles"`
	Token       Cycle   `json:"stalled_token_cycles"`
	RAW         Cycle   `json:"stalled_raw_cycles"`
	WAW         Cycle   `json:"stalled_waw_cycles"`
	WAR         Cycle   `json:"stalled_war_cycles"`
	Memory      Cycle   `json:"stalled_memory_cycles"`
	Full        Cycle   `json:"stalled_full_cycles"`
	Utilisation float64 `json:"utilisation"` // busy cycles / cycles, 0 to 1
}

// A PortReport counts the traffic of a memory port.
type PortReport struct {
	Name         string  `json:"name"`
	Requests     int64   `json:"requests"` // accepted
	BytesRead    int64   `json:"bytes_read"`
	BytesWritten int64   `json:"bytes_written"`
	Beats        int64   `json:"beats"`
	WaitCycles   Cycle   `json:"wait_cycles"` // between request and acceptance, summed over requests
	Utilisation  float64 `json:"utilisation"` // beats / cycles, 0 to 1
}

// A MemoryReport counts the rows of a memory with banks.
type MemoryReport struct {
	Name      string `json:"name"`
	RowHits   int64  `json:"row_hits"`
	RowMisses int64  `json:"row_misses"`
}

// A ScratchpadReport is the occupation of a scratchpad.
type ScratchpadReport struct {
	Name          string `json:"name"`
	CapacityBytes int64  `json:"capacity_bytes"`
	UsedBytes     int64  `json:"used_bytes"`
	PeakBytes     int64  `json:"peak_bytes"`
}

// reporter is a component that has an entry in the report.
type reporter interface {
	report(now Cycle, r *Report)
}

func (s *System) report() *Report {
	r := &Report{
		ClockHz: s.clock.hz, Cycles: s.core.now, OpsRetired: s.retired, OpsLoaded: s.loaded,
		Units: []UnitReport{}, Ports: []PortReport{}, Memories: []MemoryReport{}, Scratchpads: []ScratchpadReport{},
	}
	for _, n := range s.nodes {
		if c, ok := n.comp.(reporter); ok {
			c.report(s.core.now, r)
		}
	}
	for _, p := range s.sortedPads() {
		r.Scratchpads = append(r.Scratchpads, ScratchpadReport{p.name, p.capacity, p.used, p.peak})
	}
	return r
}

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

func (m *meter) report(now Cycle, name, kind string, ops, bytes int64) UnitReport {
	m.flush(now)
	c := &m.cycles
	return UnitReport{
		Name: name, Kind: kind, Ops: ops, Bytes: bytes,
		Busy: c[busy], Idle: c[idle], Token: c[waitToken], RAW: c[waitRAW], WAW: c[waitWAW], WAR: c[waitWAR],
		Memory: c[waitMemory], Full: c[waitFull], Utilisation: ratio(int64(c[busy]), int64(now)),
	}
}

func (u *Unit) report(now Cycle, r *Report) {
	if u.holding && now > u.newest.start {
		u.traceOp(u.newest, now) // cut short, and before the stalls within it
	}
	r.Units = append(r.Units, u.meter.report(now, u.node.name, "unit", u.ops, u.bytes))
}

func (i *Issuer) report(now Cycle, r *Report) {
	r.Units = append(r.Units, i.meter.report(now, i.node.name, "issuer", i.ops, 0))
}

func (m *Memory) report(now Cycle, r *Report) {
	m.lanes.run(now) // no request ends before now that has not been delivered
	for i, p := range m.ports {
		beats := m.lanes.list[i].beats
		r.Ports = append(r.Ports, PortReport{
			p.Name(), p.stats.requests, p.stats.read, p.stats.written, beats, p.stats.waited, ratio(beats, int64(now)),
		})
	}
	if m.banks != nil {
		r.Memories = append(r.Memories, MemoryReport{m.node.name, m.banks.hits, m.banks.misses})
	}
}

// String is a table for people; programs use the fields.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d cycles at %d Hz, %d of %d ops retired\n", r.Cycles, r.ClockHz, r.OpsRetired, r.OpsLoaded)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "unit\tops\tbytes\tbusy\ttoken\traw\twaw\twar\tmemory\tfull\tidle\tbusy %")
	for _, u := range r.Units {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\n", u.Name, u.Ops, u.Bytes,
			u.Busy, u.Token, u.RAW, u.WAW, u.WAR, u.Memory, u.Full, u.Idle, 100*u.Utilisation)
	}
	if len(r.Ports) > 0 {
		fmt.Fprintln(w, "port\trequests\tread\twritten\tbeats\twaited\tbusy %")
	}
	for _, p := range r.Ports {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%.1f\n", p.Name, p.Requests, p.BytesRead, p.BytesWritten,
			p.Beats, p.WaitCycles, 100*p.Utilisation)
	}
	w.Flush() // into a strings.Builder, which does not fail
	return b.String()
}
