package energy

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// A Row is one published number beside its estimate.
type Row struct {
	Source    string  `yaml:"source" json:"source"`
	Quantity  string  `yaml:"quantity" json:"quantity"`
	Device    string  `yaml:"model" json:"device"`
	Run       string  `yaml:"run" json:"run"`       // of activities.yaml
	Metric    string  `yaml:"metric" json:"metric"` // watts or joules_per_token
	Unit      string  `yaml:"unit" json:"unit"`
	Published float64 `yaml:"value" json:"published"`
	Fitted    bool    `yaml:"fitted" json:"fitted"` // the static power of the device is fitted to it
	Note      string  `yaml:"note" json:"note,omitempty"`

	Estimated float64 `yaml:"-" json:"estimated"`
	Dynamic   float64 `yaml:"-" json:"dynamic_share"`  // of the estimate, 0 to 1: what is not static power
	Error     float64 `yaml:"-" json:"relative_error"` // Estimated / Published - 1
}

// A Validation is all published numbers, in the order of published.yaml.
type Validation []Row

// A Run is recorded activity of a simulation.
type Run struct {
	Name     string   `yaml:"run" json:"run"`
	Doc      string   `yaml:"doc" json:"doc"`       // what was simulated
	Tokens   float64  `yaml:"tokens" json:"tokens"` // the activity is of so many; 0 if it has none
	Activity Activity `yaml:"activity" json:"activity"`
}

var (
	//go:embed published.yaml
	publishedFile []byte
	//go:embed activities.yaml
	activitiesFile []byte
)

// metrics are what of an estimate can be compared, with its unit.
var metrics = map[string]struct {
	unit string
	of   func(b Breakdown, r Run) float64
}{
	"watts":            {"W", func(b Breakdown, _ Run) float64 { return b.Watts }},
	"joules_per_token": {"J/token", func(b Breakdown, r Run) float64 { return b.Joules / r.Tokens }},
}

// Runs returns the recorded activities behind the validation. They come from
// simulations by the tests of this package, which fail when one is stale.
func Runs() ([]Run, error) { return runs(activitiesFile) }

func runs(data []byte) ([]Run, error) {
	var list []Run
	if err := decode("activities.yaml", data, &list); err != nil {
		return nil, err
	}
	for i, r := range list {
		if slices.ContainsFunc(list[:i], func(other Run) bool { return other.Name == r.Name }) {
			return nil, fmt.Errorf("energy: activities.yaml: run %q is there twice, want it once", r.Name)
		}
		if !(r.Tokens >= 0 && r.Tokens <= maxCount) {
			return nil, fmt.Errorf("energy: activities.yaml: run %s: tokens is %v, want 0 to %g", r.Name, r.Tokens, maxCount)
		}
		if err := r.Activity.check(); err != nil {
			return nil, fmt.Errorf("energy: activities.yaml: run %s: %w", r.Name, err)
		}
	}
	return list, nil
}

// Validate estimates every published number from the recorded activities. It
// simulates nothing.
func Validate() (Validation, error) {
	models, err := Models()
	if err != nil {
		return nil, err
	}
	return validate(publishedFile, activitiesFile, models)
}

func validate(rows, activities []byte, models []Model) (Validation, error) {
	list, err := runs(activities)
	if err != nil {
		return nil, err
	}
	var v Validation
	if err := decode("published.yaml", rows, &v); err != nil {
		return nil, err
	}
	for i := range v {
		if err := v[i].estimate(list, models); err != nil {
			return nil, fmt.Errorf("energy: published.yaml: %s: %w", v[i].Quantity, err)
		}
	}
	return v, nil
}

// estimate fills in what is not published.
func (r *Row) estimate(list []Run, models []Model) error {
	metric, ok := metrics[r.Metric]
	at := slices.IndexFunc(list, func(run Run) bool { return run.Name == r.Run })
	switch {
	case !ok:
		return fmt.Errorf("metric is %q, want watts or joules_per_token", r.Metric)
	case r.Unit != metric.unit:
		return fmt.Errorf("unit is %q, want %s", r.Unit, metric.unit)
	case r.Source == "":
		return fmt.Errorf("source is empty, want a citation")
	case !finite(r.Published):
		return fmt.Errorf("value is %v, want above 0", r.Published)
	case at < 0:
		return fmt.Errorf("run is %q, want one of activities.yaml", r.Run)
	case r.Metric == "joules_per_token" && list[at].Tokens == 0:
		return fmt.Errorf("run %s has %v tokens, want above 0", r.Run, list[at].Tokens)
	}
	m, err := find(models, r.Device)
	if err != nil {
		return err
	}
	b, err := estimate(list[at].Activity, m)
	if err != nil {
		return err
	}
	r.Estimated = metric.of(b, list[at])
	r.Dynamic = b.DynamicShare()
	r.Error = r.Estimated/r.Published - 1
	return nil
}

// String is the table for people, sources numbered below it.
func (v Validation) String() string {
	var b strings.Builder
	var sources []string
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "device\tquantity\tpublished\testimate\terror\tdynamic\tunit\tfitted\tsource\tnote")
	for _, r := range v {
		fit := "no"
		if r.Fitted {
			fit = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%.4g\t%.4g\t%+.1f %%\t%.0f %%\t%s\t%s\t%s\t%s\n",
			r.Device, r.Quantity, r.Published, r.Estimated, 100*r.Error, 100*r.Dynamic, r.Unit, fit, number(r.Source, &sources), r.Note)
	}
	w.Flush()
	b.WriteString("\nerror: estimate / published - 1. dynamic: share of the estimate that is not static power.\n" +
		"fitted: the static power of the device is fitted to the row, see energies.yaml.\n")
	for i, s := range sources {
		fmt.Fprintf(&b, "[%d] %s\n", i+1, s)
	}
	return b.String()
}

// number returns the number of a source in a list, to which it adds a new one.
func number(source string, list *[]string) string {
	at := slices.Index(*list, source)
	if at < 0 {
		at = len(*list)
		*list = append(*list, source)
	}
	return fmt.Sprintf("[%d]", at+1)
}
