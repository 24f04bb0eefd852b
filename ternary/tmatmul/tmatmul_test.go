package tmatmul

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/rtl/unittest"
)

func TestUnit(t *testing.T) {
	for name, c := range Presets {
		t.Run(name, func(t *testing.T) {
			u, err := New(c)
			require.NoError(t, err)
			unittest.Check(t, u, 1000)
		})
	}
}
