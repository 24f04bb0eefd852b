package experiment

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRun(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "b")
	o := toyOptions(folder)
	var speed, area atomic.Int32
	o.Registry = toySystem(counted(&speed, toySpeed), counted(&area, toyArea))
	var steps []Step
	o.Progress = func(s Step) { steps = append(steps, s) }
	s, err := Run(t.Context(), toy(), o)
	require.NoError(t, err)
	r, err := Load(folder, toy(), toyVersion)
	require.NoError(t, err)
	candidates := 0
	for _, row := range r.Rows {
		if row.Candidate {
			candidates++
		}
	}
	require.Equal(t, Summary{Evaluated: 22 + candidates, Invalid: 3}, s)
	require.EqualValues(t, 22, speed.Load())
	require.EqualValues(t, candidates, area.Load())
	require.Len(t, steps, 22+candidates)
	require.Equal(t, []any{"speed", 1, 22}, []any{steps[0].Phase, steps[0].Done, steps[0].Total})
	require.Equal(t, []any{"area", candidates, candidates}, []any{steps[21+candidates].Phase, steps[21+candidates].Done, steps[21+candidates].Total})
	require.Len(t, r.With(Failed), 3)
	require.Len(t, r.With(Complete), 19)
	require.Empty(t, r.With(Missing))
	require.Empty(t, r.Foreign)
	require.Zero(t, r.Others)

	again, err := Run(t.Context(), toy(), o)
	require.NoError(t, err)
	require.Equal(t, Summary{Reused: 22 + candidates, Invalid: 3}, again)
	require.EqualValues(t, 22+candidates, speed.Load()+area.Load(), "nothing is evaluated again")
	require.True(t, steps[len(steps)-1].Reused)
}

func TestRows(t *testing.T) {
	_, _, r := undisturbed(t)
	row := r.Rows[0]
	require.Equal(t, 0, row.Index)
	require.Equal(t, Complete, row.State)
	require.Equal(t, Measurement{"adders", 8, "1", "closed form"}, row.Values["adders"])
	require.Equal(t, map[string]string{"bound": "weights"}, row.Labels)
	row = r.Rows[4]
	require.Equal(t, "lanes=8 ports=4 packing=2-bit beat=32", toy().Label(row.Settings))
	require.Equal(t, Failed, row.State)
	require.Equal(t, "core: ports is 4, want at most lanes/8", row.Invalid)
	require.False(t, row.Candidate)
	// The candidates are those of two fronts, by definition.
	var rest []Row
	for _, row := range r.Rows {
		if row.State != Failed {
			rest = append(rest, row)
		}
	}
	want := map[int]bool{}
	for range 2 {
		var next []Row
		for _, a := range rest {
			dominated := false
			for _, b := range rest {
				ac, bc, aa, ba := a.Values["cycles"].Value, b.Values["cycles"].Value, a.Values["adders"].Value, b.Values["adders"].Value
				dominated = dominated || bc <= ac && ba <= aa && (bc < ac || ba < aa)
			}
			if dominated {
				next = append(next, a)
			} else {
				want[a.Index] = true
			}
		}
		rest = next
	}
	require.NotEmpty(t, rest, "some points are no candidates")
	for _, row := range r.Rows {
		require.Equal(t, want[row.Index], row.Candidate, row.Index)
		_, measured := row.Values["lut"]
		require.Equal(t, want[row.Index], measured)
	}
}

