package main

import "github.com/spf13/cobra"

func cosimSystolicCommand() *cobra.Command {
	var f cosimFlags
	c := &cobra.Command{
		Use:   "systolic",
		Short: "Compare the units of the systolic machine: golden model, interpreter and Verilator",
		Long: `Drives processing elements, arrays of the three dataflows, accumulators, vector
lanes, permutation network, vector memory and DMA with corner and random
operands over their full range, and compares values and cycles of golden model,
interpreter and Verilator.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return err
			}
			return cosimFamilies(cmd, f, "systolic/")
		},
	}
	f.register(c.Flags())
	return c
}
