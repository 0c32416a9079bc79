// A chip with USB: its clocks, D+, D-, pull-up and LED, as usb::Bus wants them.

#pragma once

#include "engine.h"

#include "../usb/wire.h"

namespace fabric {

/// Inputs `clk`, `usb_io`, `usb`, `d_p`, `d_n`; outputs `out_p`, `out_n`, `rest` (nothing is driven
/// then), `pullup`, `busy`.
class Plug {
public:
    explicit Plug(Engine& engine)
        : engine_{engine}, clk_{input("clk")}, io_{input("usb_io")}, usb_{input("usb")},
          d_p_{input("d_p")}, d_n_{input("d_n")}, out_p_{output("out_p")}, out_n_{output("out_n")},
          rest_{output("rest")}, pullup_{output("pullup")}, busy_{output("busy")} {}

    void lines(usb::Level level) {
        engine_.set(d_p_, level.p);
        engine_.set(d_n_, level.n);
        engine_.settle();
    }

    void clock(bool sync, bool io, bool usb) {
        for (bool high : {true, false}) {
            engine_.set(clk_, high && sync);
            engine_.set(io_, high && io);
            engine_.set(usb_, high && usb);
            engine_.settle();
        }
    }

    bool drives() const { return !engine_.high(rest_); }
    usb::Level level() const { return {engine_.high(out_p_), engine_.high(out_n_)}; }
    bool pullup() const { return engine_.high(pullup_); }
    bool busy() const { return engine_.high(busy_); }

private:
    Net input(const char* name) const { return pin(engine_.netlist().inputs, name); }
    Net output(const char* name) const { return pin(engine_.netlist().outputs, name); }

    static Net pin(const std::vector<Pin>& pins, const std::string& name) {
        for (const Pin& pin : pins) {
            if (pin.name == name) return pin.net;
        }
        throw Malformed("a board with USB must have a pin " + name);
    }

    Engine& engine_;
    Net clk_, io_, usb_, d_p_, d_n_, out_p_, out_n_, rest_, pullup_, busy_;
};

}  // namespace fabric
