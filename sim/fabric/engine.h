// Runs a netlist, event by event, with two values and no delays.
//
// Time goes in steps. In a step some nets have changed: pins from outside, or outputs of what a
// clock drives. The combinational elements follow until all rest, in the order of their levels, so
// that each is evaluated once. Then every clock that is not what it was before the step has an edge
// (glitches are none), and what it drives takes the inputs that stood before the step. Its outputs
// change together, which is the next step. What does not change costs nothing: of each edge there
// is a list of those whose outputs it would change.

#pragma once

#include "events.h"

namespace fabric {

class Engine : Events {
public:
    explicit Engine(Netlist netlist) : Events{std::move(netlist)} {
        for (uint32_t node = 0; node < port_node(0); node++) enqueue(node);
        for (uint32_t id = 0; id < accesses.size(); id++) {
            if (list.ports[id].asynchronous) enqueue(port_node(id));
            else touch_port(id);
        }
        for (uint32_t id = 0; id < flops.size(); id++) touch(id);
        // The first levels of clocks are no edges: nothing is listed for them yet.
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
            if (edged.empty() && touched.empty() && touched_ports.empty()) return;
            if (steps > kSteps) {
                throw Unsettled(list.name(edged.empty() ? last : clocks[edged[0]].net));
            }
            step_++;
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
    static constexpr int kSteps = 20'000;  // a ripple counter takes one a bit

    // ---- what clocks drive ----

    void take_edges() {
        for (uint32_t id : edged) {
            Clock& clock = clocks[id];
            clock.edged = false;
            if (value[clock.net] == clock.before) continue;
            clock.before = value[clock.net];
            Domain& domain = domains[2 * id + !clock.before];
            domain.edge = step_;
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
        edged.clear();
        if (!firing_.empty()) access_memories();
    }

    void follow_touched() {
        for (uint32_t id : touched) {
            flops[id].touched = false;
            follow(id);
        }
        touched.clear();
        for (uint32_t id : touched_ports) {
            Access& p = accesses[id];
            p.touched = false;
            p.sampled = p.live;
            const bool enabled = p.sampled.enable && (p.reads || p.sampled.write);
            if (enabled || p.sampled.reset) list_port(id);
        }
        touched_ports.clear();
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
        for (uint32_t id : fired_) {
            show(list.ports[id].outputs, accesses[id].out, accesses[id].next);
        }
        fired_.clear();
    }

    // ---- memories ----

    void list_port(uint32_t id) {
        if (accesses[id].listed) return;
        accesses[id].listed = true;
        domains[accesses[id].domain].ports.push_back(id);
    }

    uint64_t writes(uint32_t id) const {
        return accesses[id].sampled.enable ? accesses[id].sampled.write : 0;
    }

    /// Whether a port of the list fires in this step, though its own inputs would change nothing.
    bool joins(uint32_t id) const {
        const Access& p = accesses[id];
        return p.domain != kNone && p.sampled.enable && domains[p.domain].edge == step_;
    }

    /// All ports that see an edge: they read, then they write, in their order. Where something is
    /// written, the others of that memory take part as well, since they may collide with it.
    void access_memories() {
        for (size_t i = firing_.size(); i-- > 0;) {
            for (uint32_t other : store_of(firing_[i]).ports) {
                if (other != firing_[i] && joins(other)) firing_.push_back(other);
            }
        }
        std::sort(firing_.begin(), firing_.end());
        firing_.erase(std::unique(firing_.begin(), firing_.end()), firing_.end());
        for (uint32_t id : firing_) mark(id, true);
        for (uint32_t id : firing_) read(id);
        for (uint32_t id : firing_) write(id);
        for (uint32_t id : firing_) mark(id, false);
        for (uint32_t id : firing_) again(store_of(id));
        fired_.swap(firing_);
    }

    Store& store_of(uint32_t id) { return stores[list.ports[id].memory]; }

    void mark(uint32_t id, bool set) {
        const Port& port = list.ports[id];
        if (!stores[port.memory].read) return;
        std::vector<uint64_t>& written = stores[port.memory].written;
        for (uint64_t left = writes(id); left; left &= left - 1) {
            const uint32_t place = accesses[id].sampled.address +
                                   port.inputs[__builtin_ctzll(left)].offset;
            const uint64_t mask = uint64_t{1} << place % 64;
            written[place / 64] = set ? written[place / 64] | mask : written[place / 64] & ~mask;
            stores[port.memory].busy = set;
        }
    }

    void read(uint32_t id) {
        const Port& port = list.ports[id];
        Access& p = accesses[id];
        const uint64_t mine = writes(id);
        p.next = p.sampled.reset ? 0 : p.out;
        if (p.sampled.reset || !p.sampled.enable || (mine && port.mode == kHold)) return;
        p.next = word_at(id, p.sampled.address);
        Store& store = stores[port.memory];
        if (!store.busy) return;
        for (size_t i = 0; i < port.outputs.size(); i++) {
            const uint32_t place = p.sampled.address + port.outputs[i].offset;
            const uint64_t bit = uint64_t{1} << i;
            if (p.own[i] >= 0 && mine >> p.own[i] & 1) {
                if (port.mode == kOld) continue;
                p.next = (p.next & ~bit) | (p.sampled.data >> p.own[i] & 1) << i;
            } else if (store.written[place / 64] >> place % 64 & 1) {
                p.next ^= bit;
                store.differs = true;
            }
        }
    }

    void write(uint32_t id) {
        const Port& port = list.ports[id];
        const Access& p = accesses[id];
        Store& store = stores[port.memory];
        for (uint64_t left = writes(id); left; left &= left - 1) {
            const int i = __builtin_ctzll(left);
            const uint32_t place = p.sampled.address + port.inputs[i].offset;
            uint64_t& word = list.memories[port.memory].contents[place / 64];
            if ((word >> place % 64 & 1) == (p.sampled.data >> i & 1)) continue;
            word ^= uint64_t{1} << place % 64;
            store.differs = true;
            for (const View& view : store.views) {
                if (place < view.begin || place >= view.end) continue;
                lookups[view.table].bits ^= uint64_t{1} << (place - view.begin);
                enqueue(view.table);
            }
        }
    }

    /// If the contents have changed, the same inputs may give something else at the next edge.
    void again(Store& store) {
        if (!store.differs) return;
        store.differs = false;
        for (uint32_t id : store.ports) {
            if (list.ports[id].asynchronous) {
                enqueue(port_node(id));
            } else if (accesses[id].sampled.enable) {
                list_port(id);
            }
        }
    }

    std::vector<uint32_t> changed_, firing_, fired_;
    uint64_t step_ = 0;
};

}  // namespace fabric