// Whatever results are there, and in whatever order they came, a run makes the
// same folder of them.
func TestResumeProperty(t *testing.T) {
	_, text, want := undisturbed(t)
	names := resultNames(text)
	all := len(names)
	for n := range all + 1 {
		some := map[string]string{}
		for _, i := range rand.New(rand.NewPCG(1, uint64(n))).Perm(all)[:n] {
			some[names[i]] = text[names[i]]
		}
		folder := fill(t, some)
		s, err := Run(t.Context(), toy(), toyOptions(folder))
		require.NoError(t, err)
		require.Equal(t, n, s.Reused)
		require.Equal(t, all-n, s.Evaluated)
		require.Equal(t, text, files(t, folder))
		got, err := Load(folder, toy(), toyVersion)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// A run that ends after any number of points leaves whole results.
func TestInterrupt(t *testing.T) {
	_, text, want := undisturbed(t)
	folder := t.TempDir()
	runs := 0
	for n := 1; ; n += 3 {
		ctx, cancel := context.WithCancel(t.Context())
		o := toyOptions(folder)
		evaluated := 0
		o.Progress = func(s Step) {
			if !s.Reused {
				if evaluated++; evaluated == n {
					cancel()
				}
			}
		}
		_, err := Run(ctx, toy(), o)
		cancel()
		runs++
		for name, data := range files(t, folder) {
			require.Equal(t, text[name], data)
		}
		if err == nil {
			break
		}
		require.EqualError(t, err, "experiment: toy: context canceled")
	}
	require.Greater(t, runs, 3)
	require.Equal(t, text, files(t, folder))
	got, err := Load(folder, toy(), toyVersion)
	require.NoError(t, err)
	require.Equal(t, want, got)
}

// An evaluator that is interrupted records nothing, even if it calls that
// invalid.
func TestInterruptedEvaluator(t *testing.T) {
	for _, wrap := range []func(error) error{
		func(err error) error { return err },
		Invalid,
		func(error) error { return Invalid(errTool) }, // what a tool says that was killed
	} {
		folder := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		o := toyOptions(folder)
		o.Registry = toySystem(func(ctx context.Context, _ Settings) (Measured, error) {
			cancel()
			<-ctx.Done()
			return Measured{}, wrap(ctx.Err())
		}, toyArea)
		_, err := Run(ctx, toy(), o)
		require.EqualError(t, err, "experiment: toy: context canceled")
		require.Empty(t, resultNames(files(t, folder)))
	}
}

// All shards in one folder, in any order, are one run.
func TestShardedRun(t *testing.T) {
	_, text, want := undisturbed(t)
	for _, count := range []int{1, 2, 3, 4, 7, 22, 25} {
		folder := t.TempDir()
		evaluated := 0
		order := rand.New(rand.NewPCG(2, uint64(count))).Perm(count)
		for i, index := range order {
			o := toyOptions(folder)
			o.Shard = Shard{index + 1, count}
			s, err := Run(t.Context(), toy(), o)
			require.NoError(t, err)
			evaluated += s.Evaluated
			rest := 0
			for _, later := range order[i+1:] {
				rest += len(Shard{later + 1, count}.of(toy().Points()))
			}
			require.Equal(t, rest > 0, s.Waiting, "shard %v", o.Shard)
		}
		require.Equal(t, len(resultNames(text)), evaluated, "no point is evaluated twice")
		require.Equal(t, text, files(t, folder))
		got, err := Load(folder, toy(), toyVersion)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
}

// One phase at a time is what one run does.
func TestPhases(t *testing.T) {
	_, text, _ := undisturbed(t)
	folder := t.TempDir()
	o := toyOptions(folder)
	o.Phase = "area"
	s, err := Run(t.Context(), toy(), o)
	require.NoError(t, err)
	require.Equal(t, Summary{Waiting: true}, s)
	o.Phase = "speed"
	s, err = Run(t.Context(), toy(), o)
	require.NoError(t, err)
	require.Equal(t, Summary{Evaluated: 22, Invalid: 3}, s)
	r, err := Load(folder, toy(), toyVersion)
	require.NoError(t, err)
	require.Len(t, r.With(Missing), len(text)-1-22, "candidates")
	o.Phase = "area"
	_, err = Run(t.Context(), toy(), o)
	require.NoError(t, err)
	require.Equal(t, text, files(t, folder))
}

// Errors of the surroundings are not recorded, and the other points go on.
func TestFailingEvaluators(t *testing.T) {
	_, text, _ := undisturbed(t)
	bad := func(s Settings) bool { return s["lanes"] == "16" && s["ports"] == "2" }
	for _, tt := range []struct {
		name string
		fail func() (Measured, error)
		want string
	}{
		{"error", func() (Measured, error) { return Measured{}, errTool }, "yosys is not installed"},
		{"panic", func() (Measured, error) { panic("index out of range") }, "the evaluator panics: index out of range"},
		{"nothing", func() (Measured, error) { return Measured{}, nil }, "nothing is measured, want at least one value"},
	} {
		folder := t.TempDir()
		o := toyOptions(folder)
		o.Registry = toySystem(func(ctx context.Context, s Settings) (Measured, error) {
			if bad(s) {
				return tt.fail()
			}
			return toySpeed(ctx, s)
		}, toyArea)
		var steps []Step
		o.Progress = func(s Step) {
			if s.Err != nil {
				steps = append(steps, s)
			}
		}
		s, err := Run(t.Context(), toy(), o)
		require.EqualError(t, err, "experiment: toy: phase speed: 2 of 22 points could not be evaluated; the first is lanes=16 ports=2 packing=2-bit beat=32: "+tt.want)
		require.Equal(t, Summary{Evaluated: 20, Invalid: 3, Failed: 2}, s)
		require.Len(t, steps, 2)
		r, err := Load(folder, toy(), toyVersion)
		require.NoError(t, err)
		require.Len(t, r.With(Missing), 2)
		_, err = Run(t.Context(), toy(), toyOptions(folder))
		require.NoError(t, err)
		require.Equal(t, text, files(t, folder), "the next run tries again")
	}
	o := toyOptions(t.TempDir())
	o.Registry = toySystem(toySpeed, func(context.Context, Settings) (Measured, error) { return Measured{}, errTool })
	_, err := Run(t.Context(), toy(), o)
	require.ErrorIs(t, err, errTool)
	require.ErrorContains(t, err, "experiment: toy: phase area: ")
}

// An experiment that wants what is not measured ends at once, and says which.
func TestWrongMetrics(t *testing.T) {
	for _, tt := range []struct {
		change func(e *Experiment)
		want   string
	}{
		{func(e *Experiment) { e.Metrics[0].Unit = "s" }, `metric cycles is measured in "cycle", the experiment wants "s"`},
		{func(e *Experiment) { e.Metrics[2].Name = "time" }, `metric time is not measured, want one of cycles, adders, share`},
		{func(e *Experiment) { e.Refine.Metrics[0].Name = "ff" }, `metric ff is not measured, want one of lut`},
	} {
		folder := t.TempDir()
		e := toy()
		tt.change(&e)
		o := toyOptions(folder)
		o.Jobs = 1
		s, err := Run(t.Context(), e, o)
		require.EqualError(t, err, "experiment: toy: point lanes=8 ports=1 packing=2-bit beat=32: "+tt.want)
		require.Equal(t, s.Evaluated+1, len(resultNames(files(t, folder))), "what was measured is kept")
		_, err = Run(t.Context(), e, o)
		require.ErrorContains(t, err, tt.want, "with the result that is there")
		if e.Refine.Metrics[0].Name == "lut" {
			_, err = Run(t.Context(), toy(), o)
			require.NoError(t, err)
			o.Phase = "area"
			_, err = Run(t.Context(), e, o)
			require.ErrorContains(t, err, tt.want, "before anything is refined")
			_, err = Load(folder, e, toyVersion)
			require.ErrorContains(t, err, ".json: point lanes=8 ports=1 packing=2-bit beat=32: "+tt.want)
		}
	}
}

func TestRunErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	for _, tt := range []struct {
		change func(e *Experiment, o *Options)
		want   string
	}{
		{func(e *Experiment, _ *Options) { e.Axes = nil }, "experiment: toy: axes is empty, want at least one"},
		{func(_ *Experiment, o *Options) { o.Jobs = 0 }, "experiment: toy: jobs is 0, want at least 1"},
		{func(_ *Experiment, o *Options) { o.Version = "" }, "experiment: toy: version has 0 bytes, want 1 to 256"},
		{func(_ *Experiment, o *Options) { o.Folder = "" }, "experiment: toy: the folder has no name, want one"},
		{func(_ *Experiment, o *Options) { o.Folder = file }, "experiment: toy: mkdir " + file + ": not a directory"},
		{func(_ *Experiment, o *Options) { o.Folder = filepath.Join(file, "x") }, "experiment: toy: mkdir " + file + ": not a directory"},
		{func(_ *Experiment, o *Options) { o.Shard = Shard{3, 2} }, "experiment: toy: shard is 3/2, want INDEX/COUNT with 1 <= INDEX <= COUNT <= 100000"},
		{func(_ *Experiment, o *Options) { o.Phase = "power" }, `experiment: toy: phase is "power", want one of the experiment`},
		{func(e *Experiment, _ *Options) { e.System = "tpu" }, `experiment: toy: system is "tpu", want one of other, core`},
		{func(e *Experiment, _ *Options) { e.Phase = "power" }, `experiment: toy: system core: phase is "power", want one of speed, area`},
		{func(e *Experiment, _ *Options) { e.Refine.Phase = "power" }, `experiment: toy: refine: system core: phase is "power", want one of speed, area`},
		{func(e *Experiment, _ *Options) { e.Base["port"] = "1" }, `experiment: toy: system core: setting is "port", want one of machine, eff, lanes, ports, packing, beat`},
	} {
		e, o := toy(), toyOptions(t.TempDir())
		tt.change(&e, &o)
		s, err := Run(t.Context(), e, o)
		require.EqualError(t, err, tt.want)
		require.Equal(t, Summary{}, s)
		if o.Folder != "" && o.Folder != file && !strings.HasPrefix(o.Folder, file) {
			require.Empty(t, files(t, o.Folder))
		}
	}
}

// A damaged file is named, kept under another name, and its point done again.
func TestSetAside(t *testing.T) {
	_, text, want := undisturbed(t)
	names := resultNames(text)
	victim := names[3]
	for round := 1; round <= 3; round++ {
		folder := fill(t, text)
		file := filepath.Join(folder, victim)
		var aside []string
		for i := range round {
			garbage := fmt.Sprint("garbage ", i)
			require.NoError(t, os.WriteFile(file, []byte(garbage), 0o666))
			r, err := Load(folder, toy(), toyVersion)
			require.NoError(t, err)
			require.Equal(t, []Damaged{{victim, "it is no result: invalid character 'g' looking for beginning of value"}}, r.Corrupt)
			require.Len(t, r.With(Missing), 1)
			s, err := Run(t.Context(), toy(), toyOptions(folder))
			require.NoError(t, err)
			aside = append(aside, victim+[]string{".corrupt", ".corrupt-2", ".corrupt-3"}[i])
			require.Equal(t, aside[i:], s.SetAside)
			require.Equal(t, 1, s.Evaluated)
			data, err := os.ReadFile(filepath.Join(folder, aside[i]))
			require.NoError(t, err)
			require.Equal(t, garbage, string(data))
		}
		r, err := Load(folder, toy(), toyVersion)
		require.NoError(t, err)
		require.Equal(t, aside, r.SetAside)
		r.SetAside = nil
		require.Equal(t, want, r)
	}
	folder := fill(t, text)
	require.NoError(t, os.Remove(filepath.Join(folder, victim)))
	require.NoError(t, os.MkdirAll(filepath.Join(folder, victim, "inside"), 0o777))
	s, err := Run(t.Context(), toy(), toyOptions(folder))
	require.NoError(t, err)
	require.Equal(t, []string{victim + ".corrupt"}, s.SetAside)
	require.DirExists(t, filepath.Join(folder, victim+".corrupt", "inside"))
}

// Files that are no results of the experiment are named or counted, and left
// alone.
func TestOtherFiles(t *testing.T) {
	_, text, want := undisturbed(t)
	folder := fill(t, text)
	o := toyOptions(folder)
	o.Version = "2"
	s, err := Run(t.Context(), toy(), o)
	require.NoError(t, err)
	require.Equal(t, len(resultNames(text)), s.Evaluated, "another version")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "notes.txt"), nil, 0o666))
	require.NoError(t, os.Mkdir(filepath.Join(folder, "old"), 0o777))
	r, err := Load(folder, toy(), toyVersion)
	require.NoError(t, err)
	require.Equal(t, len(resultNames(text)), r.Others)
	require.Equal(t, []string{"notes.txt", "old"}, r.Foreign)
	require.Equal(t, want.Rows, r.Rows)
	_, err = Load(filepath.Join(folder, "none"), toy(), toyVersion)
	require.ErrorContains(t, err, "experiment: toy: open "+folder)
	bad := toy()
	bad.Axes = nil
	_, err = Load(folder, bad, toyVersion)
	require.EqualError(t, err, "experiment: toy: axes is empty, want at least one")
}

