//go:build unix

package experiment

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// The variables that make this test binary run a sweep instead of tests.
const (
	folderEnv = "EXPERIMENT_TEST_FOLDER"
	logEnv    = "EXPERIMENT_TEST_LOG"        // gets one line per evaluation
	limitEnv  = "EXPERIMENT_TEST_FILE_BYTES" // no file may be longer
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(folderEnv); folder != "" {
		os.Exit(sweepProcess(folder))
	}
	os.Exit(m.Run())
}

// large is toy with enough points to be killed among them.
func large() Experiment {
	e := toy()
	var values []int
	for i := range 12 {
		values = append(values, i)
	}
	e.Axes = append(e.Axes, Over("lat", values...))
	return e
}

func largeRegistry(speed, area EvaluatorFunc) Registry {
	r := toySystem(speed, area)
	r[1].Keys = append(r[1].Keys, "lat")
	return r
}

// sweepProcess runs large, every point a millisecond, and returns the exit code.
func sweepProcess(folder string) int {
	if err := limitFiles(os.Getenv(limitEnv)); err != nil {
		fmt.Println(err)
		return 2
	}
	log, err := os.OpenFile(os.Getenv(logEnv), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o666)
	if err != nil {
		fmt.Println(err)
		return 2
	}
	slow := func(phase string, f EvaluatorFunc) EvaluatorFunc {
		return func(ctx context.Context, s Settings) (Measured, error) {
			fmt.Fprintf(log, "%s %s\n", phase, s)
			time.Sleep(time.Millisecond)
			return f(ctx, s)
		}
	}
	o := Options{Registry: largeRegistry(slow("speed", toySpeed), slow("area", toyArea)), Folder: folder, Version: toyVersion, Jobs: 2}
	if _, err := Run(context.Background(), large(), o); err != nil {
		fmt.Println(err)
		return 1
	}
	return 0
}

// A process is a running sweepProcess.
type process struct {
	*exec.Cmd
	out bytes.Buffer
}

func start(t *testing.T, folder, log string, env ...string) *process {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := &process{Cmd: exec.Command(self)}
	p.Env = append(append(os.Environ(), env...), folderEnv+"="+folder, logEnv+"="+log)
	p.Stdout, p.Stderr = &p.out, &p.out
	require.NoError(t, p.Start())
	return p
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	return strings.Split(strings.TrimRight(string(data), "\n"), "\n")
}

// largeFiles is the folder of one undisturbed run of large.
func largeFiles(t *testing.T) (map[string]string, *Results) {
	t.Helper()
	folder := t.TempDir()
	_, err := Run(t.Context(), large(), Options{Registry: largeRegistry(toySpeed, toyArea), Folder: folder, Version: toyVersion, Jobs: 2})
	require.NoError(t, err)
	r, err := Load(folder, large(), toyVersion)
	require.NoError(t, err)
	return files(t, folder), r
}

// writing lists what killed writers have left.
func writing(t *testing.T, folder string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(folder, "*.json.*"+writingSuffix))
	require.NoError(t, err)
	return all
}

// A sweep that is killed ten times at random instants, and run again each time,
// leaves the same folder as one that is not, and has evaluated no recorded point
// again.
func TestKill(t *testing.T) {
	text, want := largeFiles(t)
	folder, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	random := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 0))
	const kills, jobs = 10, 2
	torn := 0
	for range kills {
		p := start(t, folder, log)
		before := len(resultNames(files(t, folder)))
		for end := time.Now().Add(20 * time.Second); ; {
			now := files(t, folder)
			for name, data := range now {
				require.Equal(t, text[name], data, "at any instant every file is whole")
			}
			if len(resultNames(now)) > before {
				break
			}
			require.True(t, time.Now().Before(end), "it goes on; output: %s", &p.out)
		}
		time.Sleep(time.Duration(random.IntN(40_000)) * time.Microsecond)
		require.NoError(t, p.Process.Kill())
		require.EqualError(t, p.Wait(), "signal: killed", "output: %s", &p.out)
		for name, data := range files(t, folder) {
			require.Equal(t, text[name], data, "every file is whole")
		}
		torn += len(writing(t, folder))
	}
	p := start(t, folder, log)
	require.NoError(t, p.Wait(), "output: %s", &p.out)
	require.Equal(t, text, files(t, folder))
	require.Empty(t, writing(t, folder), "what killed writers left is gone")
	got, err := Load(folder, large(), toyVersion)
	require.NoError(t, err)
	require.Equal(t, want, got)
	evaluations := len(lines(t, log))
	require.LessOrEqual(t, evaluations, len(resultNames(text))+kills*jobs, "at most what was under way is done again")
	t.Logf("%d results, %d evaluations, %d files torn by %d kills", len(resultNames(text)), evaluations, torn, kills)
}

