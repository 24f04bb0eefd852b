package ternip_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"lockstep/sim"
	"lockstep/ternary/ternip"
)

// recorder keeps the ops of a trace by unit.
type recorder struct {
	names  map[int]string
	slices map[string][]sim.Slice
}

func (r *recorder) Track(id int, name string) { r.names[id] = name }
func (r *recorder) Slice(s sim.Slice) {
	if s.Kind == "op" {
		r.slices[r.names[s.Track]] = append(r.slices[r.names[s.Track]], s)
	}
}
func (r *recorder) Counter(int, string, sim.Cycle, int64) {}

func TestTrace(t *testing.T) {
	rec := &recorder{map[int]string{}, map[string][]sim.Slice{}}
	p, err := ternip.ParseProgram("p.txt", "GO 1\nLDV 0 1\nADD 0 0 0\nEXPORT 1\n")
	require.NoError(t, err)
	r, err := ternip.Run(t.Context(), ternip.DefaultConfig(), p, rec)
	require.NoError(t, err)
	bare, err := ternip.Run(t.Context(), ternip.DefaultConfig(), p, nil)
	require.NoError(t, err)
	require.Equal(t, bare, r, "a tracer changes nothing")

	for unit, want := range map[string][]string{
		"Tmatmul":   {"GO 1 1 348", "EXPORT 1 348 367"}, // the engine, behind its command register
		"Loadstore": {"LDV 0 1 2 39"},
		"Rowwise":   {"ADD 0 0 0 39 91"},
	} {
		var got []string
		for _, s := range rec.slices[unit] {
			got = append(got, fmt.Sprint(s.Name, " ", s.Start, " ", s.End))
		}
		require.Equal(t, want, got, unit)
	}
	require.Equal(t, int64(4), r.Report.OpsRetired)
}

// Text forms round trip, and the array form of the examples is the same program.
func TestProgramText(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := drawProgram(rt)
		var lines []string
		for _, in := range p.Instrs {
			lines = append(lines, in.String())
		}
		array, err := json.Marshal(lines)
		require.NoError(rt, err)
		for _, text := range []string{strings.Join(lines, "\n"), strings.Join(lines, " # x\r\n\t"), string(array)} {
			again, err := ternip.ParseProgram("again", text)
			require.NoError(rt, err)
			require.Len(rt, again.Instrs, len(p.Instrs))
			for i, in := range again.Instrs {
				require.Equal(rt, lines[i], in.String())
				require.Equal(rt, p.Instrs[i].Args, in.Args)
				require.Equal(rt, p.Instrs[i].B, in.B)
			}
		}
	})
	require.Equal(t, "op?", ternip.Op(200).String())
}

func TestResultJSON(t *testing.T) {
	data, err := json.Marshal(run(t, ternip.DefaultConfig(), "CLEAR", "FIN 64 b=1", "SYNC"))
	require.NoError(t, err)
	require.JSONEq(t, `{"issue_ready": [[0, 7], [7, 115]], "instruction_cycles": [["CLEAR", 7], ["FIN 64", 108]], "total_cycles": 134}`, string(data))
	data, err = json.Marshal(ternip.DefaultConfig())
	require.NoError(t, err)
	require.JSONEq(t, `{"D": 64, "VP": 4, "TP": 16, "vector_registers": 8, "lat": 20, "eff": "1", "weff": "1", "fifo": 64,
		"max_outstanding": 4, "fin_b": 0}`, string(data))
}

func ExampleRun() {
	p, err := ternip.ParseProgram("overlap.txt", "IMPORT 2\nGO 5001\nLDV 7 1003\nEXPORT 4\n")
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := ternip.Run(context.Background(), ternip.DefaultConfig(), p, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, s := range r.IssueReady {
		fmt.Printf("%-10s issues in %3d, ready in %3d\n", p.Instrs[i], s[0], s[1])
	}
	fmt.Println(r.TotalCycles, "cycles")
	// Output:
	// IMPORT 2   issues in   0, ready in  23
	// GO 5001    issues in  23, ready in 370
	// LDV 7 1003 issues in  25, ready in  62
	// EXPORT 4   issues in  62, ready in 390
	// 390 cycles
}
