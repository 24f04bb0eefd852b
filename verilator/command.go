package verilator

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"syscall"

	"lockstep/rtl"
)

// do sends one command and reads its reply, which ends with a full stop.
func (s *Session) do(command byte, args []byte, reply func() error) error {
	if s.broken != nil {
		return s.broken
	}
	s.in.WriteByte(command)
	s.in.Write(args)
	if err := s.in.Flush(); err != nil {
		return s.fail(err)
	}
	if reply != nil {
		if err := reply(); err != nil {
			return s.fail(err)
		}
	}
	var end [1]byte
	if err := s.read(end[:]); err != nil {
		return s.fail(err)
	}
	if end[0] != '.' {
		return s.fail(errors.New("the reply does not end where it should"))
	}
	return nil
}

// step sends a command that runs cycles. Its reply begins with head and goes
// on with the cycle and the fault, if any.
func (s *Session) step(command byte, args, head []byte) error {
	fault := ""
	err := s.do(command, args, func() error {
		var at [8]byte
		if err := errors.Join(s.read(head), s.read(at[:])); err != nil {
			return err
		}
		n, err := s.read32()
		if err != nil {
			return err
		}
		text := make([]byte, n)
		err = s.read(text)
		s.cycle, fault = int64(binary.LittleEndian.Uint64(at[:])), string(text)
		return err
	})
	if err == nil && fault != "" {
		err = fmt.Errorf("verilator: %s: %s", s.top.Name, explain(fault, s.sv))
	}
	return err
}

func (s *Session) read(b []byte) error {
	_, err := io.ReadFull(s.out, b)
	return err
}

func (s *Session) read32() (int, error) {
	var b [4]byte
	err := s.read(b[:])
	return int(binary.LittleEndian.Uint32(b[:])), err
}

// fail ends a session whose child is gone or does not answer as it should.
func (s *Session) fail(err error) error {
	gone := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE)
	s.stdin.Close()
	s.closeReplay()
	if !gone {
		s.cmd.Process.Kill()
	}
	wait := s.cmd.Wait()
	switch {
	case s.ctx.Err() != nil:
		err = s.ctx.Err()
	case gone && wait != nil:
		err = fmt.Errorf("the simulation ended after cycle %d: %w", s.cycle, wait)
	}
	s.broken = fmt.Errorf("verilator: %s: %w", s.top.Name, err)
	if log := bytes.TrimSpace(s.log.Bytes()); len(log) > 0 {
		s.broken = fmt.Errorf("%w\n%s", s.broken, log[max(0, len(log)-2000):])
	}
	return s.broken
}

// pack checks the lanes of a port and returns its words.
func (s *Session) pack(p rtl.Port, lanes []int64) ([]byte, error) {
	if len(lanes) != p.Lanes {
		return nil, fmt.Errorf("verilator: %s: %d values for port %s, want %d", s.top.Name, len(lanes), p.Name, p.Lanes)
	}
	for l, v := range lanes {
		if !p.Shape.Holds(v) {
			return nil, fmt.Errorf("verilator: %s: lane %d of port %s is %d, want a value of %s", s.top.Name, l, p.Name, v, p.Shape)
		}
	}
	return pack(nil, p, lanes), nil
}
