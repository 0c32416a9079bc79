// Runs a netlist, event by event, with two values and no delays.
//
// Time goes in steps. In a step some nets have changed: pins from outside, or outputs of what a
// clock drives. The combinational elements follow until all rest, in the order of their levels, so
// that each is evaluated once. Then every clock that is not what it was before the step has an edge
// (glitches are none), and what it drives takes the inputs that stood before the step. Its outputs
// change together, which is the next step. What does not change costs nothing: of each edge there
// is a list of those whose outputs it would change.

#pragma once

#include "state.h"

namespace fabric {

/// A loop that does not come to rest.
struct Unsettled : std::runtime_error {
    explicit Unsettled(const std::string& where) : runtime_error{"does not settle at " + where} {}
};

class Engine : State {
public:
    explicit Engine(Netlist netlist) : State{std::move(netlist)}, queued_(nodes()) {
        const uint32_t levels = level.empty() ? 0 : *std::max_element(level.begin(), level.end()) + 1;
        buckets_.resize(levels);
        pending_.resize(levels / 64 + 1);
        pending_from_ = static_cast<uint32_t>(pending_.size());
        for (uint32_t node = 0; node < nodes(); node++) enqueue(node);
        propagate();
        // The first levels of clocks are no edges.
        for (Clock& clock : clocks) clock = {clock.net, value[clock.net] != 0, false};
        edged_.clear();
        for (uint32_t id = 0; id < flops.size(); id++) touch(id);
        for (uint32_t id = 0; id < accesses.size(); id++) {
            if (!list.ports[id].asynchronous) touch_port(id);
        }
        settle();
    }

    bool high(Net net) const { return value[net]; }
    const Netlist& netlist() const { return list; }

    /// The level of a net that is driven from outside, from the next step on.
    void set(Net net, bool high) {
        if (value[net] != high) change(net);
    }

    /// Steps until nothing changes any more; `Unsettled` if that does not come.
    void settle() {
        for (int steps = 0;; steps++) {
            propagate();
            if (edged_.empty() && touched_.empty() && touched_ports_.empty()) return;
            if (steps > kSteps) throw Unsettled(list.name(last_));
            take_edges();
            follow_touched();
            commit();
        }
    }

    /// For each net, whether it is a clock or tables lead from it to one.
    std::vector<uint8_t> leads_to_clock() const {
        std::vector<uint8_t> found(list.nets);
        std::vector<Net> open;
        for (const Clock& clock : clocks) open.push_back(clock.net);
        while (!open.empty()) {
            const Net net = open.back();
            open.pop_back();
            if (found[net]) continue;
            found[net] = 1;
            if (driver[net] < lookups.size()) {
                for (Net input : list.tables[driver[net]].inputs) open.push_back(input);
            }
        }
        return found;
    }

private:
    static constexpr int kSteps = 20'000;        // a ripple counter takes one a bit
    static constexpr int kVisits = 1'000'000;  // of levels within a step: some hundred, but in loops

    // ---- nets and combinational elements ----

