package chip

import (
	"testing"

	"github.com/stretchr/testify/require"

	"lockstep/sim"
	"lockstep/systolic"
)

// with returns the default chip of 4x4 with a change.
func with(change func(*Config)) Config {
	c := Default(4, 4)
	change(&c)
	return c
}

func TestConfigErrors(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"chip: Rows is 0, want 1 to 64":                                           func(c *Config) { c.Rows = 0 },
		"chip: Cols is 65, want 1 to 64":                                          func(c *Config) { c.Cols = 65 },
		"chip: WeightBanks is 0, want 1 to 16":                                    func(c *Config) { c.WeightBanks = 0 },
		"chip: InputBanks is 17, want 1 to 16":                                    func(c *Config) { c.InputBanks = 17 },
		"chip: ResultBanks is -1, want 1 to 16":                                   func(c *Config) { c.ResultBanks = -1 },
		"chip: BankWords is 1, want 2 to 4096":                                    func(c *Config) { c.BankWords = 1 },
		"chip: BankWords is 48, want a power of two":                              func(c *Config) { c.BankWords = 48 },
		"chip: AccumulatorWords is 1, want 2 to 65536":                            func(c *Config) { c.AccumulatorWords = 1 },
		"chip: ProgramWords is 8192, want 2 to 4096":                              func(c *Config) { c.ProgramWords = 8192 },
		"chip: ProgramWords is 100, want a power of two":                          func(c *Config) { c.ProgramWords = 100 },
		"chip: QueueDepth is 0, want 1 to 16":                                     func(c *Config) { c.QueueDepth = 0 },
		"chip: DMAInFlight is 17, want 1 to 16":                                   func(c *Config) { c.DMAInFlight = 17 },
		"chip: LatencyCycles is 3, want 4 to 1000000":                             func(c *Config) { c.LatencyCycles = 3 },
		"chip: ClockHz is 999, want 1000 to 1000000000000":                        func(c *Config) { c.ClockHz = 999 },
		"chip: X is ternary, want u8 or s8":                                       func(c *Config) { c.X = systolic.Ternary },
		"chip: W is Kind(0), want u8 or s8":                                       func(c *Config) { c.W = 0 },
		"chip: Efficiency is 3/2, want 0 < Num/Den <= 1 with Den up to 65536":     func(c *Config) { c.Efficiency = sim.Ratio{Num: 3, Den: 2} },
		"chip: Efficiency is 0/2, want 0 < Num/Den <= 1 with Den up to 65536":     func(c *Config) { c.Efficiency = sim.Ratio{Den: 2} },
		"chip: Efficiency is 1/65537, want 0 < Num/Den <= 1 with Den up to 65536": func(c *Config) { c.Efficiency = sim.Ratio{Num: 1, Den: 65537} },
	} {
		c := with(change)
		require.EqualError(t, c.Validate(), want)
		_, err := RTL(c)
		require.EqualError(t, err, want)
		_, err = Compile(c, systolic.GEMM{M: 1, N: 1, K: 1})
		require.EqualError(t, err, want)
	}
	require.NoError(t, Default(8, 8).Validate())
}

// The sizes of rows and words, by hand.
func TestSizes(t *testing.T) {
	for _, tt := range []struct{ rows, cols, rowBytes, wordRows int }{
		{1, 1, 1, 4}, {4, 4, 4, 4}, {8, 8, 8, 4}, {8, 4, 8, 2}, {3, 5, 8, 4}, {64, 1, 64, 1}, {16, 2, 16, 1}, {2, 64, 64, 4},
	} {
		c := Default(tt.rows, tt.cols)
		require.Equal(t, tt.rowBytes, c.RowBytes(), "%dx%d", tt.rows, tt.cols)
		require.Equal(t, tt.wordRows, c.WordRows(), "%dx%d", tt.rows, tt.cols)
	}
}

// Every unit accepts what the chip makes of the ends of its ranges, and modules
// of different chips have different names.
func TestUnitsOfTheEnds(t *testing.T) {
	names := map[string]bool{}
	for _, change := range []func(*Config){
		func(c *Config) {},
		func(c *Config) { c.Overlap = false },
		func(c *Config) { c.Rows, c.Cols, c.BankWords, c.AccumulatorWords, c.ProgramWords = 1, 1, 2, 2, 2 },
		func(c *Config) { c.Rows, c.Cols = 1, 9 },
		func(c *Config) { c.Rows, c.Cols, c.QueueDepth, c.DMAInFlight = 9, 1, 1, 1 },
		func(c *Config) { c.WeightBanks, c.InputBanks, c.ResultBanks = 3, 2, 2 },
		func(c *Config) { c.QueueDepth, c.DMAInFlight, c.AccumulatorWords = 16, 16, 77 },
		func(c *Config) { c.X, c.W = systolic.S8, systolic.U8 },
		func(c *Config) { c.X, c.W = systolic.U8, systolic.S8 },
	} {
		c := with(change)
		m, err := RTL(c)
		require.NoError(t, err, c.Name())
		require.False(t, names[m.Name], m.Name)
		names[m.Name] = true
		_, err = m.Verilog()
		require.NoError(t, err, c.Name())
	}
}
