package sim

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"
)

// endless gives n ops of a loop body like that of a layer: load, normalise,
// quantise, multiply, and element-wise work, with registers and weights.
type endless struct {
	pool                Pool
	left                int
	at                  int
	load, rms, mul, row *Unit
	weights, vectors    *Port
}

func (e *endless) Next() *Op {
	if e.left == 0 {
		return nil
	}
	e.left--
	o := e.pool.Get()
	step := e.at
	e.at = (e.at + 1) % 5
	switch step {
	case 0:
		o.Name, o.Unit, o.Latency = "ldv", e.load, 1
		o.Transfers = append(o.Transfers, Transfer{Port: e.vectors, Bytes: 64})
		o.Writes = append(o.Writes, 0)
	case 1:
		o.Name, o.Unit = "norm", e.rms
		o.Reads, o.Writes = append(o.Reads, 0), append(o.Writes, 1)
	case 2:
		o.Name, o.Unit, o.Latency = "go", e.mul, 16
		o.Transfers = append(o.Transfers, Transfer{Port: e.weights, Bytes: 512})
		o.Tail = 4
		o.Reads, o.Writes = append(o.Reads, 1), append(o.Writes, 2)
		o.ReadsFree = AfterStart(8)
	case 3:
		o.Name, o.Unit = "silu", e.row
		o.Reads, o.Writes = append(o.Reads, 1), append(o.Writes, 3)
	case 4:
		o.Name, o.Unit = "mul", e.row
		o.Reads, o.Writes = append(o.Reads, 2, 3), append(o.Writes, 4)
	}
	return o
}

// bench builds an issuer with a scoreboard feeding four units and a memory
// with a weight port and a vector port.
func bench(tb testing.TB, c Config, n int) (*System, *endless) {
	s, err := NewSystem(c)
	require.NoError(tb, err)
	mem, err := NewMemory(s, MemoryConfig{
		Name: "Lm.Memory",
		Ports: []PortConfig{
			{Name: "Weights", BeatBytes: 32, LatencyCycles: 20, Efficiency: Ratio{1, 2}, MaxOutstanding: 4},
			{Name: "Vectors", BeatBytes: 8, LatencyCycles: 12, MaxOutstanding: 2},
		},
		SharedBytesPerCycle: Ratio{40, 1},
	})
	require.NoError(tb, err)
	e := &endless{left: n}
	e.weights, err = mem.Port("Weights")
	require.NoError(tb, err)
	e.vectors, err = mem.Port("Vectors")
	require.NoError(tb, err)
	for _, u := range []struct {
		to     **Unit
		config UnitConfig
	}{
		{&e.load, UnitConfig{Name: "Lm.Loadstore", QueueDepth: 1}},
		{&e.rms, UnitConfig{Name: "Lm.Rms", Latency: 12}},
		{&e.mul, UnitConfig{Name: "Lm.Tmatmul", QueueDepth: 2, Pipe: true, Flow: true}},
		{&e.row, UnitConfig{Name: "Lm.Rowwise", QueueDepth: 1, Latency: 9, Interval: 4}},
	} {
		*u.to, err = NewUnit(s, u.config)
		require.NoError(tb, err)
	}
	board, err := NewScoreboard(s, "Lm.Board", 8)
	require.NoError(tb, err)
	issue, err := NewIssuer(s, IssuerConfig{Name: "Lm.Issue", Board: board})
	require.NoError(tb, err)
	require.NoError(tb, issue.Stream(e))
	return s, e
}

func BenchmarkOps(b *testing.B) {
	s, e := bench(b, Config{ClockHz: 300e6}, 1000)
	_, err := s.Run(context.Background()) // warm up: pools and rings grow
	require.NoError(b, err)
	issue := issuerOf(s)
	e.left = b.N
	require.NoError(b, issue.Stream(e))
	b.ReportAllocs()
	b.ResetTimer()
	r, err := s.Run(context.Background())
	b.StopTimer()
	require.NoError(b, err)
	require.EqualValues(b, b.N+1000, r.OpsRetired)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
	b.ReportMetric(float64(r.Cycles)/float64(r.OpsRetired), "cycles/op")
	b.ReportMetric(float64(s.core.edges)/float64(b.N), "edges/op")
}
