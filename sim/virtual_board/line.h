// The serial line between a terminal and the pins of a board, and what bad bridges make of it.

#pragma once

#include <cstdint>
#include <deque>
#include <string>

namespace terminal {

/// How a USB bridge errs; as it stands it does not.
struct Bridge {
    double factor = 1;   // it speaks at this many times the speed that was asked for
    unsigned clean = 0;  // above this speed it damages one byte of 16; 0: never
    unsigned cut = 0;    // it loses every cut-th byte, in either direction; 0: none
};

/// Host's end of the serial line: 8 data bits, no parity, one stop bit. A bit need not be a whole
/// number of clock cycles.
class Line {
public:
    Line(double clock_hz, unsigned baud, const Bridge& bridge)
        : clock_hz_{clock_hz}, bridge_{bridge} {
        speed(baud);
    }

    std::deque<uint8_t> to_board;
    std::string to_host;

    /// The speed that the host asks for, in baud; for the bytes that follow.
    void speed(unsigned baud) {
        cycles_ = clock_hz_ / (baud * bridge_.factor);
        damages_ = bridge_.clean && baud > bridge_.clean;
    }

    /// Level of the board's rx pin in the coming cycle.
    bool drive() {
        if (!sending_) {
            do {
                if (to_board.empty()) return true;
                byte_out_ = to_board.front();
                to_board.pop_front();
            } while (!passes(byte_out_));
            frame_ = 0x200u | (byte_out_ << 1);  // start bit 0, eight data bits, stop bit 1
            sending_ = 10;
            until_bit_ = cycles_ - phase();
        }
        const bool level = frame_ & 1;
        if (--until_bit_ <= kNothing) {
            frame_ >>= 1;
            sending_--;
            until_bit_ += cycles_;
        }
        return level;
    }

    /// Take the level of the board's tx pin.
    void sample(bool level) {
        if (!receiving_) {
            if (level) return;
            receiving_ = 10;
            until_sample_ = 1.5 * cycles_ - 0.5;  // middle of the first data bit
            return;
        }
        if (--until_sample_ > kNothing) return;
        until_sample_ += cycles_;
        if (--receiving_ > 1) {
            byte_in_ = (byte_in_ >> 1) | (level ? 0x80 : 0);
        } else {
            if (receiving_ == 1 && level && passes(byte_in_)) {
                to_host.push_back(static_cast<char>(byte_in_));
            }
            receiving_ = 0;
        }
    }

    bool busy() const { return sending_ || receiving_ || !to_board.empty(); }

private:
    static constexpr double kNothing = 1e-6;  // of a cycle

    /// A byte as the bridge passes it on; false if it loses it.
    bool passes(uint8_t& byte) {
        if (damages_ && draw() % 16 == 0) byte ^= 1u << draw() % 8;
        return !bridge_.cut || ++passed_ % bridge_.cut != 0;
    }

    /// A byte begins at any moment of a cycle, if a bit is no whole number of them.
    double phase() {
        return cycles_ == static_cast<unsigned>(cycles_) ? 0 : draw() % 1000 / 1000.0;
    }

    unsigned draw() {
        random_ = random_ * 1664525u + 1013904223u;
        return random_ >> 16;
    }

    const double clock_hz_;
    const Bridge bridge_;
    double cycles_ = 0;  // of a bit
    bool damages_ = false;
    unsigned frame_ = 0, sending_ = 0, receiving_ = 0, passed_ = 0;
    double until_bit_ = 0, until_sample_ = 0;
    uint8_t byte_out_ = 0, byte_in_ = 0;
    uint32_t random_ = 1;
};

}  // namespace terminal
