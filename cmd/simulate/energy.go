package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lockstep/energy"
)

// energyText is an estimate for people: how much one of so many pieces of work
// takes, and what is to be said of it.
func energyText(b energy.Breakdown, err error, pieces int, each string) (amount, note string) {
	if err != nil {
		return "no estimate", err.Error()
	}
	unit, joules := "J", b.Joules/float64(pieces)
	for _, u := range []string{"mJ", "uJ"} {
		if joules >= 1 {
			break
		}
		unit, joules = u, 1000*joules
	}
	return fmt.Sprintf("%.3g %s", joules, unit),
		fmt.Sprintf("estimate %s, %.0f W, %.0f %% dynamic (simulate report energy has the sources)", each, b.Watts, 100*b.DynamicShare())
}

func energyCommand() *cobra.Command {
	var json bool
	c := &cobra.Command{
		Use:   "energy",
		Short: "Published power and energy beside the estimates of the energy model",
		Long: `Prints every published power or energy per token beside the estimate: recorded
counts of a simulation times energies from the literature, plus a static power.
Which numbers are published, scaled, fitted or assumed is in energy/energies.yaml.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := energy.Validate()
			if err != nil {
				return fmt.Errorf("report energy: %w", err)
			}
			if json {
				return writeJSON(cmd.OutOrStdout(), v)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), v)
			return err
		},
	}
	c.Flags().BoolVar(&json, "json", false, "print one JSON array")
	return c
}
