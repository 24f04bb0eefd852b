package chip

import (
	"lockstep/rtl"
	"lockstep/systolic/accumulator"
	"lockstep/systolic/array"
	"lockstep/systolic/dma"
	"lockstep/systolic/vmem"
)

// A top is the RTL of the whole chip under construction. Inside it everything
// moves under handshakes or as many cycles later as the latencies of the units
// say, so that no signal has a stage.
type top struct {
	m       *rtl.Module
	c       Config
	sems    [Semaphores]rtl.State
	engines [NumEngines]*engine
	vmem    *block
	sums    *block // accumulators
}

// An engine is the queue of an engine and what happens at its ends.
type engine struct {
	*queue
	fits    rtl.Sig // u1: the semaphores hold what the front waits for
	fire    rtl.Sig // u1: the front starts
	ends    rtl.Sig // u1: the oldest instruction at work ends with this cycle
	signals rtl.Sig // what it signals then
}

// Streams and ports of the top besides those of the memory ports; engines have
// the ports <engine>_start and <engine>_end, which are 1 in the cycle in which
// an instruction starts and in the one before it ends.
const (
	LoadStream  = "load"    // load a program of count instructions through the port program
	StartStream = "start"   // run it
	DoneStream  = "done"    // it has ended
	ProgramPort = "program" // of the memory with the program, from address 0 on
	MemoryPort  = "memory"  // of the memory for LOAD and STORE
)

// StartPort and EndPort return the names of the ports of an engine.
func (e Engine) StartPort() string { return e.String() + "_start" }

// EndPort is 1 in the cycle before an instruction ends.
func (e Engine) EndPort() string { return e.String() + "_end" }

// RTL returns the hardware of chip c, which does not depend on LatencyCycles,
// Efficiency and ClockHz.
func RTL(c Config) (*rtl.Module, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	t := &top{m: rtl.New(c.Name(), "a systolic machine with its scratchpad, DMA and sequencer"), c: c}
	for s := range t.sems {
		t.sems[s] = t.m.State(semName(s), rtl.U(semaphoreBits), 0)
	}
	var err error
	u, failed := vmem.New(c.vmem())
	if t.vmem, err = t.place("vmem", u, failed); err != nil {
		return nil, err
	}
	u, failed = accumulator.New(c.accumulator())
	if t.sums, err = t.place("accumulator", u, failed); err != nil {
		return nil, err
	}
	yes := t.m.Const(rtl.U(1), 1)
	t.vmem.in("valid", yes)
	t.sums.in("valid", yes)
	for e := range NumEngines {
		t.engines[e] = t.engine(e)
	}
	u, failed = dma.New(c.dma())
	d, err := t.place("dma", u, failed)
	if err != nil {
		return nil, err
	}
	t.transfers(d, u.Streams)
	u, failed = array.New(c.array())
	a, err := t.place("array", u, failed)
	if err != nil {
		return nil, err
	}
	t.passes(a)
	t.drains()
	t.semaphores(t.sequence())
	for e := range NumEngines {
		t.show(e.StartPort(), "an instruction starts", t.engines[e].fire)
		t.show(e.EndPort(), "an instruction ends with this cycle", t.engines[e].ends)
	}
	return t.m, t.m.Finish()
}

func (t *top) show(name, doc string, s rtl.Sig) {
	t.m.Out(rtl.Port{Name: name, Shape: rtl.U(1), Lanes: 1, Doc: doc}, []rtl.Sig{s.Unstaged()})
}

// Shapes.
var (
	flag       = rtl.U(1)
	countShape = rtl.U(countBits)
	addrShape  = rtl.U(addrBits)
	semsShape  = rtl.U(semBits * Semaphores)
)

// rowShape is the shape of the address of a row of VMEM.
func (t *top) rowShape() rtl.Shape { return t.c.vmem().RowShape() }

func (t *top) wordShape() rtl.Shape { return t.c.accumulator().WordShape() }

// engine declares the queue of an engine.
func (t *top) engine(e Engine) *engine {
	fs := fields{"count": countShape, "row": t.rowShape(), "waits": semsShape, "signals": semsShape}
	switch e {
	case DMA:
		fs["store"], fs["addr"], fs["bytes"], fs["stride"] = flag, addrShape, countShape, addrShape
	case MXU:
		fs["input"], fs["word"], fs["first"] = t.rowShape(), t.wordShape(), flag
	case Drainer:
		fs["word"] = t.wordShape()
	}
	g := &engine{queue: t.queue(e.String()+"_queue", t.c.QueueDepth, fs)}
	g.fits = t.fits(g.front["waits"]).Named(e.String() + "_fits")
	return g
}

// state declares a register and returns what it holds, of any stage.
func (t *top) state(name string, sh rtl.Shape) (now rtl.Sig, s rtl.State) {
	s = t.m.State(name, sh, 0)
	return s.Unstaged(), s
}

// down and up return a plus or minus 1, modulo its width.
func (t *top) down(a rtl.Sig) rtl.Sig { return a.SubWrap(t.m.Const(a.Shape(), 1)) }
func (t *top) up(a rtl.Sig) rtl.Sig   { return a.AddWrap(t.m.Const(a.Shape(), 1)) }

// late returns a after n cycles.
func late(name string, a rtl.Sig, n int) rtl.Sig { return a.Unstaged().Delay(name, n).Unstaged() }

// atMostOne returns whether a is 0 or 1.
func (t *top) atMostOne(a rtl.Sig) rtl.Sig {
	if a.Shape().Width == 1 {
		return t.m.Const(flag, 1)
	}
	return a.Slice(a.Shape().Width-1, 1).AnyOne().Not()
}

// gate returns a where on is 1, else 0.
func (t *top) gate(on, a rtl.Sig) rtl.Sig { return on.Mux(a, t.m.Const(a.Shape(), 0)) }
