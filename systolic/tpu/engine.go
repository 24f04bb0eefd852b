package tpu

import "fmt"

// An EngineKind is a kind of engine of a core.
type EngineKind uint8

// The engines, each with a queue of its own, in which operations start in
// order.
const (
	DMAIn  EngineKind = iota // HBM to VMEM; dma_engines per core
	DMAOut                   // VMEM to HBM; dma_engines per core
	MXU                      // one systolic array; arrays per core
	VPU                      // the vector unit; one per core
	XLU                      // a cross-lane unit; xlus per core
	engineKinds
)

var engineNames = [engineKinds]string{"DmaIn", "DmaOut", "Mxu", "Vpu", "Xlu"}

// An Engine is the Index-th engine of a kind of a core, both from 0.
type Engine struct {
	Kind        EngineKind
	Core, Index int
}

// String returns the name of the engine in reports and traces, as
// "Core[0].Mxu[3]".
func (e Engine) String() string {
	if e.Kind >= engineKinds {
		return fmt.Sprintf("Core[%d].EngineKind(%d)[%d]", e.Core, uint8(e.Kind), e.Index)
	}
	return fmt.Sprintf("Core[%d].%s[%d]", e.Core, engineNames[e.Kind], e.Index)
}

// engines returns the number of engines of a kind in a core.
func (c *Config) engines(k EngineKind) int {
	switch k {
	case DMAIn, DMAOut:
		return c.DMAEngines
	case MXU:
		return c.Arrays
	case XLU:
		return c.XLUs
	default:
		return 1
	}
}

// queues returns all engines in the order of their queue numbers.
func (c *Config) queues() []Engine {
	var list []Engine
	for core := range c.Cores {
		for k := range engineKinds {
			for i := range c.engines(k) {
				list = append(list, Engine{k, core, i})
			}
		}
	}
	return list
}

// queue returns the queue number of an engine, or an error if the machine has
// no such engine.
func (c *Config) queue(e Engine) (int, error) {
	if e.Kind >= engineKinds || e.Core < 0 || e.Core >= c.Cores || e.Index < 0 || e.Index >= c.engines(e.Kind) {
		return 0, fmt.Errorf("engine %s, want one of %d cores with %d DmaIn, %d DmaOut, %d Mxu, 1 Vpu and %d Xlu",
			e, c.Cores, c.DMAEngines, c.DMAEngines, c.Arrays, c.XLUs)
	}
	perCore, before := 0, 0
	for k := range engineKinds {
		if k == e.Kind {
			before = perCore
		}
		perCore += c.engines(k)
	}
	return e.Core*perCore + before + e.Index, nil
}
