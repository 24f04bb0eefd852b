package verilator

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"lockstep/rtl"
)

// A Watch records output ports of a system in every cycle in which one of the
// ports When is 1. The child process keeps the records, up to 1 GiB per watch,
// until [Session.Watched] fetches them: a watch costs a run a few nanoseconds
// per cycle and no round trip.
type Watch struct {
	Name  string   // for Watched; lower_snake_case by custom
	When  []string // output ports of shape u1 and one lane, 1 or more
	Ports []string // output ports whose lanes are recorded; none records the cycle alone
}

// A Record is what the ports of a watch had in one cycle, counted since reset:
// the values at the end of the cycle, when the handshakes with memories are
// made, which are those that registers load.
type Record struct {
	Cycle  int64
	Values [][]int64 // [port of Watch.Ports][lane]
}

// maxWatchWords is the limit of the harness: the words of 32 bits, two of them
// the cycle, that the records of a watch may have.
const maxWatchWords = 1 << 28

// A watched is a watch whose ports are found.
type watched struct {
	name  string
	ports []rtl.Port
}

// appendConfig checks w against the ports of the system and appends what the
// harness reads.
func (w Watch) appendConfig(b []byte, top *rtl.Module) ([]byte, watched, error) {
	found := watched{name: w.Name}
	if len(w.When) == 0 {
		return nil, found, fmt.Errorf("verilator: watch %s has no condition in When, want 1 or more output ports", w.Name)
	}
	le := binary.LittleEndian
	for _, list := range [][]string{w.When, w.Ports} {
		b = le.AppendUint32(b, uint32(len(list)))
		for _, name := range list {
			k := portIndex(top.Outs(), name)
			if k < 0 {
				return nil, found, fmt.Errorf("verilator: watch %s: %s has no output port %q", w.Name, top.Name, name)
			}
			b = le.AppendUint32(b, uint32(k))
		}
	}
	for _, name := range w.When {
		if p := top.Outs()[portIndex(top.Outs(), name)]; p.Shape != rtl.U(1) || p.Lanes != 1 {
			return nil, found, fmt.Errorf("verilator: watch %s: condition %s is %d x %s, want 1 x u1", w.Name, name, p.Lanes, p.Shape)
		}
	}
	for _, name := range w.Ports {
		found.ports = append(found.ports, top.Outs()[portIndex(top.Outs(), name)])
	}
	return b, found, nil
}

// appendWatches appends all watches of a session.
func appendWatches(b []byte, watches []Watch, top *rtl.Module) ([]byte, []watched, error) {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(watches)))
	found := make([]watched, len(watches))
	for k, w := range watches {
		if slices.ContainsFunc(watches[:k], func(o Watch) bool { return o.Name == w.Name }) {
			return nil, nil, fmt.Errorf("verilator: two watches are named %s", w.Name)
		}
		var err error
		if b, found[k], err = w.appendConfig(b, top); err != nil {
			return nil, nil, err
		}
	}
	return b, found, nil
}

// Watched returns what the watch called name recorded since reset or the last
// call, in the order of cycles. It also works after a run that a failed
// requirement has ended: the records go up to its cycle.
func (s *Session) Watched(name string) ([]Record, error) {
	k := slices.IndexFunc(s.watches, func(w watched) bool { return w.name == name })
	if k < 0 {
		return nil, fmt.Errorf("verilator: %s has no watch %q", s.top.Name, name)
	}
	var records []Record
	err := s.do('H', binary.LittleEndian.AppendUint32(nil, uint32(k)), func() (err error) {
		records, err = s.watches[k].read(s.out)
		return err
	})
	return records, err
}

// read reads the reply of the harness.
func (w watched) read(r io.Reader) ([]Record, error) {
	var count [8]byte
	if _, err := io.ReadFull(r, count[:]); err != nil {
		return nil, err
	}
	bytes, lanes := 0, 0
	for _, p := range w.ports {
		bytes, lanes = bytes+4*words(p), lanes+p.Lanes
	}
	n := int(binary.LittleEndian.Uint64(count[:]))
	if n < 0 || n > maxWatchWords {
		return nil, fmt.Errorf("watch %s has %d records in the harness, want at most %d", w.name, uint64(n), maxWatchWords)
	}
	cycles, data := make([]byte, 8*n), make([]byte, bytes*n)
	for _, b := range [][]byte{cycles, data} {
		if _, err := io.ReadFull(r, b); err != nil {
			return nil, err
		}
	}
	records, ports, values := make([]Record, n), make([][]int64, n*len(w.ports)), make([]int64, n*lanes)
	for i := range records {
		records[i] = Record{int64(binary.LittleEndian.Uint64(cycles[8*i:])), ports[:len(w.ports):len(w.ports)]}
		ports = ports[len(w.ports):]
		for k, p := range w.ports {
			records[i].Values[k] = values[:p.Lanes:p.Lanes]
			values = values[p.Lanes:]
			unpack(p, data[:4*words(p)], records[i].Values[k])
			data = data[4*words(p):]
		}
	}
	return records, nil
}
