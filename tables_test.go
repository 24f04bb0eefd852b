package lockstep_test

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/catalogue"
	"lockstep/rtl"
	"lockstep/rtl/unit"
)

var update = flag.Bool("update", false, "rewrite the generated tables of docs/verification.md")

const verificationPage = "docs/verification.md"

// TestVerificationTable compares the tables in docs/verification.md with the
// code. For the table of units it runs the interpreter over the plan of every
// named configuration, which confirms the numbers that the table states.
func TestVerificationTable(t *testing.T) {
	page, err := os.ReadFile(verificationPage)
	require.NoError(t, err)
	text := string(page)
	for name, rows := range map[string]string{"units": unitTable(t), "faults": faultTable(t)} {
		text = replaceBlock(t, text, name, rows)
	}
	if text == string(page) {
		return
	}
	if !*update {
		t.Fatalf("%s is stale; run: go test . -run TestVerificationTable -update", verificationPage)
	}
	require.NoError(t, os.WriteFile(verificationPage, []byte(text), 0o644))
}

// replaceBlock replaces what stands between the two marks of a name.
func replaceBlock(t *testing.T, text, name, block string) string {
	t.Helper()
	begin, end := "<!-- begin "+name+" -->\n", "<!-- end "+name+" -->"
	before, rest, ok := strings.Cut(text, begin)
	require.True(t, ok, "%s has no mark %q", verificationPage, begin)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok, "%s has no mark %q", verificationPage, end)
	return before + begin + block + end + after
}

// unitTable has a row for every unit in every named configuration.
func unitTable(t *testing.T) string {
	entries, err := catalogue.Units()
	require.NoError(t, err)
	require.NotEmpty(t, entries)
	configs := map[string]int{}
	var b strings.Builder
	b.WriteString("| unit | configuration | module | kind | latency | runs | beats | cycles confirmed |\n|---|---|---|---|--:|--:|--:|--:|\n")
	for _, e := range entries {
		configs[e.Family]++
		m, err := e.Unit.Module()
		require.NoError(t, err)
		plan, err := e.Unit.Plan(1, 1000)
		require.NoError(t, err)
		got, err := unit.Interp{}.Run(e.Unit, plan.Runs)
		require.NoError(t, err)
		confirmed, err := plan.Check("interpreter", got)
		require.NoError(t, err)
		require.Positive(t, confirmed, e.Unit.Name)
		kind := "frame"
		if e.Unit.Streams != nil {
			kind = "stream"
		}
		fmt.Fprintf(&b, "| `%s` | %s | `%s` | %s | %d | %d | %d | %d |\n",
			e.Family, e.Config, e.Unit.Name, kind, m.Latency(), len(plan.Runs), plan.Beats(), confirmed)
		verilog := e.Family + "/testdata/" + e.Unit.Name + ".sv"
		require.FileExists(t, verilog, "every named configuration is tested, which needs its Verilog")
	}
	for family, n := range configs {
		require.GreaterOrEqual(t, n, 3, "%s has fewer than three named configurations", family)
	}
	return b.String()
}

// faultTable has a row for every kind of fault with the comment that explains
// it in rtl/fault.go.
func faultTable(t *testing.T) string {
	file, err := parser.ParseFile(token.NewFileSet(), "rtl/fault.go", nil, parser.ParseComments)
	require.NoError(t, err)
	comment := map[rtl.FaultKind]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		v, ok := n.(*ast.ValueSpec)
		if !ok || len(v.Values) != 1 {
			return true
		}
		if lit, ok := v.Values[0].(*ast.BasicLit); ok && v.Comment != nil {
			kind, err := strconv.Unquote(lit.Value)
			require.NoError(t, err)
			comment[rtl.FaultKind(kind)] = strings.TrimSpace(v.Comment.Text())
		}
		return true
	})
	var b strings.Builder
	b.WriteString("| kind | mistake | in |\n|---|---|---|\n")
	for _, k := range rtl.FaultKinds() {
		require.NotEmpty(t, comment[k], "fault %s has no comment", k)
		place := "structure"
		if k.InPrinter() {
			place = "printed text"
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", k, comment[k], place)
	}
	return b.String()
}
