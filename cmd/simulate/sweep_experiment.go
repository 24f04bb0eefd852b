package main

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"lockstep/experiment"
	"lockstep/sweeps"
)

// experimentFlags are the flags of simulate sweep EXPERIMENT.
type experimentFlags struct {
	store string
	jobs  int
	shard string
	phase string
}

// defaultStore is the folder of an experiment's results where none is given.
func defaultStore(name string) string { return filepath.Join("results", name) }

func (f *experimentFlags) check() error {
	if f.jobs < 1 || f.jobs > 256 {
		return usagef("sweep: --jobs is %d, want 1 to 256", f.jobs)
	}
	return nil
}

// findExperiment returns a built-in experiment, or that of a YAML file.
func findExperiment(name string) (experiment.Experiment, error) {
	if slices.Contains(sweeps.Names(), name) {
		return sweeps.Builtin(name)
	}
	if ext := filepath.Ext(name); ext != ".yaml" && ext != ".yml" {
		return experiment.Experiment{}, usagef("sweep: experiment is %q, want a YAML file or one of: %s", name, strings.Join(sweepNames(), ", "))
	}
	data, err := readLimited(name, 1<<20)
	if err != nil {
		return experiment.Experiment{}, fmt.Errorf("sweep: %w", err)
	}
	return experiment.Parse(name, data)
}

// sweepNames are the words that sweep takes, commands and experiments.
func sweepNames() []string {
	return slices.Sorted(slices.Values(append(sweeps.Names(), "numerics", "ternary-ablation")))
}

// runExperiment evaluates the points that have no result yet.
func runExperiment(cmd *cobra.Command, name string, f experimentFlags) error {
	e, err := findExperiment(name)
	if err != nil {
		return err
	}
	o := experiment.Options{Registry: sweeps.Registry(), Folder: f.store, Version: programVersion(), Jobs: f.jobs, Phase: f.phase}
	if o.Folder == "" {
		o.Folder = defaultStore(e.Name)
	}
	if f.shard != "" {
		o.Shard, err = experiment.ParseShard(f.shard)
	} else {
		o.Shard, err = experiment.ShardFromEnv(os.Getenv)
	}
	if err != nil {
		return usageError{fmt.Errorf("sweep: %w", err)}
	}
	bars := &phaseBars{w: cmd.ErrOrStderr()}
	o.Progress = bars.step
	summary, err := experiment.Run(cmd.Context(), e, o)
	bars.end()
	fmt.Fprintf(cmd.OutOrStdout(), "%s: %d points evaluated, %d were there, %d invalid, %d failed; results in %s\n",
		e.Name, summary.Evaluated, summary.Reused, summary.Invalid, summary.Failed, o.Folder)
	for _, name := range summary.SetAside {
		fmt.Fprintf(cmd.ErrOrStderr(), "a damaged result was set aside as %s\n", name)
	}
	switch {
	case err != nil:
		return fmt.Errorf("sweep: %w", err)
	case summary.Waiting:
		fmt.Fprintf(cmd.OutOrStdout(), "the points of other shards are missing: what is refined is not known yet; run any shard again when they are there\n")
		return nil
	}
	return summarise(cmd.OutOrStdout(), e, o)
}

// summarise prints the best points and how to see the report.
func summarise(out io.Writer, e experiment.Experiment, o experiment.Options) error {
	r, err := experiment.Load(o.Folder, e, o.Version)
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	if missing := len(r.With(experiment.Missing)); missing > 0 {
		fmt.Fprintf(out, "%d of %d points are missing\n", missing, len(r.Rows))
		return nil
	}
	for _, m := range e.AllMetrics() {
		if m.Goal == experiment.None {
			continue
		}
		row, ok, err := r.Best(m.Name)
		if err != nil {
			return fmt.Errorf("sweep: %w", err)
		}
		if ok {
			fmt.Fprintf(out, "best %s: %.6g %s at %s\n", m.Name, row.Values[m.Name].Value, m.Unit, e.Label(row.Settings))
		}
	}
	fmt.Fprintf(out, "report: simulate report %s --html %s.html\n", o.Folder, e.Name)
	return nil
}

// phaseBars shows a bar for every phase, one after the other.
type phaseBars struct {
	w     io.Writer
	mu    sync.Mutex
	phase string
	bar   *progress
}

func (b *phaseBars) step(s experiment.Step) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar == nil || b.phase != s.Phase {
		if b.bar != nil {
			b.bar.end()
		}
		b.phase, b.bar = s.Phase, newProgress(b.w, s.Total, s.Phase)
	}
	b.bar.step()
}

func (b *phaseBars) end() {
	if b.bar != nil {
		b.bar.end()
	}
}

// programVersion names what was built: the release and the commit, or, for a
// tree that differs from it, the content of the program.
var programVersion = sync.OnceValue(func() string {
	commit, modified := "", true
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				commit = s.Value
			case "vcs.modified":
				modified = s.Value == "true"
			}
		}
	}
	if commit != "" && !modified {
		return version + "+" + commit[:min(12, len(commit))]
	}
	sum, err := programHash()
	if err != nil {
		return version + "+" + runtime.Version()
	}
	return version + "+content." + sum
})

// programHash is the beginning of the hash of the running program.
func programHash() (string, error) {
	name, err := os.Executable()
	if err != nil {
		return "", err
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(h, file)
	return hex.EncodeToString(h.Sum(nil))[:12], errors.Join(err, file.Close())
}