// One measurement in two phases is ambiguous.
func TestMeasuredTwice(t *testing.T) {
	folder := t.TempDir()
	o := toyOptions(folder)
	o.Registry = toySystem(toySpeed, func(ctx context.Context, s Settings) (Measured, error) {
		m, err := toyArea(ctx, s)
		m.Values = append(m.Values, Measurement{"share", 1, "1", "Yosys"})
		return m, err
	})
	_, err := Run(t.Context(), toy(), o)
	require.NoError(t, err)
	_, err = Load(folder, toy(), toyVersion)
	require.ErrorContains(t, err, "share is measured in two phases, want it in one")
}

// Evaluators run at the same time, as many as there are jobs and no more.
func TestJobs(t *testing.T) {
	for _, jobs := range []int{1, 5} {
		var mu sync.Mutex
		running, most := 0, 0
		full := make(chan struct{})
		o := toyOptions(t.TempDir())
		o.Jobs = jobs
		o.Registry = toySystem(func(ctx context.Context, s Settings) (Measured, error) {
			mu.Lock()
			if running++; running > most {
				if most = running; most == jobs {
					close(full)
				}
			}
			mu.Unlock()
			<-full
			s["lanes"] += "" // the map is the evaluator's own
			delete(s, "machine")
			mu.Lock()
			running--
			mu.Unlock()
			return toySpeed(ctx, s)
		}, toyArea)
		_, err := Run(t.Context(), toy(), o)
		require.NoError(t, err)
		require.Equal(t, jobs, most)
		r, err := Load(o.Folder, toy(), toyVersion)
		require.NoError(t, err)
		require.Empty(t, r.With(Missing))
	}
}

// The reason of an invalid point may be any text: it is recorded once.
func TestReasonOfAnyText(t *testing.T) {
	e := Experiment{Name: "odd", System: "odd", Axes: []Axis{Over("x", 1)}, Phase: "p", Metrics: []Metric{{"m", "1", Min}}}
	calls := 0
	system := System{Name: "odd", Phases: []Phase{{Name: "p", Evaluator: EvaluatorFunc(func(context.Context, Settings) (Measured, error) {
		calls++
		return Measured{}, Invalid(errors.New("bad \xff\x00\x1b[31m <text> \u2028"))
	})}}}
	o := Options{Registry: Registry{system}, Folder: t.TempDir(), Version: "1", Jobs: 1}
	for range 2 {
		s, err := Run(t.Context(), e, o)
		require.NoError(t, err)
		require.Equal(t, 1, s.Invalid)
	}
	require.Equal(t, 1, calls)
	r, err := Load(o.Folder, e, "1")
	require.NoError(t, err)
	require.Len(t, r.With(Failed), 1)
	require.Contains(t, r.Rows[0].Invalid, "<text>")
}
