// A netlist at work: values of nets, what each net reaches, and what elements remember.

#pragma once

#include "netlist.h"

#include <map>

namespace fabric {

constexpr uint32_t kNone = ~0u;

/// What a net reaches: an element and the meaning of the pin there.
enum Kind : uint8_t {
    kTable, kLargeTable,
    kData, kRegister, kClock,
    kA, kB, kSignA, kSignB,
    kAddress, kWritten, kWrite, kControl,
};

struct Reached {
    uint32_t kind : 4, id : 28;
    uint32_t pin;  // a bit's number; its mask (tables), stride (kAddress), 1: reset (kControl)
};

/// A table. Its index is kept, input by input.
struct Lookup {
    uint64_t bits;  // of more than six inputs: where they begin in `wide`
    Net out;
    uint32_t level;
    uint16_t index;
    bool large, now, queued;
};

struct Multiplier {
    uint64_t a = 0, b = 0, out = 0;
    bool a_signed = false, b_signed = false;
};

struct Flop {
    Register of;
    uint32_t domain;
    bool now, next, touched, listed;
};

struct PortInputs {
    uint64_t data = 0, write = 0;
    uint32_t address = 0;
    bool enable = false, reset = false;
};

struct Access {
    PortInputs live, sampled;
    uint32_t domain = kNone;
    uint64_t out = 0, next = 0;
    std::vector<int> own;  // for each output the input of the same bit, -1 if there is none
    bool reads = false;     // it has outputs
    bool in_order = false;  // which are bits side by side
    bool touched = false, listed = false;
};

struct Clock {
    Net net;
    bool before, edged;
};

/// One edge of a clock: what it may change.
struct Domain {
    std::vector<uint32_t> flops, ports;
    uint64_t edge = 0;  // the step of the last one
};

/// A table that is a part of a memory's contents: the bits from `begin` on.
struct View {
    uint32_t table, begin, end;
};

struct Store {
    std::vector<View> views;
    std::vector<uint64_t> written;  // bits that this step writes
    std::vector<uint32_t> ports;
    bool read = false;     // a port with a clock has outputs
    bool busy = false;     // bits are written
    bool differs = false;  // they change something, or are looked at
};

/// Nodes, the combinational elements, are numbered: tables, products, ports of memories.
struct State {
    explicit State(Netlist netlist)
        : list{std::move(netlist)}, value(list.nets), driver(list.nets, kNone) {
        value[1] = 1;
        stores.resize(list.memories.size());
        for (Port& p : list.ports) tabulate(p);
        unite();
        for (const Register& r : list.registers) value[r.out] = r.initial;
        for (const Table& t : list.tables) add(t);
        for (const Register& r : list.registers) add(r);
        for (const Product& p : list.products) add(p);
        for (size_t i = 0; i < stores.size(); i++) {
            stores[i].written.resize(list.memories[i].contents.size());
        }
        for (const Port& p : list.ports) add(p);
        gather();
        rank();
    }

    uint32_t product_node(size_t id) const { return static_cast<uint32_t>(lookups.size() + id); }
    uint32_t port_node(size_t id) const {
        return static_cast<uint32_t>(lookups.size() + multipliers.size() + id);
    }
    uint32_t nodes() const { return port_node(accesses.size()); }

    Netlist list;
    std::vector<uint8_t> value;
    std::vector<uint32_t> driver;  // of each net the node, kNone if it is no node's
    std::vector<uint32_t> first;   // where each net's part of `reached` begins
    std::vector<Reached> reached;
    std::vector<Lookup> lookups;
    std::vector<uint64_t> wide;
    std::vector<Multiplier> multipliers;
    std::vector<Flop> flops;
    std::vector<Access> accesses;
    std::vector<Store> stores;
    std::vector<Clock> clocks;
    std::vector<Domain> domains;  // of each clock the rising edge, then the falling one
    std::vector<uint32_t> level;  // of each node: above those that drive it, but in a loop

private:
    struct Reach {
        Net net;
        Reached what;
    };

    void reach(Net net, Kind kind, size_t id, uint32_t pin) {
        reaches_.push_back({net, {kind, static_cast<uint32_t>(id), pin}});
    }

