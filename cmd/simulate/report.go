package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lockstep/hecross/calibration"
)

func reportCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "report NAME",
		Short: "Print a report of simulations beside what was published",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("report: no name; want one of: calibration-cross")
			}
			return usagef("report: name is %q, want one of: calibration-cross", args[0])
		},
	}
	c.AddCommand(calibrationCommand())
	return c
}

func calibrationCommand() *cobra.Command {
	var fit, json bool
	c := &cobra.Command{
		Use:   "calibration-cross",
		Short: "The kernels of CROSS on the simulated TPU beside the published times",
		Long: `Simulates every published point of hecross/calibration/points.yaml with the
constants of constants.yaml and prints both times and their relative error. With
--fit the constants are fitted again, from the figures of the machine presets,
to the least mean absolute error: what constants.yaml holds.`,
		Example: `  simulate report calibration-cross
  simulate report calibration-cross --fit`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := calibrationTable(cmd, fit)
			if err != nil {
				return fmt.Errorf("report calibration-cross: %w", err)
			}
			if json {
				return writeJSON(cmd.OutOrStdout(), t)
			}
			_, err = fmt.Fprint(cmd.OutOrStdout(), t)
			return err
		},
	}
	c.Flags().BoolVar(&fit, "fit", false, "fit the constants again; takes minutes")
	c.Flags().BoolVar(&json, "json", false, "print one JSON object")
	return c
}

func calibrationTable(cmd *cobra.Command, fit bool) (*calibration.Table, error) {
	points, err := calibration.Points()
	if err != nil {
		return nil, err
	}
	if fit {
		return calibration.Fit(cmd.Context(), points, func(t *calibration.Table) {
			fmt.Fprintf(cmd.ErrOrStderr(), "mean absolute error %.2f %%\n", 100*t.MeanError)
		})
	}
	c, err := calibration.Fitted()
	if err != nil {
		return nil, err
	}
	return calibration.Compare(cmd.Context(), c, points)
}
