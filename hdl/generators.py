"""The host's way to the pseudo-random generators of the array's lanes and of the neurons' noise."""

from amaranth.hdl import Cat, Const, Module, Signal

from ..golden.spec.design import Design
from ..golden.spec.generator import ROUNDING_BITS
from .lib.choice import chosen
from .lib.spread import groups_of, near, spread

__all__ = ["connect_generators"]

BYTES = 4  # of a state


def connect_generators(m: Module, port, restart, array, pipelines, design: Design):
    """Connect a port to all generators, the lanes' first, then the noise's.

    There are registers on the way: lanes lie all over a chip. A state is written a byte at a time,
    so that a lane needs no second way for all of it.

    Parameters
    ----------
    m : Module
    port : address, write_data, write, read_data
        Read after 4 cycles. `write` for a cycle, after which `address` and `write_data` stay for 4;
        the state is written 7 cycles after `write`.
    restart : 1 bit
        Back to the seeds, after 3 cycles.
    array : SynapseArray
    pipelines : list of NeuronPipeline
    design : Design
    """
    restarts, enters, number = Signal(init=1), Signal(), Signal(range(BYTES + 1))
    address, byte = Signal.like(port.address), Signal(ROUNDING_BITS)
    word = Cat(port.write_data, Const(0, 1))[:BYTES * ROUNDING_BITS]
    with m.If(port.write):
        m.d.sync += number.eq(BYTES)
    with m.Elif(number != 0):
        m.d.sync += number.eq(number - 1)
    m.d.sync += [enters.eq(number != 0), address.eq(port.address),
                 byte.eq(word.word_select((number - 1)[:2], ROUNDING_BITS))]
    restart_1 = Signal()
    m.d.sync += [restart_1.eq(restart), restarts.eq(restart_1)]
    states, numbers = list(array.generator_states) if design.stochastic else [], []
    if states:
        groups = groups_of(design.lanes, design.neuron_lanes)
        read, addresses, loads, data, starts = (
            spread(m, value, groups, f"generator_{name}") for value, name in (
                (port.address, "read"), (address, "address"), (enters, "load"), (byte, "byte"),
                (restarts, "restart")))
        numbers += read
        for p in range(design.lanes):
            m.d.comb += [array.generator_loads[p].eq(loads[p] & (addresses[p] == p)),
                         array.generator_data[p].eq(data[p]),
                         array.reset_generators[p].eq(starts[p])]
    for lane in pipelines if design.engine.noise else ():
        m.d.comb += [lane.noise.load.eq(enters & (address == len(states))),
                     lane.noise.data.eq(byte), lane.noise.restart.eq(restarts)]
        states.append(lane.noise.state)
        numbers.append(address)
    m.d.comb += port.read_data.eq(chosen(m, *near(states, numbers, design.neuron_lanes), 3))