    /// A small memory is looked up as a table is: an asynchronous port gives way to tables.
    void tabulate(Port& p) {
        const Memory& memory = list.memories[p.memory];
        std::vector<Net> inputs;
        for (const auto& pin : p.address) {
            const uint32_t place = pin.stride ? __builtin_ctz(pin.stride) : 32;
            if (place > 5 || pin.stride != 1u << place) return;
            if (inputs.size() <= place) inputs.resize(place + 1);
            if (inputs[place]) return;
            inputs[place] = pin.net;
        }
        if (!p.asynchronous || memory.size > 64) return;
        for (const auto& output : p.outputs) {
            const uint64_t bits = memory.contents[0] >> output.offset;
            stores[p.memory].views.push_back(
                {static_cast<uint32_t>(list.tables.size()), output.offset, memory.size});
            list.tables.push_back({output.net, {bits}, inputs});
        }
        p.outputs.clear();
        p.address.clear();
    }

    /// Small memories that are written together become one, as LUTs that hold one bit of a word.
    void unite() {
        std::vector<std::vector<uint32_t>> ports(list.memories.size());
        for (uint32_t id = 0; id < list.ports.size(); id++) {
            if (!list.ports[id].asynchronous) ports[list.ports[id].memory].push_back(id);
        }
        std::map<std::vector<uint32_t>, uint32_t> known;  // how it is written -> port
        for (const std::vector<uint32_t>& own : ports) {
            if (own.size() != 1 || !list.ports[own[0]].outputs.empty()) continue;
            Port& p = list.ports[own[0]];
            if (list.memories[p.memory].size > 64) continue;
            std::vector<uint32_t> how{p.clock, p.falling, p.enable};
            for (const auto& pin : p.address) how.insert(how.end(), {pin.net, pin.stride});
            const auto [entry, first] = known.insert({how, own[0]});
            Port& host = list.ports[entry->second];
            if (first) continue;
            if (host.inputs.size() + p.inputs.size() > 64) entry->second = own[0];
            else absorb(host, p);
        }
    }

    void absorb(Port& host, Port& p) {
        Memory& memory = list.memories[host.memory];
        const uint32_t words = (memory.size + 63) / 64, base = 64 * words;
        memory.contents.resize(words);
        memory.contents.insert(memory.contents.end(), {list.memories[p.memory].contents[0], 0});
        memory.size = base + 64;
        for (const auto& input : p.inputs) {
            host.inputs.push_back({input.net, input.offset + base, input.write});
        }
        for (const View& view : stores[p.memory].views) {
            stores[host.memory].views.push_back({view.table, view.begin + base, view.end + base});
        }
        stores[p.memory].views.clear();
        p.inputs.clear();
        p.address.clear();
        p.clock = p.enable = 0;
    }

    void add(const Table& t) {
        const size_t id = lookups.size();
        Lookup lookup{t.bits[0], t.out, 0, 0, t.inputs.size() > 6, false, false};
        if (lookup.large) {
            lookup.bits = wide.size();
            wide.insert(wide.end(), t.bits.begin(), t.bits.end());
        }
        for (uint32_t i = 0; i < t.inputs.size(); i++) {
            reach(t.inputs[i], lookup.large ? kLargeTable : kTable, id, 1u << i);
            lookup.index ^= value[t.inputs[i]] << i;
        }
        driver[t.out] = static_cast<uint32_t>(id);
        lookups.push_back(lookup);
    }

    void add(const Register& r) {
        reach(r.data, kData, flops.size(), 0);
        for (Net net : {r.enable, r.reset}) reach(net, kRegister, flops.size(), 0);
        flops.push_back({r, domain(r.clock, r.falling), r.initial, r.initial, false, false});
    }

    void add(const Product& p) {
        const size_t id = multipliers.size();
        Multiplier m;
        operand(p.a, kA, id, m.a);
        operand(p.b, kB, id, m.b);
        reach(p.a_signed, kSignA, id, 0);
        reach(p.b_signed, kSignB, id, 0);
        m.a_signed = value[p.a_signed];
        m.b_signed = value[p.b_signed];
        for (Net net : p.out) driver[net] = product_node(id);
        multipliers.push_back(m);
    }

    void operand(const std::vector<Net>& nets, Kind kind, size_t id, uint64_t& word) {
        for (uint32_t i = 0; i < nets.size(); i++) {
            reach(nets[i], kind, id, i);
            word |= uint64_t{value[nets[i]]} << i;
        }
    }

