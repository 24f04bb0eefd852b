//go:build !linux

package experiment

// claim always succeeds: locks of open files are Linux's.
func (c *claims) claim(key) (firm bool, err error) { return false, nil }

func (c *claims) release(key) {}
