package verilator

import (
	"encoding/binary"
	"fmt"
	"strings"

	"lockstep/rtl"
	"lockstep/rtl/unit"
)

func words(p rtl.Port) int { return (p.Bits() + 31) / 32 }

const portTypes = `typedef Vtop Top;
struct Port { const char* name; int bits, words, width; bool is_signed; void (*set)(Top*, const uint32_t*); void (*get)(Top*, uint32_t*); };
`

const channelType = `struct Channel {
    const char* name; bool ready; std::vector<Port> payload;
    void (*set_valid)(Top*, bool); bool (*get_valid)(Top*);
    void (*set_ready)(Top*, bool); bool (*get_ready)(Top*); bool (*get_out_ready)(Top*);
};
`

// portsHeader returns the C++ that gives the harness access to the ports of a
// unit, by channel.
func portsHeader(u *unit.Unit, m *rtl.Module) string {
	var b strings.Builder
	b.WriteString(portTypes + channelType)
	in, out := u.Channels()
	fmt.Fprintf(&b, "static const int IN_COUNT = %d, OUT_COUNT = %d;\n", len(in), len(out))
	b.WriteString("static const Channel IN[] = {\n")
	for _, c := range in {
		payload := ""
		for _, p := range c.Payload {
			payload += fmt.Sprintf("{%s, %s, nullptr}, ", describe(p), setter(p))
		}
		fmt.Fprintf(&b, "  {%q, %v, {%s}, [](Top* t, bool v) { t->%s_i = v; }, nullptr, nullptr, %s, nullptr},\n",
			c.Name, c.Ready != "", payload, c.Valid, getFlag(c.Ready, "_o"))
	}
	b.WriteString("};\nstatic const Channel OUT[] = {\n")
	for _, c := range out {
		payload := ""
		for _, p := range c.Payload {
			payload += fmt.Sprintf("{%s, nullptr, %s}, ", describe(p), getter(p))
		}
		set := "nullptr"
		if c.Ready != "" {
			set = fmt.Sprintf("[](Top* t, bool v) { t->%s_i = v; }", c.Ready)
		}
		fmt.Fprintf(&b, "  {%q, %v, {%s}, nullptr, %s, %s, nullptr, %s},\n",
			c.Name, c.Ready != "", payload, getFlag(c.Valid, "_o"), set, getFlag(c.Ready, "_i"))
	}
	b.WriteString("};\n" + zeroInputs(m))
	return b.String()
}

// zeroInputs returns the C++ function that drives every input port with 0.
func zeroInputs(m *rtl.Module) string {
	var b strings.Builder
	b.WriteString("static void zero_inputs(Top* t) {\n")
	for _, p := range m.Ins() {
		if words(p) <= 2 {
			fmt.Fprintf(&b, "  t->%s_i = 0;\n", p.Name)
		} else {
			fmt.Fprintf(&b, "  for (int i = 0; i < %d; i++) t->%s_i[i] = 0;\n", words(p), p.Name)
		}
	}
	b.WriteString("}\n")
	return b.String()
}

func describe(p rtl.Port) string {
	return fmt.Sprintf("%q, %d, %d, %d, %v", p.Name, p.Bits(), words(p), p.Shape.Width, p.Shape.Signed)
}

func getFlag(name, suffix string) string {
	if name == "" {
		return "nullptr"
	}
	return fmt.Sprintf("[](Top* t) -> bool { return t->%s%s; }", name, suffix)
}

func setter(p rtl.Port) string {
	switch n := words(p); n {
	case 1:
		return fmt.Sprintf("[](Top* t, const uint32_t* w) { t->%s_i = w[0]; }", p.Name)
	case 2:
		return fmt.Sprintf("[](Top* t, const uint32_t* w) { t->%s_i = w[0] | (uint64_t)w[1] << 32; }", p.Name)
	default:
		return fmt.Sprintf("[](Top* t, const uint32_t* w) { for (int i = 0; i < %d; i++) t->%s_i[i] = w[i]; }", n, p.Name)
	}
}

func getter(p rtl.Port) string {
	switch n := words(p); n {
	case 1:
		return fmt.Sprintf("[](Top* t, uint32_t* w) { w[0] = t->%s_o; }", p.Name)
	case 2:
		return fmt.Sprintf("[](Top* t, uint32_t* w) { w[0] = (uint32_t)t->%[1]s_o; w[1] = t->%[1]s_o >> 32; }", p.Name)
	default:
		return fmt.Sprintf("[](Top* t, uint32_t* w) { for (int i = 0; i < %d; i++) w[i] = t->%s_o[i]; }", n, p.Name)
	}
}

// pack appends the lanes of a port as little-endian 32-bit words.
func pack(b []byte, p rtl.Port, lanes []int64) []byte {
	at := len(b)
	b = append(b, make([]byte, 4*words(p))...)
	w := p.Shape.Width
	for l, x := range lanes {
		if w == 8 {
			b[at+l] = byte(x)
			continue
		}
		for k := range w {
			if i := l*w + k; x>>k&1 != 0 {
				b[at+i/8] |= 1 << (i % 8)
			}
		}
	}
	return b
}

// unpack reads the lanes of a port from little-endian 32-bit words.
func unpack(p rtl.Port, b []byte, lanes []int64) {
	w := p.Shape.Width
	for l := range lanes {
		at := l * w
		var word [9]byte // a lane of 64 bits that begins within a byte
		copy(word[:], b[at/8:])
		x := binary.LittleEndian.Uint64(word[:]) >> (at % 8)
		if at%8 > 0 {
			x |= uint64(word[8]) << (64 - at%8)
		}
		lanes[l] = p.Shape.Value(x)
	}
}
