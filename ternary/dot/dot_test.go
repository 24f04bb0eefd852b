package dot

import (
	"strings"
	"testing"

	"lockstep/rtl/unittest"
)

func TestUnit(t *testing.T) {
	for _, c := range []Config{{2, 2}, {4, 8}, {64, 8}} {
		u, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(u.Name, func(t *testing.T) { unittest.Check(t, u, 2000) })
	}
}

func TestConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		c    Config
		want string
	}{
		{Config{Lanes: 3, XBits: 8}, "Lanes is 3, want a power of two"},
		{Config{Lanes: 4, XBits: 17}, "XBits is 17, want 2 to 16"},
	} {
		if _, err := New(tt.c); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("New(%+v) = %v, want an error containing %q", tt.c, err, tt.want)
		}
	}
}
