package main

import "github.com/spf13/cobra"

func runCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "run SYSTEM",
		Short: "Simulate one system on the event engine",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("run: no system; want one of: gemm, he, ternary")
			}
			return usagef("run: system is %q, want one of: gemm, he, ternary", args[0])
		},
	}
	c.AddCommand(runGEMMCommand(), runHECommand(), runTernaryCommand())
	return c
}
