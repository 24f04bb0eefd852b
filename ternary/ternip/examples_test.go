package ternip_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/ternary/ternip"
)

// An example is one measurement on the RTL of the core.
type example struct {
	Name            string
	Program         []string
	D, VP, TP       int
	VectorRegisters int `json:"vector_registers"`
	DRAM            struct {
		Lat            int64
		Eff, WEff      json.Number
		FIFO           int
		MaxOutstanding int `json:"max_outstanding"`
	}
	TotalCycles       int64             `json:"total_cycles"`
	InstructionCycles []json.RawMessage `json:"instruction_cycles"`
	IssueReady        [][2]int64        `json:"issue_ready"`
}

func examples(t *testing.T) []example {
	t.Helper()
	data, err := os.ReadFile("testdata/ternip_examples.json")
	require.NoError(t, err)
	var file struct{ Examples []example }
	require.NoError(t, json.Unmarshal(data, &file))
	require.Len(t, file.Examples, 4)
	return file.Examples
}

func (e example) config(t *testing.T) ternip.Config {
	t.Helper()
	var c ternip.Config
	for _, s := range []string{
		fmt.Sprintf("D=%d", e.D), fmt.Sprintf("VP=%d", e.VP), fmt.Sprintf("TP=%d", e.TP),
		fmt.Sprintf("vector_registers=%d", e.VectorRegisters), fmt.Sprintf("lat=%d", e.DRAM.Lat),
		"eff=" + e.DRAM.Eff.String(), "weff=" + e.DRAM.WEff.String(), fmt.Sprintf("fifo=%d", e.DRAM.FIFO),
		fmt.Sprintf("max_outstanding=%d", e.DRAM.MaxOutstanding),
	} {
		require.NoError(t, c.Set(s))
	}
	return c
}

// cycles returns the measured cycles of each instruction other than SYNC.
func (e example) cycles(t *testing.T) (list []int64) {
	t.Helper()
	for _, raw := range e.InstructionCycles {
		var text string
		var n int64
		require.NoError(t, json.Unmarshal(raw, &[]any{&text, &n}))
		list = append(list, n)
	}
	for _, s := range e.IssueReady {
		list = append(list, s[1]-s[0])
	}
	return list
}

// annotated is the program with the b of each FIN, which depends on data that
// the example does not give, read off the measurement. It is checked to be 0 or 1.
func (e example) annotated(t *testing.T) (lines []string) {
	t.Helper()
	base := map[int]int64{64: 107, 1024: 111}[e.D]
	cycles, i := e.cycles(t), 0
	for _, line := range e.Program {
		if strings.HasPrefix(line, "FIN") {
			b := cycles[i] - base
			require.Contains(t, []int64{0, 1}, b)
			line = fmt.Sprintf("%s b=%d", line, b)
		}
		if line != "SYNC" {
			i++
		}
		lines = append(lines, line)
	}
	require.Len(t, cycles, i)
	return lines
}

func run(t *testing.T, c ternip.Config, lines ...string) ternip.Result {
	t.Helper()
	p, err := ternip.ParseProgram("test", strings.Join(lines, "\n"))
	require.NoError(t, err)
	r, err := ternip.Run(t.Context(), c, p, nil)
	require.NoError(t, err)
	return r
}

func TestExamples(t *testing.T) {
	for _, e := range examples(t) {
		t.Run(e.Name, func(t *testing.T) {
			r := run(t, e.config(t), e.annotated(t)...)
			require.Equal(t, e.TotalCycles, r.TotalCycles)
			if e.IssueReady != nil {
				require.Equal(t, e.IssueReady, r.IssueReady)
			} else {
				got, err := json.Marshal(r.InstructionCycles)
				require.NoError(t, err)
				want, err := json.Marshal(e.InstructionCycles)
				require.NoError(t, err)
				require.JSONEq(t, string(want), string(got))
			}
		})
	}
}

// Without the b of its FINs an example is bracketed by fin_b 0 and 1.
func TestExamplesWithoutData(t *testing.T) {
	for _, e := range examples(t) {
		c := e.config(t)
		low := run(t, c, e.Program...)
		c.FinB = 1
		high := run(t, c, e.Program...)
		fins := int64(strings.Count(strings.Join(e.Program, "\n"), "FIN"))
		require.LessOrEqual(t, low.TotalCycles, e.TotalCycles)
		require.GreaterOrEqual(t, high.TotalCycles, e.TotalCycles)
		require.LessOrEqual(t, high.TotalCycles-low.TotalCycles, fins)
		require.Greater(t, high.TotalCycles, low.TotalCycles)
	}
}
