// D+ and D- between a device and the end of a full-speed host that deals with bits: synchronisation,
// NRZI, bit stuffing, end of packet (USB 2.0, chapter 7.1). What packets say is for host.py.
//
// `serve` takes commands from standard input, a line each, and answers each with a line:
//
//     x PACKET,...   sends packets, then hears one: its bytes, "none", or "broken WHY"
//     t PACKET,...   sends packets that have no answer: "sent"
//     r BITS         drives both lines low for a number of bit times, a reset of the bus: "done"
//     w BITS         waits for a number of bit times: "done"
//     s              says "PULLUP BUSY CYCLES BITS CLASHES TURN": turn is the longest time between
//                    the host's packet and the answer, in quarters of a bit
//
// PACKET is bytes in hexadecimal, from the PID on; after a ~ it is sent without bit stuffing.

#pragma once

#include <cstdint>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace usb {

constexpr uint64_t kQuarter = 20'833'333;  // femtoseconds of a quarter of a bit
constexpr int kPatience = 18;              // bit times until an answer is late (chapter 7.1.19)
constexpr int kPause = 3;                  // bit times before a host begins
constexpr int kLongest = 8 * 1200;         // bits of a packet

/// Femtoseconds between the rising edges of the chip's clocks; `usb` has a quarter of `io`.
struct Periods {
    uint64_t sync, io;
};

struct Level {
    bool p, n;
    bool operator==(const Level& other) const { return p == other.p && n == other.n; }
    bool operator!=(const Level& other) const { return !(*this == other); }
};
constexpr Level kJ{true, false}, kK{false, true}, kLow{false, false};

/// A chip with its clocks, D+, D- and pull-up, and the host at the other end.
///
/// Chip: `lines(Level)`, `clock(bool sync, bool io, bool usb)` (which rise together, then fall),
/// `drives()`, `level()`, `pullup()`, `busy()`.
template <class Chip>
class Bus {
public:
    Bus(Chip& chip, Periods periods) : chip_{chip}, periods_{periods} {}

    void send(const std::string& packet) {
        const bool stuffed = packet.empty() || packet[0] != '~';
        bit_level_ = kJ;
        ones_ = 0;
        for (int i = 0; i < 8; i++) bit(i == 7, stuffed);
        for (size_t at = !stuffed; at + 1 < packet.size(); at += 2) {
            const unsigned byte = std::stoul(packet.substr(at, 2), nullptr, 16);
            for (int i = 0; i < 8; i++) bit(byte >> i & 1, stuffed);
        }
        drive(kLow, 2);
        drive(kJ, 1);
    }

    /// The packet that the device sends, as `serve` says it.
    std::string hear() {
        int waited = 0;
        while (quarter() != kK) {
            if (++waited > 4 * kPatience) return "none";
        }
        if (waited > turn_) turn_ = waited;
        Level before = kJ, now = kK, last = kJ;
        int phase = 0, zeros = 0, ones = 0, count = 0, heard = 0;
        bool synchronised = false, skip = false;
        unsigned byte = 0;
        std::string bytes;
        for (;; before = now, now = quarter()) {
            phase = now == before ? (phase + 1) % 4 : 0;
            if (phase != 1) continue;
            if (now == kLow) break;
            if (++heard > kLongest) return "broken it does not end";
            const bool one = now == last;
            last = now;
            if (!synchronised) {
                synchronised = one && zeros >= 3;
                if (one && zeros < 3) return "broken it does not begin with SYNC";
                zeros++;
                ones = 1;
                continue;
            }
            if (skip && one) return "broken seven ones follow each other";
            ones = one ? ones + 1 : 0;
            const bool stuffing = skip;
            skip = ones == 6;
            if (stuffing) continue;
            byte = byte >> 1 | (one ? 0x80 : 0);
            if (++count % 8 == 0) {
                char text[3];
                std::snprintf(text, sizeof text, "%02x", byte);
                bytes += text;
            }
        }
        int low = 0;
        while (quarter() == kLow) {
            if (++low > 16) return "broken its end is too long";
        }
        if (skip) return "broken the last bit is not stuffed";
        if (!synchronised || count == 0 || count % 8) return "broken it is no number of bytes";
        rest(1);
        return bytes;
    }

    void drive(Level level, int bits) {
        for (int i = 0; i < 4 * bits; i++) quarter(&level);
    }

    void rest(int bits) {
        for (int i = 0; i < 4 * bits; i++) quarter();
    }

    std::string state() const {
        std::ostringstream text;
        text << chip_.pullup() << ' ' << chip_.busy() << ' ' << cycles_ << ' ' << quarters_ / 4
             << ' ' << clashes_ << ' ' << turn_;
        return text.str();
    }

private:
    void bit(bool one, bool stuffed) {
        if (!one) bit_level_ = {!bit_level_.p, !bit_level_.n};
        drive(bit_level_, 1);
        ones_ = one ? ones_ + 1 : 0;
        if (stuffed && ones_ == 6) bit(false, true);
    }

    /// The level of the lines while the host drives `level`, or nothing.
    Level seen(const Level* level) const {
        if (chip_.drives()) return chip_.level();
        return level ? *level : Level{chip_.pullup(), false};
    }

    /// A quarter of a bit time; returns what the lines are at its end.
    Level quarter(const Level* level = nullptr) {
        quarters_++;
        now_ += kQuarter;
        for (;;) {
            const uint64_t next = sync_ < io_ ? sync_ : io_;
            if (next > now_) break;
            chip_.lines(seen(level));
            const bool sync = sync_ == next, io = io_ == next;
            chip_.clock(sync, io, io && ticks_ % 4 == 0);
            if (sync) sync_ += periods_.sync, cycles_++;
            if (io) io_ += periods_.io, ticks_++;
        }
        clashes_ += level && chip_.drives();
        return seen(level);
    }

    Chip& chip_;
    const Periods periods_;
    uint64_t now_ = 0, sync_ = 0, io_ = 0, ticks_ = 0, cycles_ = 0, quarters_ = 0, clashes_ = 0;
    Level bit_level_ = kJ;
    int ones_ = 0, turn_ = 0;
};

inline std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> found;
    std::istringstream parts{text};
    for (std::string part; std::getline(parts, part, ',');) found.push_back(part);
    return found;
}

/// Obeys until standard input ends.
template <class Chip>
void serve(Chip& chip, Periods periods) {
    Bus<Chip> bus{chip, periods};
    for (std::string line; std::getline(std::cin, line);) {
        const char what = line.empty() ? ' ' : line[0];
        const std::string rest = line.size() > 2 ? line.substr(2) : "";
        std::string answer = "done";
        if (what == 'x' || what == 't') {
            for (const std::string& packet : split(rest)) {
                bus.rest(kPause);
                bus.send(packet);
            }
            answer = what == 'x' ? bus.hear() : "sent";
        } else if (what == 'r') {
            bus.drive(kLow, std::stoi(rest));
        } else if (what == 'w') {
            bus.rest(std::stoi(rest));
        } else if (what == 's') {
            answer = bus.state();
        } else {
            throw std::runtime_error("there is no command " + line);
        }
        std::cout << answer << std::endl;
    }
}

}  // namespace usb
