package chip

import "fmt"

// A Program is what a chip executes.
type Program struct {
	Config      Config
	Instrs      []Instr
	MemoryBytes int64 // of the memory beside the chip, 1 to 2^32
}

// maxMemory bounds MemoryBytes.
const maxMemory = 1 << 32

// Code returns the program as it lies in program memory.
func (p *Program) Code() ([]byte, error) {
	var code []byte
	for k, in := range p.Instrs {
		var err error
		if code, err = in.Encode(code); err != nil {
			return nil, fmt.Errorf("chip: instruction %d: %w", k+1, err)
		}
	}
	return code, nil
}

// Check reports what is wrong with the program: a field out of range, an
// operand outside of its banks, the accumulators or memory, a semaphore for
// which two engines wait, a wait that cannot end however long the queues are,
// and two instructions of different engines that touch the same place, one of
// them writing, in no certain order.
func (p *Program) Check() error {
	if err := p.Config.Validate(); err != nil {
		return err
	}
	switch n := len(p.Instrs); {
	case n < 1 || n > p.Config.ProgramWords:
		return fmt.Errorf("chip: program has %d instructions, want 1 to ProgramWords, %d", n, p.Config.ProgramWords)
	case p.MemoryBytes < 1 || p.MemoryBytes > maxMemory:
		return fmt.Errorf("chip: MemoryBytes is %d, want 1 to %d", p.MemoryBytes, int64(maxMemory))
	}
	for k := range p.Instrs {
		if _, err := p.Instrs[k].Encode(nil); err != nil {
			return fmt.Errorf("chip: %s: %w", p.label(k), err)
		}
		if err := p.checkOperands(&p.Instrs[k]); err != nil {
			return fmt.Errorf("chip: %s: %w", p.label(k), err)
		}
	}
	if err := p.checkWaiters(); err != nil {
		return err
	}
	return p.checkOrder()
}

// label names instruction k, from 0, in an error.
func (p *Program) label(k int) string {
	return fmt.Sprintf("instruction %d (%s)", k+1, p.Instrs[k].Op)
}

// checkOperands reports an operand that does not exist.
func (p *Program) checkOperands(in *Instr) error {
	c := p.Config
	if in.Count < 1 {
		return fmt.Errorf("count is %d, want 1 or more", in.Count)
	}
	switch in.Op {
	case Load, Store:
		return p.checkTransfer(in)
	case Pass:
		switch {
		case !c.weights().holds(in.Row, c.Rows):
			return outside("weights", in.Row, c.Rows, "weights", c.weights())
		case !c.inputs().holds(in.Input, in.Count):
			return outside("inputs", in.Input, in.Count, "inputs", c.inputs())
		}
	case Drain:
		switch {
		case in.Row%c.WordRows() != 0:
			return fmt.Errorf("results from row %d on, want the first row of a word, a multiple of %d", in.Row, c.WordRows())
		case !c.results().holds(in.Row, in.Count*c.WordRows()):
			return outside("results", in.Row, in.Count*c.WordRows(), "results", c.results())
		}
	}
	if in.Word+in.Count > c.AccumulatorWords {
		return fmt.Errorf("accumulator words %d to %d, want words 0 to %d", in.Word, in.Word+in.Count-1, c.AccumulatorWords-1)
	}
	return nil
}

// outside is the error of an operand that lies not in its banks.
func outside(operand string, first, n int, banks string, r region) error {
	return fmt.Errorf("%s in VMEM rows %d to %d, want rows of the banks of %s, %d to %d", operand, first, first+n-1, banks, r.first, r.end-1)
}

func (p *Program) checkTransfer(in *Instr) error {
	c := p.Config
	rows := in.Count * p.beats(in)
	place, banks, what := region{0, c.inputs().end}, "weights and inputs", "loads"
	if in.Op == Store {
		place, banks, what = c.results(), "results", "stores"
	}
	last := in.Addr + int64(in.Count-1)*in.Stride
	end := last + int64(p.beats(in)*c.RowBytes())
	switch {
	case in.Bytes < 1:
		return fmt.Errorf("rows of %d bytes, want 1 or more", in.Bytes)
	case in.Op == Store && in.Bytes%c.RowBytes() != 0:
		return fmt.Errorf("rows of %d bytes, want a multiple of a row of VMEM, %d", in.Bytes, c.RowBytes())
	case !place.holds(in.Row, rows):
		return outside(what, in.Row, rows, banks, place)
	case end > p.MemoryBytes:
		return fmt.Errorf("memory to byte %d in whole beats, want at most %d bytes", end-1, p.MemoryBytes)
	}
	return nil
}

// beats returns the rows of VMEM that one row of a transfer takes.
func (p *Program) beats(in *Instr) int {
	size := p.Config.RowBytes()
	return (in.Bytes + size - 1) / size
}
