// A circuit in four elements (network.py) at work.
//
//     fabric NETWORK board RESET NAME=NUMBER...
//
// offers it behind a pseudo-terminal: inputs `clk` and `rx`, outputs `tx` and `busy`. RESET cycles
// are run first; the names are those of terminal::Terms. It prints what terminal.h says, and
// "error WHY".
//
//     fabric NETWORK usb SYNC_PERIOD IO_PERIOD
//
// obeys as ../usb/wire.h says; the periods are in femtoseconds. Pins: plug.h.
//
//     fabric NETWORK batch STIMULUS
//
// sets the inputs, in their order in NETWORK, to the characters 0 and 1 of each line of STIMULUS
// and prints the outputs likewise. An input `clk` is not among them: it rises after each line.
// Other inputs that clocks are made of change after those that are data.
//
// Exits with 2 if NETWORK or the arguments are wrong, with 3 if the circuit does not settle.

#include "engine.h"
#include "plug.h"

#include "../virtual_board/terminal.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

namespace {

using fabric::Engine;
using fabric::Net;

std::string text_of(const char* path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) throw fabric::Malformed(std::string{"there is no file "} + path);
    return {std::istreambuf_iterator<char>{file}, {}};
}

int batch(Engine& engine, const char* stimulus) {
    const std::vector<uint8_t> clocks = engine.leads_to_clock();
    std::vector<Net> inputs;
    Net clk = 0;
    for (const fabric::Pin& pin : engine.netlist().inputs) {
        if (pin.name == "clk") clk = pin.net;
        else inputs.push_back(pin.net);
    }
    std::ifstream rows{stimulus};
    for (std::string row; std::getline(rows, row);) {
        if (row.size() != inputs.size()) {
            throw fabric::Malformed("a line of the stimulus must have " +
                                    std::to_string(inputs.size()) + " characters, not " +
                                    std::to_string(row.size()));
        }
        for (bool edges : {false, true}) {
            for (size_t i = 0; i < row.size(); i++) {
                if (clocks[inputs[i]] == edges) engine.set(inputs[i], row[i] == '1');
            }
            engine.settle();
        }
        std::string answer;
        for (const fabric::Pin& pin : engine.netlist().outputs) {
            answer += engine.high(pin.net) ? '1' : '0';
        }
        std::printf("%s\n", answer.c_str());
        for (bool high : {true, false}) {
            if (clk) engine.set(clk, high);
            engine.settle();
        }
    }
    return 0;
}

/// The circuit with its clock, as terminal::serve wants it.
class Chip {
public:
    explicit Chip(Engine& engine)
        : engine_{engine},
          clk_{pin(engine.netlist().inputs, "clk")}, rx_{pin(engine.netlist().inputs, "rx")},
          tx_{pin(engine.netlist().outputs, "tx")}, busy_{pin(engine.netlist().outputs, "busy")} {
        rx(true);
    }

    void tick() {
        engine_.set(clk_, false);
        engine_.settle();
        engine_.set(clk_, true);
        engine_.settle();
        cycles_++;
    }

    void rx(bool high) { engine_.set(rx_, high); }
    bool tx() const { return engine_.high(tx_); }
    bool busy() const { return engine_.high(busy_); }
    uint64_t cycles() const { return cycles_; }

private:
    static Net pin(const std::vector<fabric::Pin>& pins, const char* name) {
        for (const fabric::Pin& pin : pins) {
            if (pin.name == name) return pin.net;
        }
        throw fabric::Malformed(std::string{"a board must have a pin "} + name);
    }

    Engine& engine_;
    Net clk_, rx_, tx_, busy_;
    uint64_t cycles_ = 0;
};

int board(Engine& engine, uint64_t reset, const terminal::Terms& terms) {
    terminal::listen_to_signals();
    Chip chip{engine};
    while (chip.cycles() < reset) chip.tick();
    terminal::serve(chip, terms);
    return 0;
}

int usb_board(Engine& engine, const char* sync, const char* io) {
    fabric::Plug plug{engine};
    usb::serve(plug, {std::strtoull(sync, nullptr, 10), std::strtoull(io, nullptr, 10)});
    return 0;
}

int failed(const std::string& mode, const std::string& why, int code) {
    if (mode != "batch") std::printf("error %s\n", why.c_str());
    else std::fprintf(stderr, "%s\n", why.c_str());
    return code;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 2 ? argv[2] : "";
    try {
        terminal::Terms terms;
        int word = 4;
        while (mode == "board" && word < argc && terms.take(argv[word])) word++;
        if (mode == "usb") word++;
        const bool known = mode == "batch" || mode == "usb" ||
                           (mode == "board" && terms.complete());
        if (argc < 4 || word != argc || !known) {
            throw fabric::Malformed("usage: fabric NETWORK batch STIMULUS, or fabric NETWORK board "
                                    "RESET NAME=NUMBER..., or fabric NETWORK usb PERIOD PERIOD");
        }
        Engine engine{fabric::Reader{text_of(argv[1])}.read()};
        if (mode == "batch") return batch(engine, argv[3]);
        if (mode == "usb") return usb_board(engine, argv[3], argv[4]);
        return board(engine, std::strtoull(argv[3], nullptr, 10), terms);
    } catch (const fabric::Malformed& error) {
        return failed(mode, error.what(), 2);
    } catch (const fabric::Unsettled& error) {
        return failed(mode, std::string{"the circuit "} + error.what(), 3);
    } catch (const std::exception& error) {
        return failed(mode, error.what(), 1);
    }
}