    void add(const Port& p) {
        const size_t id = accesses.size();
        Access access;
        for (const auto& pin : p.address) {
            reach(pin.net, kAddress, id, pin.stride);
            access.live.address += value[pin.net] * pin.stride;
        }
        for (uint32_t i = 0; i < p.inputs.size(); i++) {
            reach(p.inputs[i].net, kWritten, id, i);
            reach(p.inputs[i].write, kWrite, id, i);
            access.live.data |= uint64_t{value[p.inputs[i].net]} << i;
            access.live.write |= uint64_t{value[p.inputs[i].write]} << i;
        }
        access.in_order = !p.outputs.empty();
        for (const auto& output : p.outputs) {
            access.in_order &= output.offset == p.outputs[0].offset + access.own.size();
            access.own.push_back(-1);
            for (size_t i = 0; i < p.inputs.size(); i++) {
                if (p.inputs[i].offset == output.offset) access.own.back() = static_cast<int>(i);
            }
            if (p.asynchronous) driver[output.net] = port_node(id);
        }
        if (!p.asynchronous) {
            reach(p.enable, kControl, id, 0);
            reach(p.reset, kControl, id, 1);
            access.live.enable = value[p.enable];
            access.live.reset = value[p.reset];
            access.domain = domain(p.clock, p.falling);
        }
        access.reads = !p.outputs.empty();
        if (access.reads && !p.asynchronous) stores[p.memory].read = true;
        if (access.reads || !p.inputs.empty()) {
            stores[p.memory].ports.push_back(static_cast<uint32_t>(id));
        }
        accesses.push_back(std::move(access));
    }

    uint32_t domain(Net net, bool falling) {
        const auto found = clock_of_.find(net);
        if (found != clock_of_.end()) return 2 * found->second + falling;
        const auto id = static_cast<uint32_t>(clocks.size());
        clock_of_[net] = id;
        clocks.push_back({net, false, false});
        domains.resize(2 * clocks.size());
        reach(net, kClock, id, 0);
        return 2 * id + falling;
    }

    /// Sorts what was reached by net, equal kinds together; but for constants, which never change.
    void gather() {
        std::stable_sort(reaches_.begin(), reaches_.end(), [](const Reach& a, const Reach& b) {
            return a.what.kind < b.what.kind;
        });
        first.assign(list.nets + 1, 0);
        for (const Reach& r : reaches_) first[r.net + 1] += r.net > 1;
        for (Net net = 0; net < list.nets; net++) first[net + 1] += first[net];
        reached.resize(first.back());
        std::vector<uint32_t> next{first.begin(), first.end() - 1};
        for (const Reach& r : reaches_) {
            if (r.net > 1) reached[next[r.net]++] = r.what;
        }
        reaches_ = {};
    }

    template <class Use>
    void each_input(uint32_t node, Use use) const {
        if (node < lookups.size()) {
            for (Net net : list.tables[node].inputs) use(net);
        } else if (node < port_node(0)) {
            const Product& p = list.products[node - product_node(0)];
            for (Net net : p.a) use(net);
            for (Net net : p.b) use(net);
            use(p.a_signed);
            use(p.b_signed);
        } else if (list.ports[node - port_node(0)].asynchronous) {
            for (const auto& pin : list.ports[node - port_node(0)].address) use(pin.net);
        }
    }

    /// Levels, depth first: a node after all that drive it, but for those that wait for it, too.
    void rank() {
        enum : uint8_t { kNew, kOpen, kDone };
        std::vector<uint8_t> seen(nodes(), kNew);
        std::vector<uint32_t> open;
        level.assign(nodes(), 0);
        for (uint32_t start = 0; start < nodes(); start++) {
            if (seen[start] == kNew) open.push_back(start);
            while (!open.empty()) {
                const uint32_t node = open.back();
                if (seen[node] == kNew) {
                    seen[node] = kOpen;
                    each_input(node, [&](Net net) {
                        const uint32_t from = driver[net];
                        if (from != kNone && seen[from] == kNew) open.push_back(from);
                    });
                    continue;
                }
                open.pop_back();
                if (seen[node] == kDone) continue;
                each_input(node, [&](Net net) {
                    const uint32_t from = driver[net];
                    if (from == kNone || seen[from] != kDone) return;
                    level[node] = std::max(level[node], level[from] + 1);
                });
                seen[node] = kDone;
            }
        }
        for (size_t id = 0; id < lookups.size(); id++) lookups[id].level = level[id];
    }

    std::vector<Reach> reaches_;
    std::unordered_map<Net, uint32_t> clock_of_;
};

}  // namespace fabric
