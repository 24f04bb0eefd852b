// Generic harness: plays stimuli against one module and reports what moved.
// It follows the same steps in the same order as the driver of the Go
// interpreter (rtl/unit/interp.go), stalls and junk included.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>
#include <vector>
#include "Vtop.h"
#include "verilated.h"
#ifdef VM_TRACE
#include "verilated_vcd_c.h"
#endif
#include "ports.h"

typedef std::vector<uint32_t> Words;

static FILE* reply;
static std::string fault;
static uint32_t cycle_now;

double sc_time_stamp() { return 0; }

void vl_stop(const char* file, int line, const char* scope) {
    if (fault.empty())
        fault = std::string("assertion failed at line ") + std::to_string(line) + " in " + scope + " (cycle "
                + std::to_string(cycle_now) + ")";
}

static void need(void* p, size_t n) {
    if (n && fread(p, 1, n, stdin) != n) { fprintf(stderr, "harness: short stimulus\n"); exit(3); }
}
static uint32_t need32() { uint32_t v; need(&v, 4); return v; }
static void put32(uint32_t v) { fwrite(&v, 4, 1, reply); }

struct Rng {
    uint64_t x;
    explicit Rng(uint64_t seed) : x(seed * 0x9e3779b97f4a7c15ull | 1) {}
    uint64_t next() {
        x ^= x >> 12; x ^= x << 25; x ^= x >> 27;
        return x * 0x2545f4914f6cdd1dull >> 32;
    }
};

struct Item { uint32_t gap; Words data; };
struct In {
    std::vector<Item> items; size_t pos = 0; uint32_t gap = 0; bool offering = false;
    std::vector<uint32_t> accepted;
};
struct Out { uint32_t expect = 0; std::vector<uint32_t> cycles; Words data, held; bool holding = false; };

static void drive(Top* t, const Channel& c, const uint32_t* w) {
    for (const Port& p : c.payload) { p.set(t, w); w += p.words; }
}
static Words fetch(Top* t, const Channel& c) {
    Words w;
    for (const Port& p : c.payload) { size_t at = w.size(); w.resize(at + p.words); p.get(t, &w[at]); }
    return w;
}
static uint32_t top_mask(const Port& p) { int r = p.bits % 32; return r ? (1u << r) - 1 : ~0u; }

static void play(uint64_t seed, uint32_t stall_in, uint32_t stall_out, uint32_t limit, std::vector<In>& ins,
                 std::vector<Out>& outs, const char* wave) {
    VerilatedContext ctx;
    ctx.randReset(2); ctx.randSeed((int)(seed % 0x7ffffffe) + 1);
    Top* t = new Top(&ctx);
#ifdef VM_TRACE
    VerilatedVcdC vcd; uint64_t when = 0;
    if (wave) { ctx.traceEverOn(true); t->trace(&vcd, 99); vcd.open(wave); }
#define DUMP() do { if (wave) vcd.dump(when); when += 5; } while (0)
#else
    (void)wave;
#define DUMP() do {} while (0)
#endif
    Rng rng(seed);
    t->clk_i = 0; t->rst_ni = 1; t->eval();
    t->rst_ni = 0; zero_inputs(t); t->eval(); DUMP();
    t->clk_i = 1; t->eval(); DUMP();
    t->clk_i = 0; t->eval();
    t->rst_ni = 1;
    uint32_t left = 64, c = 0;
    for (; c < limit && left > 0; c++) {
        cycle_now = c;
        bool done = true;
        for (In& i : ins) done = done && i.pos == i.items.size();
        for (Out& o : outs) done = done && o.cycles.size() >= o.expect;
        if (done) left--;
        for (size_t k = 0; k < ins.size(); k++) {
            In& i = ins[k]; const Channel& ch = IN[k];
            if (!i.offering && i.pos < i.items.size()) {
                if (i.gap > 0) i.gap--;
                else i.offering = stall_in == 0 || (uint8_t)rng.next() >= stall_in;
            }
            ch.set_valid(t, i.offering);
            if (i.offering) { drive(t, ch, i.items[i.pos].data.data()); continue; }
            Words junk;
            for (const Port& p : ch.payload) {
                for (int w = 0; w < p.words; w++) junk.push_back((uint32_t)rng.next());
                junk.back() &= top_mask(p);
            }
            drive(t, ch, junk.data());
        }
        for (size_t k = 0; k < outs.size(); k++) {
            if (!OUT[k].ready) continue;
            bool ready = !(stall_out > 0 && (uint8_t)rng.next() < stall_out);
            OUT[k].set_ready(t, ready);
        }
        t->eval(); DUMP();
        for (size_t k = 0; k < ins.size(); k++) {
            In& i = ins[k];
            if (i.offering && (!IN[k].ready || IN[k].get_ready(t))) {
                i.accepted.push_back(c); i.pos++; i.offering = false;
                if (i.pos < i.items.size()) i.gap = i.items[i.pos].gap;
            }
        }
        for (size_t k = 0; k < outs.size(); k++) {
            Out& o = outs[k]; bool valid = OUT[k].get_valid(t);
            Words w = fetch(t, OUT[k]);
            if (o.holding && fault.empty() && (!valid || w != o.held))
                fault = std::string("stream ") + OUT[k].name + ": a beat offered in cycle " + std::to_string(c - 1)
                        + " was withdrawn or changed before it was accepted";
            o.holding = false;
            if (!valid) continue;
            if (!OUT[k].ready || OUT[k].get_out_ready(t)) {
                o.cycles.push_back(c); o.data.insert(o.data.end(), w.begin(), w.end());
            } else { o.holding = true; o.held = w; }
        }
        t->clk_i = 1; t->eval(); DUMP();
        t->clk_i = 0; t->eval();
    }
    cycle_now = c;
#ifdef VM_TRACE
    if (wave) vcd.close();
#endif
    t->final();
    delete t;
}

