// A board with a USB port, Verilated, and the bits of its host: wire.h.
//
//     model SYNC_PERIOD IO_PERIOD     (femtoseconds)

#include <verilated.h>

#include "Vtop.h"

#include "wire.h"

namespace {

class Board {
public:
    Board() {
        top_.rst = top_.usb_rst = top_.usb_io_rst = 1;
        lines(usb::kLow);
        for (int i = 0; i < 8; i++) clock(true, true, true);
        top_.rst = top_.usb_rst = top_.usb_io_rst = 0;
    }

    void lines(usb::Level level) {
        top_.d_p_i = level.p;
        top_.d_n_i = level.n;
    }

    void clock(bool sync, bool io, bool usb) {
        top_.clk = sync;
        top_.usb_io_clk = io;
        top_.usb_clk = usb;
        top_.eval();
        top_.clk = top_.usb_io_clk = top_.usb_clk = 0;
        top_.eval();
    }

    bool drives() const { return top_.oe; }
    usb::Level level() const { return {bool(top_.d_p_o), bool(top_.d_n_o)}; }
    bool pullup() const { return top_.pullup; }
    bool busy() const { return top_.busy; }

private:
    VerilatedContext context_;
    mutable Vtop top_{&context_};
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fprintf(stderr, "usage: model SYNC_PERIOD IO_PERIOD\n");
        return 2;
    }
    try {
        Board board;
        usb::serve(board, {std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10)});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
    return 0;
}
