# amaranth: UnusedElaboratable=no
"""The sequencer alone: every request of a sample, in its cycle, as its documentation says."""

from amaranth.sim import Simulator

from cortigate.golden.spec import MemoryKind, Network, preset
from cortigate.golden.spec.steps import Operation
from cortigate.hdl.schedule.sequencer import Sequencer
from cortigate.hdl.schedule.table import StepTable

# 5-4-3-2 in blocks of two lanes: matrices of 6, 5 and 4 columns, biases last, in the words from 0,
# 12 and 22 on. Steps 0 to 2 go forward, 3 and 4 come back from layers 3 and 2, 5 to 7 update.
TINY = preset("tiny")
FLAGS = ("first", "last", "opening", "closing", "bias")
FORWARD_3, BACKWARD_3, BACKWARD_2, UPDATE_3 = 2, 3, 4, 5


def requests(design, *, counts, train=False, busy=()):
    """A sample's requests, cycle -> (tag, position, address, flags), and the cycle of `done`.

    Cycle 0 is that of `start`.

    Parameters
    ----------
    counts : function
        Entries of what a step walks, of its number.
    busy : iterable of int
        Cycles in which the pipelines are not empty.
    """
    table, seen, ends = StepTable(design), {}, []
    dut = Sequencer(design, table)

    async def bench(ctx):
        ctx.set(dut.train, train)
        ctx.set(dut.ready, 1)
        assert ctx.get(dut.start)
        for cycle in range(2000):
            ctx.set(dut.empty, cycle not in busy)
            request = dut.request
            ctx.set(dut.count, counts(ctx.get(request.tag)))
            if ctx.get(dut.valid):
                flags = {f for f in FLAGS if ctx.get(getattr(request, f))}
                seen[cycle] = (ctx.get(request.tag), ctx.get(request.position),
                               ctx.get(request.address), flags)
            if ctx.get(dut.done):
                ends.append(cycle)
                return
            await ctx.tick()
            ctx.set(dut.ready, 0)

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    assert ends
    return seen, ends[0]


def of_step(seen, tag):
    """A step's requests: {cycle: (position, address, flags)}."""
    return {cycle: rest for cycle, (number, *rest) in seen.items() if number == tag}


def test_an_inference_walks_two_events_and_the_bias_of_every_block_forward():
    seen, done = requests(TINY, counts=lambda tag: 2)
    # Two blocks of three slots; the address is that of the block's column 0. Looked up in cycle 1,
    # judged in 2.
    assert {c: tuple(r) for c, r in of_step(seen, 0).items()} == {
        3: (0, 0, {"first", "opening"}), 4: (1, 0, {"opening"}),
        5: (2, 0, {"last", "opening", "bias"}),
        6: (0, 6, {"first", "closing"}), 7: (1, 6, {"closing"}),
        8: (2, 6, {"last", "closing", "bias"}),
    }
    # The next step is judged two cycles after the last request.
    assert list(of_step(seen, 1)) == [11, 12, 13, 14, 15, 16]
    assert [address for _, address, _ in of_step(seen, 1).values()] == [12] * 3 + [17] * 3
    # One block is the first and the last one.
    assert [flags & {"opening", "closing"} for *_, flags in of_step(seen, FORWARD_3).values()] == [
        {"opening", "closing"}] * 3
    assert list(of_step(seen, FORWARD_3)) == [19, 20, 21]
    # Beyond the free phase nothing is left for an inference: looked up, judged, done.
    assert max(seen) == 21
    assert done == 26


def test_without_events_a_block_is_its_bias_alone():
    seen, _ = requests(TINY, counts=lambda tag: 0)
    assert {c: tuple(r) for c, r in of_step(seen, 0).items()} == {
        3: (0, 0, {"first", "last", "opening", "bias"}),
        # The row registers of the block before, of two neurons, are free.
        5: (0, 6, {"first", "last", "closing", "bias"}),
    }


def test_a_pass_waits_until_the_pipelines_are_empty():
    """It is judged in the second cycle from there on."""
    seen, _ = requests(TINY, counts=lambda tag: 2, busy=range(4, 30))
    assert min(of_step(seen, 1)) == 32