    void change(Net net) {
        value[net] ^= 1;
        const bool high = value[net];
        last_ = net;
        const Reached* const end = reached.data() + first[net + 1];
        for (const Reached* r = reached.data() + first[net]; r != end; r++) {
            switch (r->kind) {
            case kTable:
                lookups[r->id].index ^= 1u << r->pin;
                enqueue(r->id);
                break;
            case kRegister:
                touch(r->id);
                break;
            case kClock:
                if (!clocks[r->id].edged) {
                    clocks[r->id].edged = true;
                    edged_.push_back(r->id);
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
        if (r.kind == kAddress) p.live.address += high ? r.pin : 0u - r.pin;
        if (r.kind == kData) p.live.data ^= bit;
        if (r.kind == kWrite) p.live.write ^= bit;
        if (r.kind == kControl) (r.pin ? p.live.reset : p.live.enable) = high;
        if (list.ports[r.id].asynchronous) {
            enqueue(port_node(r.id));
        } else {
            touch_port(r.id);
        }
    }

    void touch(uint32_t id) {
        if (flops[id].touched) return;
        flops[id].touched = true;
        touched_.push_back(id);
    }

    void touch_port(uint32_t id) {
        if (accesses[id].touched) return;
        accesses[id].touched = true;
        touched_ports_.push_back(id);
    }

    void enqueue(uint32_t node) {
        if (queued_[node]) return;
        queued_[node] = 1;
        const uint32_t at = level[node];
        buckets_[at].push_back(node);
        pending_[at / 64] |= uint64_t{1} << at % 64;
        if (at / 64 < pending_from_) pending_from_ = at / 64;
    }

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
                if (i > kVisits || visits > kVisits) throw Unsettled(list.name(last_));
                queued_[bucket[i]] = 0;
                evaluate(bucket[i]);
            }
            visits++;
            bucket.clear();
            pending_[at / 64] &= ~(uint64_t{1} << at % 64);
        }
    }

    void evaluate(uint32_t node) {
        if (node < lookups.size()) {
            const Lookup& t = lookups[node];
            const uint64_t bits = t.wide == kNone ? t.bits : wide[t.wide + t.index / 64];
            if ((bits >> t.index % 64 & 1) != value[t.out]) change(t.out);
            return;
        }
        node -= static_cast<uint32_t>(lookups.size());
        if (node < multipliers.size()) {
            Multiplier& m = multipliers[node];
            const Product& p = list.products[node];
            show(p.out, m.out, extended(m.a, p.a.size(), m.a_signed) * extended(m.b, p.b.size(), m.b_signed));
            return;
        }
        node -= static_cast<uint32_t>(multipliers.size());
        const Port& port = list.ports[node];
        uint64_t word = 0;
        for (size_t i = 0; i < port.outputs.size(); i++) {
            word |= uint64_t{bit(port.memory, accesses[node].live.address + port.outputs[i].offset)} << i;
        }
        show(port.outputs, accesses[node].out, word);
    }

