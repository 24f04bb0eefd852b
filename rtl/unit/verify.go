package unit

import (
	"fmt"
	"math/rand/v2"

	"lockstep/rtl"
)

// A Plan is the set of runs that verifies one unit.
type Plan struct {
	Runs   []Stimulus
	Seed   uint64      // of the whole plan
	N      int         // frames or beats asked for
	frames [][][]Frame // [run][input channel][beat]
	want   [][][]Frame // [run][output channel][beat] of the golden model
	paced  []bool      // by run: no output was stalled, so timing is checked
	u      *Unit
}

// Plan returns the runs that verify u with about n frames or beats from seed:
// one back to back and, for stream units, runs with idle inputs, stalled
// outputs and both. What is right, latency included, is that of u without its
// fault.
func (u *Unit) Plan(seed uint64, n int) (*Plan, error) {
	sound := *u
	sound.Fault = rtl.Fault{}
	p := &Plan{u: &sound, Seed: seed, N: n}
	if u.Streams == nil {
		frames := u.Frames(seed, n)
		s := u.Back(frames)
		s.Seed = seed
		if err := u.Admits(s); err != nil {
			return nil, err
		}
		in := make([]Frame, len(s.In[0]))
		for i, it := range s.In[0] {
			in[i] = it.Frame
		}
		model := u.Golden()
		want := make([]Frame, len(in))
		for i, f := range in {
			want[i] = NewFrame(u.Out)
			model(f, want[i])
		}
		p.add(s, [][]Frame{in}, [][]Frame{want}, true)
		return p, nil
	}
	for k, stall := range [][2]uint8{{0, 0}, {96, 0}, {0, 128}, {96, 128}, {230, 20}, {20, 230}} {
		r := rand.New(rand.NewPCG(seed, uint64(k)))
		beats := u.Streams.Stimulus(r, n)
		s := Stimulus{In: make([][]Item, len(beats)), Expect: make([]int, len(u.Streams.Out)),
			StallIn: stall[0], StallOut: stall[1], Seed: seed + uint64(k)}
		total := 0
		for i, fs := range beats {
			for _, f := range fs {
				s.In[i] = append(s.In[i], Item{Frame: f})
			}
			total += len(fs)
		}
		if err := u.Admits(s); err != nil {
			return nil, err
		}
		want, err := u.Streams.Golden(beats)
		if err != nil {
			return nil, fmt.Errorf("unit %s: golden model: %w", u.Name, err)
		}
		for i, w := range want {
			s.Expect[i] = len(w)
			total += len(w)
		}
		s.Limit = 40*total + 1<<14
		p.add(s, beats, want, stall[1] == 0)
	}
	return p, nil
}

func (p *Plan) add(s Stimulus, in, want [][]Frame, paced bool) {
	p.Runs = append(p.Runs, s)
	p.frames = append(p.frames, in)
	p.want = append(p.want, want)
	p.paced = append(p.paced, paced)
}

// Beats returns the number of input beats in all runs.
func (p *Plan) Beats() int {
	n := 0
	for _, in := range p.frames {
		for _, fs := range in {
			n += len(fs)
		}
	}
	return n
}

// Want returns what the golden model gives for a run, [output channel][beat].
func (p *Plan) Want(run int) [][]Frame { return p.want[run] }

// Due returns the cycles in which the outputs of a run appear, [output
// channel][beat], given what an executor observed of its inputs; nil where the
// timing is not specified: an output was stalled, an input beat was never
// accepted, or the unit has no Due.
func (p *Plan) Due(run int, res Result) ([][]int, error) {
	if !p.paced[run] {
		return nil, nil
	}
	for i, fs := range p.frames[run] {
		if len(res.Accepted[i]) != len(fs) {
			return nil, nil
		}
	}
	m, err := p.u.Module()
	if err != nil {
		return nil, err
	}
	return p.due(run, res, m.Latency()), nil
}

