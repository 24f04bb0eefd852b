package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"lockstep/area"
	"lockstep/systolic"
	"lockstep/systolic/array"
	"lockstep/systolic/tpu"
	"lockstep/ternary/ablation"
	"lockstep/ternary/core"
	"lockstep/yosys"
)

// wholeElements is the number of processing elements up to which an array is
// also mapped as one piece.
const wholeElements = 256

func areaArrayCommand() *cobra.Command {
	var size, dataflow, types string
	var families []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "array",
		Short: "The same for a systolic array of any size",
		Long: `Maps one processing element and the rest of an array, which is its skew and
deskew registers, and counts the element as often as it is there. Nothing is
optimised over the borders of elements, so that this is an upper bound: sums that
are narrow in the upper rows keep their full width. Arrays of up to 256 elements
are also mapped as one piece, for comparison, and in ice40 that is placed and
routed if it fits. 128x128 takes some minutes, once.`,
		Example: `  simulate area array --array 16x16
  simulate area array --array 128x128 --dataflow os --types s8`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := (&areaFlags{families: families, jobs: 1, seeds: 1}).check()
			if err != nil {
				return err
			}
			config, err := arrayConfig(size, dataflow, types)
			if err != nil {
				return usageError{fmt.Errorf("area array: %w", err)}
			}
			return areaArray(cmd, config, list, asJSON)
		},
	}
	fl := c.Flags()
	fl.StringVar(&size, "array", "16x16", "rows and columns")
	fl.StringVar(&dataflow, "dataflow", "ws", "os, ws or is")
	fl.StringVar(&types, "types", "u8", "types of A and B: one for both, or two with * between, of u8, s8, ternary")
	fl.StringSliceVar(&families, "family", []string{string(yosys.XCUP)}, fmt.Sprintf("some of %v", yosys.Families()))
	fl.BoolVar(&asJSON, "json", false, "print one JSON array")
	return c
}

func arrayConfig(size, dataflow, types string) (c array.Config, err error) {
	a, err := parseArray(size)
	if err != nil {
		return c, err
	}
	if c.Dataflow, err = systolic.ParseDataflow(dataflow); err != nil {
		return c, err
	}
	t, err := parseTypes(types)
	if err != nil {
		return c, err
	}
	kind := map[tpu.Type]systolic.Kind{tpu.U8: systolic.U8, tpu.S8: systolic.S8, tpu.Ternary: systolic.Ternary}
	c.Rows, c.Cols, c.X, c.W = a.Rows, a.Cols, kind[t.A], kind[t.B]
	if c.Dataflow == systolic.InputStationary {
		c.X, c.W = c.W, c.X // the operand that streams is B
	}
	return c, c.Validate()
}

func areaArray(cmd *cobra.Command, c array.Config, families []yosys.Family, asJSON bool) error {
	u, err := array.New(c)
	if err != nil {
		return err
	}
	m, err := u.Module()
	if err != nil {
		return err
	}
	sv, err := m.Verilog()
	if err != nil {
		return err
	}
	var rows []areaRow
	for _, family := range families {
		a, err := area.Hierarchical(cmd.Context(), m.Name, sv, family)
		if err != nil {
			return err
		}
		rows = append(rows, areaRow{Design: fmt.Sprintf("%s, %d elements + rest", u.Name, c.Rows*c.Cols), Area: a})
		if c.Rows*c.Cols > wholeElements {
			continue
		}
		whole, err := areaWhole(cmd.Context(), m.Name, sv, family, 1)
		if err != nil {
			return err
		}
		whole.Design = u.Name + ", whole"
		rows = append(rows, whole)
	}
	return printAreas(cmd.OutOrStdout(), asJSON, rows)
}

func areaTernaryCommand() *cobra.Command {
	f := ternaryFlags{preset: "opticks"}
	var families []string
	c := &cobra.Command{
		Use:     "ternary",
		Short:   "The counts for the whole ternary core, sized for a model",
		Example: `  simulate area ternary --set batch=2 --family xcup,intel_alm`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, err := (&areaFlags{families: families, jobs: 1, seeds: 1}).check()
			if err != nil {
				return err
			}
			m, err := f.load()
			if err != nil {
				return err
			}
			c, err := f.core()
			if err != nil {
				return err
			}
			numbers, err := f.numbers.config()
			if err != nil {
				return err
			}
			if m.weights != nil {
				m.shape = m.weights.Shape
			}
			var rows []areaRow
			for _, family := range list {
				a, err := ablation.Area(cmd.Context(), c, m.shape, numbers, family)
				if err != nil {
					return err
				}
				rows = append(rows, areaRow{Design: a.Top, Area: a})
			}
			return printAreas(cmd.OutOrStdout(), f.json, rows)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.preset, "preset", "opticks", "model whose vectors and program the core holds")
	fl.StringVar(&f.checkpoint, "checkpoint", "", "directory with config.json and safetensors: the model instead")
	fl.StringVar(&f.machine, "machine", core.DefaultPreset, "machine preset")
	fl.StringVar(&f.config, "config", "", "YAML file with machine parameters, over the preset")
	fl.StringArrayVar(&f.set, "set", nil, "key=value: one machine parameter (repeatable)")
	fl.StringSliceVar(&families, "family", []string{string(yosys.XCUP)}, fmt.Sprintf("some of %v", yosys.Families()))
	fl.BoolVar(&f.json, "json", false, "print one JSON array")
	f.numbers.register(fl)
	return c
}
