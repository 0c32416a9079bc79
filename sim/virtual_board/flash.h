// A flash memory behind the lines of a virtual board, as data sheets have it: what it holds, what
// it does when it is told to, and what it does not while it is busy or asleep.
//
// Operations 9F, AB, 05, 35, 06, 50, 31, 02, D8, 0B, 3B, 6B of Winbond's W25Q128JV; the times that
// it is busy are shorter, since nobody wants to wait for them.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace terminal {

/// 2^24 bytes on four lines.
class Flash {
public:
    static constexpr size_t kSize = size_t{1} << 24, kPage = 256, kBlock = size_t{1} << 16;
    // Cycles that it is busy; a page of a real one takes 0.4 ms and more.
    static constexpr uint64_t kProgram = 200, kErase = 2000;

    /// `path`: a file of what it holds, written anew in the end; it may be missing. Empty: none.
    explicit Flash(const std::string& path) : path_{path}, data_(kSize, 0xFF) {
        if (std::FILE* file = path.empty() ? nullptr : std::fopen(path.c_str(), "rb")) {
            const size_t count = std::fread(data_.data(), 1, kSize, file);
            const bool whole = count == kSize && std::fgetc(file) == EOF;
            std::fclose(file);
            if (!whole) throw std::runtime_error{path + " is not what a flash memory holds"};
        }
    }

    /// Write the file, beside it first, so that it is there whole.
    void save() const {
        if (path_.empty() || !changed_) return;
        const std::string made = path_ + ".new";
        std::FILE* file = std::fopen(made.c_str(), "wb");
        const bool whole = file && std::fwrite(data_.data(), 1, kSize, file) == kSize;
        if (file && (std::fclose(file) || !whole)) file = nullptr;
        if (!file || !whole || std::rename(made.c_str(), path_.c_str())) {
            throw std::runtime_error{path_ + " cannot be written"};
        }
    }

    /// The lines of one cycle: chosen, clock, what is driven and where; returns what it drives.
    unsigned step(bool chosen, bool clock, unsigned o, unsigned oe) {
        if (busy_ && !--busy_) status_ &= ~3u;
        if (!chosen) {
            if (chosen_) end();
            chosen_ = clock_ = false;
            return 0xF;
        }
        if (!chosen_) {
            chosen_ = true;
            count_ = bits_ = width_ = 0;
        }
        if (clock && !clock_ && !width_) hear(o & oe & 1);
        if (!clock && clock_ && width_) speak();
        clock_ = clock;
        return width_ ? out_ : 0xF;
    }

private:
    bool deaf() const { return asleep_ || (busy_ && operation() != 0x05); }
    uint8_t operation() const { return head_[0]; }
    size_t place() const {
        return (size_t{head_[1]} << 16 | size_t{head_[2]} << 8 | head_[3]) % kSize;
    }

    /// One bit from the line; the bytes of a page go round in it.
    void hear(unsigned bit) {
        byte_ = static_cast<uint8_t>(byte_ << 1 | bit);
        if (++bits_ % 8) return;
        if (count_ < sizeof head_) head_[count_] = byte_;
        if (count_ == 4 && operation() == 0x02) page_.clear();
        if (count_ >= 4 && operation() == 0x02) page_.push_back(byte_);
        count_++;
        const uint8_t what = operation();
        const bool asks = what == 0x9F || what == 0x05 || what == 0x35;
        const bool reads = what == 0x0B || what == 0x3B || (what == 0x6B && second_ & 2);
        if (deaf() || !((asks && count_ == 1) || (reads && count_ == 5))) return;
        width_ = what == 0x6B ? 4 : what == 0x3B ? 2 : 1;
        from_ = asks ? 0 : place();
        left_ = 0;
    }

    /// The next bits.
    void speak() {
        if (!left_) {
            static constexpr uint8_t chip[] = {0xEF, 0x40, 0x18};
            const uint8_t what = operation();
            said_ = what == 0x05   ? static_cast<uint8_t>(status_)
                    : what == 0x35 ? static_cast<uint8_t>(second_)
                    : what == 0x9F ? chip[from_++ % 3]
                                   : data_[from_++ % kSize];
            left_ = 8;
        }
        left_ -= width_;
        const unsigned bits = said_ >> left_ & ((1u << width_) - 1);
        out_ = width_ == 1 ? 0xD | bits << 1 : (0xFu << width_ & 0xF) | bits;
    }

    /// The end of a command, at which most are done.
    void end() {
        if (!count_ || width_ || bits_ % 8) return;
        if (operation() == 0xAB) asleep_ = false;
        if (deaf()) return;
        const bool permitted = status_ & 2;
        if (operation() == 0x06) {
            status_ |= 2;
        } else if (operation() == 0x50) {
            passing_ = true;
        } else if (operation() == 0x31 && count_ == 2 && (permitted || passing_)) {
            second_ = head_[1];
            passing_ = false;
            work(kProgram);
        } else if (operation() == 0x02 && count_ > 4 && permitted) {
            const size_t first = place(), page = first / kPage * kPage;
            for (size_t i = 0; i < page_.size(); i++) {
                data_[page + (first + i) % kPage] &= page_[i];
            }
            work(kProgram);
        } else if (operation() == 0xD8 && count_ == 4 && permitted) {
            const auto block = data_.begin() + static_cast<long>(place() / kBlock * kBlock);
            std::fill(block, block + kBlock, 0xFF);
            work(kErase);
        }
    }

    void work(uint64_t cycles) {
        busy_ = cycles;
        status_ |= 3;
        changed_ = true;
    }

    const std::string path_;
    std::vector<uint8_t> data_, page_;
    uint8_t head_[5] = {}, byte_ = 0, said_ = 0;
    unsigned status_ = 0, second_ = 0, width_ = 0, left_ = 0, out_ = 0xF;
    size_t count_ = 0, bits_ = 0, from_ = 0;
    uint64_t busy_ = 0;
    bool asleep_ = true, passing_ = false, chosen_ = false, clock_ = false, changed_ = false;
};

/// The flash memory of a top level that has the lines of one; of another, nothing. They are called
/// flash__i and so on: Verilator writes the second underscore as 05F.
template <class Top, class = void>
class FlashLines {
public:
    explicit FlashLines(const std::string&) {}
    void step(Top&) {}
    void save() const {}
};

template <class Top>
class FlashLines<Top, decltype(static_cast<void>(std::declval<Top&>().flash___05Fi))> {
public:
    explicit FlashLines(const std::string& path) : flash_{path} {}
    void step(Top& top) {
        top.flash___05Fi = static_cast<uint8_t>(
            flash_.step(top.flash___05Fchip, top.flash___05Fclock, top.flash___05Fo,
                        top.flash___05Foe));
    }
    void save() const { flash_.save(); }

private:
    Flash flash_;
};

}  // namespace terminal
