package hecross

import (
	"fmt"
	"strings"
)

// within says where err of this package happened.
func within(where string, err error) error {
	return fmt.Errorf("hecross: %s: %s", where, strings.TrimPrefix(err.Error(), "hecross: "))
}

// atLimb is within for a limb, nil for no error.
func atLimb(l int, err error) error {
	if err == nil {
		return nil
	}
	return within(fmt.Sprintf("limb %d", l), err)
}
