//go:build unix

package experiment

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/tool/tooltest"
)

// limitFiles makes a write fail that would make a file longer than bytes, ""
// for no limit.
func limitFiles(bytes string) error {
	if bytes == "" {
		return nil
	}
	n, err := strconv.ParseUint(bytes, 10, 31)
	if err != nil {
		return err
	}
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n})
}

// remount changes the options of what tooltest.Disk returned.
func remount(t *testing.T, folder, options string) {
	t.Helper()
	out, err := exec.Command("mount", "-o", "remount,"+options, folder).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// A full disk ends the run with an error that names the file, and leaves whole
// results; with more room the next run goes on.
func TestFullDisk(t *testing.T) {
	_, text, want := undisturbed(t)
	folder := tooltest.Disk(t, "size=48k")
	s, err := Run(t.Context(), toy(), toyOptions(folder))
	require.ErrorIs(t, err, syscall.ENOSPC)
	require.Regexp(t, `^experiment: toy: write `+regexp.QuoteMeta(folder)+`/(speed|area)-[0-9a-f]{32}\.json\.[0-9a-f]{8}\.writing: no space left on device$`, err.Error())
	got := files(t, folder)
	require.Positive(t, s.Evaluated)
	require.Less(t, len(got), len(text))
	for name, data := range got {
		require.Equal(t, text[name], data)
	}
	require.Empty(t, writing(t, folder), "no half-written file")
	remount(t, folder, "size=1m")
	next, err := Run(t.Context(), toy(), toyOptions(folder))
	require.NoError(t, err)
	require.Equal(t, len(resultNames(got)), next.Reused)
	require.Equal(t, text, files(t, folder))
	r, err := Load(folder, toy(), toyVersion)
	require.NoError(t, err)
	require.Equal(t, want, r)
}

// The same without root: files that may not be as long as a result, but as the
// declaration and as some part of a result.
func TestFileLimit(t *testing.T) {
	text, _ := largeFiles(t)
	limit := len(text["toy.yaml"])
	require.Less(t, limit, len(text[resultNames(text)[len(resultNames(text))-1]]), "a result of phase speed")
	folder, log := t.TempDir(), filepath.Join(t.TempDir(), "log")
	p := start(t, folder, log, fmt.Sprint(limitEnv, "=", limit))
	require.EqualError(t, p.Wait(), "exit status 1", "output: %s", &p.out)
	require.Regexp(t, `^experiment: toy: write `+regexp.QuoteMeta(folder)+`/speed-[0-9a-f]{32}\.json\.[0-9a-f]{8}\.writing: file too large\n`, p.out.String())
	require.Empty(t, writing(t, folder))
	for name, data := range files(t, folder) {
		require.Equal(t, text[name], data)
	}
}

// A folder that cannot be written to is named; one that is complete needs no
// writing.
func TestReadOnlyFolder(t *testing.T) {
	_, text, want := undisturbed(t)
	readOnly := func(t *testing.T, text map[string]string) (folder, why string) {
		if os.Geteuid() != 0 { // permissions do not bind root
			folder := fill(t, text)
			require.NoError(t, os.Chmod(folder, 0o555))
			t.Cleanup(func() { require.NoError(t, os.Chmod(folder, 0o777)) })
			return folder, "permission denied"
		}
		folder = tooltest.Disk(t, "size=1m")
		for name, data := range text {
			require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(data), 0o666))
		}
		remount(t, folder, "ro")
		return folder, "read-only file system"
	}
	t.Run("empty", func(t *testing.T) {
		folder, why := readOnly(t, nil)
		_, err := Run(t.Context(), toy(), toyOptions(folder))
		require.Error(t, err)
		require.Regexp(t, `^experiment: toy: open `+regexp.QuoteMeta(folder)+`/toy\.yaml\.[0-9a-f]{8}\.writing: `+why+`$`, err.Error())
		inside := filepath.Join(folder, "new")
		_, err = Run(t.Context(), toy(), toyOptions(inside))
		require.EqualError(t, err, "experiment: toy: mkdir "+inside+": "+why)
	})
	t.Run("incomplete", func(t *testing.T) {
		some := fill(t, text)
		require.NoError(t, os.Remove(filepath.Join(some, resultNames(text)[7])))
		folder, why := readOnly(t, files(t, some))
		_, err := Run(t.Context(), toy(), toyOptions(folder))
		require.EqualError(t, err, "experiment: toy: open "+folder+"/claims: "+why)
		r, err := Load(folder, toy(), toyVersion)
		require.NoError(t, err)
		require.Len(t, r.With(Missing), 1)
	})
	t.Run("complete", func(t *testing.T) {
		folder, _ := readOnly(t, text)
		s, err := Run(t.Context(), toy(), toyOptions(folder))
		require.NoError(t, err)
		require.Equal(t, len(resultNames(text)), s.Reused)
		r, err := Load(folder, toy(), toyVersion)
		require.NoError(t, err)
		require.Equal(t, want, r)
	})
}

// A result that cannot be read is an error, not a missing or a corrupt result.
func TestUnreadableResult(t *testing.T) {
	_, text, _ := undisturbed(t)
	folder := fill(t, text)
	name := resultNames(text)[0]
	file := filepath.Join(folder, name)
	require.NoError(t, os.Remove(file))
	require.NoError(t, os.Symlink(name, file)) // to itself, for root too
	_, err := Load(folder, toy(), toyVersion)
	require.EqualError(t, err, "experiment: toy: open "+file+": too many levels of symbolic links")
	_, err = Run(t.Context(), toy(), toyOptions(folder))
	require.EqualError(t, err, "experiment: toy: open "+file+": too many levels of symbolic links")
}
