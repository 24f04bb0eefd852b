package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"lockstep/catalogue"
	"lockstep/hecross"
	"lockstep/sweeps"
	"lockstep/systolic/tpu"
	"lockstep/ternary"
	"lockstep/ternary/core"
)

// An inventory is what list prints.
type inventory struct {
	Systems  []string     `json:"systems"`
	Machines []string     `json:"machines"`
	TPUs     []string     `json:"systolic_machines"`
	Models   []string     `json:"models"`
	Sets     []string     `json:"parameter_sets"`
	Sweeps   []string     `json:"experiments"`
	Units    []listedUnit `json:"units"`
}

type listedUnit struct {
	Family  string `json:"family"`
	Config  string `json:"configuration"`
	Name    string `json:"name"`
	Latency int    `json:"latency_cycles"`
	Doc     string `json:"doc"`
}

func listCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "list",
		Short: "List systems, machines, models, parameter sets, experiments and units",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			inv := inventory{
				Systems: []string{"gemm", "he", "ternary"}, Machines: core.PresetNames(), TPUs: tpu.PresetNames(), Models: ternary.PresetNames(),
				Sets: hecross.PresetNames(), Sweeps: sweeps.Names(),
			}
			entries, err := catalogue.Units()
			if err != nil {
				return err
			}
			for _, e := range entries {
				m, err := e.Unit.Module()
				if err != nil {
					return err
				}
				inv.Units = append(inv.Units, listedUnit{e.Family, e.Config, e.Unit.Name, m.Latency(), e.Unit.Doc})
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), inv)
			}
			return inv.print(cmd)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func (inv inventory) print(cmd *cobra.Command) error {
	w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
	for _, s := range inv.Systems {
		fmt.Fprintf(w, "system\t%s\tsimulate run %s\n", s, s)
	}
	for _, m := range inv.Machines {
		fmt.Fprintf(w, "machine\t%s\tsimulate run ternary --machine %s\n", m, m)
	}
	for _, m := range inv.TPUs {
		fmt.Fprintf(w, "machine\t%s\tsimulate run gemm --preset %s\n", m, m)
	}
	for _, m := range inv.Models {
		fmt.Fprintf(w, "model\t%s\tsimulate run ternary --preset %s\n", m, m)
	}
	for _, s := range inv.Sets {
		fmt.Fprintf(w, "parameters\t%s\tsimulate run he --op ntt --timing-only --params %s\n", s, s)
	}
	for _, s := range inv.Sweeps {
		fmt.Fprintf(w, "experiment\t%s\tsimulate sweep %s\n", s, s)
	}
	for _, u := range inv.Units {
		fmt.Fprintf(w, "unit\t%s\t%s, latency %d, %s\n", u.Name, u.Config, u.Latency, u.Doc)
	}
	return w.Flush()
}
