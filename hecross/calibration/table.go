package calibration

import (
	"context"
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"golang.org/x/sync/errgroup"

	"lockstep/systolic/tpu"
)

// A Row is a point beside its simulation.
type Row struct {
	Point
	Simulated float64 `json:"simulated"` // in the unit of the point
	Error     float64 `json:"error"`     // of the simulated time, relative to the published one
}

// A Table is all points with constants.
type Table struct {
	Constants Constants `json:"constants"`
	Rows      []Row     `json:"rows"`
	MeanError float64   `json:"mean_absolute_error"` // of Rows, relative
}

// Compare simulates points with constants, several at a time.
func Compare(ctx context.Context, c Constants, points []Point) (*Table, error) {
	t := &Table{Constants: c, Rows: make([]Row, len(points))}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers())
	for i, p := range points {
		group.Go(func() error {
			m, err := tpu.Preset(p.Machine)
			if err != nil {
				return err
			}
			if m, err = c.Apply(m); err != nil {
				return err
			}
			v, err := p.Simulate(ctx, m)
			t.Rows[i] = Row{Point: p, Simulated: v, Error: p.relative(v)}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	for _, r := range t.Rows {
		t.MeanError += math.Abs(r.Error) / float64(len(t.Rows))
	}
	return t, nil
}

// relative is the error in time, which is the inverse of a rate.
func (p Point) relative(v float64) float64 {
	if p.Unit == perSecond {
		return p.Value/v - 1
	}
	return v/p.Value - 1
}

// String is the table for people.
func (t *Table) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "quantity\treduction\tmachine\tpublished\tsimulated\tunit\terror of time")
	for _, r := range t.Rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.6g\t%.6g\t%s\t%+.1f %%\n", r.Point, r.Reduction, r.Board(), r.Value, r.Simulated, r.UnitName(), 100*r.Error)
	}
	w.Flush()
	fmt.Fprintf(&b, "\nmean absolute error %.1f %% over %d points, with the constants\n%s", 100*t.MeanError, len(t.Rows), t.Constants)
	return b.String()
}

// Board names the machine and its chips.
func (p Point) Board() string {
	if p.Chips > 1 {
		return fmt.Sprintf("%s, %d chips", p.Machine, p.Chips)
	}
	return p.Machine
}
