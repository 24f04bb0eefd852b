package bench

import (
	"context"
	"fmt"

	"lockstep/hecross"
	"lockstep/hecross/ckks"
	"lockstep/hecross/lower"
	"lockstep/systolic/tpu"
)

// heSet is the parameter set of both layers: 8 limbs of N = 8192.
const heSet = "HEAP"

// A heBench is a client's ciphertext and key, and the machine that is simulated.
type heBench struct {
	set     hecross.ParameterSet
	context *hecross.Context
	ct      hecross.Ciphertext
	key     hecross.EvaluationKey
	machine tpu.Config
}

func newHEBench() (*heBench, error) {
	set, err := hecross.Preset(heSet)
	if err != nil {
		return nil, err
	}
	client, err := ckks.NewClient(set, ckks.Options{})
	if err != nil {
		return nil, err
	}
	slots := make([]complex128, client.Slots())
	for i := range slots {
		slots[i] = complex(float64(i)/float64(len(slots)), -0.5)
	}
	h := &heBench{set: set, context: client.Context()}
	ct, err := ckks.NewEvaluator(client, h.context).Encrypt(slots)
	if err != nil {
		return nil, err
	}
	h.ct = ct.Ciphertext
	if h.key, err = client.RelinearizationKey(); err != nil {
		return nil, err
	}
	h.machine, err = tpu.Preset("v6e")
	return h, err
}

// simulated returns a call that runs an operation on a new device, which keeps
// no report of earlier calls, and leaves the result in out.
func (h *heBench) simulated(out *hecross.Ciphertext, do func(d *lower.Device) (hecross.Ciphertext, error)) func(context.Context) (int64, error) {
	return func(ctx context.Context) (int64, error) {
		d, err := lower.NewDevice(ctx, h.context, h.machine, lower.Options{})
		if err != nil {
			return 0, err
		}
		if *out, err = do(d); err != nil {
			return 0, err
		}
		return d.Report().Cycles, nil
	}
}

// timed returns a call that only counts the cycles of an operation.
func (h *heBench) timed(operation string) func(context.Context) (int64, error) {
	return func(ctx context.Context) (int64, error) {
		shape, err := lower.ShapeOf(h.set, 1)
		if err != nil {
			return 0, err
		}
		r, err := lower.Time(ctx, h.machine, lower.Options{}, shape, operation)
		if err != nil {
			return 0, err
		}
		return r.Cycles, nil
	}
}

func prepareNTT(ctx context.Context, _ func(string)) (*subject, error) {
	h, err := newHEBench()
	if err != nil {
		return nil, err
	}
	q := h.context.Q
	golden, literal := q.NewPoly(), q.NewPoly()
	var device hecross.Ciphertext
	s := &subject{item: "transform", ways: []way{
		{what: fmt.Sprintf("golden butterflies, %d limbs of N = %d", q.Limbs(), q.N), items: 1, call: func(context.Context) (int64, error) {
			return 0, q.NTT(golden, h.ct[0])
		}},
		{what: "three steps through literal bytes", items: 1, call: func(context.Context) (int64, error) { return 0, q.NTTBytes(literal, h.ct[0]) }},
		{what: "TPU v6e, literal bytes and cycles", items: 1, call: h.simulated(&device, func(d *lower.Device) (hecross.Ciphertext, error) {
			p, err := d.NTT(h.ct[0], false)
			return hecross.Ciphertext{p}, err
		})},
		{what: "TPU v6e, cycles only", items: 1, call: h.timed("ntt")},
	}}
	if err := callAll(ctx, s.ways); err != nil {
		return nil, err
	}
	want := hecross.Ciphertext{golden}
	if err := sameResidues(s.ways[1].what, hecross.Ciphertext{literal}, want); err != nil {
		return nil, err
	}
	return s, sameResidues(s.ways[2].what, device, want)
}

func prepareMult(ctx context.Context, _ func(string)) (*subject, error) {
	h, err := newHEBench()
	if err != nil {
		return nil, err
	}
	var golden, device hecross.Ciphertext
	s := &subject{item: "HE-Mult", ways: []way{
		{what: fmt.Sprintf("golden arithmetic, parameter set %s", h.set.Name), items: 1, call: func(context.Context) (_ int64, err error) {
			golden, err = h.context.Mult(h.ct, h.ct, h.key)
			return 0, err
		}},
		{what: "TPU v6e, literal bytes and cycles", items: 1, call: h.simulated(&device, func(d *lower.Device) (hecross.Ciphertext, error) {
			return d.Mult(h.ct, h.ct, h.key)
		})},
		{what: "TPU v6e, cycles only", items: 1, call: h.timed("mult")},
	}}
	if err := callAll(ctx, s.ways); err != nil {
		return nil, err
	}
	return s, sameResidues(s.ways[1].what, device, golden)
}

// callAll does every way once, so that all results exist. Ways that simulate
// take the same cycles.
func callAll(ctx context.Context, ways []way) error {
	want := int64(0)
	for _, w := range ways {
		cycles, err := w.call(ctx)
		if err != nil {
			return err
		}
		if want > 0 && cycles > 0 && cycles != want {
			return fmt.Errorf("%s: takes %d cycles, another way %d", w.what, cycles, want)
		}
		want = max(want, cycles)
	}
	return nil
}

// sameResidues reports the first residue in which a result differs.
func sameResidues(what string, got, want hecross.Ciphertext) error {
	for i, p := range want {
		for l := range p {
			for k, x := range p[l] {
				if g := got[i][l][k]; g != x {
					return fmt.Errorf("%s: polynomial %d, limb %d, index %d: %d, want %d", what, i, l, k, g, x)
				}
			}
		}
	}
	return nil
}
