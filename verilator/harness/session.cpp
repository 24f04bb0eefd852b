// Harness of a Session: a module and memory models, driven by commands on
// standard input. memory.h has the memory model, watch.h the watches, ports.h
// the ports.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <string>
#include <unistd.h>
#include <vector>
#include "Vtop.h"
#include "verilated.h"
#include "verilated_syms.h"
#ifdef VM_TRACE
#include "verilated_vcd_c.h"
#endif
#include "ports.h"

static FILE* reply;
static std::string fault;
static uint64_t cycle_now;

double sc_time_stamp() { return 0; }

static void fail(const std::string& text) {
    if (fault.empty()) fault = text + " (cycle " + std::to_string(cycle_now) + ")";
}

void vl_stop(const char*, int line, const char* scope) {
    fail("assertion failed at line " + std::to_string(line) + " in " + scope);
}

static void need(void* p, size_t n) {
    if (n && fread(p, 1, n, stdin) != n) exit(0);
}
static uint32_t need32() { uint32_t v; need(&v, 4); return v; }
static uint64_t need64() { uint64_t v; need(&v, 8); return v; }
static std::string need_text() { std::string s(need32(), 0); need(&s[0], s.size()); return s; }
static void put(const void* p, size_t n) { fwrite(p, 1, n, reply); }
static void put32(uint32_t v) { put(&v, 4); }
static void put64(uint64_t v) { put(&v, 8); }
static void put_text(const std::string& s) { put32(s.size()); put(s.data(), s.size()); }

#include "memory.h"
#include "watch.h"

struct System {
    VerilatedContext ctx;
    Top* t;
    std::vector<Memory> mems;
    std::vector<Watch> watches;
#ifdef VM_TRACE
    VerilatedVcdC* vcd = nullptr;
    uint64_t when = 0;
#endif

    System() {
        ctx.randReset(2); ctx.randSeed(1);
#ifdef VM_TRACE
        ctx.traceEverOn(true);
#endif
        Verilated::threadContextp(&ctx);
        t = new Top(&ctx);
    }

    void dump() {
#ifdef VM_TRACE
        if (vcd) vcd->dump(when);
        when += 5;
#endif
    }

    // wave begins a file, or ends it where name is empty.
    bool wave(const std::string& name) {
#ifdef VM_TRACE
        if (vcd) { vcd->close(); delete vcd; vcd = nullptr; }
        if (name.empty()) return true;
        vcd = new VerilatedVcdC;
        t->trace(vcd, 99);
        vcd->open(name.c_str());
        return vcd->isOpen();
#else
        return name.empty();
#endif
    }

    void reset() {
        cycle_now = 0;
        fault.clear();
        for (Memory& m : mems) m.reset();
        for (Watch& w : watches) w.clear();
        t->clk_i = 0; t->rst_ni = 1; t->eval();
        t->rst_ni = 0; zero_inputs(t); t->eval(); dump();
        t->clk_i = 1; t->eval(); dump();
        t->clk_i = 0; t->eval();
        t->rst_ni = 1; t->eval();
        fault.clear();
    }

    void step() {
        if (!mems.empty()) {
            for (Memory& m : mems) m.offer(t, cycle_now);
            t->eval();
            for (Memory& m : mems) m.move(t, cycle_now);
            t->eval();
            for (Memory& m : mems) m.accept(t, cycle_now);
        } else {
            t->eval();
        }
        for (Watch& w : watches) w.look(t, cycle_now);
        dump();
        t->clk_i = 1; t->eval(); dump();
        t->clk_i = 0;
        for (Memory& m : mems) m.quiet(t);
        t->eval();
        cycle_now++;
    }

    // peek replies with one element of a public variable.
    void peek(const std::string& scope, const std::string& name, uint64_t word) {
        const VerilatedScope* s = Verilated::scopeFind(scope.c_str());
        VerilatedVar* v = s ? s->varFind(name.c_str()) : nullptr;
        if (!v) { put32(0); return; }
        int bits = v->packed().elements(), words = (bits + 31) / 32;
        const uint8_t* data = (const uint8_t*)v->datap();
        uint64_t x = 0;
        switch (v->vltype()) {
        case VLVT_UINT8: x = data[word]; break;
        case VLVT_UINT16: x = ((const uint16_t*)data)[word]; break;
        case VLVT_UINT32: x = ((const uint32_t*)data)[word]; break;
        case VLVT_UINT64: x = ((const uint64_t*)data)[word]; break;
        case VLVT_WDATA: put32(words); put(data + 4 * words * word, 4 * words); return;
        default: put32(0); return;
        }
        put32(words); put(&x, 4 * words);
    }
};

// A failure since reset, or nothing, ends the reply of every step.
static void put_fault() { put64(cycle_now); put_text(fault); }

int main() {
    reply = fdopen(dup(1), "wb");
    dup2(2, 1);
    System s;
    s.mems.resize(need32());
    for (Memory& m : s.mems) m.configure();
    s.watches.resize(need32());
    for (Watch& w : s.watches) w.configure();
    s.reset();
    for (;;) {
        int c = fgetc(stdin);
        if (c == EOF) break;
        switch (c) {
        case 'R': s.reset(); break;
        case 'S': {
            const Port& p = IN[need32()]; std::vector<uint32_t> w(p.words);
            need(w.data(), 4 * w.size()); p.set(s.t, w.data()); break;
        }
        case 'G': {
            const Port& p = OUT[need32()]; std::vector<uint32_t> w(p.words);
            s.t->eval(); p.get(s.t, w.data()); put(w.data(), 4 * w.size()); break;
        }
        case 'N': {
            uint64_t n = need64();
            for (; n > 0 && fault.empty(); n--) s.step();
            put_fault(); break;
        }
        case 'U': {
            const Port& p = OUT[need32()]; std::vector<uint32_t> want(p.words), got(p.words);
            need(want.data(), 4 * want.size());
            uint64_t limit = need64(); uint32_t hit = 0;
            for (;; limit--) {
                s.t->eval(); p.get(s.t, got.data());
                hit = got == want;
                if (hit || limit == 0 || !fault.empty()) break;
                s.step();
            }
            put32(hit); put_fault(); break;
        }
        case 'P': { std::string scope = need_text(), name = need_text(); s.peek(scope, name, need64()); break; }
        case 'W': put32(s.wave(need_text())); break;
        case 'L': { Memory& m = s.mems[need32()]; uint64_t a = need64(), n = need64(); need(&m.bytes[a], n); break; }
        case 'D': { Memory& m = s.mems[need32()]; uint64_t a = need64(), n = need64(); put(&m.bytes[a], n); break; }
        case 'H': s.watches[need32()].reply(); break;
        default: fprintf(stderr, "harness: unknown command %d\n", c); return 3;
        }
        fputc('.', reply);
        fflush(reply);
    }
    s.wave("");
    s.t->final();
    return 0;
}
