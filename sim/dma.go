package sim

// A DMA moves bytes between two memory ports in the background. It is a unit
// whose ops have a transfer on each side; both are requested when the op
// starts and run side by side, and the op finishes with the later one.
type DMA struct {
	*Unit
	far, near *Port
}

// NewDMA adds a DMA to the system. far is the port of the outer memory, near
// that of the scratchpad, or nil if that side never limits. The unit usually
// has a queue, and Interval 1 with MaxInFlight to have several moves at once.
func NewDMA(s *System, c UnitConfig, far, near *Port) (*DMA, error) {
	u, err := NewUnit(s, c)
	if err != nil {
		return nil, err
	}
	return &DMA{u, far, near}, nil
}

// Load makes o a move of bytes from address addr of the far side to the near
// side.
func (d *DMA) Load(o *Op, addr, bytes int64) { d.move(o, addr, bytes, false) }

// Store makes o a move of bytes from the near side to address addr of the far
// side.
func (d *DMA) Store(o *Op, addr, bytes int64) { d.move(o, addr, bytes, true) }

func (d *DMA) move(o *Op, addr, bytes int64, store bool) {
	o.Unit = d.Unit
	o.Transfers = append(o.Transfers[:0], Transfer{Port: d.far, Bytes: bytes, Addr: addr, Write: store})
	if d.near != nil {
		o.Transfers = append(o.Transfers, Transfer{Port: d.near, Bytes: bytes, Write: !store})
	}
}
