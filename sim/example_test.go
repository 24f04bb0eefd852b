package sim_test

import (
	"context"
	"fmt"

	"lockstep/sim"
)

// must ends the example on an error of building; a real machine returns it.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A small ternary core: one issuer with a scoreboard of four vector registers,
// a matrix unit that streams its weights from memory, and a row-wise unit.
func Example() {
	system := must(sim.NewSystem(sim.Config{ClockHz: 300e6}))
	memory := must(sim.NewMemory(system, sim.MemoryConfig{
		Name: "Lm.Memory",
		Ports: []sim.PortConfig{
			{Name: "Weights", BeatBytes: 32, LatencyCycles: 20, Efficiency: sim.Ratio{Num: 1, Den: 2}},
		},
	}))
	weights := must(memory.Port("Weights"))

	// The matrix unit holds one more op behind the running one.
	matrix := must(sim.NewUnit(system, sim.UnitConfig{Name: "Lm.Tmatmul", QueueDepth: 1, Flow: true}))
	// The row-wise unit has a latency of 9 cycles and takes an op every 4.
	row := must(sim.NewUnit(system, sim.UnitConfig{Name: "Lm.Rowwise", Latency: 9, Interval: 4}))

	board := must(sim.NewScoreboard(system, "Lm.Board", 4))
	issue := must(sim.NewIssuer(system, sim.IssuerConfig{Name: "Lm.Issue", Board: board}))

	sum := 0
	program := []*sim.Op{
		// 2048 bytes are 64 beats, one every other cycle; the sum leaves the
		// adder tree 5 cycles after the last one
		{Name: "go", Unit: matrix, Reads: []int{0}, Writes: []int{1}, Latency: 64, Tail: 5,
			Transfers: []sim.Transfer{{Port: weights, Bytes: 2048}}},
		{Name: "silu", Unit: row, Reads: []int{2}, Writes: []int{3}, // runs beside it
			OnFinish: func() error { sum += 3; return nil }},
		{Name: "mul", Unit: row, Reads: []int{1, 3}, Writes: []int{2}, // waits for both
			OnFinish: func() error { sum *= 2; return nil }},
	}
	if err := issue.Load(program...); err != nil {
		fmt.Println(err)
		return
	}
	report, err := system.Run(context.Background())
	fmt.Print(report)
	fmt.Println("result", sum, "error", err)

	// Output:
	// 160 cycles at 300000000 Hz, 3 of 3 ops retired
	// unit               ops       bytes  busy     token  raw     waw  war  memory  full  idle  busy %
	// Lm.Issue           3         0      3        0      149     0    0    0       0     8     1.9
	// Lm.Rowwise         2         0      8        0      0       0    0    0       0     152   5.0
	// Lm.Tmatmul         1         2048   69       0      0       0    0    82      0     9     43.1
	// port               requests  read   written  beats  waited  busy %
	// Lm.Memory.Weights  1         2048   0        64     0       40.0
	// result 6 error <nil>
}
