// The memory model of a Session: the rule of sim.Memory, one cycle at a time.

struct MemPort {
    int32_t req_ready, rd_valid, rd_data, wr_ready, req_valid, addr, beats, write, rd_ready, wr_valid, wr_data;
    uint64_t beat_bytes, latency, num, den, max_outstanding;
    struct Request { uint64_t addr, beats, open; bool write; };
    std::deque<Request> queue;
    uint64_t credit;
    bool open, offered, held; // held: offered in the cycle before, and not moved

    void configure() {
        for (int32_t* p : {&req_ready, &rd_valid, &rd_data, &wr_ready, &req_valid, &addr, &beats, &write, &rd_ready,
                           &wr_valid, &wr_data}) *p = (int32_t)need32();
        for (uint64_t* p : {&beat_bytes, &latency, &num, &den, &max_outstanding}) *p = need64();
    }
};

static void drive(Top* t, int32_t port, bool v) {
    uint32_t w = v;
    if (port >= 0) IN[port].set(t, &w);
}
static uint64_t value(Top* t, int32_t port) {
    std::vector<uint32_t> w(OUT[port].words + 1);
    OUT[port].get(t, w.data());
    return w[0] | (OUT[port].words > 1 ? (uint64_t)w[1] << 32 : 0);
}

struct Memory {
    std::vector<uint8_t> bytes;
    std::vector<MemPort> ports;
    uint64_t shared_num, shared_den, shared_rest, fixed, banks, row_bytes, penalty;
    std::vector<uint64_t> rows; // open row + 1 per bank
    size_t first;

    void configure() {
        bytes.resize(need64());
        ports.resize(need32());
        for (MemPort& p : ports) p.configure();
        for (uint64_t* v : {&shared_num, &shared_den, &fixed, &banks, &row_bytes, &penalty}) *v = need64();
    }

    void reset() {
        shared_rest = 0; first = 0;
        rows.assign(banks, 0);
        for (MemPort& p : ports) { p.queue.clear(); p.credit = p.den; p.held = p.offered = p.open = false; }
    }

    // offer decides which beats may move in this cycle.
    void offer(Top* t, uint64_t now) {
        uint64_t budget = ~0ull;
        if (shared_den) {
            shared_rest += shared_num;
            budget = shared_rest / shared_den; shared_rest %= shared_den;
        }
        size_t refused = ports.size();
        for (size_t k = 0; k < ports.size(); k++) {
            size_t at = (first + k) % ports.size();
            MemPort& p = ports[at];
            p.open = !p.queue.empty() && now >= p.queue.front().open;
            p.offered = p.held;
            if (!p.held && p.open && p.credit >= p.den) {
                if (p.beat_bytes <= budget) p.offered = true;
                else if (refused == ports.size()) refused = at;
            }
            if (p.offered) budget -= p.beat_bytes < budget ? p.beat_bytes : budget;
            bool w = p.offered && p.queue.front().write;
            drive(t, p.wr_ready, w);
            drive(t, p.rd_valid, p.offered && !w);
            if (p.offered && !w) {
                std::vector<uint32_t> word(IN[p.rd_data].words);
                memcpy(word.data(), &bytes[p.queue.front().addr], p.beat_bytes);
                IN[p.rd_data].set(t, word.data());
            }
        }
        if (!fixed && refused < ports.size()) first = refused;
    }

    bool taken(Top* t, const MemPort& p) const {
        return p.offered && value(t, p.queue.front().write ? p.wr_valid : p.rd_ready);
    }

    // move ends the beats that the module takes or gives, and offers places for requests.
    void move(Top* t, uint64_t) {
        for (MemPort& p : ports) {
            bool moved = taken(t, p);
            p.held = p.offered && !moved;
            if (moved) {
                MemPort::Request& r = p.queue.front();
                if (r.write) {
                    std::vector<uint32_t> word(OUT[p.wr_data].words);
                    OUT[p.wr_data].get(t, word.data());
                    memcpy(&bytes[r.addr], word.data(), p.beat_bytes);
                }
                p.credit -= p.den;
            }
            uint64_t limit = p.open ? p.den + p.num - 1 : p.den;
            p.credit = p.credit + p.num < limit ? p.credit + p.num : limit;
            size_t waiting = p.queue.size() - (moved && p.queue.front().beats == 1);
            drive(t, p.req_ready, p.max_outstanding == 0 || waiting < p.max_outstanding);
        }
    }

    // accept takes at most one request per port, then retires what moved.
    void accept(Top* t, uint64_t now) {
        for (MemPort& p : ports) {
            bool moved = taken(t, p);
            if (moved == (p.held && p.offered) && p.offered)
                fail(std::string("memory port ") + OUT[p.req_valid].name + ": ready for data depends on the acceptance of a request");
            if (moved) {
                MemPort::Request& r = p.queue.front();
                r.addr += p.beat_bytes;
                if (--r.beats == 0) p.queue.pop_front();
            }
            if (!value(t, p.req_valid)) continue;
            if (p.max_outstanding && p.queue.size() >= p.max_outstanding) continue;
            MemPort::Request r;
            r.addr = value(t, p.addr); r.beats = value(t, p.beats);
            r.write = p.write >= 0 ? value(t, p.write) : p.rd_valid < 0;
            if (r.beats == 0 || r.addr > bytes.size() || r.beats > (bytes.size() - r.addr) / p.beat_bytes) {
                fail(std::string("memory port ") + OUT[p.req_valid].name + ": request of " + std::to_string(r.beats) + " beats of "
                     + std::to_string(p.beat_bytes) + " bytes at " + std::to_string(r.addr) + ", the memory has "
                     + std::to_string(bytes.size()) + " bytes");
                continue;
            }
            r.open = now + p.latency + misses(r.addr, r.beats * p.beat_bytes) * penalty;
            p.queue.push_back(r);
        }
    }

    // misses opens the rows of a request and returns how many were not open.
    uint64_t misses(uint64_t addr, uint64_t n) {
        uint64_t count = 0;
        for (uint64_t r = addr / row_bytes; banks && r <= (addr + n - 1) / row_bytes; r++) {
            if (rows[r % banks] != r + 1) { count++; rows[r % banks] = r + 1; }
        }
        return count;
    }

    // quiet ends the handshakes after the clock edge.
    void quiet(Top* t) {
        for (MemPort& p : ports) { drive(t, p.rd_valid, false); drive(t, p.wr_ready, false); drive(t, p.req_ready, false); }
    }
};
