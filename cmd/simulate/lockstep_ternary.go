package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"lockstep/ternary/core"
	"lockstep/ternary/cosim"
	"lockstep/tool"
)

type lockstepFlags struct {
	on     bool
	inject string
}

// A lockstepReport is one text on event model and RTL, compared instruction by
// instruction.
type lockstepReport struct {
	Tools        []tool.Tool       `json:"tools"`
	Model        string            `json:"model"`
	Config       core.Config       `json:"config"`
	Fault        string            `json:"fault,omitempty"` // injected
	Prompt       string            `json:"prompt"`
	Text         string            `json:"text"` // generated
	Tokens       int               `json:"tokens"`
	Instructions int64             `json:"instructions"` // found equal
	Cycles       int64             `json:"cycles"`       // of the tokens found equal
	Difference   *cosim.Difference `json:"difference,omitempty"`
	Crash        string            `json:"crash_directory,omitempty"`
	Reproduce    string            `json:"reproduce"`
}

func cosimLockstep(cmd *cobra.Command, f ternaryFlags, step lockstepFlags) (err error) {
	fault, err := core.ParseFault(step.inject)
	if err != nil {
		return usageError{fmt.Errorf("cosim ternary: --inject: %w", err)}
	}
	s, err := f.subject()
	if err != nil {
		return err
	}
	r := lockstepReport{Model: s.name, Config: s.core, Fault: fault.String(), Prompt: f.prompt, Reproduce: commandLine(cmd)}
	if r.Tools, err = cosimTools(); err != nil {
		return err
	}
	bar := newProgress(cmd.ErrOrStderr(), len(s.prompt)+f.tokens-1, "in lock step")
	l, err := cosim.NewLockstep(cmd.Context(), s.core, s.golden, cosim.LockstepOptions{Fault: fault, Build: cosim.Build{Progress: bar.note}})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	runErr := r.run(l, s, f.tokens, bar)
	bar.end()
	r.Instructions = l.Compared
	if errors.As(runErr, &r.Difference) {
		var crashErr error
		r.Crash, crashErr = l.Crash("", r.Reproduce)
		runErr = errors.Join(runErr, crashErr)
	} else if runErr != nil {
		return runErr
	}
	return errors.Join(r.print(cmd.OutOrStdout(), f.json), runErr)
}

// run feeds the prompt and then what the event model finds most likely.
func (r *lockstepReport) run(l *cosim.Lockstep, s subject, tokens int, bar *progress) error {
	d := s.tok.NewDecoder()
	next := -1
	for k := range len(s.prompt) + tokens - 1 {
		token := next
		if k < len(s.prompt) {
			token = s.prompt[k]
			if _, err := d.Next(token); err != nil {
				return err
			}
		}
		cycles, err := l.Step(slices.Repeat([]int{token}, s.core.Batch))
		bar.step()
		if err != nil {
			return err
		}
		r.Tokens++
		r.Cycles += cycles
		if next = l.Event.Next(0); k < len(s.prompt)-1 {
			continue
		}
		piece, err := d.Next(next)
		if err != nil {
			return err
		}
		r.Text += piece
	}
	r.Text += d.Flush()
	return nil
}

// commandLine returns the words of a command line with the flags that cmd was
// given, except for the form of its output.
func commandLine(cmd *cobra.Command) string {
	words := []string{cmd.CommandPath(), "--lockstep"}
	for _, name := range []string{"checkpoint", "machine", "config", "prompt", "tokens", "inject"} {
		if fl := cmd.Flags().Lookup(name); fl.Changed {
			words = append(words, "--"+name, shellWord(fl.Value.String()))
		}
	}
	set, err := cmd.Flags().GetStringArray("set")
	if err != nil {
		panic("simulate: --set: " + err.Error())
	}
	for _, v := range set {
		words = append(words, "--set", shellWord(v))
	}
	return strings.Join(words, " ")
}

// shellWord returns s as one word of a shell, in quotes if it needs them.
func shellWord(s string) string {
	plain := strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=/.:,+", r)
	}) < 0
	if plain && s != "" {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

func (r *lockstepReport) print(out io.Writer, asJSON bool) error {
	if asJSON {
		return writeJSON(out, r)
	}
	fmt.Fprintf(out, "%q\n", r.Prompt+r.Text)
	if r.Fault != "" {
		fmt.Fprintf(out, "fault injected: %s\n", r.Fault)
	}
	if r.Tokens > 0 {
		fmt.Fprintf(out, "%d tokens, %d instructions, %d cycles: same issue cycles, requests, values and end cycles on event model and RTL\n",
			r.Tokens, r.Instructions, r.Cycles)
	}
	if d := r.Difference; d != nil {
		fmt.Fprintf(out, "\ntoken %d (id %d) differs first in instruction %d: %s", d.Position, d.Token, d.Index, d.Instruction)
		if d.Note != "" {
			fmt.Fprintf(out, "  # %s", d.Note)
		}
		fmt.Fprintf(out, "\n  unit      %s\n  what      %s\n  expected  %s (event model)\n  got       %s (RTL)\n  cycle     %d of the token, issued in %d\n",
			d.Unit, d.What, d.Want, d.Got, d.Cycle, d.Issue)
		if d.Requirement != "" {
			fmt.Fprintf(out, "  broken    %s\n", d.Requirement)
		}
		if r.Crash != "" {
			fmt.Fprintf(out, "crash directory: %s (program.txt, wave.vcd; run.sh in it plays it again)\n", r.Crash)
		}
		fmt.Fprintf(out, "reproduce: %s\n", r.Reproduce)
	}
	for _, t := range r.Tools {
		fmt.Fprintf(out, "%s %s\n", t.Name, t.Version)
	}
	return nil
}
