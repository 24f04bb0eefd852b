package sweeps_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/experiment"
	"lockstep/report"
	"lockstep/sweeps"
)

var (
	update = flag.Bool("update", false, "render the committed reports again")
	record = flag.String("record", "", "name of an experiment to run and record again, or all; needs -update")
)

const (
	reportsFolder = "../reports"
	release       = "0.1.0" // of the recorded results
)

// rowsFile holds the recorded results of an experiment.
func rowsFile(name string) string { return filepath.Join(reportsFolder, name+".json") }

// The committed reports are what their recorded rows, or the published points,
// render to. make reports records and renders them again.
func TestCommittedReports(t *testing.T) {
	want := map[string][]byte{}
	for _, name := range sweeps.Names() {
		if *update && (*record == name || *record == "all") {
			recordRows(t, name)
		}
		add(t, want, name, recordedDocument(t, name))
		want[name+".json"] = nil
	}
	for name, make := range map[string]func(context.Context) (*report.Document, error){
		"calibration-cross": sweeps.CrossCalibration, "calibration-ternary": sweeps.TernaryCalibration,
	} {
		d, err := make(t.Context())
		require.NoError(t, err)
		add(t, want, name, d)
	}
	if *update {
		for name, data := range want {
			if data != nil {
				require.NoError(t, os.WriteFile(filepath.Join(reportsFolder, name), data, 0o644))
			}
		}
	}
	entries, err := os.ReadDir(reportsFolder)
	require.NoError(t, err)
	for _, e := range entries {
		data, ok := want[e.Name()]
		if *update && strings.HasSuffix(e.Name(), ".svg") && !ok {
			require.NoError(t, os.Remove(filepath.Join(reportsFolder, e.Name())))
			continue
		}
		require.True(t, ok || e.Name() == "README.md", "reports/%s belongs to no report", e.Name())
		delete(want, e.Name())
		if data == nil {
			continue
		}
		got, err := os.ReadFile(filepath.Join(reportsFolder, e.Name()))
		require.NoError(t, err)
		require.True(t, string(data) == string(got), "reports/%s is stale; run: go test ./sweeps -run TestCommittedReports -update", e.Name())
	}
	require.Empty(t, want, "reports that are missing")
}

// add renders a document: the page, the Markdown and its pictures. The tables
// stand in both; CSV files of their own would say them a third time.
func add(t *testing.T, files map[string][]byte, name string, d *report.Document) {
	list, err := d.Files(name)
	require.NoError(t, err)
	for _, f := range list {
		if !strings.HasSuffix(f.Name, ".csv") {
			files[f.Name] = f.Data
		}
	}
}

func recordedDocument(t *testing.T, name string) *report.Document {
	data, err := os.ReadFile(rowsFile(name))
	require.NoError(t, err)
	var r experiment.Results
	require.NoError(t, json.Unmarshal(data, &r))
	e, err := sweeps.Builtin(name)
	require.NoError(t, err)
	require.Equal(t, e.YAML(), r.Experiment.YAML(), "the experiment changed after its results were recorded; run: make reports")
	d, err := sweeps.Document(e, &r, filepath.Join("results", name))
	require.NoError(t, err)
	return d
}

// recordRows runs an experiment and keeps its results.
func recordRows(t *testing.T, name string) {
	e, err := sweeps.Builtin(name)
	require.NoError(t, err)
	folder := t.TempDir()
	_, err = experiment.Run(t.Context(), e, experiment.Options{Registry: sweeps.Registry(), Folder: folder, Version: release, Jobs: runtime.NumCPU()})
	require.NoError(t, err)
	r, err := experiment.Load(folder, e, release)
	require.NoError(t, err)
	require.Empty(t, r.With(experiment.Missing))
	data, err := json.MarshalIndent(r, "", " ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(rowsFile(name), append(data, '\n'), 0o644))
}

// A sample of the recorded points is measured again: the reports are of this
// program.
func TestRecordedRowsAreCurrent(t *testing.T) {
	for _, name := range sweeps.Names() {
		data, err := os.ReadFile(rowsFile(name))
		require.NoError(t, err)
		var r experiment.Results
		require.NoError(t, json.Unmarshal(data, &r))
		s, err := sweeps.Registry().Find(r.Experiment.System)
		require.NoError(t, err)
		for i := 0; i < len(r.Rows); i += max(1, len(r.Rows)/4) {
			row := r.Rows[i]
			got, err := s.Phases[0].Evaluator.Evaluate(t.Context(), row.Settings)
			require.NoError(t, err)
			for _, v := range got.Values {
				require.Equal(t, v, row.Values[v.Name], "%s at %s; run: make reports", name, r.Experiment.Label(row.Settings))
			}
		}
	}
}
