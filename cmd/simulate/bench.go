package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"lockstep/bench"
)

func benchCommand() *cobra.Command {
	var only string
	var each time.Duration
	var markdown, json bool
	names := make([]string, 0, len(bench.Layers()))
	for _, l := range bench.Layers() {
		names = append(names, l.Name)
	}
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure the speed of each layer of this program, as ratios in one run",
		Long: `Times each layer against its reference, in turns in one run: the event kernel,
golden model, event model and RTL per token, int8 kernels, matrix products beside
the closed form, homomorphic encryption, the cache of areas. The ratio is what
survives a change of computer. Layers: ` + strings.Join(names, ", ") + `.`,
		Example: `  simulate bench
  simulate bench --only 'int8|gemm' --time 3s`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			pattern, err := regexp.Compile(only)
			if err != nil {
				return usageError{fmt.Errorf("bench: --only: %w", err)}
			}
			if each < 0 || each > 10*time.Minute {
				return usagef("bench: --time is %v, want 0 to 10m", each)
			}
			r, err := bench.Run(cmd.Context(), bench.Options{Time: each, Only: pattern, Progress: func(done, total int, step string) {
				fmt.Fprintf(cmd.ErrOrStderr(), "%d of %d layers: %s\n", done, total, step)
			}})
			if r == nil || len(r.Rows) == 0 {
				return err
			}
			out := cmd.OutOrStdout()
			switch {
			case json:
				err = cmp.Or(err, writeJSON(out, r))
			case markdown:
				fmt.Fprint(out, r.Markdown())
			default:
				fmt.Fprint(out, r)
			}
			return err
		},
	}
	c.Flags().StringVar(&only, "only", ".", "regular expression of layers")
	c.Flags().DurationVar(&each, "time", bench.DefaultTime, "time per row")
	c.Flags().BoolVar(&markdown, "markdown", false, "print a table in Markdown")
	c.Flags().BoolVar(&json, "json", false, "print one JSON object")
	return c
}
