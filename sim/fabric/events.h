// Nets that change, and what follows from it without a clock.

#pragma once

#include "state.h"

namespace fabric {

/// A loop that does not come to rest.
struct Unsettled : std::runtime_error {
    explicit Unsettled(const std::string& where) : runtime_error{"does not settle at " + where} {}
};

/// Combinational elements wait in a bucket for each level; levels are emptied from the lowest on.
class Events : public State {
public:
    explicit Events(Netlist netlist) : State{std::move(netlist)}, queued_(nodes()) {
        uint32_t levels = 0;
        for (uint32_t at : level) levels = std::max(levels, at + 1);
        buckets_.resize(levels);
        pending_.resize(levels / 64 + 1);
        pending_from_ = static_cast<uint32_t>(pending_.size());
    }

    void change(Net net) {
        value[net] ^= 1;
        const bool high = value[net];
        last = net;
        const Reached* const end = reached.data() + first[net + 1];
        for (const Reached* r = reached.data() + first[net]; r != end; r++) {
            switch (r->kind) {
            case kTable:
                look(r->id, r->pin);
                break;
            case kLargeTable:
                lookups[r->id].index ^= r->pin;
                enqueue(r->id);
                break;
            case kData:
                if (value[flops[r->id].of.enable]) touch(r->id);
                break;
            case kRegister:
                touch(r->id);
                break;
            case kClock:
                if (!clocks[r->id].edged) {
                    clocks[r->id].edged = true;
                    edged.push_back(r->id);
                }
                break;
            default:
                reach_wide(*r, high);
            }
        }
    }

    void reach_wide(const Reached& r, bool high) {
        const uint64_t bit = uint64_t{1} << (r.pin & 63);
        if (r.kind <= kSignB) {
            Multiplier& m = multipliers[r.id];
            if (r.kind == kA) m.a ^= bit;
            if (r.kind == kB) m.b ^= bit;
            if (r.kind == kSignA) m.a_signed = high;
            if (r.kind == kSignB) m.b_signed = high;
            enqueue(product_node(r.id));
            return;
        }
        Access& p = accesses[r.id];
        bool matters = p.live.enable;
        if (r.kind == kAddress) {
            p.live.address += high ? r.pin : 0u - r.pin;
            matters &= p.reads || p.live.write;
        } else if (r.kind == kWritten) {
            p.live.data ^= bit;
            matters &= (p.live.write & bit) != 0;
        } else if (r.kind == kWrite) {
            p.live.write ^= bit;
        } else {
            (r.pin ? p.live.reset : p.live.enable) = high;
            matters = true;
        }
        if (list.ports[r.id].asynchronous) {
            enqueue(port_node(r.id));
        } else if (matters) {
            touch_port(r.id);
        }
    }

    void touch(uint32_t id) {
        if (flops[id].touched) return;
        flops[id].touched = true;
        touched.push_back(id);
    }

    void touch_port(uint32_t id) {
        if (accesses[id].touched) return;
        accesses[id].touched = true;
        touched_ports.push_back(id);
    }

    /// An input of a table has changed; nothing is to be done if it makes no difference.
    void look(uint32_t id, uint32_t mask) {
        Lookup& t = lookups[id];
        t.index ^= mask;
        if (t.queued || (t.bits >> t.index & 1) == t.now) return;
        t.queued = true;
        put(id, t.level);
    }

    void enqueue(uint32_t node) {
        if (node < lookups.size()) {
            if (lookups[node].queued) return;
            lookups[node].queued = true;
        } else {
            if (queued_[node]) return;
            queued_[node] = true;
        }
        put(node, level[node]);
    }

    void put(uint32_t node, uint32_t at) {
        buckets_[at].push_back(node);
        pending_[at / 64] |= uint64_t{1} << at % 64;
        if (at / 64 < pending_from_) pending_from_ = at / 64;
    }

    /// Until no table, product or asynchronous port differs from what it should be.
    void propagate() {
        for (int visits = 0; pending_from_ < pending_.size();) {
            const uint64_t word = pending_[pending_from_];
            if (!word) {
                pending_from_++;
                continue;
            }
            const uint32_t at = pending_from_ * 64 + __builtin_ctzll(word);
            std::vector<uint32_t>& bucket = buckets_[at];
            for (size_t i = 0; i < bucket.size(); i++) {
                // Only in a loop a level is added to while it is left, or come back to.
                if (i > kVisits || visits > kVisits) throw Unsettled(list.name(last));
                evaluate(bucket[i]);
            }
            visits++;
            bucket.clear();
            pending_[at / 64] &= ~(uint64_t{1} << at % 64);
        }
    }

    void evaluate(uint32_t node) {
        if (node < lookups.size()) {
            Lookup& t = lookups[node];
            t.queued = false;
            const uint64_t bits = t.large ? wide[t.bits + t.index / 64] : t.bits;
            const bool high = bits >> t.index % 64 & 1;
            if (high == t.now) return;
            t.now = high;
            change(t.out);
            return;
        }
        queued_[node] = false;
        node -= static_cast<uint32_t>(lookups.size());
        if (node < multipliers.size()) {
            Multiplier& m = multipliers[node];
            const Product& p = list.products[node];
            show(p.out, m.out,
                 extended(m.a, p.a.size(), m.a_signed) * extended(m.b, p.b.size(), m.b_signed));
            return;
        }
        node -= static_cast<uint32_t>(multipliers.size());
        Access& p = accesses[node];
        show(list.ports[node].outputs, p.out, word_at(node, p.live.address));
    }

    static uint64_t extended(uint64_t value, size_t width, bool with_sign) {
        const bool negative = with_sign && width && value >> (width - 1) & 1;
        return negative && width < 64 ? value | ~uint64_t{0} << width : value;
    }

    static Net net_of(Net net) { return net; }
    static Net net_of(const Port::Output& output) { return output.net; }

    /// Changes the nets in which a new word differs from the last one.
    template <class Pins>
    void show(const Pins& pins, uint64_t& last, uint64_t word) {
        uint64_t differ = word ^ last;
        last = word;
        for (; differ; differ &= differ - 1) {
            const size_t i = __builtin_ctzll(differ);
            if (i >= pins.size()) return;
            change(net_of(pins[i]));
        }
    }

    /// What a port's outputs are when it reads.
    uint64_t word_at(uint32_t id, uint32_t address) const {
        const Port& port = list.ports[id];
        const std::vector<uint64_t>& contents = list.memories[port.memory].contents;
        uint64_t word = 0;
        if (accesses[id].in_order) {
            const uint32_t place = address + port.outputs[0].offset, shift = place % 64;
            word = contents[place / 64] >> shift;
            if (shift) word |= contents[place / 64 + 1] << (64 - shift);
            return word & ~uint64_t{0} >> (64 - port.outputs.size());
        }
        for (size_t i = 0; i < port.outputs.size(); i++) {
            const uint32_t place = address + port.outputs[i].offset;
            word |= (contents[place / 64] >> place % 64 & 1) << i;
        }
        return word;
    }

    // What has been reached since it was looked at last.
    std::vector<uint32_t> touched, touched_ports, edged;
    Net last = 0;  // net that changed

private:
    static constexpr int kVisits = 1'000'000;  // of levels in a step: some hundred, but in loops

    // Of each node and of each level.
    std::vector<uint8_t> queued_;
    std::vector<std::vector<uint32_t>> buckets_;
    std::vector<uint64_t> pending_;  // levels with something in their buckets, as bits
    uint32_t pending_from_ = 0;      // no word below has any
};

}  // namespace fabric