static int64_t lane(const Port& p, const uint32_t* w, int l) {
    uint64_t v = 0;
    for (int k = 0, i = l * p.width; k < p.width; k++, i++) v |= (uint64_t)(w[i / 32] >> (i % 32) & 1) << k;
    if (p.is_signed && p.width < 64 && v >> (p.width - 1)) v |= ~0ull << p.width;
    return (int64_t)v;
}

// print_text writes what left the module, one line per beat, for people and diff.
static void print_text(const std::vector<Out>& outs, bool cycles) {
    for (size_t k = 0; k < outs.size(); k++) {
        const uint32_t* w = outs[k].data.data();
        for (size_t b = 0; b < outs[k].cycles.size(); b++) {
            fprintf(reply, "%s %zu", OUT[k].name, b);
            if (cycles) fprintf(reply, " cycle=%u", outs[k].cycles[b]);
            for (const Port& p : OUT[k].payload) {
                fprintf(reply, " %s=", p.name);
                for (int l = 0; l < p.bits / p.width; l++) fprintf(reply, "%s%lld", l ? "," : "", (long long)lane(p, w, l));
                w += p.words;
            }
            fputc('\n', reply);
        }
    }
    fprintf(reply, "fault: %s\n", fault.empty() ? "none" : fault.c_str());
}

// Arguments: --wave FILE, --text (readable reply), --cycles (cycles in it).
int main(int argc, char** argv) {
    reply = fdopen(dup(1), "wb");
    dup2(2, 1);
    const char* wave = nullptr;
    bool text = false, cycles = false;
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--wave") && i + 1 < argc) wave = argv[++i];
        else if (!strcmp(argv[i], "--text")) text = true;
        else if (!strcmp(argv[i], "--cycles")) cycles = true;
    }
    uint32_t runs = need32();
    for (uint32_t r = 0; r < runs; r++) {
        uint64_t seed; need(&seed, 8);
        uint32_t stall_in = need32(), stall_out = need32(), limit = need32();
        std::vector<In> ins(IN_COUNT); std::vector<Out> outs(OUT_COUNT);
        for (Out& o : outs) o.expect = need32();
        for (size_t k = 0; k < ins.size(); k++) {
            size_t words = 0;
            for (const Port& p : IN[k].payload) words += p.words;
            ins[k].items.resize(need32());
            for (Item& it : ins[k].items) { it.gap = need32(); it.data.resize(words); need(it.data.data(), 4 * words); }
            if (!ins[k].items.empty()) ins[k].gap = ins[k].items[0].gap;
        }
        fault.clear();
        play(seed, stall_in, stall_out, limit, ins, outs, wave);
        if (text) { print_text(outs, cycles); continue; }
        put32(cycle_now);
        for (In& i : ins) { put32(i.accepted.size()); for (uint32_t c : i.accepted) put32(c); }
        for (Out& o : outs) {
            put32(o.cycles.size());
            for (uint32_t c : o.cycles) put32(c);
            fwrite(o.data.data(), 4, o.data.size(), reply);
        }
        put32(fault.size());
        fwrite(fault.data(), 1, fault.size(), reply);
    }
    fflush(reply);
    return 0;
}