// A Mismatch is the first difference between an executor and the golden model.
type Mismatch struct {
	Unit, Executor string
	Run            int    // index in the plan
	Seed           uint64 // of the plan
	Text           string // what differs
	Got, Want      Frame  // nil unless values differ
}

// Error implements error.
func (m *Mismatch) Error() string {
	return fmt.Sprintf("%s: %s (run %d, seed %d)", m.Unit, m.Text, m.Run, m.Seed)
}

// Check compares what an executor observed with the golden model, beat by
// beat, and its timing with the latency derived from the structure. It returns
// the number of output beats whose cycle was confirmed.
func (p *Plan) Check(executor string, results []Result) (confirmed int, err error) {
	m, err := p.u.Module()
	if err != nil {
		return 0, err
	}
	for r, res := range results {
		bad := &Mismatch{Unit: p.u.Name, Executor: executor, Run: r, Seed: p.Seed}
		fail := func(format string, args ...any) error {
			bad.Text = fmt.Sprintf(format, args...)
			return bad
		}
		if err := p.values(r, res, bad, executor, fail); err != nil {
			return confirmed, err
		}
		if res.Fault != "" {
			return confirmed, fail("%s: %s", executor, res.Fault)
		}
		if !p.paced[r] {
			continue
		}
		n, err := p.timing(r, res, m.Latency(), fail)
		confirmed += n
		if err != nil {
			return confirmed, err
		}
	}
	return confirmed, nil
}

func (p *Plan) values(r int, res Result, bad *Mismatch, executor string, fail func(string, ...any) error) error {
	_, outs := p.u.Channels()
	for i, ch := range outs {
		want := p.want[r][i]
		for k, w := range want {
			if k >= len(res.Out[i]) {
				why := ""
				if res.Fault != "" {
					why = ": " + res.Fault
				}
				return fail("%s %d of %d of %s never arrives from %s%s", p.noun(), k, len(want), ch.Name, executor, why)
			}
			for q, port := range ch.Payload {
				if got := res.Out[i][k].Out[q]; !equal(Frame{got}, Frame{w[q]}) {
					bad.Got, bad.Want = res.Out[i][k].Out, w
					return fail("%s %d port %s: %s gives %s, golden model gives %s", p.noun(), k, port.Name, executor,
						excerpt(got, w[q]), excerpt(w[q], got))
				}
			}
		}
		if extra := len(res.Out[i]) - len(want); extra > 0 {
			return fail("%s invents %d beats on %s after the %d expected", executor, extra, ch.Name, len(want))
		}
	}
	return nil
}

func (p *Plan) noun() string {
	if p.u.Streams == nil {
		return "frame"
	}
	return "beat"
}

// excerpt prints the lanes around the first difference.
func excerpt(a, b []int64) string {
	if len(a) <= 8 {
		return fmt.Sprint(a)
	}
	for l := range a {
		if a[l] != b[l] {
			return fmt.Sprintf("%d in lane %d", a[l], l)
		}
	}
	return fmt.Sprint(a)
}

func (p *Plan) timing(r int, res Result, latency int, fail func(string, ...any) error) (int, error) {
	due := p.due(r, res, latency)
	n := 0
	for i := range due {
		for k, want := range due[i] {
			if got := res.Out[i][k].Cycle; got != want {
				return n, fail("%s %d appears in cycle %d, want %d (latency %d)", p.noun(), k, got, want, latency)
			}
			n++
		}
	}
	return n, nil
}

// due requires that every input beat was accepted.
func (p *Plan) due(r int, res Result, latency int) [][]int {
	if p.u.Streams == nil {
		due := [][]int{nil}
		for _, c := range res.Accepted[0] {
			due[0] = append(due[0], c+latency)
		}
		return due
	}
	if p.u.Streams.Due == nil {
		return nil
	}
	return p.u.Streams.Due(p.frames[r], res.Accepted, latency)
}
