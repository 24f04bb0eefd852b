package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"lockstep/report"
)

// A pageFlag is --html of simulate run.
type pageFlag struct{ file string }

func (p *pageFlag) register(fl *pflag.FlagSet) {
	fl.StringVar(&p.file, "html", "", "also write the result as one self-contained page to this file")
}

// ready reports, before the run, why the page could not be written after it. A
// file that exists is replaced when the run has succeeded, and not before.
func (p *pageFlag) ready(cmd *cobra.Command) error {
	if !cmd.Flags().Changed("html") {
		return nil
	}
	if p.file == "" {
		return usagef("%s: --html is empty, want a file", runName(cmd))
	}
	if other := p.alsoNamed(cmd.Flags()); other != "" {
		return usagef("%s: --html and --%s both name %s, want two files", runName(cmd), other, p.file)
	}
	if err := p.writable(); err != nil {
		return p.failed(cmd, err)
	}
	return nil
}

// alsoNamed returns a flag that names the same file, "" if there is none.
func (p *pageFlag) alsoNamed(fl *pflag.FlagSet) (other string) {
	files := []string{"config", "eval", "program", "topology", "trace"}
	fl.Visit(func(f *pflag.Flag) {
		if slices.Contains(files, f.Name) && filepath.Clean(f.Value.String()) == filepath.Clean(p.file) {
			other = f.Name
		}
	})
	return other
}

// writable makes a file beside the page and removes it.
func (p *pageFlag) writable() error {
	info, err := os.Stat(p.file)
	switch {
	case err == nil && info.IsDir():
		return errors.New("is a folder, want a file")
	case err == nil && !info.Mode().IsRegular():
		return errors.New("is not a regular file, want one, or a new name")
	case os.IsPathSeparator(p.file[len(p.file)-1]):
		return errors.New("ends as a folder does, want the name of a file")
	}
	tmp, err := os.CreateTemp(filepath.Dir(p.file), ".simulate-*")
	if err != nil {
		return fmt.Errorf("folder %s: %w", filepath.Dir(p.file), cause(err))
	}
	return errors.Join(tmp.Close(), os.Remove(tmp.Name()))
}

// write renders what document describes, in one step, if there is to be a page.
func (p *pageFlag) write(cmd *cobra.Command, document func() (*report.Document, error)) error {
	if p.file == "" {
		return nil
	}
	d, err := document()
	if err != nil {
		return p.failed(cmd, err)
	}
	d.Sections = append(d.Sections, again(cmd))
	page, err := d.HTML()
	if err != nil {
		return p.failed(cmd, err)
	}
	if err := writeFile(p.file, page); err != nil {
		return p.failed(cmd, cause(err))
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "simulate: page: %s\n", p.file)
	return nil
}

func (p *pageFlag) failed(cmd *cobra.Command, err error) error {
	return fmt.Errorf("%s: --html %s: %w", runName(cmd), p.file, err)
}

// runName is how errors call a subcommand, as "run gemm".
func runName(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// cause is an error of the file system without the temporary name that it is
// about.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