    static uint64_t extended(uint64_t value, size_t width, bool with_sign) {
        if (with_sign && width && width < 64 && value >> (width - 1) & 1) value |= ~uint64_t{0} << width;
        return value;
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

    // ---- what clocks drive ----

    void take_edges() {
        for (uint32_t id : edged_) {
            Clock& clock = clocks[id];
            clock.edged = false;
            if (value[clock.net] == clock.before) continue;
            clock.before = value[clock.net];
            Domain& domain = domains[2 * id + !clock.before];
            for (uint32_t flop : domain.flops) {
                Flop& r = flops[flop];
                r.listed = false;
                if (r.now == r.next) continue;
                r.now = r.next;
                changed_.push_back(flop);
            }
            domain.flops.clear();
            for (uint32_t port : domain.ports) {
                accesses[port].listed = false;
                firing_.push_back(port);
            }
            domain.ports.clear();
        }
        edged_.clear();
        if (!firing_.empty()) access_memories();
    }

    void follow_touched() {
        for (uint32_t id : touched_) {
            flops[id].touched = false;
            follow(id);
        }
        touched_.clear();
        for (uint32_t id : touched_ports_) {
            Access& p = accesses[id];
            p.touched = false;
            p.sampled = p.live;
            if (p.sampled.enable || p.sampled.reset) list_port(id);
        }
        touched_ports_.clear();
    }

    void follow(uint32_t id) {
        Flop& r = flops[id];
        const bool enable = value[r.of.enable], reset = value[r.of.reset];
        r.next = enable ? value[r.of.data] : r.now;
        if (reset && (r.of.asynchronous || enable || !r.of.enable_over_reset)) r.next = r.of.value;
        if (r.next == r.now) return;
        if (reset && r.of.asynchronous) {
            r.now = r.next;
            changed_.push_back(id);
        } else if (!r.listed) {
            r.listed = true;
            domains[r.domain].flops.push_back(id);
        }
    }

    void commit() {
        for (uint32_t id : changed_) set(flops[id].of.out, flops[id].now);
        changed_.clear();
        for (uint32_t id : fired_) show(list.ports[id].outputs, accesses[id].out, accesses[id].next);
        fired_.clear();
    }

    // ---- memories ----

    bool bit(uint32_t memory, uint32_t place) const {
        return list.memories[memory].contents[place / 64] >> place % 64 & 1;
    }

    void list_port(uint32_t id) {
        if (accesses[id].listed) return;
        accesses[id].listed = true;
        domains[accesses[id].domain].ports.push_back(id);
    }

    /// All ports that see an edge: they read, then they write, in their order.
    void access_memories() {
        std::sort(firing_.begin(), firing_.end());
        for (uint32_t id : firing_) mark(id, true);
        for (uint32_t id : firing_) read(id);
        for (uint32_t id : firing_) write(id);
        for (uint32_t id : firing_) mark(id, false);
        fired_.swap(firing_);
    }

    uint64_t writes(uint32_t id) const {
        return accesses[id].sampled.enable ? accesses[id].sampled.write : 0;
    }

    void mark(uint32_t id, bool set) {
        const Port& port = list.ports[id];
        std::vector<uint64_t>& written = stores[port.memory].written;
        for (uint64_t left = writes(id); left; left &= left - 1) {
            const uint32_t place = accesses[id].sampled.address + port.inputs[__builtin_ctzll(left)].offset;
            const uint64_t mask = uint64_t{1} << place % 64;
            written[place / 64] = set ? written[place / 64] | mask : written[place / 64] & ~mask;
        }
    }

    void read(uint32_t id) {
        const Port& port = list.ports[id];
        Access& p = accesses[id];
        p.next = p.out;
        const uint64_t mine = writes(id);
        if (p.sampled.reset) p.next = 0;
        if (p.sampled.reset || !p.sampled.enable || (mine && port.mode == kHold)) return;
        p.next = 0;
        for (size_t i = 0; i < port.outputs.size(); i++) {
            const uint32_t place = p.sampled.address + port.outputs[i].offset;
            bool level = bit(port.memory, place);
            if (p.own[i] >= 0 && mine >> p.own[i] & 1) {
                if (port.mode == kNew) level = p.sampled.data >> p.own[i] & 1;
            } else if (stores[port.memory].written[place / 64] >> place % 64 & 1) {
                level = !level;
            }
            p.next |= uint64_t{level} << i;
        }
    }

    void write(uint32_t id) {
        const Port& port = list.ports[id];
        const Access& p = accesses[id];
        uint64_t left = writes(id);
        if (!left) return;
        for (; left; left &= left - 1) {
            const int i = __builtin_ctzll(left);
            const uint32_t place = p.sampled.address + port.inputs[i].offset;
            uint64_t& word = list.memories[port.memory].contents[place / 64];
            word = (word & ~(uint64_t{1} << place % 64)) | uint64_t{p.sampled.data >> i & 1} << place % 64;
        }
        // The next edge may show something else, whatever the inputs do.
        for (uint32_t other : stores[port.memory].ports) {
            if (list.ports[other].asynchronous) {
                enqueue(port_node(other));
            } else if (accesses[other].sampled.enable) {
                list_port(other);
            }
        }
    }

    // Of each node and of each level.
    std::vector<uint8_t> queued_;
    std::vector<std::vector<uint32_t>> buckets_;
    std::vector<uint64_t> pending_;  // levels with something in their buckets, as bits
    uint32_t pending_from_ = 0;      // no word below has any
    std::vector<uint32_t> touched_, touched_ports_, edged_, changed_, firing_, fired_;
    Net last_ = 0;
};

}  // namespace fabric
