// The text of a network (network.py) as lists of elements.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

namespace fabric {

using Net = uint32_t;

/// The text is not a network.
struct Malformed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Pin {
    std::string name;
    Net net;
};

struct Table {
    Net out;
    std::vector<uint64_t> bits;  // lowest first
    std::vector<Net> inputs;
};

struct Register {
    Net out, data, clock, enable, reset;
    bool falling, asynchronous, value, initial, enable_over_reset;
};

struct Product {
    std::vector<Net> out, a, b;
    Net a_signed, b_signed;
};

enum Mode { kHold, kNew, kOld };

struct Port {
    struct Address { Net net; uint32_t stride; };
    struct Input { Net net; uint32_t offset; Net write; };
    struct Output { Net net; uint32_t offset; };

    uint32_t memory;
    Net clock, enable, reset;
    bool falling, asynchronous;
    Mode mode;
    std::vector<Address> address;
    std::vector<Input> inputs;
    std::vector<Output> outputs;
};

struct Memory {
    uint32_t size;
    std::vector<uint64_t> contents;
};

/// Everything in a text; a net that is a wire to another one is already replaced by that one.
struct Netlist {
    uint32_t nets = 0;
    std::vector<Pin> inputs, outputs;
    std::vector<Table> tables;
    std::vector<Register> registers;
    std::vector<Product> products;
    std::vector<Memory> memories;
    std::vector<Port> ports;
    std::unordered_map<Net, std::string> names;

    std::string name(Net net) const {
        const auto found = names.find(net);
        const std::string number = "net " + std::to_string(net);
        return found == names.end() ? number : number + " (" + found->second + ")";
    }
};

/// Reads a text once; `Malformed` names the line.
class Reader {
public:
    explicit Reader(const std::string& text) : at_{text.c_str()} {}

    Netlist read() {
        if (word() != "nets") fail("the first line must be \"nets N\"");
        list_.nets = number(1u << 30, 2);
        driven_.assign(list_.nets, 0);
        driven_[0] = driven_[1] = 1;
        end_of_line();
        for (std::string kind = word(); kind != "end"; kind = word()) {
            element(kind);
            end_of_line();
        }
        check_driven();
        join_wires();
        return std::move(list_);
    }

private:
    static constexpr uint32_t kWidest = 64;  // pins of a product's operand, of a memory's port
    static constexpr uint32_t kTable = 8;
    static constexpr uint32_t kLargest = 1u << 26;

    void element(const std::string& kind) {
        if (kind == "input") {
            std::string name = word();
            list_.inputs.push_back({std::move(name), driven()});
        } else if (kind == "output") {
            std::string name = word();
            list_.outputs.push_back({std::move(name), used()});
        } else if (kind == "name") {
            const Net net = this->net();
            std::string text = word();
            while (*at_ == ' ') text += " " + word();
            list_.names[net] = std::move(text);
        } else if (kind == "table") {
            table();
        } else if (kind == "register") {
            Register r;
            r.out = driven();
            for (Net* pin : {&r.data, &r.clock}) *pin = used();
            r.falling = flag();
            for (Net* pin : {&r.enable, &r.reset}) *pin = used();
            r.asynchronous = flag();
            r.value = flag();
            r.initial = flag();
            r.enable_over_reset = flag();
            list_.registers.push_back(r);
        } else if (kind == "product") {
            Product p;
            p.out = nets(true);
            p.a = nets(false);
            p.b = nets(false);
            p.a_signed = used();
            p.b_signed = used();
            list_.products.push_back(std::move(p));
        } else if (kind == "memory") {
            memory();
        } else {
            fail("unknown element \"" + kind + "\"");
        }
    }

    void table() {
        Table t;
        t.out = driven();
        const std::string digits = word();
        const uint32_t count = number(kTable);
        t.bits = hex(digits, 1u << count);
        for (uint32_t i = 0; i < count; i++) t.inputs.push_back(used());
        list_.tables.push_back(std::move(t));
    }

    void memory() {
        Memory m;
        m.size = number(kLargest, 1);
        m.contents = hex(word(), m.size);
        const uint32_t ports = number(kWidest);
        list_.memories.push_back(std::move(m));
        for (uint32_t i = 0; i < ports; i++) {
            end_of_line();
            if (word() != "port") fail("a memory's ports must follow it");
            port();
        }
    }

    void port() {
        Port p;
        p.memory = static_cast<uint32_t>(list_.memories.size() - 1);
        const uint32_t size = list_.memories.back().size;
        p.clock = used();
        p.falling = flag();
        p.enable = used();
        p.reset = used();
        p.asynchronous = flag();
        p.mode = static_cast<Mode>(number(kOld));
        uint64_t highest = 0;
        for (uint32_t i = number(kWidest); i; i--) {
            const Net net = used();
            p.address.push_back({net, number(size)});
            highest += p.address.back().stride;
        }
        for (uint32_t i = number(kWidest); i; i--) {
            const Net net = used();
            const uint32_t offset = place(highest, size);
            p.inputs.push_back({net, offset, used()});
        }
        for (uint32_t i = number(kWidest); i; i--) {
            const Net net = driven();
            p.outputs.push_back({net, place(highest, size)});
        }
        if (p.asynchronous && !p.inputs.empty()) fail("an asynchronous port must not write");
        list_.ports.push_back(std::move(p));
    }

