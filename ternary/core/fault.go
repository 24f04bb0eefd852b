package core

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lockstep/rtl"
	"lockstep/ternary/isa"
)

// A Fault is a deliberate mistake in the RTL of a core, to see it found. The
// zero value is none.
type Fault struct {
	Module string // "" is the top itself, otherwise a unit, such as "rowwise" or "fetch"
	rtl.Fault
}

// ParseFault reads KIND, KIND:SITE, MODULE/KIND or MODULE/KIND:SITE; the site is
// 0 if none is given, and "" is no fault.
func ParseFault(text string) (Fault, error) {
	var f Fault
	if text == "" {
		return f, nil
	}
	kind := text
	if module, rest, ok := strings.Cut(text, "/"); ok {
		f.Module, kind = module, rest
	}
	kind, site, numbered := strings.Cut(kind, ":")
	f.Kind = rtl.FaultKind(kind)
	if !slices.Contains(rtl.FaultKinds(), f.Kind) {
		return Fault{}, fmt.Errorf("core: fault is %q, want KIND, KIND:SITE or MODULE/KIND:SITE with one of %v", text, rtl.FaultKinds())
	}
	if numbered {
		n, err := strconv.Atoi(site)
		if err != nil || n < 0 {
			return Fault{}, fmt.Errorf("core: fault is %q, want a site from 0", text)
		}
		f.Index = n
	}
	return f, nil
}

// String returns the text that ParseFault reads.
func (f Fault) String() string {
	if f.Kind == "" {
		return ""
	}
	text := fmt.Sprintf("%s:%d", f.Kind, f.Index)
	if f.Module != "" {
		text = f.Module + "/" + text
	}
	return text
}

// module returns the name of the module of a unit, which is that of its package.
func (c Config) module(u isa.Unit) string {
	if c.ZeroSkip && u == isa.Matrix {
		return "sparse"
	}
	return strings.ToLower(u.String())
}

// spoil commits the fault in the top, or in the unit of one kind of instruction
// in every lane; place does so in a unit that is there once.
func (t *top) spoil() error {
	f := t.fault
	modules := []string{"fetch"}
	if !t.c.direct() {
		modules = append(modules, "unpack")
	}
	for u := range isa.NumUnits {
		if t.us[u] == nil {
			continue
		}
		name := t.c.module(u)
		if modules = append(modules, name); name == f.Module {
			t.us[u].Fault = f.Fault
		}
	}
	switch {
	case f.Module == "":
		t.m.Inject(f.Fault)
	case !slices.Contains(modules, f.Module):
		return fmt.Errorf("core: module of the fault is %q, want one of %v or none for the top", f.Module, modules)
	}
	return nil
}
