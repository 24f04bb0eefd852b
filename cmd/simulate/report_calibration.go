package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lockstep/hecross/calibration"
	"lockstep/sweeps"
)

func calibrationCommand() *cobra.Command {
	var fit, json bool
	var f reportFlags
	c := &cobra.Command{
		Use:   "calibration-cross",
		Short: "The kernels of CROSS on the simulated TPU beside the published times",
		Long: `Simulates every published point of hecross/calibration/points.yaml with the
constants of constants.yaml and prints both times and their relative error. With
--fit the constants are fitted again, from the figures of the machine presets,
to the least mean absolute error: what constants.yaml holds.`,
		Example: `  simulate report calibration-cross
  simulate report calibration-cross --html calibration-cross.html
  simulate report calibration-cross --fit`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if (f.html != "" || f.out != "") && (fit || json) {
				return usagef("report calibration-cross: --html and --out go without --fit and --json")
			}
			if f.html != "" || f.out != "" {
				d, err := sweeps.CrossCalibration(cmd.Context())
				if err != nil {
					return fmt.Errorf("report calibration-cross: %w", err)
				}
				return f.write(cmd, d, cmd.Name())
			}
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
	f.register(c)
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
