package chip

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func drawInstr(t *rapid.T) Instr {
	in := Instr{
		Op: Op(rapid.IntRange(0, int(numOps)-1).Draw(t, "op")), First: rapid.Bool().Draw(t, "first"),
		Count: rapid.IntRange(0, 1<<16-1).Draw(t, "count"), Bytes: rapid.IntRange(0, 1<<16-1).Draw(t, "bytes"),
		Word: rapid.IntRange(0, 1<<16-1).Draw(t, "word"), Row: rapid.IntRange(0, 1<<24-1).Draw(t, "row"),
		Input: rapid.IntRange(0, 1<<24-1).Draw(t, "input"),
		Addr:  rapid.Int64Range(0, 1<<40-1).Draw(t, "addr"), Stride: rapid.Int64Range(0, 1<<40-1).Draw(t, "stride"),
	}
	for s := range Semaphores {
		in.Waits[s] = uint8(rapid.IntRange(0, MaxCount).Draw(t, "wait"))
		in.Signals[s] = uint8(rapid.IntRange(0, MaxCount).Draw(t, "signal"))
	}
	return in
}

func TestEncodeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawInstr(t)
		b, err := in.Encode(nil)
		require.NoError(t, err)
		require.Len(t, b, WordBytes)
		got, err := Decode(append(b, 1, 2, 3))
		require.NoError(t, err)
		require.Equal(t, in, got)
	})
}

// One word by hand: every field at a different place.
func TestEncodeByHand(t *testing.T) {
	in := Instr{Op: Pass, First: true, Count: 0x0304, Bytes: 0x0506, Word: 0x0708, Row: 0x090a0b, Input: 0x0c0d0e,
		Addr: 0x1112131415, Stride: 0x2122232425, Waits: Counts{1, 2, 3, 4, 5, 6, 7, 8}, Signals: Counts{15, 14, 13, 12, 11, 10, 9, 0}}
	b, err := in.Encode([]byte{0xff})
	require.NoError(t, err)
	require.Equal(t, []byte{0xff,
		0x02, 0x01, 0x04, 0x03, 0x06, 0x05, 0x08, 0x07,
		0x15, 0x14, 0x13, 0x12, 0x11, 0x0b, 0x0a, 0x09,
		0x25, 0x24, 0x23, 0x22, 0x21, 0x0e, 0x0d, 0x0c,
		0x21, 0x43, 0x65, 0x87, 0xef, 0xcd, 0xab, 0x09}, b)
	require.Equal(t, "PASS count=772 word=1800 row=592395 input=789774 first "+
		"waits=s0:1,s1:2,s2:3,s3:4,s4:5,s5:6,s6:7,s7:8 signals=s0:15,s1:14,s2:13,s3:12,s4:11,s5:10,s6:9", in.String())
}

func TestEncodeErrors(t *testing.T) {
	for want, in := range map[string]Instr{
		"chip: operation is 4, want 0 to 3":                          {Op: 4},
		"chip: LOAD: Count is 65536, want 0 to 65535":                {Count: 1 << 16},
		"chip: STORE: Bytes is -1, want 0 to 65535":                  {Op: Store, Bytes: -1},
		"chip: PASS: Word is 65536, want 0 to 65535":                 {Op: Pass, Word: 1 << 16},
		"chip: PASS: Row is 16777216, want 0 to 16777215":            {Op: Pass, Row: 1 << 24},
		"chip: PASS: Input is 16777216, want 0 to 16777215":          {Op: Pass, Input: 1 << 24},
		"chip: LOAD: Addr is 1099511627776, want 0 to 1099511627775": {Addr: 1 << 40},
		"chip: LOAD: Stride is -1, want 0 to 1099511627775":          {Stride: -1},
		"chip: DRAIN: Waits: semaphore 3: 16, want 0 to 15":          {Op: Drain, Waits: Counts{0, 0, 0, 16}},
		"chip: DRAIN: Signals: semaphore 7: 255, want 0 to 15":       {Op: Drain, Signals: Counts{7: 255}},
	} {
		_, err := in.Encode(nil)
		require.EqualError(t, err, want)
	}
	_, err := Decode(make([]byte, WordBytes-1))
	require.EqualError(t, err, "chip: instruction of 31 bytes, want 32")
	_, err = Decode(append([]byte{4}, make([]byte, WordBytes)...))
	require.EqualError(t, err, "chip: operation is 4, want 0 to 3")
	_, err = Decode(append([]byte{0, 2}, make([]byte, WordBytes)...))
	require.EqualError(t, err, "chip: bits 9 to 15 are 0x1, want 0")
	require.Equal(t, "Op(4)", numOps.String())
}
