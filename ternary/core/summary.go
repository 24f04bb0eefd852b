package core

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"lockstep/sim"
	"lockstep/ternary/isa"
)

// A Summary is what a run says about a machine.
type Summary struct {
	Tokens         int              `json:"tokens"`
	Cycles         int64            `json:"cycles"`           // of all tokens
	CyclesPerToken []int64          `json:"cycles_per_token"` // in order
	MeanCycles     float64          `json:"mean_cycles_per_token"`
	ClockHz        int64            `json:"clock_hz"`
	Sequences      int              `json:"sequences"`         // that advance by a token at a time: lanes of all cores
	TokensPerSec   float64          `json:"tokens_per_second"` // of all sequences, at the clock
	Units          []UnitSummary    `json:"units"`
	Ports          []PortSummary    `json:"ports"`
	BytesPerToken  int64            `json:"bytes_per_token"` // through all ports
	MatrixShare    float64          `json:"matmul_share"`    // cycles from first to last weight beat of products / cycles, 0 to 1
	Bounds         Bounds           `json:"bounds"`
	Limit          string           `json:"limit"` // what limits, in words
	Config         Config           `json:"config"`
	Timing         Timing           `json:"timing"`
	Instructions   int              `json:"instructions_per_token"`
	Report         *sim.Report      `json:"-"`
	Stalls         map[string]int64 `json:"issue_stalls"` // cycles in which nothing issued, by reason
}

// A UnitSummary is the work of one unit.
type UnitSummary struct {
	Name        string  `json:"name"`
	Ops         int64   `json:"ops"`
	BusyCycles  int64   `json:"busy_cycles"`
	Utilisation float64 `json:"utilisation"` // busy cycles / cycles, 0 to 1
	Bytes       int64   `json:"bytes"`
}

// A PortSummary is the traffic of one memory port.
type PortSummary struct {
	Name         string  `json:"name"`
	BytesRead    int64   `json:"bytes_read"`
	BytesWritten int64   `json:"bytes_written"`
	Utilisation  float64 `json:"utilisation"` // beats / cycles, 0 to 1
}

// Bounds are cycles that one token takes at least, whatever the schedule; where
// zeros are skipped, the mean token of the run.
type Bounds struct {
	Matrix  float64 `json:"matrix_cycles"`  // ternary weights / TP, those of skipped columns left out
	Weights float64 `json:"weights_cycles"` // weight bytes / port bandwidth
	Vectors float64 `json:"vectors_cycles"` // vector bytes / port bandwidth
}

// Largest returns the largest bound and its name.
func (b Bounds) Largest() (float64, string) {
	switch m := max(b.Matrix, b.Weights, b.Vectors); m {
	case b.Matrix:
		return m, "matrix unit"
	case b.Weights:
		return m, "weight port"
	default:
		return m, "vector port"
	}
}

// Summary returns the figures of the tokens so far.
func (mc *Machine) Summary() Summary {
	r := mc.report
	if r == nil {
		r = &sim.Report{ClockHz: mc.Config.ClockHz}
	}
	s := Summary{Tokens: len(mc.tokens), Cycles: int64(r.Cycles), ClockHz: mc.Config.ClockHz, Config: mc.Config, Sequences: mc.Config.Batch * mc.Config.Cores,
		Timing: mc.Timing, Instructions: len(mc.Program.Instrs), Report: r, Stalls: map[string]int64{}}
	for _, c := range mc.tokens {
		s.CyclesPerToken = append(s.CyclesPerToken, int64(c))
	}
	if s.Tokens > 0 && s.Cycles > 0 {
		s.MeanCycles = float64(s.Cycles) / float64(s.Tokens)
		s.TokensPerSec = float64(s.ClockHz) / s.MeanCycles * float64(s.Sequences)
	}
	for _, u := range r.Units {
		if u.Kind == "issuer" {
			s.Stalls = map[string]int64{"raw": int64(u.RAW), "waw": int64(u.WAW), "war": int64(u.WAR), "unit_busy": int64(u.Full)}
			continue
		}
		s.Units = append(s.Units, UnitSummary{u.Name, u.Ops, int64(u.Busy + u.Full), float64(u.Busy+u.Full) / float64(max(1, r.Cycles)), mc.bytes(u.Name)})
	}
	slices.SortFunc(s.Units, func(a, b UnitSummary) int { return strings.Compare(a.Name, b.Name) })
	sc := mc.schedule
	per := func(n int64) float64 { return float64(n) / float64(max(1, r.Cycles)) }
	s.Ports = []PortSummary{
		{"Memory.Vectors", sc.moved.loaded, sc.moved.stored, per(sc.vectors.BeatCount())},
		{"Memory.Weights", sc.weights.sum, 0, per(sc.weights.beats)},
	}
	for _, p := range s.Ports {
		s.BytesPerToken += (p.BytesRead + p.BytesWritten) / int64(max(1, s.Tokens))
	}
	s.MatrixShare = per(int64(sc.moved.streaming))
	s.Bounds = mc.bounds()
	s.Limit = s.limit()
	return s
}

