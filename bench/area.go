package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lockstep/area"
	"lockstep/catalogue"
	"lockstep/tool"
	"lockstep/yosys"
)

const areaWay = "area from the cache"

// A cachedArea is a unit whose area is in the cache.
type cachedArea struct {
	top    string
	sv     []byte
	family yosys.Family
	area   area.Area
}

// read takes the area from the cache. Yosys is never started: a design that is
// not there meets a context that has ended.
func (c *cachedArea) read() (err error) {
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	c.area, err = area.Of(ended, c.top, c.sv, c.family)
	return err
}

// findArea returns the unit of the catalogue whose synthesis took longest among
// those in the cache, nil if there is none.
func findArea(ctx context.Context) (*cachedArea, error) {
	entries, err := catalogue.Units()
	if err != nil {
		return nil, err
	}
	var best *cachedArea
	seconds := 0.0
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m, err := e.Unit.Module()
		if err != nil {
			return nil, err
		}
		sv, err := m.Verilog()
		if err != nil {
			return nil, err
		}
		for _, family := range yosys.Families() {
			c := &cachedArea{top: m.Name, sv: sv, family: family}
			switch err := c.read(); {
			case errors.Is(err, tool.ErrMissing):
				return nil, err
			case err == nil && c.area.Seconds > seconds:
				best, seconds = c, c.area.Seconds
			}
		}
	}
	return best, nil
}

func prepareArea(ctx context.Context, _ func(string)) (*subject, error) {
	s := &subject{item: "design"}
	c, err := findArea(ctx)
	switch {
	case errors.Is(err, tool.ErrMissing):
		s.missing = []missing{{areaWay, err.Error()}}
		return s, nil
	case err != nil:
		return nil, err
	case c == nil:
		s.missing = []missing{{areaWay, "no unit is in the cache; fill it with: simulate area --unit hecross_barrett"}}
		return s, nil
	}
	s.ways = []way{
		{what: fmt.Sprintf("%s, %s, %s", c.area.Tool, c.top, c.family), items: 1, recorded: time.Duration(c.area.Seconds * float64(time.Second))},
		{what: areaWay, items: 1, call: func(context.Context) (int64, error) { return 0, c.read() }},
	}
	return s, nil
}
