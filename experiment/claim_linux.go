package experiment

import (
	"errors"
	"fmt"
	"syscall"
)

// setLock is F_OFD_SETLK of fcntl(2): a lock of the open file, not of the
// process, that fails at once where another open file has it.
const setLock = 37

// claim takes k, or returns errClaimed. firm says that the lock is real.
func (c *claims) claim(k key) (firm bool, err error) {
	switch err := c.lock(k, syscall.F_WRLCK); {
	case err == nil:
		return true, nil
	case errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.EACCES):
		return false, errClaimed
	case errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOLCK) || errors.Is(err, errors.ErrUnsupported):
		return false, nil
	default:
		return false, fmt.Errorf("lock %s: %w", c.file.Name(), err)
	}
}

// release gives k back; that it cannot fail for a lock that is held is the
// system's promise.
func (c *claims) release(k key) { _ = c.lock(k, syscall.F_UNLCK) }

func (c *claims) lock(k key, kind int16) error {
	at, err := k.place()
	if err != nil {
		return err
	}
	l := syscall.Flock_t{Type: kind, Start: at, Len: 1}
	for {
		if err := syscall.FcntlFlock(c.file.Fd(), setLock, &l); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}
