// A board behind a pseudo-terminal: bit-bangs the UART pins of the Verilated top level.
//
//     model DIVIDER SETTLE [TRACE_FILE TRACE_CYCLES]
//
// DIVIDER is the number of clock cycles per bit; SETTLE the number of cycles without a sign of life
// after which nothing is left to come out, so that the board may sleep. Prints "port PATH" once the terminal is open, and
// "cycles N seconds S" (processor time) at the end, which comes with SIGTERM, SIGINT, or the end of
// standard input: whoever starts a board holds the other end, so that it dies with its parent.

#include <verilated.h>
#if VM_TRACE
#include <verilated_vcd_c.h>
#endif

#include "Vtop.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fcntl.h>
#include <memory>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace {

// Cycles between two looks at the terminal: about 0.1 ms, so a look costs 1 %.
constexpr int kBlock = 256;
// Bytes taken from the terminal ahead of the wire, and kept for a program that reads slowly.
constexpr size_t kAhead = 4096;
constexpr size_t kBehind = 1 << 20;

volatile std::sig_atomic_t stopping = 0;

void stop(int) { stopping = 1; }

/// A raw pseudo-terminal. The far end is kept open, so that programs may come and go.
class Terminal {
public:
    Terminal() : near_{posix_openpt(O_RDWR | O_NOCTTY)} {
        if (near_ < 0 || grantpt(near_) || unlockpt(near_)) throw std::runtime_error{"no terminal"};
        path_ = ptsname(near_);
        far_ = open(path_.c_str(), O_RDWR | O_NOCTTY);
        termios raw;
        if (far_ < 0 || tcgetattr(far_, &raw)) throw std::runtime_error{"no terminal"};
        cfmakeraw(&raw);
        if (tcsetattr(far_, TCSANOW, &raw)) throw std::runtime_error{"no raw terminal"};
        fcntl(near_, F_SETFL, fcntl(near_, F_GETFL) | O_NONBLOCK);
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal() {
        close(far_);
        close(near_);
    }

    const std::string& path() const { return path_; }

    void receive(std::deque<uint8_t>& queue) {
        uint8_t bytes[kAhead];
        if (queue.size() >= kAhead) return;
        const ssize_t n = read(near_, bytes, kAhead - queue.size());
        if (n > 0) queue.insert(queue.end(), bytes, bytes + n);
    }

    void send(std::string& queue) {
        if (queue.empty()) return;
        const ssize_t n = write(near_, queue.data(), queue.size());
        if (n > 0) queue.erase(0, n);
        if (queue.size() > kBehind) queue.clear();  // nobody reads: as a wire, it forgets
    }

    /// Look at standard input too; wait for either if `idle`, and for room for output if `full`.
    void wait(bool idle, bool full) const {
        pollfd ends[2] = {{STDIN_FILENO, POLLIN, 0},
                          {near_, static_cast<short>(full ? POLLIN | POLLOUT : POLLIN), 0}};
        if (poll(ends, 2, idle ? -1 : 0) < 0) return;  // a signal: the caller looks at `stopping`
        if (ends[0].revents) {
            char ignored[256];
            if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0) stopping = 1;
        }
    }

private:
    int near_;
    int far_ = -1;
    std::string path_;
};

/// Host's end of the serial line: 8 data bits, no parity, one stop bit.
class Line {
public:
    explicit Line(unsigned divider) : divider_{divider} {}

    std::deque<uint8_t> to_board;
    std::string to_host;

    /// Level of the board's rx pin in the coming cycle.
    bool drive() {
        if (!sending_) {
            if (to_board.empty()) return true;
            frame_ = 0x200u | (to_board.front() << 1);  // start bit 0, eight data bits, stop bit 1
            to_board.pop_front();
            sending_ = 10 * divider_;
            until_bit_ = divider_;
        }
        const bool level = frame_ & 1;
        sending_--;
        if (!--until_bit_) {
            frame_ >>= 1;
            until_bit_ = divider_;
        }
        return level;
    }

    /// Take the level of the board's tx pin.
    void sample(bool level) {
        if (!receiving_) {
            if (level) return;
            receiving_ = 10;
            until_sample_ = divider_ + divider_ / 2;  // middle of the first data bit
            return;
        }
        if (--until_sample_) return;
        until_sample_ = divider_;
        if (--receiving_ > 1) {
            byte_ = (byte_ >> 1) | (level ? 0x80 : 0);
        } else {
            if (receiving_ == 1 && level) to_host.push_back(static_cast<char>(byte_));
            receiving_ = 0;
        }
    }

    bool busy() const { return sending_ || receiving_ || !to_board.empty(); }

private:
    const unsigned divider_;
    unsigned frame_ = 0, sending_ = 0, until_bit_ = 0;
    unsigned receiving_ = 0, until_sample_ = 0;
    uint8_t byte_ = 0;
};

/// The Verilated top level with its clock.
class Board {
public:
    Board(const char* trace_file, uint64_t trace_cycles) : trace_cycles_{trace_cycles} {
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
        top_.rst = 1;
        for (int i = 0; i < 4; i++) tick();
        top_.rst = 0;
    }

    void tick() {
        top_.clk = 0;
        half();
        top_.clk = 1;
        half();
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
#if VM_TRACE
    VerilatedVcdC trace_;
#endif
    const uint64_t trace_cycles_;
    uint64_t cycles_ = 0;
};

void run(Board& board, Line& line, Terminal& terminal, uint64_t settle) {
    uint64_t quiet = 0;
    while (!stopping) {
        for (int i = 0; i < kBlock; i++) {
            board.rx(line.drive());
            board.tick();
            line.sample(board.tx());
            quiet = board.busy() || line.busy() ? 0 : quiet + 1;
        }
        terminal.receive(line.to_board);
        terminal.send(line.to_host);
        const bool idle = quiet >= settle && line.to_board.empty();
        terminal.wait(idle, !line.to_host.empty());
    }
}

}  // namespace

int main(int argc, char** argv) {
    const int divider = argc > 1 ? std::atoi(argv[1]) : 0;
    const uint64_t settle = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 0;
    if (divider < 2 || !settle || (argc != 3 && argc != 5)) {
        std::fprintf(stderr, "usage: model DIVIDER SETTLE [TRACE_FILE TRACE_CYCLES]\n");
        return 2;
    }
    std::signal(SIGTERM, stop);
    std::signal(SIGINT, stop);
    std::signal(SIGPIPE, SIG_IGN);
    try {
        Terminal terminal;
        Board board{argc == 5 ? argv[3] : nullptr, argc == 5 ? std::strtoull(argv[4], nullptr, 10) : 0};
        Line line{static_cast<unsigned>(divider)};
        std::printf("port %s\n", terminal.path().c_str());
        std::fflush(stdout);
        run(board, line, terminal, settle);
        board.finish();
        std::printf("cycles %llu seconds %.6f\n", static_cast<unsigned long long>(board.cycles()),
                    static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "virtual board: %s\n", error.what());
        return 1;
    }
    return 0;
}
