// The watches of a Session: what output ports had in the cycles in which one of
// the ports of a condition was 1.

struct Watch {
    static const size_t LIMIT = (size_t)1 << 28; // words kept, 1 GiB

    std::vector<uint32_t> when, ports;
    std::vector<uint64_t> cycles;
    std::vector<uint32_t> words;
    size_t per_record = 0; // words

    void configure() {
        for (std::vector<uint32_t>* list : {&when, &ports}) {
            list->resize(need32());
            for (uint32_t& k : *list) k = need32();
        }
        for (uint32_t k : ports) per_record += OUT[k].words;
    }

    void clear() {
        std::vector<uint64_t>().swap(cycles);
        std::vector<uint32_t>().swap(words);
    }

    // look records the ports as they are at the end of a cycle.
    void look(Top* t, uint64_t now) {
        uint32_t hit = 0;
        for (size_t k = 0; k < when.size() && !hit; k++) OUT[when[k]].get(t, &hit);
        if (!hit) return;
        if (2 * cycles.size() + words.size() >= LIMIT) {
            fail(std::string("watch on ") + OUT[when[0]].name + ": more than 1 GiB of records");
            return;
        }
        cycles.push_back(now);
        size_t at = words.size();
        words.resize(at + per_record);
        for (uint32_t k : ports) {
            OUT[k].get(t, &words[at]);
            at += OUT[k].words;
        }
    }

    // reply hands the records over and forgets them.
    void reply() {
        put64(cycles.size());
        put(cycles.data(), 8 * cycles.size());
        put(words.data(), 4 * words.size());
        clear();
    }
};
