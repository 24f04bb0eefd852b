package bench

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var example = &Result{
	Platform: "linux/amd64", CPUs: 2, Go: "go1.26", TimeSeconds: 1.5,
	Rows: []Row{
		{Layer: "ternary", What: "golden model", Item: "token", Rate: Spread{677, 600, 700}, SecondsPerItem: 1 / 677., Ratio: Spread{1, 1, 1}, Rounds: 9, Calls: 90},
		{Layer: "ternary", What: "event model", Item: "token", Rate: Spread{548, 500, 560}, SecondsPerItem: 1 / 548., CycleRate: Spread{17.4e6, 16e6, 18e6},
			Reference: "golden model", Ratio: Spread{0.818, 0.773, 0.828}, Rounds: 9, Calls: 80},
		{Layer: "ternary", What: "RTL", Item: "token", Missing: "verilator is not installed"},
		{Layer: "area", What: "Yosys", Item: "design", Rate: Spread{0.104, 0.104, 0.104}, SecondsPerItem: 9.6, Ratio: Spread{1, 1, 1}, Rounds: 3, Calls: 1, Recorded: true},
		{Layer: "area", What: "cache", Item: "design", Rate: Spread{12800, 12000, 13000}, SecondsPerItem: 78.1e-6, Reference: "Yosys", Ratio: Spread{0.008, 0.004, 0.2},
			Rounds: 3, Calls: 1},
	},
}

const exampleCaption = `
One run on linux/amd64, 2 CPUs, go1.26. The first row of a layer is the reference of the others: a ratio above 1 is faster.
Medians of 3 to 9 rounds in which the ways of a layer take turns, about 1.5 s for each row; the range is that of the ratio.
Time is that of one of what the rate counts. What is recorded was not timed in this run.
`

func TestString(t *testing.T) {
	want := `layer    way               rate            time     simulated      times the reference  range
ternary  golden model      677 token/s     1.48 ms                 reference
ternary  event model       548 token/s     1.82 ms  17.4M cycle/s  0.818                0.773 to 0.828
ternary  RTL               not measured: verilator is not installed
area     Yosys (recorded)  0.104 design/s  9.60 s                  reference
area     cache             12.8k design/s  78.1 us                 1/125                1/250 to 1/5.00
`
	require.Equal(t, want+exampleCaption, example.String())
}

func TestMarkdown(t *testing.T) {
	want := `| layer | way | rate | time | simulated | times the reference | range |
|---|---|--:|--:|--:|--:|--:|
| ternary | golden model | 677 token/s | 1.48 ms |  | reference |  |
| ternary | event model | 548 token/s | 1.82 ms | 17.4M cycle/s | 0.818 | 0.773 to 0.828 |
| ternary | RTL | not measured: verilator is not installed |  |  |  |  |
| area | Yosys (recorded) | 0.104 design/s | 9.60 s |  | reference |  |
| area | cache | 12.8k design/s | 78.1 us |  | 1/125 | 1/250 to 1/5.00 |
`
	require.Equal(t, want+exampleCaption, example.Markdown())
}

func TestNoRows(t *testing.T) {
	r := newResult(0)
	require.Equal(t, strings.Join(columns, "  "), strings.Split(r.String(), "\n")[0])
	text, err := json.Marshal(r)
	require.NoError(t, err)
	require.Contains(t, string(text), `"rows":[]`)
}

func TestJSONKeys(t *testing.T) {
	text, err := json.Marshal(example.Rows[2])
	require.NoError(t, err)
	require.JSONEq(t, `{"layer":"ternary","what":"RTL","item":"token","rate":{"median":0,"min":0,"max":0},"seconds_per_item":0,
		"cycle_rate":{"median":0,"min":0,"max":0},"ratio":{"median":0,"min":0,"max":0},"rounds":0,"calls":0,"missing":"verilator is not installed"}`, string(text))
}
