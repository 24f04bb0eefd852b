package tpu

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"lockstep/systolic"
)

// maxBytes is the largest memory.
const maxBytes = 1 << 40

// A field reads, and checks the range of, one key of a configuration.
type field struct {
	key   string
	set   func(c *Config, text string) error
	check func(c *Config) error
	get   func(c *Config) string
}

// fields are the keys in the order of the fields of Config.
var fields = []field{
	integer("clock_hz", 1e3, 1e12, func(c *Config) *int64 { return &c.ClockHz }),
	integer("cores", 1, 64, func(c *Config) *int { return &c.Cores }),
	integer("arrays", 1, 256, func(c *Config) *int { return &c.Arrays }),
	integer("rows", 1, systolic.MaxSide, func(c *Config) *int { return &c.Rows }),
	integer("cols", 1, systolic.MaxSide, func(c *Config) *int { return &c.Cols }),
	dataflow("dataflow", func(c *Config) *string { return &c.Dataflow }),
	ratio("bf16_rate", Ratio{0, 1}, func(c *Config) *Ratio { return &c.BF16Rate }),
	ratio("int8_rate", Ratio{0, 1}, func(c *Config) *Ratio { return &c.Int8Rate }),
	integer("vmem_bytes", 1, maxBytes, func(c *Config) *int64 { return &c.VMEMBytes }),
	ratio("vmem_bytes_per_cycle", leastRatio, func(c *Config) *Ratio { return &c.VMEMBytesPerCycle }),
	integer("hbm_bytes", 1, maxBytes, func(c *Config) *int64 { return &c.HBMBytes }),
	ratio("hbm_bytes_per_cycle", leastRatio, func(c *Config) *Ratio { return &c.HBMBytesPerCycle }),
	integer("hbm_latency_cycles", 1, 1e9, func(c *Config) *int64 { return &c.HBMLatencyCycles }),
	integer("dma_engines", 1, 64, func(c *Config) *int { return &c.DMAEngines }),
	integer("dma_in_flight", 1, 1<<16, func(c *Config) *int { return &c.DMAInFlight }),
	integer("lanes", 1, 1<<16, func(c *Config) *int { return &c.Lanes }),
	integer("sublanes", 1, 1<<10, func(c *Config) *int { return &c.Sublanes }),
	ratio("alus", leastRatio, func(c *Config) *Ratio { return &c.ALUs }),
	integer("xlus", 1, 64, func(c *Config) *int { return &c.XLUs }),
	ratio("xlu_registers_per_cycle", leastRatio, func(c *Config) *Ratio { return &c.XLURegistersPerCycle }),
	boolean("overlap_weights", func(c *Config) *bool { return &c.OverlapWeights }),
	boolean("overlap_drain", func(c *Config) *bool { return &c.OverlapDrain }),
	boolean("overlap_dma", func(c *Config) *bool { return &c.OverlapDMA }),
	integer("launch_cycles", 0, 1e12, func(c *Config) *int64 { return &c.LaunchCycles }),
}

var leastRatio = Ratio{1, maxRatioDen}

func integer[T int | int64](key string, low, high T, at func(*Config) *T) field {
	set := func(c *Config, text string) error {
		v, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return fmt.Errorf("%s is %q, want an integer of 64 bits", key, text)
		}
		*at(c) = T(v)
		return nil
	}
	check := func(c *Config) error {
		if v := *at(c); v < low || v > high {
			return fmt.Errorf("%s is %d, want %d to %d", key, v, low, high)
		}
		return nil
	}
	return field{key, set, check, func(c *Config) string { return fmt.Sprint(*at(c)) }}
}

func ratio(key string, least Ratio, at func(*Config) *Ratio) field {
	set := func(c *Config, text string) error {
		v, err := ParseRatio(text)
		if err != nil {
			return fmt.Errorf("%s is %w", key, err)
		}
		*at(c) = v
		return nil
	}
	check := func(c *Config) error {
		if v := *at(c); !v.valid() || v.Less(least) {
			return fmt.Errorf("%s is %s, want %s to %d with a denominator up to %d", key, v, least, maxRatioNum, maxRatioDen)
		}
		return nil
	}
	return field{key, set, check, func(c *Config) string { return at(c).String() }}
}

func boolean(key string, at func(*Config) *bool) field {
	set := func(c *Config, text string) error {
		if text != "true" && text != "false" {
			return fmt.Errorf("%s is %q, want true or false", key, text)
		}
		*at(c) = text == "true"
		return nil
	}
	return field{key, set, func(*Config) error { return nil }, func(c *Config) string { return strconv.FormatBool(*at(c)) }}
}

func dataflow(key string, at func(*Config) *string) field {
	wrong := func(text string) error {
		if _, err := systolic.ParseDataflow(text); err != nil {
			return fmt.Errorf("%s is %q, want os, ws or is", key, text)
		}
		return nil
	}
	set := func(c *Config, text string) error {
		if err := wrong(text); err != nil {
			return err
		}
		*at(c) = text
		return nil
	}
	return field{key, set, func(c *Config) error { return wrong(*at(c)) }, func(c *Config) string { return *at(c) }}
}

// Keys returns the keys of a configuration in the order of its fields.
func Keys() []string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.key
	}
	return keys
}

// String is the configuration as a file that Parse reads.
func (c Config) String() string {
	var b strings.Builder
	for _, f := range fields {
		fmt.Fprintf(&b, "%s: %s\n", f.key, f.get(&c))
	}
	return b.String()
}

var errUnknownKey = errors.New("unknown key")

// assign sets the field of key.
func (c *Config) assign(key, text string) error {
	for _, f := range fields {
		if f.key == key {
			return f.set(c, text)
		}
	}
	return errUnknownKey
}
