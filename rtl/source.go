package rtl

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// A source is a stack of return addresses; its text is the first line of the
// user's code on it. It is resolved only when it is printed.
type source [12]uintptr

func caller() source {
	var s source
	runtime.Callers(3, s[:])
	return s
}

// String returns "file.go:line" of the innermost frame outside this package
// and rtl/unit, which merely pass the user's calls on; what rtl/unit adds on
// its own account is noted at its line there, whoever called it.
func (s source) String() string {
	n := 0
	for n < len(s) && s[n] != 0 {
		n++
	}
	frames := runtime.CallersFrames(s[:n])
	for {
		f, more := frames.Next()
		if strings.HasPrefix(f.Function, "lockstep/rtl/unit.(*Unit).") {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if f.Function != "" && !strings.HasPrefix(f.Function, "lockstep/rtl.") &&
			!strings.HasPrefix(f.Function, "lockstep/rtl/unit.") {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return "?"
		}
	}
}

// keywords are the reserved words of IEEE 1800 that a lower_snake_case name
// could collide with.
var keywords = func() map[string]bool {
	words := strings.Fields(`alias always and assert assign assume automatic begin bind bit break
		buf byte case casex casez cell checker class clocking config const constraint context
		continue cover cross deassign default defparam design disable dist do edge else end
		endcase endfunction endmodule endtask enum event eventually expect export extends extern
		final first_match for force foreach forever fork function generate genvar global highz0
		highz1 if iff ifnone implements implies import incdir include initial inout input inside
		instance int integer interconnect interface intersect join large let liblist library
		local localparam logic longint macromodule matches medium modport module nand negedge
		nettype new nexttime nmos nor noshowcancelled not notif0 notif1 null or output package
		packed parameter pmos posedge primitive priority program property protected pull0 pull1
		pulldown pullup pure rand randc randcase randsequence rcmos real realtime ref reg reject_on
		release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1 scalared sequence
		shortint shortreal showcancelled signed small soft solve specify specparam static string
		strong strong0 strong1 struct super supply0 supply1 table tagged task this throughout
		time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type
		typedef union unique unique0 unsigned until untyped use uwire var vectored virtual void
		wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor
		clk_i rst_ni`)
	set := map[string]bool{}
	for _, w := range words {
		set[w] = true
	}
	return set
}()
