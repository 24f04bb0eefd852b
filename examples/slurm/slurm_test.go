// Package slurm_test runs the job files of this folder: the script as Slurm
// would, with the variables of a task, on a real Slurm (-full), and the command of
// the Kubernetes job with the variables of a pod.
package slurm_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/require"

	"lockstep/experiment"
)

var full = flag.Bool("full", false, "run the job script on a real Slurm, started and stopped by the test")

// standInEnv makes this test binary the program simulate: the part of its sweep
// command that the job files use, for a system that is quickly evaluated.
const standInEnv = "LOCKSTEP_TEST_SIMULATE"

func TestMain(m *testing.M) {
	flag.Parse()
	if os.Getenv(standInEnv) != "" {
		if err := sweep(flag.Args()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// squares has 60 points, the best of which are refined.
func squares() experiment.Experiment {
	var a []int
	for i := range 20 {
		a = append(a, i)
	}
	return experiment.Experiment{
		Name: "squares", System: "arithmetic", Axes: []experiment.Axis{experiment.Over("a", a...), experiment.Over("b", 1, 2, 3)},
		Phase: "sum", Metrics: []experiment.Metric{{Name: "sum", Unit: "1", Goal: experiment.Min}, {Name: "a", Unit: "1", Goal: experiment.Max}},
		Refine: &experiment.Refine{Phase: "square", Pareto: []string{"sum", "a"}, Ranks: 1, Metrics: []experiment.Metric{{Name: "square", Unit: "1", Goal: experiment.Max}}},
	}
}

func evaluator(measure func(a, b float64) []experiment.Measurement) experiment.Evaluator {
	return experiment.EvaluatorFunc(func(_ context.Context, s experiment.Settings) (experiment.Measured, error) {
		a, errA := strconv.ParseFloat(s["a"], 64)
		b, errB := strconv.ParseFloat(s["b"], 64)
		if errA != nil || errB != nil {
			return experiment.Measured{}, fmt.Errorf("a is %q and b %q, want numbers", s["a"], s["b"])
		}
		time.Sleep(20 * time.Millisecond)
		return experiment.Measured{Values: measure(a, b)}, nil
	})
}

// sweep is simulate sweep EXPERIMENT --store FOLDER --jobs N.
func sweep(args []string) error {
	if len(args) != 6 || args[0] != "sweep" || args[2] != "--store" || args[4] != "--jobs" {
		return fmt.Errorf("arguments are %q, want sweep EXPERIMENT --store FOLDER --jobs N", args)
	}
	jobs, err := strconv.Atoi(args[5])
	if err != nil {
		return err
	}
	shard, err := experiment.ShardFromEnv(os.Getenv)
	if err != nil {
		return err
	}
	number := func(name string, v float64) experiment.Measurement {
		return experiment.Measurement{Name: name, Value: v, Unit: "1", Source: "closed form"}
	}
	system := experiment.System{Name: "arithmetic", Phases: []experiment.Phase{
		{Name: "sum", Evaluator: evaluator(func(a, b float64) []experiment.Measurement {
			return []experiment.Measurement{number("sum", a+b), number("a", a)}
		})},
		{Name: "square", Evaluator: evaluator(func(a, b float64) []experiment.Measurement {
			return []experiment.Measurement{number("square", a*a/(b+3))}
		})},
	}}
	s, err := experiment.Run(context.Background(), squares(), experiment.Options{
		Registry: experiment.Registry{system}, Folder: args[3], Version: "1", Jobs: jobs, Shard: shard,
	})
	fmt.Printf("%s: shard %v: %+v\n", args[1], shard, s)
	return err
}

// standIn returns the program simulate: a script, so that it needs no variable.
func standIn(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "simulate")
	script := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' -- \"$@\"\n", standInEnv, self)
	require.NoError(t, os.WriteFile(file, []byte(script), 0o755))
	return file
}

// run runs a command with variables added, without those of this test's own job.
func run(t *testing.T, env map[string]string, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "SLURM_") && !strings.HasPrefix(v, "JOB_COMPLETION") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	for k, v := range env {
		cmd.Env = append(cmd.Env, k+"="+v)
	}
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %q: %s", name, args, out)
	return string(out)
}

// folder returns the texts of the results in a folder.
func folder(t *testing.T, name string) map[string]string {
	t.Helper()
	all := map[string]string{}
	found, err := filepath.Glob(filepath.Join(name, "*.json"))
	require.NoError(t, err)
	for _, file := range found {
		data, err := os.ReadFile(file)
		require.NoError(t, err)
		all[filepath.Base(file)] = string(data)
	}
	return all
}

// undivided returns the results of one run without shards.
func undivided(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	run(t, nil, standIn(t), "sweep", "squares", "--store", dir, "--jobs", "4")
	r, err := experiment.Load(dir, squares(), "1")
	require.NoError(t, err)
	require.Len(t, r.With(experiment.Complete), 60)
	want := folder(t, dir)
	require.Len(t, want, 60+20, "a front of 20 points is refined")
	return want
}

// The tasks of an array, one after the other, are one run.
func TestScript(t *testing.T) {
	want := undivided(t)
	dir := filepath.Join(t.TempDir(), "with blanks", "store")
	for task := 1; task <= 4; task++ {
		out := run(t, map[string]string{
			"SIMULATE": standIn(t), "SLURM_CPUS_PER_TASK": "2", "SLURM_ARRAY_TASK_ID": strconv.Itoa(task),
			"SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "4", "SLURM_ARRAY_TASK_STEP": "1", "SLURM_ARRAY_TASK_COUNT": "4",
		}, "sh", "sweep.sbatch", "squares", dir)
		require.Contains(t, out, fmt.Sprintf("squares: shard %d/4: ", task))
		if task < 4 {
			require.Less(t, len(folder(t, dir)), 60)
		}
	}
	require.Equal(t, want, folder(t, dir))
}

func TestScriptUsage(t *testing.T) {
	out, err := exec.Command("sh", "sweep.sbatch", "squares").CombinedOutput()
	require.EqualError(t, err, "exit status 2")
	require.Equal(t, "usage: sbatch sweep.sbatch EXPERIMENT FOLDER\n", string(out))
}

// The pods of the job, with the command and the variables of the manifest, are
// one run; it repeats the number of completions correctly.
func TestKubernetes(t *testing.T) {
	data, err := os.ReadFile("kubernetes.yaml")
	require.NoError(t, err)
	var job struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string
		Spec       struct {
			CompletionMode string `yaml:"completionMode"`
			Completions    int
			Parallelism    int
			Template       struct {
				Spec struct {
					RestartPolicy string `yaml:"restartPolicy"`
					Containers    []struct {
						Command []string
						Env     []struct{ Name, Value string }
						Mounts  []struct {
							Name string
							Path string `yaml:"mountPath"`
						} `yaml:"volumeMounts"`
					}
					Volumes []struct{ Name string }
				}
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(data, &job))
	require.Equal(t, []string{"batch/v1", "Job", "Indexed"}, []string{job.APIVersion, job.Kind, job.Spec.CompletionMode})
	pod := job.Spec.Template.Spec
	require.Equal(t, "Never", pod.RestartPolicy)
	require.Len(t, pod.Containers, 1)
	c := pod.Containers[0]
	require.Equal(t, "simulate", c.Command[0])
	require.Equal(t, pod.Volumes[0].Name, c.Mounts[0].Name)

	want, dir := undivided(t), t.TempDir()
	for i := range job.Spec.Completions {
		env := map[string]string{"JOB_COMPLETION_INDEX": strconv.Itoa(i)}
		for _, v := range c.Env {
			env[v.Name] = v.Value
		}
		args := append([]string{}, c.Command[1:]...)
		for at, arg := range args {
			if arg == c.Mounts[0].Path {
				args[at] = dir
			}
		}
		out := run(t, env, standIn(t), args...)
		require.Contains(t, out, fmt.Sprintf("shard %d/%d: ", i+1, job.Spec.Completions))
	}
	require.Equal(t, want, folder(t, dir))
}

// On a real Slurm the tasks run at the same time; cancelled and submitted again,
// the job goes on where it was.
func TestSlurm(t *testing.T) {
	if !*full {
		t.Skip("runs with -full")
	}
	want, c := undivided(t), startCluster(t)
	script, err := filepath.Abs("sweep.sbatch")
	require.NoError(t, err)
	c.env["SIMULATE"] = standIn(t)

	dir := filepath.Join(t.TempDir(), "store")
	c.wait(t, c.submit(t, script, "squares", dir))
	require.Equal(t, want, folder(t, dir), "%s", c.logs())
	require.Equal(t, 4, strings.Count(c.logs(), "squares: shard "), "one line of every task: %s", c.logs())

	dir = filepath.Join(t.TempDir(), "store")
	job := c.submit(t, script, "squares", dir)
	c.until(t, time.Minute, "there are results", func() bool { return len(folder(t, dir)) > 5 })
	c.command(t, "scancel", "--signal=KILL", "--full", job)
	c.command(t, "scancel", job)
	c.wait(t, job)
	part := folder(t, dir)
	require.Less(t, len(part), len(want))
	for name, text := range part {
		require.Equal(t, want[name], text, "every file is whole")
	}
	c.wait(t, c.submit(t, "--array=0-4:2", "--cpus-per-task=1", script, "squares", dir))
	require.Equal(t, want, folder(t, dir), "%s", c.logs())
	t.Logf("%d results, %d of them before the job was killed", len(want), len(part))

	program := filepath.Join(t.TempDir(), "simulate")
	run(t, nil, "go", "build", "-o", program, "../../cmd/simulate")
	whole := t.TempDir()
	run(t, nil, program, "sweep", "gemm-scalesim", "--store", whole)
	c.env["SIMULATE"], dir = program, filepath.Join(t.TempDir(), "store")
	c.wait(t, c.submit(t, script, "gemm-scalesim", dir))
	require.NotEmpty(t, folder(t, whole))
	require.Equal(t, folder(t, whole), folder(t, dir), "the program itself, as an array and as one run: %s", c.logs())
}
