// A board behind a pseudo-terminal, whatever simulates it: the terminal, the wire, and the loop
// that lets the board run, or sleep while nothing happens.
//
// What it prints: "port PATH" once the terminal is open, "ended WHY" if the board ends by itself,
// "cycles N seconds S" (processor time) at the end, which comes with SIGTERM, SIGINT, or the end of
// standard input: whoever starts a board holds the other end, so that it dies with its parent.

#pragma once

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace terminal {

// Cycles between two looks at the terminal: about 0.1 ms, so a look costs 1 %.
constexpr int kBlock = 256;
// Bytes taken from the terminal ahead of the wire, and kept for a program that reads slowly.
constexpr size_t kAhead = 4096;
constexpr size_t kBehind = 1 << 20;

inline volatile std::sig_atomic_t stopping = 0;

inline void stop(int) { stopping = 1; }

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

    /// True if something has come.
    bool receive(std::deque<uint8_t>& queue) {
        uint8_t bytes[kAhead];
        if (queue.size() >= kAhead) return false;
        const ssize_t n = read(near_, bytes, kAhead - queue.size());
        if (n > 0) queue.insert(queue.end(), bytes, bytes + n);
        return n > 0;
    }

    void send(std::string& queue) {
        if (queue.empty()) return;
        const ssize_t n = write(near_, queue.data(), queue.size());
        if (n > 0) queue.erase(0, n);
        if (queue.size() > kBehind) queue.clear();  // nobody reads: as a wire, it forgets
    }

    /// Look at standard input too; wait up to `milliseconds` (-1: for ever) for either, and for
    /// room for output if `full`. False if nothing has come.
    bool wait(int milliseconds, bool full) const {
        pollfd ends[2] = {{STDIN_FILENO, POLLIN, 0},
                          {near_, static_cast<short>(full ? POLLIN | POLLOUT : POLLIN), 0}};
        const int ready = poll(ends, 2, milliseconds);
        if (ready < 0) return true;  // a signal: the caller looks at `stopping`
        if (ends[0].revents) {
            char ignored[256];
            if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0) stopping = 1;
        }
        return ready > 0;
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

/// How a board is run.
struct Terms {
    unsigned divider = 0;      // clock cycles per bit
    uint64_t settle = 0;       // cycles without a sign of life after which nothing more comes out
    uint64_t most_cycles = 0;  // after which it ends by itself, 0: never
    int patience = 0;          // milliseconds that it idles without having answered, 0: for ever
};

/// Runs `board` until it is told to stop: tick(), rx(level), tx(), busy(), cycles().
template <class Board>
void serve(Board& board, const Terms& terms) {
    Terminal terminal;
    Line line{terms.divider};
    std::printf("port %s\n", terminal.path().c_str());
    std::fflush(stdout);
    std::string why;
    bool asked = false;
    for (uint64_t quiet = 0; !stopping && why.empty();) {
        for (int i = 0; i < kBlock; i++) {
            board.rx(line.drive());
            board.tick();
            line.sample(board.tx());
            quiet = board.busy() || line.busy() ? 0 : quiet + 1;
        }
        if (terminal.receive(line.to_board)) asked = true;
        if (!line.to_host.empty()) asked = false;
        terminal.send(line.to_host);
        const bool idle = quiet >= terms.settle && line.to_board.empty();
        const int time = !idle ? 0 : asked && terms.patience ? terms.patience : -1;
        if (!terminal.wait(time, !line.to_host.empty()) && idle) why = "it gave no answer";
        if (terms.most_cycles && board.cycles() >= terms.most_cycles) {
            why = "its cycles were used up";
        }
    }
    if (!why.empty()) std::printf("ended %s\n", why.c_str());
    std::printf("cycles %llu seconds %.6f\n", static_cast<unsigned long long>(board.cycles()),
                static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
}

/// Signals that end a board; a reader that went away does not.
inline void listen_to_signals() {
    std::signal(SIGTERM, stop);
    std::signal(SIGINT, stop);
    std::signal(SIGPIPE, SIG_IGN);
}

}  // namespace terminal
