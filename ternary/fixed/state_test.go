package fixed

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// saved returns a session after a few tokens and its state.
func saved(t *testing.T, c Config) (*Session, []byte) {
	m, err := New(smallWeights(t, 6), c)
	require.NoError(t, err)
	s := m.NewSession()
	steps(t, s, []int{4, 0, 17, 9})
	data, err := s.MarshalBinary()
	require.NoError(t, err)
	return s, data
}

func TestStateRoundTrip(t *testing.T) {
	for _, c := range machineConfigs() {
		s, data := saved(t, c)
		require.Len(t, data, headerBytes+4*3*22+4)
		other := s.model.NewSession()
		steps(t, other, []int{1, 2})
		require.NoError(t, other.UnmarshalBinary(data))
		again, err := other.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, data, again)
		require.Equal(t, steps(t, s, []int{3, 3, 8}), steps(t, other, []int{3, 3, 8}))
	}
}

// TestStateDamage flips every bit pattern position and cuts at every length:
// each is refused and leaves the session as it was.
func TestStateDamage(t *testing.T) {
	s, data := saved(t, Default())
	victim := s.model.NewSession()
	steps(t, victim, []int{1})
	before := append([]int32{}, victim.state...)
	for i := range data {
		bad := append([]byte{}, data...)
		bad[i] ^= 1 << (i % 8)
		require.Error(t, victim.UnmarshalBinary(bad), "byte %d", i)
		require.Error(t, victim.UnmarshalBinary(data[:i]), "length %d", i)
	}
	require.Error(t, victim.UnmarshalBinary(append(data, 0)))
	require.Equal(t, before, victim.state)
}

func TestStateErrors(t *testing.T) {
	s, data := saved(t, Default())
	for _, c := range []struct {
		name   string
		change func(b []byte) []byte
		want   string
	}{
		{"empty", func(b []byte) []byte { return nil }, `fixed: state: starts with "", want "LOCKSTEP"`},
		{"magic", func(b []byte) []byte { b[7] = 'Q'; return b }, `fixed: state: starts with "LOCKSTEQ", want "LOCKSTEP"`},
		{"short", func(b []byte) []byte { return b[:19] }, "fixed: state: has 19 bytes, want at least 20"},
		{"version", func(b []byte) []byte { b[8] = 1; return b }, "fixed: state: version is 1, want 2"},
		{"witness", func(b []byte) []byte { copy(b[12:], "float"); return b }, `fixed: state: witness is "float", want "fixed"`},
		{"header", func(b []byte) []byte { return b[:79] }, "fixed: state: has 79 bytes, want at least 80"},
		{"layers", func(b []byte) []byte { b[20] = 9; return b }, "fixed: state: Layers is 9, want 3"},
		{"hidden", func(b []byte) []byte { b[25] = 1; return b }, "fixed: state: Hidden is 278, want 22"},
		{"eps", func(b []byte) []byte {
			binary.LittleEndian.PutUint64(b[36:], math.Float64bits(0.5))
			return b
		}, "fixed: state: NormEps is 0.5, want 1e-06"},
		{"width", func(b []byte) []byte { b[52] = 18; return b }, "fixed: state: Vector.Width is 18, want 16"},
		{"segments", func(b []byte) []byte { b[76] = 5; return b }, "fixed: state: Sigmoid.SegmentsLog2 is 5, want 6"},
		{"method", func(b []byte) []byte { b[68] = 2; return b }, "fixed: state: Sigmoid.Method is 2, want 0"},
		{"long", func(b []byte) []byte { return append(b, 1, 2) }, "fixed: state: has 350 bytes, want 348"},
		{"element", func(b []byte) []byte {
			binary.LittleEndian.PutUint32(b[headerBytes+8:], 1<<15)
			binary.LittleEndian.PutUint32(b[len(b)-4:], crc32.ChecksumIEEE(b[:len(b)-4]))
			return b
		}, "fixed: state: element 2 is 32768, want -32768 to 32767"},
	} {
		err := s.UnmarshalBinary(c.change(append([]byte{}, data...)))
		require.EqualError(t, err, c.want, c.name)
	}
	crc := append([]byte{}, data...)
	crc[headerBytes] ^= 1
	require.ErrorContains(t, s.UnmarshalBinary(crc), "fixed: state: crc is 0x")
}

// TestStateOfAnotherModel: same shape and formats, other weights.
func TestStateOfAnotherModel(t *testing.T) {
	_, data := saved(t, Default())
	m, err := New(smallWeights(t, 7), Default())
	require.NoError(t, err)
	require.ErrorContains(t, m.NewSession().UnmarshalBinary(data), "fixed: state: fingerprint of the weights is 0x")
}
