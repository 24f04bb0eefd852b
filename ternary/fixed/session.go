package fixed

import (
	"fmt"

	"lockstep/ternary"
)

// A Session is one sequence on a Model; it implements ternary.Session. Sessions
// are independent of each other; one session is not safe for concurrent use.
type Session struct {
	Saturated Saturations // results limited since the session began

	model  *Model
	ops    Ops
	state  []int32 // [Layers*Hidden], recurrent state, raw vector elements
	logits []float32

	x, norm, i, f, g, o []int32 // [Hidden]
	gateUp              []int32 // [2*Intermediate]
	head                []int32 // [Vocab]
	acc                 []int32 // [max Rows]
	q                   []int8  // [max Cols]
}

var _ ternary.Session = (*Session)(nil)

// NewSession returns a session whose state is zero.
func (m *Model) NewSession() *Session {
	h, n, v := m.Shape.Hidden, m.Shape.Intermediate, m.Shape.Vocab
	vector := func() []int32 { return make([]int32, h) }
	s := &Session{
		model:  m,
		ops:    m.ops,
		state:  make([]int32, m.Shape.Layers*h),
		logits: make([]float32, v),
		x:      vector(),
		norm:   vector(),
		i:      vector(),
		f:      vector(),
		g:      vector(),
		o:      vector(),
		gateUp: make([]int32, 2*n),
		head:   make([]int32, v),
		acc:    make([]int32, max(h, 2*n, v)),
		q:      make([]int8, max(h, n)),
	}
	s.ops.Saturated = &s.Saturated
	return s
}

// Reset returns to the state before the first token.
func (s *Session) Reset() { clear(s.state) }

// Step consumes one token and returns the logits of the next one as floats,
// exact conversions of those of StepInt.
func (s *Session) Step(token int) ([]float32, error) {
	raw, err := s.StepInt(token)
	if err != nil {
		return nil, err
	}
	for i, v := range raw {
		s.logits[i] = float32(s.model.Config.Vector.Float(v))
	}
	return s.logits, nil
}

// StepInt consumes one token, 0 <= token < Vocab, and returns the logits of the
// next one, [Vocab] raw vector elements, valid until the next call.
func (s *Session) StepInt(token int) ([]int32, error) {
	m, h := s.model, s.model.Shape.Hidden
	if token < 0 || token >= m.Shape.Vocab {
		return nil, fmt.Errorf("fixed: token is %d, want 0 to %d", token, m.Shape.Vocab-1)
	}
	copy(s.x, m.Embedding[token*h:][:h])
	for i := range m.Layers {
		l := &m.Layers[i]
		s.mixTokens(l, s.state[i*h:][:h])
		s.mixChannels(l)
	}
	s.rmsNorm(s.norm, s.x, &m.FinalNorm)
	s.bitLinear(s.head, s.norm, &m.Head)
	return s.head, nil
}

// mixTokens adds the token mixer of l to x. With c = (1-lb) * (1-sigmoid(f))
// the recurrence h = f'*h + silu(i)*(1-f'), f' = lb + (1-lb)*sigmoid(f), is
// h + c*(silu(i) - h): one rounding on the state, and equal inputs leave it
// unchanged.
func (s *Session) mixTokens(l *Layer, h []int32) {
	o := &s.ops
	s.rmsNorm(s.norm, s.x, &l.AttnNorm)
	s.bitLinear(s.i, s.norm, &l.I)
	s.bitLinear(s.f, s.norm, &l.F)
	s.bitLinear(s.g, s.norm, &l.G)
	o.CSigmoid(s.f, s.f)
	if l.OneMinusLB != nil {
		o.Mul(s.f, s.f, l.OneMinusLB)
	}
	o.SiLU(s.i, s.i)
	o.Sub(s.i, s.i, h)
	o.Mul(s.i, s.i, s.f)
	o.Add(h, h, s.i)
	s.rmsNorm(s.g, s.g, &l.GNorm)
	o.SiLU(s.o, h)
	o.Mul(s.o, s.o, s.g)
	s.bitLinear(s.o, s.o, &l.O)
	o.Add(s.x, s.x, s.o)
}

// mixChannels adds the channel mixer of l to x.
func (s *Session) mixChannels(l *Layer) {
	o, n := &s.ops, s.model.Shape.Intermediate
	s.rmsNorm(s.norm, s.x, &l.MLPNorm)
	s.bitLinear(s.gateUp, s.norm, &l.GateUp)
	gate, up := s.gateUp[:n], s.gateUp[n:]
	o.SiLU(gate, gate)
	o.Mul(gate, gate, up)
	s.bitLinear(s.o, gate, &l.Down)
	o.Add(s.x, s.x, s.o)
}

// rmsNorm sets dst to the RMSNorm of x; dst may be x.
func (s *Session) rmsNorm(dst, x []int32, n *Norm) {
	s.ops.RMSNorm(dst, x, n.Weight, NormScale(s.ops.SumSquares(x), n.Eps, n.Out))
}

// bitLinear sets dst to the projection p of x; dst may be x.
func (s *Session) bitLinear(dst, x []int32, p *Projection) {
	st := s.ops.Stats(x, p.Norm)
	q, acc := s.q[:len(x)], s.acc[:len(dst)]
	s.ops.Quantise(q, x, p.Norm, QuantScale(st.Peak))
	p.Packed.MatVec(acc, q)
	s.ops.Rescale(dst, acc, RescaleScale(st, p.Eps, p.Out))
}
