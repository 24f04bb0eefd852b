package sim

// A Slice is a stretch of time on one track, from cycle Start up to but not
// including End.
type Slice struct {
	Track      int
	Kind       string // "op" or "stall"
	Name       string // of the op, or of the state
	Start, End Cycle
	Tag        uint64 // of the op
}

// A Tracer receives the trace of a run. Each unit and issuer is a track.
// Slices of a track come in the order of their starts; a stall may lie within
// an op, otherwise they do not overlap. The slice of an op is the time for
// which it occupies its unit, which in a pipelined unit is shorter than the op.
type Tracer interface {
	Track(id int, name string)
	Slice(s Slice)
	Counter(track int, name string, at Cycle, value int64)
}

// traced is a component with a track of its own.
type traced interface {
	announce(Tracer)
}
