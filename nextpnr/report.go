package nextpnr

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
)

// tolerance is how far the delays of the printed path may be from the period as
// a part of it: nextpnr 0.4 finds the frequency with the worst of rising and
// falling edges and then follows one of them.
const tolerance = 0.05

// parse reads a report: one clock, its critical path, and what is used.
func parse(data []byte) (Result, error) {
	var report struct {
		Paths []struct {
			From, To string
			Path     []struct {
				Delay    float64
				From, To struct{ Cell string }
				Type     string
			}
		} `json:"critical_paths"`
		Fmax map[string]struct{ Achieved float64 }
		Used map[string]struct{ Used int } `json:"utilization"`
	}
	if err := json.Unmarshal(data, &report); err != nil {
		return Result{}, fmt.Errorf("nextpnr: report: %w", err)
	}
	r := Result{Cells: report.Used[cellsName].Used, RAM: report.Used[blocksName].Used}
	if len(report.Fmax) != 1 {
		return Result{}, fmt.Errorf("nextpnr: report: %d clocks, want 1", len(report.Fmax))
	}
	for _, f := range report.Fmax {
		r.MHz = f.Achieved
	}
	for _, p := range report.Paths {
		if !strings.HasPrefix(p.From, "posedge ") || p.From != p.To {
			continue // from or to a pin
		}
		for _, s := range p.Path {
			if s.Type == "routing" {
				r.RoutingNS += s.Delay
			} else {
				r.LogicNS += s.Delay
			}
			r.Path = append(r.Path, Step{s.Type, s.From.Cell, s.To.Cell, s.Delay})
		}
	}
	r.PathNS = 1000 / r.MHz
	if sum := r.LogicNS + r.RoutingNS; !(r.MHz > 0) || math.Abs(sum/r.PathNS-1) > tolerance {
		return Result{}, fmt.Errorf("nextpnr: report: %.2f MHz with a critical path of %.2f ns, want the one to be 1000 over the other", r.MHz, sum)
	}
	return r, nil
}
