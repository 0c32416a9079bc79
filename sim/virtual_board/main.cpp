// A board behind a pseudo-terminal: bit-bangs the UART pins of the Verilated top level.
//
//     model NAME=NUMBER... [flash:FILE] [TRACE_FILE TRACE_CYCLES]
//
// The names are those of terminal::Terms; clock, baud and settle are needed. A board with a flash
// memory keeps what that holds in FILE, if one is named. What it prints: terminal.h.

#include <verilated.h>
#if VM_TRACE
#include <verilated_vcd_c.h>
#endif

#include "Vtop.h"

#include "flash.h"
#include "terminal.h"

namespace {

/// The Verilated top level with its clock.
class Board {
public:
    Board(const std::string& flash, const char* trace_file, uint64_t trace_cycles)
        : flash_{flash}, trace_cycles_{trace_cycles} {
#if VM_TRACE
        if (trace_file) {
            context_.traceEverOn(true);
            top_.trace(&trace_, 99);
            trace_.open(trace_file);
        }
#else
        (void)trace_file;
#endif
        top_.rx = 1;
    }

    void tick() {
        top_.clk = 0;
        half();
        top_.clk = 1;
        half();
        flash_.step(top_);
        cycles_++;
    }

    void rx(bool level) { top_.rx = level; }
    bool tx() const { return top_.tx; }
    bool busy() const { return top_.busy; }
    uint64_t cycles() const { return cycles_; }

    void finish() {
#if VM_TRACE
        if (trace_.isOpen()) trace_.close();
#endif
        top_.final();
        flash_.save();
    }

private:
    void half() {
        top_.eval();
#if VM_TRACE
        if (trace_.isOpen()) {
            trace_.dump(context_.time());
            context_.timeInc(1);
            if (cycles_ >= trace_cycles_) trace_.close();
        }
#endif
    }

    VerilatedContext context_;
    Vtop top_{&context_};
    terminal::FlashLines<Vtop> flash_;
#if VM_TRACE
    VerilatedVcdC trace_;
#endif
    const uint64_t trace_cycles_;
    uint64_t cycles_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
    terminal::Terms terms;
    int word = 1;
    while (word < argc && terms.take(argv[word])) word++;
    std::string flash;
    if (word < argc && !std::strncmp(argv[word], "flash:", 6)) flash = argv[word++] + 6;
    const bool trace = argc - word == 2;
    if (!terms.complete() || (word != argc && !trace)) {
        std::fprintf(stderr, "usage: model NAME=NUMBER... [flash:FILE] "
                             "[TRACE_FILE TRACE_CYCLES]\n");
        return 2;
    }
    terminal::listen_to_signals();
    try {
        Board board{flash, trace ? argv[word] : nullptr,
                    trace ? std::strtoull(argv[word + 1], nullptr, 10) : 0};
        terminal::serve(board, terms);
        board.finish();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "virtual board: %s\n", error.what());
        return 1;
    }
    return 0;
}
