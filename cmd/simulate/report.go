package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"lockstep/experiment"
	"lockstep/report"
	"lockstep/sweeps"
)

// reportFlags say where a document goes.
type reportFlags struct {
	html string
	out  string
}

func reportCommand() *cobra.Command {
	var f reportFlags
	var store string
	c := &cobra.Command{
		Use:   "report NAME",
		Short: "Render what is recorded of an experiment, or published numbers beside simulated ones",
		Long: `NAME is an experiment whose results are in results/NAME or in --store, or a folder
of results. The report says what was swept, the Pareto fronts, how much each axis
matters, the best points, what limits, and every point. It goes to standard
output in Markdown, to --html as one page that needs nothing else, or to the
folder --out in all forms: HTML, Markdown with pictures, CSV.`,
		Example: `  simulate report ternary-core --html ternary-core.html
  simulate report /shared/my-sweep --out reports
  simulate report calibration-cross`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("report: %d names, want one: an experiment, a folder of results, calibration-cross, calibration-ternary or energy", len(args))
			}
			return reportExperiments(cmd, args[0], store, f)
		},
	}
	f.register(c)
	c.Flags().StringVar(&store, "store", "", "folder of the results of experiment NAME; otherwise results/NAME")
	c.AddCommand(calibrationCommand(), energyCommand(), ternaryCalibrationCommand())
	return c
}

func (f *reportFlags) register(c *cobra.Command) {
	c.Flags().StringVar(&f.html, "html", "", "write one self-contained page to this file")
	c.Flags().StringVar(&f.out, "out", "", "write HTML, Markdown, pictures and CSV to this folder")
}

// reportExperiments renders the experiments of a folder.
func reportExperiments(cmd *cobra.Command, name, store string, f reportFlags) error {
	if store == "" {
		store = name
		if slices.Contains(sweeps.Names(), name) {
			store = defaultStore(name)
		}
	}
	list, err := experiment.Declared(store)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("report: no results in %s: run simulate sweep first", store)
	}
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if len(list) > 1 {
		list = slices.DeleteFunc(list, func(e experiment.Experiment) bool { return e.Name != name })
	}
	if len(list) != 1 {
		return fmt.Errorf("report: %s holds no results of one experiment: name it, with --store %s", store, store)
	}
	r, err := experiment.Load(store, list[0], programVersion())
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if len(r.With(experiment.Missing)) == len(r.Rows) {
		return fmt.Errorf("report: %s has no result of this program, version %s: run simulate sweep again", store, r.Version)
	}
	for _, d := range r.Corrupt {
		fmt.Fprintf(cmd.ErrOrStderr(), "%s is damaged and left out: %s\n", d.File, d.Reason)
	}
	d, err := sweeps.Document(list[0], r, store)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	return f.write(cmd, d, list[0].Name)
}

// write renders a document where the flags say.
func (f *reportFlags) write(cmd *cobra.Command, d *report.Document, stem string) error {
	if f.html != "" {
		page, err := d.HTML()
		if err != nil {
			return err
		}
		if err := writeFile(f.html, page); err != nil {
			return fmt.Errorf("report: --html: %w", err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "report: %s\n", f.html)
	}
	if f.out != "" {
		if err := f.writeAll(cmd, d, stem); err != nil {
			return fmt.Errorf("report: --out: %w", err)
		}
	}
	if f.html != "" || f.out != "" {
		return nil
	}
	text, err := d.Markdown(stem)
	if err != nil {
		return err
	}
	_, err = cmd.OutOrStdout().Write(text)
	return err
}

func (f *reportFlags) writeAll(cmd *cobra.Command, d *report.Document, stem string) error {
	files, err := d.Files(stem)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.out, 0o755); err != nil {
		return err
	}
	for _, file := range files {
		if err := writeFile(filepath.Join(f.out, file.Name), file.Data); err != nil {
			return err
		}
		if ext := filepath.Ext(file.Name); ext == ".html" || ext == ".md" {
			fmt.Fprintf(cmd.OutOrStdout(), "report: %s\n", filepath.Join(f.out, file.Name))
		}
	}
	return nil
}

func ternaryCalibrationCommand() *cobra.Command {
	var f reportFlags
	c := &cobra.Command{
		Use:   "calibration-ternary",
		Short: "Published ternary machines beside their simulation",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := sweeps.TernaryCalibration(cmd.Context())
			if err != nil {
				return fmt.Errorf("report calibration-ternary: %w", err)
			}
			return f.write(cmd, d, cmd.Name())
		},
	}
	f.register(c)
	return c
}