    uint32_t place(uint64_t highest, uint32_t size) {
        const uint32_t offset = number(size - 1);
        if (highest + offset >= size) {
            fail("a port reaches bit " + std::to_string(highest + offset) + " of a memory of " +
                 std::to_string(size));
        }
        return offset;
    }

    // ---- words ----

    std::string word() {
        while (*at_ == ' ') at_++;
        const char* begin = at_;
        while (*at_ && *at_ != ' ' && *at_ != '\n') at_++;
        if (at_ == begin) fail(*at_ ? "the line ends too early" : "the text ends too early");
        return {begin, at_};
    }

    void end_of_line() {
        while (*at_ == ' ') at_++;
        if (*at_ != '\n') fail(*at_ ? "too many words" : "the text ends too early");
        at_++;
        line_++;
    }

    uint32_t number(uint32_t most, uint32_t least = 0) {
        const std::string text = word();
        char* rest;
        const unsigned long long value = std::strtoull(text.c_str(), &rest, 10);
        if (*rest || text[0] < '0' || text[0] > '9' || value < least || value > most) {
            fail("\"" + text + "\" must be a number in " + std::to_string(least) + " .. " +
                 std::to_string(most));
        }
        return static_cast<uint32_t>(value);
    }

    bool flag() { return number(1); }
    Net net() { return number(list_.nets - 1); }

    Net used() {
        const Net net = this->net();
        uses_.push_back({net, line_});
        return net;
    }

    Net driven() {
        const Net net = this->net();
        if (driven_[net]) fail(list_.name(net) + " is driven twice");
        driven_[net] = 1;
        return net;
    }

    std::vector<Net> nets(bool drive) {
        std::vector<Net> found(number(kWidest));
        for (Net& net : found) net = drive ? driven() : used();
        return found;
    }

    std::vector<uint64_t> hex(const std::string& digits, uint32_t size) {
        std::vector<uint64_t> bits(size / 64 + 2);  // one to spare: words are read anywhere
        uint64_t bit = 0;
        for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, bit += 4) {
            const char c = *digit;
            const bool letter = c >= 'a' && c <= 'f';
            const int value = c >= '0' && c <= '9' ? c - '0' : letter ? c - 'a' + 10 : -1;
            if (value < 0) fail("\"" + digits.substr(0, 40) + "\" must be a hexadecimal number");
            for (int i = 0; i < 4; i++) {
                if (!(value >> i & 1)) continue;
                if (bit + i >= size) {
                    fail("a number must have at most " + std::to_string(size) + " bits");
                }
                bits[(bit + i) / 64] |= uint64_t{1} << (bit + i) % 64;
            }
        }
        return bits;
    }

    [[noreturn]] void fail(const std::string& why) const {
        throw Malformed("line " + std::to_string(line_) + ": " + why);
    }

    [[noreturn]] void fail_loop(Net net) const {
        throw Malformed(list_.name(net) + " is a wire that drives itself");
    }

    // ---- all of it ----

    void check_driven() {
        for (const auto& [net, line] : uses_) {
            if (driven_[net]) continue;
            line_ = line;
            fail(list_.name(net) + " is driven by nothing");
        }
    }

    void join_wires() {
        std::vector<Net> of(list_.nets);
        for (Net net = 0; net < list_.nets; net++) of[net] = net;
        auto wire = [](const Table& t) { return t.inputs.size() == 1 && t.bits[0] == 2; };
        for (const Table& t : list_.tables) {
            if (!wire(t)) continue;
            of[t.out] = t.inputs[0];
            if (of[t.out] == t.out) fail_loop(t.out);
        }
        for (Net net = 0; net < list_.nets; net++) {
            Net end = net;
            for (uint32_t steps = 0; of[end] != end; end = of[end]) {
                if (steps++ > list_.nets) fail_loop(net);
            }
            for (Net at = net; of[at] != end;) {
                const Net next = of[at];
                of[at] = end;
                at = next;
            }
        }
        list_.tables.erase(std::remove_if(list_.tables.begin(), list_.tables.end(), wire),
                           list_.tables.end());
        auto all = [&of](std::vector<Net>& nets) { for (Net& net : nets) net = of[net]; };
        for (Pin& pin : list_.outputs) pin.net = of[pin.net];
        for (Table& t : list_.tables) all(t.inputs);
        for (Register& r : list_.registers) {
            for (Net* pin : {&r.data, &r.clock, &r.enable, &r.reset}) *pin = of[*pin];
        }
        for (Product& p : list_.products) {
            all(p.a);
            all(p.b);
            p.a_signed = of[p.a_signed];
            p.b_signed = of[p.b_signed];
        }
        for (Port& p : list_.ports) {
            for (Net* pin : {&p.clock, &p.enable, &p.reset}) *pin = of[*pin];
            for (auto& pin : p.address) pin.net = of[pin.net];
            for (auto& pin : p.inputs) {
                pin.net = of[pin.net];
                pin.write = of[pin.write];
            }
        }
    }

    const char* at_;
    uint32_t line_ = 1;
    Netlist list_;
    std::vector<uint8_t> driven_;
    std::vector<std::pair<Net, uint32_t>> uses_;  // and the line
};

}  // namespace fabric
