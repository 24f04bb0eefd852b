package main

import (
	"bytes"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"lockstep/hecross"
)

// runHEFile applies an operation to the operands of a file.
func runHEFile(cmd *cobra.Command, f heFlags) error {
	in, err := readHEFile(f.in)
	if err != nil {
		return fmt.Errorf("run he: --in: %w", err)
	}
	result, err := hecross.Apply(f.op, in)
	if err != nil {
		return fmt.Errorf("run he: %w", err)
	}
	var text bytes.Buffer
	if err := result.Encode(&text); err != nil {
		return fmt.Errorf("run he: %w", err)
	}
	if f.out == "" {
		_, err = cmd.OutOrStdout().Write(text.Bytes())
	} else if err = writeFile(f.out, text.Bytes()); err == nil {
		fmt.Fprintf(cmd.OutOrStdout(), "%s of %s: result in %s\n", f.op, f.in, f.out)
	}
	if err != nil {
		return fmt.Errorf("run he: %w", err)
	}
	if len(in.Result.Polys) == 0 {
		return nil
	}
	if err := hecross.Diff(in, result); err != nil {
		return fmt.Errorf("run he: --in %s expects another result: %w", f.in, err)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "equal to the result that %s expects\n", f.in)
	return nil
}

func readHEFile(name string) (*hecross.File, error) {
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return hecross.Parse(r, name)
}
