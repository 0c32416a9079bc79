// A board behind a pseudo-terminal, whatever simulates it: the terminal, and the loop that lets the
// board run, or sleep while nothing happens. The line has the speed that the host asks for.
//
// What it prints: "port PATH" once the terminal is open, "ended WHY" if the board ends by itself,
// "cycles N seconds S" (processor time) at the end, which comes with SIGTERM, SIGINT, or the end of
// standard input: whoever starts a board holds the other end, so that it dies with its parent. A
// child that the parent has forked holds that end, too: so CORTIGATE_PARENT names the parent.

#pragma once

#include "line.h"

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <fcntl.h>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace terminal {

// Cycles between two looks at the terminal: about 0.1 ms, so a look costs 1 %.
constexpr int kBlock = 256;
// Bytes taken from the terminal ahead of the wire, and kept for a program that reads slowly.
constexpr size_t kAhead = 4096;
constexpr size_t kBehind = 1 << 20;

// Milliseconds between two looks at the parent while nothing happens.
constexpr int kLook = 500;

inline volatile std::sig_atomic_t stopping = 0;

inline void stop(int) { stopping = 1; }

/// Seconds on a clock that never goes back.
inline double now() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// True if the process that CORTIGATE_PARENT names, if any, is not the parent any more.
inline bool orphaned() {
    static const char* const parent = std::getenv("CORTIGATE_PARENT");
    return parent && std::strtol(parent, nullptr, 10) != getppid();
}

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
        first_ = asked_speed();
    }
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal() {
        close(far_);
        close(near_);
    }

    const std::string& path() const { return path_; }

    /// Speed that a program has asked for, in baud, or `otherwise` if none has yet.
    unsigned speed(unsigned otherwise) const {
        const unsigned asked = asked_speed();
        return asked && asked != first_ ? asked : otherwise;
    }

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
    /// 0 if it can not be told.
    unsigned asked_speed() const {
#ifdef __linux__
        // Any number, while that of termios.h is one of a list.
        struct {
            tcflag_t flags[4];
            cc_t line, characters[19];
            unsigned in, out;
        } settings;
        return ioctl(far_, _IOR('T', 0x2A, settings), &settings) ? 0 : settings.out;
#else
        termios settings;
        return tcgetattr(far_, &settings) ? 0 : static_cast<unsigned>(cfgetospeed(&settings));
#endif
    }

    int near_;
    int far_ = -1;
    unsigned first_ = 0;
    std::string path_;
};

/// How a board is run.
struct Terms {
    double clock_hz = 0;
    unsigned baud = 0;         // speed of the line until the host asks for another
    uint64_t settle = 0;       // cycles without a sign of life after which nothing more comes out
    uint64_t pause = 0;        // cycles without a low level after which it looks for the speed
    uint64_t most_cycles = 0;  // after which it ends by itself, 0: never
    int patience = 0;          // milliseconds that it idles without having answered, 0: for ever
    Bridge bridge;

    /// Take one of the words NAME=NUMBER of a command line; false if it is none.
    bool take(const char* word) {
        const char* equals = std::strchr(word, '=');
        if (!equals) return false;
        const std::string name{word, equals};
        char* end = nullptr;
        const double number = std::strtod(equals + 1, &end);
        if (*end || end == equals + 1 || !(number >= 0)) return false;
        if (name == "clock") clock_hz = number;
        else if (name == "baud") baud = static_cast<unsigned>(number);
        else if (name == "settle") settle = static_cast<uint64_t>(number);
        else if (name == "pause") pause = static_cast<uint64_t>(number);
        else if (name == "cycles") most_cycles = static_cast<uint64_t>(number);
        else if (name == "patience") patience = static_cast<int>(number);
        else if (name == "factor") bridge.factor = number;
        else if (name == "clean") bridge.clean = static_cast<unsigned>(number);
        else if (name == "cut") bridge.cut = static_cast<unsigned>(number);
        else return false;
        return true;
    }

    bool complete() const { return clock_hz > 0 && baud && settle && bridge.factor > 0; }
};

/// Runs `board` until it is told to stop: tick(), rx(level), tx(), busy(), cycles().
template <class Board>
void serve(Board& board, const Terms& terms) {
    Terminal terminal;
    Line line{terms.clock_hz, terms.baud, terms.bridge};
    std::printf("port %s\n", terminal.path().c_str());
    std::fflush(stdout);
    std::string why;
    bool asked = false;
    unsigned speed = terms.baud;
    double heard = now();
    for (uint64_t quiet = 0; !stopping && why.empty() && !orphaned();) {
        for (int i = 0; i < kBlock; i++) {
            board.rx(line.drive());
            board.tick();
            line.sample(board.tx());
            quiet = board.busy() || line.busy() ? 0 : quiet + 1;
        }
        const unsigned wanted = terminal.speed(terms.baud);
        const bool rests = quiet >= terms.settle && !line.busy();
        // What came before another speed was asked for still goes at the old one.
        if ((wanted == speed || !line.busy()) && terminal.receive(line.to_board)) {
            const bool unanswered = asked && rests && now() - heard >= terms.pause / terms.clock_hz;
            if (wanted != speed || unanswered) {
                // The pause in which the board, asleep or slower than its clock, saw no cycles: it
                // needs one to find another speed, or the right one if it heard no zero byte first.
                board.rx(true);
                for (uint64_t i = 0; i < terms.pause + terms.pause / 16; i++) board.tick();
                line.speed(speed = wanted);
            }
            asked = true;
            heard = now();
        }
        if (!line.to_host.empty()) asked = false;
        terminal.send(line.to_host);
        const bool idle = quiet >= terms.settle && line.to_board.empty();
        const bool waiting = idle && asked && terms.patience;
        const int time = !idle ? 0 : waiting ? terms.patience : kLook;
        if (!terminal.wait(time, !line.to_host.empty()) && waiting) why = "it gave no answer";
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