// bytes returns what a unit moved through its memory port.
func (mc *Machine) bytes(unit string) int64 {
	switch unit {
	case unitNames[isa.LoadStore]:
		return mc.schedule.vectors.Bytes()
	case unitNames[isa.Matrix]:
		return mc.schedule.weights.sum
	}
	return 0
}

// bounds adds up the program.
func (mc *Machine) bounds() (b Bounds) {
	c := mc.Config
	perCycle := func(beatBytes int) float64 { return float64(beatBytes) * float64(c.Eff.Num) / float64(c.Eff.Den) }
	for _, in := range mc.Program.Instrs {
		switch in.Op {
		case isa.TMATMUL:
			rows, cols := in.N, in.Cols
			if c.ZeroSkip {
				rows, cols = cols, rows
			}
			b.Matrix += float64(rows * beats(cols, c.TP))
			b.Weights += float64(mc.Program.Target.ProductBytes(in.N, in.Cols)) / perCycle(c.WeightBeatBytes)
		case isa.LDV, isa.STV:
			b.Vectors += float64(in.N*mc.Program.Target.ElementBytes) / perCycle(c.VectorBeatBytes)
		}
	}
	if tokens := float64(len(mc.tokens)); c.ZeroSkip && tokens > 0 {
		b.Matrix = float64(mc.schedule.weights.beats) / tokens
		b.Weights = float64(mc.schedule.weights.sum) / tokens / perCycle(c.WeightBeatBytes)
	}
	return b
}

// limit says what keeps the machine from being faster.
func (s Summary) limit() string {
	if s.MeanCycles == 0 || len(s.Units) == 0 {
		return "nothing has run"
	}
	bound, name := s.Bounds.Largest()
	busiest := slices.MaxFunc(s.Units, func(a, b UnitSummary) int {
		return int(a.BusyCycles - b.BusyCycles)
	})
	share := bound / s.MeanCycles
	if share >= 0.9 {
		return fmt.Sprintf("%s: %.0f of %.0f cycles per token (%.1f %%) are its bound", name, bound, s.MeanCycles, 100*share)
	}
	return fmt.Sprintf("dependencies: the %s alone would take %.0f of %.0f cycles per token (%.1f %%); %s is busy %.1f %% of the time",
		name, bound, s.MeanCycles, 100*share, busiest.Name, 100*busiest.Utilisation)
}

// String is the table for people.
func (s Summary) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "tokens\t%d\n", s.Tokens)
	fmt.Fprintf(w, "cycles per token\t%.0f\n", s.MeanCycles)
	fmt.Fprintf(w, "tokens/s\t%.1f\tat %.6g MHz, %d sequences\n", s.TokensPerSec, float64(s.ClockHz)/1e6, s.Sequences)
	fmt.Fprintf(w, "bytes per token\t%d\n", s.BytesPerToken)
	fmt.Fprintf(w, "instructions per token\t%d\n", s.Instructions)
	fmt.Fprintf(w, "matmul share\t%.1f %%\tof the cycles\n", 100*s.MatrixShare)
	fmt.Fprintf(w, "limit\t%s\n", s.Limit)
	w.Flush()
	b.WriteString("\n")
	w = tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "unit\tops\tbusy cycles\tutilisation\tbytes\t")
	for _, u := range s.Units {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.1f %%\t%d\t\n", u.Name, u.Ops, u.BusyCycles, 100*u.Utilisation, u.Bytes)
	}
	for _, p := range s.Ports {
		fmt.Fprintf(w, "%s\t\t\t%.1f %%\t%d\t\n", p.Name, 100*p.Utilisation, p.BytesRead+p.BytesWritten)
	}
	w.Flush()
	fmt.Fprintf(&b, "%s\n", WeightsNote)
	return b.String()
}

// WeightsNote says how to read the utilisation of Tmatmul.
const WeightsNote = "Tmatmul multiplies while its weights stream: those cycles are Memory.Weights', its own are the rest."
