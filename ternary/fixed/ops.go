package fixed

// Ops are the row-wise vector operations in the formats of a Config: what the
// row-wise unit and the norm stage of a machine execute. The zero value is not
// usable; call NewOps.
//
// Every operation writes len(dst) elements; its operands have at least as many,
// raw values inside their format. dst may be one of the operands.
type Ops struct {
	Saturated *Saturations // counts saturated results; nil counts nothing

	config  Config
	sigmoid *SigmoidROM
}

// NewOps returns the operations of c, or the error of c.Validate.
func NewOps(c Config) (Ops, error) {
	if err := c.Validate(); err != nil {
		return Ops{}, err
	}
	return Ops{config: c, sigmoid: NewSigmoidROM(c)}, nil
}

// Config returns the formats of o.
func (o *Ops) Config() Config { return o.config }

// SigmoidROM returns the table of o, which the caller must not change.
func (o *Ops) SigmoidROM() *SigmoidROM { return o.sigmoid }

// limiter saturates to one format and counts how often it had to.
type limiter struct {
	lo, hi int64
	count  uint64
}

func (f Format) limiter() limiter { return limiter{lo: int64(f.Min()), hi: int64(f.Max())} }

func (l *limiter) limit(v int64) int32 {
	switch {
	case v > l.hi:
		v = l.hi
	case v < l.lo:
		v = l.lo
	default:
		return int32(v)
	}
	l.count++
	return int32(v)
}

// add adds the count to one of the counters of o.
func (l *limiter) add(o *Ops, counter func(*Saturations) *uint64) {
	if o.Saturated != nil && l.count != 0 {
		*counter(o.Saturated) += l.count
	}
}

// Add sets dst to a + b, saturating.
//
// Hardware: one (Width+1)-bit adder and a limiter per element.
func (o *Ops) Add(dst, a, b []int32) {
	l := o.config.Vector.limiter()
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = l.limit(int64(a[i]) + int64(b[i]))
	}
	l.add(o, func(s *Saturations) *uint64 { return &s.Add })
}

// Sub sets dst to a - b, saturating.
//
// Hardware: one (Width+1)-bit subtractor and a limiter per element.
func (o *Ops) Sub(dst, a, b []int32) {
	l := o.config.Vector.limiter()
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = l.limit(int64(a[i]) - int64(b[i]))
	}
	l.add(o, func(s *Saturations) *uint64 { return &s.Sub })
}

// Mul sets dst to a * b, RoundShift by Frac, saturating.
//
//	a * b   signed, 2*Width bits: |a*b| <= 2^(2*Width-2)
//
// Hardware: one Width x Width signed multiplier, RoundShift, limiter.
func (o *Ops) Mul(dst, a, b []int32) {
	l := o.config.Vector.limiter()
	frac := o.config.Vector.Frac
	a, b = a[:len(dst)], b[:len(dst)]
	for i := range dst {
		dst[i] = l.limit(RoundShift(int64(a[i])*int64(b[i]), frac))
	}
	l.add(o, func(s *Saturations) *uint64 { return &s.Mul })
}

// Sigmoid sets dst to 1/(1+exp(-a)): SigmoidROM.Sigmoid of every element.
//
//	result  in [0, 2^Frac]
func (o *Ops) Sigmoid(dst, a []int32) {
	for i, x := range a[:len(dst)] {
		dst[i] = o.sigmoid.Sigmoid(x)
	}
}

// CSigmoid sets dst to 1 - sigmoid(a), exactly 2^Frac - SigmoidROM.Sigmoid of
// every element.
//
//	result  in [0, 2^Frac]
func (o *Ops) CSigmoid(dst, a []int32) {
	one := o.config.Vector.One()
	for i, x := range a[:len(dst)] {
		dst[i] = one - o.sigmoid.Sigmoid(x)
	}
}

// SiLU sets dst to a * sigmoid(a): SigmoidROM.SiLU of every element.
//
//	result  |result| <= |a|
func (o *Ops) SiLU(dst, a []int32) {
	for i, x := range a[:len(dst)] {
		dst[i] = o.sigmoid.SiLU(x)
	}
}