def test_the_last_event_of_a_block_waits_for_the_drain_registers():
    """Eight rows leave, one a cycle, before the next block's sums take their place."""
    design = TINY.replace(network=Network((3, 9, 3, 2)), lanes=8)
    seen, _ = requests(design, counts=lambda tag: 1)
    blocks = [cycle for cycle, (*_, flags) in of_step(seen, 0).items() if "last" in flags]
    assert blocks == [4, 12]
    # Two neuron lanes take two rows a cycle.
    seen, _ = requests(design.replace(neuron_lanes=2), counts=lambda tag: 1)
    blocks = [cycle for cycle, (*_, flags) in of_step(seen, 0).items() if "last" in flags]
    assert blocks == [4, 8]


def test_a_backward_pass_walks_the_blocks_of_every_column():
    seen, _ = requests(TINY, counts=lambda tag: 2, train=True)
    back = of_step(seen, BACKWARD_2)
    # Four columns: the bias has no neuron. An address is its column's, in the first block.
    assert [(position, address) for position, address, _ in back.values()] == [
        (block, 12 + column) for column in range(4) for block in range(2)]
    assert not any("bias" in flags for *_, flags in back.values())
    assert list(back) == list(range(min(back), min(back) + 8))
    flags = [sorted(flags) for *_, flags in back.values()]
    assert flags[:2] == [["first", "opening"], ["last", "opening"]]
    assert flags[-2:] == [["closing", "first"], ["closing", "last"]]
    # Nothing to walk: a slot behind the last event all the same, for each column.
    seen, _ = requests(TINY, counts=lambda tag: 0 if tag == BACKWARD_3 else 2, train=True)
    assert [sorted(flags) for *_, flags in of_step(seen, BACKWARD_3).values()] == [
        ["bias", "first", "last", "opening"], ["bias", "first", "last"],
        ["bias", "closing", "first", "last"]]


def test_an_update_of_a_memory_with_one_port_leaves_every_other_cycle_to_the_writes():
    for kind, apart in ((MemoryKind.AUTO, 1), (MemoryKind.SINGLE, 2)):
        seen, _ = requests(TINY.replace(weight_memory=kind), counts=lambda tag: 2, train=True)
        steps = StepTable(TINY).steps
        assert steps[UPDATE_3].operation is Operation.UPDATE
        cycles = list(of_step(seen, UPDATE_3))
        assert [b - a for a, b in zip(cycles[:-1], cycles[1:], strict=True)] == [apart, apart]
        # Every other pass goes on at full rate.
        cycles = list(of_step(seen, 0))
        assert cycles == list(range(3, 9))


def test_a_loop_turns_back_while_something_has_moved():
    """REPEAT ends a turn: steps 6 and 7 of dynamic inversion, again and again, at most 20 times."""
    design = preset("tiny-inversion")

    def turns(moving):
        table, looked = StepTable(design), []
        dut = Sequencer(design, table)

        async def bench(ctx):
            ctx.set(dut.train, 1)
            ctx.set(dut.ready, 1)
            ctx.set(dut.empty, 1)
            ctx.set(dut.count, 1)
            while not ctx.get(dut.done):
                tag = ctx.get(dut.request.tag)
                if ctx.get(dut.valid) and ctx.get(dut.request.first & dut.request.opening):
                    looked.append(tag)
                # The free phase moves, too, or there is nothing to learn.
                ctx.set(dut.moved, tag == 2 or (len(looked) < moving and tag in (6, 7)))
                # Whatever a pass has changed wakes the passes that are due to it.
                ctx.set(dut.changed, 1)
                ctx.set(dut.neuron_tag, tag if tag < len(table.steps) else 0)
                await ctx.tick()
                ctx.set(dut.ready, 0)

        simulator = Simulator(dut)
        simulator.add_clock(1e-6)
        simulator.add_testbench(bench)
        simulator.run()
        return looked

    assert turns(moving=0)[:8] == [0, 1, 2, 4, 5, 6, 7, 9]
    assert turns(moving=9)[:12] == [0, 1, 2, 4, 5, 6, 7, 6, 7, 6, 7, 9]
    assert turns(moving=1000).count(6) == 20 - 1