// What a killed writer has left is removed when its point is done, whoever did it.
func TestAbandonedFiles(t *testing.T) {
	_, text, _ := undisturbed(t)
	name, done := resultNames(text)[0], resultNames(text)[1]
	some := map[string]string{}
	for other, data := range text {
		if other != name {
			some[other] = data
		}
	}
	some[name+".0123abcd"+writingSuffix] = text[name][:50]
	some[done+".89abcdef"+writingSuffix] = text[done][:50]
	some[".writing"] = "" // of nobody
	folder := fill(t, some)
	r, err := Load(folder, toy(), toyVersion)
	require.NoError(t, err)
	require.Len(t, r.With(Missing), 1)
	require.Empty(t, r.Foreign)
	require.Empty(t, r.Corrupt)
	_, err = Run(t.Context(), toy(), toyOptions(folder))
	require.NoError(t, err)
	require.Equal(t, text, files(t, folder))
	require.Empty(t, writing(t, folder))
}

// Processes that share a folder do every point once, and each ends when all is
// done. If one is killed, the other does its points.
func TestTwoProcesses(t *testing.T) {
	text, want := largeFiles(t)
	for _, kill := range []bool{false, true} {
		folder, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
		a, b := start(t, folder, log), start(t, folder, log)
		if kill {
			require.Eventually(t, func() bool { return len(files(t, folder)) > 40 }, 20*time.Second, time.Millisecond)
			require.NoError(t, a.Process.Kill())
			require.Error(t, a.Wait())
		} else {
			require.NoError(t, a.Wait(), "output: %s", &a.out)
			require.Equal(t, text, files(t, folder), "all is done when one of them ends")
		}
		require.NoError(t, b.Wait(), "output: %s", &b.out)
		require.Equal(t, text, files(t, folder))
		require.Empty(t, writing(t, folder))
		got, err := Load(folder, large(), toyVersion)
		require.NoError(t, err)
		require.Equal(t, want, got)
		if runtime.GOOS == "linux" && !kill {
			require.Len(t, lines(t, log), len(resultNames(text)), "every point is evaluated once")
		}
	}
}

// Two runs in one process share a folder in the same way.
func TestTwoRuns(t *testing.T) {
	_, text, _ := undisturbed(t)
	folder := t.TempDir()
	type end struct {
		s   Summary
		err error
	}
	ends := make(chan end)
	for range 2 {
		go func() {
			o := toyOptions(folder)
			o.Registry = toySystem(func(ctx context.Context, s Settings) (Measured, error) {
				time.Sleep(time.Millisecond)
				return toySpeed(ctx, s)
			}, toyArea)
			s, err := Run(context.Background(), toy(), o)
			ends <- end{s, err}
		}()
	}
	a, b := <-ends, <-ends
	require.NoError(t, a.err)
	require.NoError(t, b.err)
	require.Equal(t, text, files(t, folder))
	all := len(resultNames(text))
	require.Equal(t, 2*all, a.s.Evaluated+b.s.Evaluated+a.s.Reused+b.s.Reused)
	if runtime.GOOS == "linux" {
		require.Equal(t, all, a.s.Evaluated+b.s.Evaluated)
	}
}

// A run that waits for another ends with its context.
func TestInterruptedWait(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("claims are Linux's")
	}
	folder := t.TempDir()
	c, err := openClaims(folder)
	require.NoError(t, err)
	defer c.close()
	k := toy().key("speed", toyVersion, toy().Points()[5])
	firm, err := c.claim(k)
	require.NoError(t, err)
	require.True(t, firm)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	s, err := Run(ctx, toy(), toyOptions(folder))
	require.EqualError(t, err, "experiment: toy: context deadline exceeded")
	require.Equal(t, 21, s.Evaluated, "all but the claimed point")
	// What the other process leaves when it is killed now is removed too.
	name, err := k.name()
	require.NoError(t, err)
	torn := filepath.Join(folder, name+".89abcdef"+writingSuffix)
	left := make(chan error, 1)
	go func() {
		time.Sleep(100 * time.Millisecond)
		err := os.WriteFile(torn, []byte("{"), 0o666)
		c.release(k)
		left <- err
	}()
	_, err = Run(t.Context(), toy(), toyOptions(folder))
	require.NoError(t, err)
	require.NoError(t, <-left)
	require.NoFileExists(t, torn)
}
