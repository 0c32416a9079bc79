// A circuit in four elements (network.py) at work.
//
//     fabric NETWORK batch STIMULUS
//
// sets the inputs, in their order in NETWORK, to the characters 0 and 1 of each line of STIMULUS
// and prints the outputs likewise. An input `clk` is not among them: it rises after each line. Other
// inputs that clocks are made of change after those that are data.
//
// Exits with 2 if NETWORK or the arguments are wrong, with 3 if the circuit does not settle.

#include "engine.h"

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
            throw fabric::Malformed("a line of the stimulus must have " + std::to_string(inputs.size()) +
                                    " characters, not " + std::to_string(row.size()));
        }
        for (bool edges : {false, true}) {
            for (size_t i = 0; i < row.size(); i++) {
                if (clocks[inputs[i]] == edges) engine.set(inputs[i], row[i] == '1');
            }
            engine.settle();
        }
        std::string answer;
        for (const fabric::Pin& pin : engine.netlist().outputs) answer += engine.high(pin.net) ? '1' : '0';
        std::printf("%s\n", answer.c_str());
        for (bool high : {true, false}) {
            if (clk) engine.set(clk, high);
            engine.settle();
        }
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string mode = argc > 2 ? argv[2] : "";
    try {
        if (mode != "batch" || argc != 4) {
            throw fabric::Malformed("usage: fabric NETWORK batch STIMULUS");
        }
        Engine engine{fabric::Reader{text_of(argv[1])}.read()};
        return batch(engine, argv[3]);
    } catch (const fabric::Malformed& error) {
        std::fprintf(stderr, "%s: %s\n", argv[1], error.what());
        return 2;
    } catch (const fabric::Unsettled& error) {
        std::fprintf(stderr, "the circuit %s\n", error.what());
        return 3;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "fabric: %s\n", error.what());
        return 1;
    }
}
