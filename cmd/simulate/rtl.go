package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/spf13/cobra"

	"lockstep/catalogue"
)

func rtlCommand() *cobra.Command {
	var pattern, out, check string
	c := &cobra.Command{
		Use:   "rtl",
		Short: "Print, write or check generated SystemVerilog",
		Example: `  simulate rtl --unit ternary_dot_l64_x8
  simulate rtl --out build/rtl
  simulate rtl --check build/rtl`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out != "" && check != "" {
				return usagef("rtl: --out and --check both name a folder, want one of them")
			}
			entries, err := selectUnits(pattern)
			if err != nil {
				return err
			}
			if out != "" {
				if err := os.MkdirAll(out, 0o755); err != nil {
					return fmt.Errorf("rtl: --out: %w", err)
				}
			}
			stale := 0
			for _, e := range entries {
				m, err := e.Unit.Module()
				if err != nil {
					return err
				}
				sv, err := m.Verilog()
				if err != nil {
					return err
				}
				name := e.Unit.Name + ".sv"
				switch {
				case out != "":
					if err := writeFile(filepath.Join(out, name), sv); err != nil {
						return fmt.Errorf("rtl: --out: %w", err)
					}
					fmt.Fprintln(cmd.OutOrStdout(), filepath.Join(out, name))
				case check != "":
					if have, err := os.ReadFile(filepath.Join(check, name)); err != nil || !bytes.Equal(have, sv) {
						stale++
						fmt.Fprintf(cmd.OutOrStdout(), "%s is stale or missing\n", filepath.Join(check, name))
					}
				default:
					if _, err := cmd.OutOrStdout().Write(sv); err != nil {
						return err
					}
				}
			}
			if stale > 0 {
				return fmt.Errorf("rtl: %d of %d files are not what the units generate; run: simulate rtl --out %s", stale, len(entries), check)
			}
			return nil
		},
	}
	c.Flags().StringVar(&pattern, "unit", ".", "regular expression of unit names")
	c.Flags().StringVar(&out, "out", "", "write one .sv file per unit into this folder")
	c.Flags().StringVar(&check, "check", "", "compare with the files of this folder")
	return c
}

// selectUnits returns the units whose name matches; none is an error.
func selectUnits(pattern string) ([]catalogue.Entry, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, usagef("--unit: %w", err)
	}
	all, err := catalogue.Units()
	if err != nil {
		return nil, err
	}
	var entries []catalogue.Entry
	for _, e := range all {
		if re.MatchString(e.Unit.Name) {
			entries = append(entries, e)
		}
	}
	if len(entries) == 0 {
		return nil, usagef("--unit %q matches no unit; see simulate list", pattern)
	}
	return entries, nil
}

// writeFile replaces name in one step.
func writeFile(name string, data []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".simulate-*")
	if err != nil {
		return err
	}
	_, err = tmp.Write(data)
	if closeErr := tmp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		os.Remove(tmp.Name())
	}
	return err
}
