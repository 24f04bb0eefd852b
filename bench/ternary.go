package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"lockstep/ternary/argmax"
	"lockstep/ternary/core"
	"lockstep/ternary/cosim"
	"lockstep/ternary/fixed"
	"lockstep/ternary/opticks"
	"lockstep/tool"
)

const rtlWay = "RTL under Verilator"

// A feed gives one witness the bytes of the validation text, again and again.
type feed struct {
	text []byte
	at   int
}

func (f *feed) next() int {
	token := int(f.text[f.at])
	f.at = (f.at + 1) % len(f.text)
	return token
}

// each returns a way that does a token of the text.
func (f feed) each(what string, do func(ctx context.Context, token int) (int64, error)) way {
	return way{what: what, items: 1, call: func(ctx context.Context) (int64, error) { return do(ctx, f.next()) }}
}

// witnesses are the ways of the ternary core.
type witnesses struct {
	golden   *fixed.Session
	event    *core.Machine
	timing   *core.Machine
	hardware *cosim.Hardware // nil if a tool is missing
}

func prepareTernary(ctx context.Context, note func(string)) (*subject, error) {
	w, err := opticks.Load()
	if err != nil {
		return nil, err
	}
	m, err := fixed.New(w, fixed.Default())
	if err != nil {
		return nil, err
	}
	c, err := core.Preset(core.DefaultPreset)
	if err != nil {
		return nil, err
	}
	ws := witnesses{golden: m.NewSession()}
	if ws.event, err = core.New(c, m, core.Options{}); err != nil {
		return nil, err
	}
	if ws.timing, err = core.NewTiming(c, m.Shape, core.Options{Numbers: m.Config}); err != nil {
		return nil, err
	}
	s := &subject{item: "token"}
	ws.hardware, err = cosim.NewHardware(ctx, c, ws.event.Program, m, cosim.Build{Progress: func(module string) { note("building " + module) }})
	switch {
	case errors.Is(err, tool.ErrMissing):
		s.missing = []missing{{rtlWay, err.Error()}}
	case err != nil:
		return nil, err
	default:
		s.close = ws.hardware.Close
	}
	text := feed{text: opticks.Validation()[:256]}
	if err := ws.agree(ctx, text); err != nil {
		return nil, errors.Join(err, ws.close())
	}
	s.ways = ws.ways(text)
	return s, nil
}

func (ws *witnesses) close() error {
	if ws.hardware == nil {
		return nil
	}
	return ws.hardware.Close()
}

// agree runs two tokens on all and reports the first difference.
func (ws *witnesses) agree(ctx context.Context, text feed) error {
	for range 2 {
		token := text.next()
		golden, err := ws.golden.StepInt(token)
		if err != nil {
			return err
		}
		want, err := ws.event.Step(ctx, token)
		if err != nil {
			return err
		}
		if !slices.Equal(golden, ws.event.RawLogits(0)) {
			return fmt.Errorf("token %d: the event model has other logits than the golden model", token)
		}
		timing, err := ws.timing.Step(ctx, token)
		if err != nil {
			return err
		}
		if timing != want {
			return fmt.Errorf("token %d: the event model takes %d cycles without values, %d with them", token, timing, want)
		}
		if ws.hardware == nil {
			continue
		}
		run, err := ws.hardware.Generate([]int{token}, 0)
		if err != nil {
			return err
		}
		if got := run[0]; got.Cycles != int64(want) || got.Next[0] != argmax.Argmax(golden) {
			return fmt.Errorf("token %d: RTL takes %d cycles and chooses %d, the event model takes %d and the golden model chooses %d",
				token, got.Cycles, got.Next[0], want, argmax.Argmax(golden))
		}
	}
	return nil
}

func (ws *witnesses) ways(text feed) []way {
	step := func(m *core.Machine) func(context.Context, int) (int64, error) {
		return func(ctx context.Context, token int) (int64, error) {
			cycles, err := m.Step(ctx, token)
			return int64(cycles), err
		}
	}
	list := []way{
		text.each("golden model", func(_ context.Context, token int) (int64, error) {
			_, err := ws.golden.StepInt(token)
			return 0, err
		}),
		text.each("event model, values and cycles", step(ws.event)),
		text.each("event model, cycles only", step(ws.timing)),
	}
	if ws.hardware != nil {
		list = append(list, text.each(rtlWay, func(_ context.Context, token int) (int64, error) { return ws.hardware.Step(token) }))
	}
	return list
}
