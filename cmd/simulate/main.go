// Simulate runs, verifies and reports on the hardware models of this module.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // a check or a run failed
	exitUsage  = 2 // the command line is wrong
)

// A usageError is a mistake on the command line.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// run executes one command line and returns its exit code. Data goes to
// stdout, progress and errors to stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	started := false
	root := &cobra.Command{
		Use:           "simulate",
		Short:         "Simulate, co-verify and measure accelerators",
		SilenceErrors: true,
		SilenceUsage:  true,
		PersistentPreRun: func(*cobra.Command, []string) {
			started = true
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("no command; see simulate --help")
		},
	}
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetArgs(append([]string{}, args...)) // nil would mean those of the process
	root.AddCommand(areaCommand(), benchCommand(), listCommand(), runCommand(), cosimCommand(), reportCommand(), rtlCommand(), asmCommand(), sweepCommand(), versionCommand())
	err := root.ExecuteContext(ctx)
	var usage usageError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &usage), !started:
		fmt.Fprintf(stderr, "simulate: %v\nrun 'simulate --help' or 'simulate COMMAND --help' for usage\n", err)
		return exitUsage
	case ctx.Err() != nil:
		fmt.Fprintf(stderr, "simulate: interrupted; what is printed is complete up to here\n")
		return exitFailed
	}
	fmt.Fprintf(stderr, "simulate: %v\n", err)
	return exitFailed
}
