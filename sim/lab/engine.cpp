// A board in WebAssembly: `hdl.top.ByteTop`, made C++ by CXXRTL, behind five functions.
//
// The caller puts a frame into the inbox, calls `exchange`, and finds the answer in the outbox. It
// gives the engine time with `elapse`. Nothing happens in between.

#include <cstdint>
#include <cstdlib>
#include <new>

// Read or written beyond a memory whose depth is no power of two: see `stray`.
#define CXXRTL_ASSERT(condition) (void)(condition)

namespace {

bool noise = false;

/// What is read beyond a memory's end: a chip returns anything, this all zeros or, with noise, all
/// ones. The tests hold both to the integer model, so no such word is ever used.
template <class Value>
Value stray() {
    return noise ? Value{}.bit_not() : Value{};
}

}  // namespace

#include "top.cc"

namespace {

constexpr unsigned kRoom = 512;  // bytes; a frame has 252 at most
uint8_t inbox_[kRoom], outbox_[kRoom];
cxxrtl_design::p_top top;

/// One clock cycle. Nothing listens to the falling edge, so only the rising one is simulated.
void tick() {
    top.prev_p_clk.set(false);
    top.p_clk.set(true);
    top.step();
}

/// Puts a byte, or none, at the pins, and lets the logic behind them settle.
void offer(bool valid, uint8_t byte) {
    top.p_i.set<uint8_t>(byte);
    top.p_i__valid.set(valid);
    top.step();
}

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

EXPORT(inbox) uint8_t* inbox() { return inbox_; }
EXPORT(outbox) uint8_t* outbox() { return outbox_; }

/// Whether `stray` gives ones.
EXPORT(noise) void set_noise(bool on) { noise = on; }

/// Sends a frame of the inbox, a byte a cycle; the length of the answer in the outbox, to its zero
/// byte, or 0 if none has come within `most` cycles.
EXPORT(exchange) unsigned exchange(unsigned bytes, unsigned most) {
    unsigned length = 0;
    for (unsigned cycle = 0; cycle < most; cycle++) {
        if (cycle <= bytes) offer(cycle < bytes, cycle < bytes ? inbox_[cycle] : 0);
        tick();
        if (!top.p_o__valid.get<bool>() || length == kRoom) continue;
        const uint8_t byte = top.p_o.get<uint8_t>();
        outbox_[length++] = byte;
        if (!byte) return length;
    }
    return 0;
}

/// Lets up to `most` cycles pass, and no more once the engine rests; how many have passed.
EXPORT(elapse) unsigned elapse(unsigned most) {
    unsigned cycle = 0;
    for (; cycle < most && top.p_busy.get<bool>(); cycle++) tick();
    return cycle;
}

// What the engine needs of the C++ library, which is not linked.
void* operator new(std::size_t size) {
    if (void* room = std::malloc(size)) return room;
    std::abort();
}
void* operator new[](std::size_t size) { return operator new(size); }
void operator delete(void* room) noexcept { std::free(room); }
void operator delete[](void* room) noexcept { std::free(room); }
void operator delete(void* room, std::size_t) noexcept { std::free(room); }
void operator delete[](void* room, std::size_t) noexcept { std::free(room); }
namespace std {
inline namespace __1 {
[[noreturn]] void __libcpp_verbose_abort(const char*, ...) noexcept { std::abort(); }
}  // namespace __1
}  // namespace std
