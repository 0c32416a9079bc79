# amaranth: UnusedElaboratable=no
"""The sequencer alone: every request of a sample, in its cycle, as its documentation says."""

from amaranth.sim import Simulator

from cortigate.golden.spec import MemoryKind, Network, preset
from cortigate.golden.spec.steps import Operation
from cortigate.hdl.schedule.sequencer import Sequencer
from cortigate.hdl.schedule.table import StepTable

# 5-4-3-2 in blocks of two lanes: matrices of 6, 5 and 4 columns, biases last, in the words from 0,
# 12 and 22 on. Steps 0 to 2 go forward; 3 and 5 come back from layers 3 and 2, and behind them 4
# and 6 update these layers, at last 7 layer 1.
TINY = preset("tiny")
FLAGS = ("first", "last", "opening", "closing", "bias")
FORWARD_2, FORWARD_3, BACKWARD_3, UPDATE_3, BACKWARD_2, UPDATE_1 = 1, 2, 3, 4, 5, 7
LATENCY = 6  # of the neurons


def requests(design, *, counts, train=False, complete=0):
    """A sample's requests, cycle -> (tag, position, address, flags), and the cycle of `done`.

    Cycle 0 is that of `start`.

    Parameters
    ----------
    counts : function
        Entries of what a step walks, of its number and of the cycle.
    complete : int
        Cycle from which on these are all.
    """
    table, seen, ends = StepTable(design), {}, []
    dut = Sequencer(design, table, LATENCY)

    async def bench(ctx):
        ctx.set(dut.train, train)
        ctx.set(dut.ready, 1)
        assert ctx.get(dut.start)
        for cycle in range(2000):
            request = dut.request
            ctx.set(dut.count, counts(ctx.get(dut.look), cycle))
            ctx.set(dut.complete, cycle >= complete)
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
    seen, done = requests(TINY, counts=lambda tag, _: 2)
    # Two blocks of three slots; the address is that of the block's column 0. Looked up in cycle 1,
    # judged in 2.
    assert {c: tuple(r) for c, r in of_step(seen, 0).items()} == {
        3: (0, 0, {"first", "opening"}), 4: (1, 0, {"opening"}),
        5: (2, 0, {"last", "opening", "bias"}),
        6: (0, 6, {"first", "closing"}), 7: (1, 6, {"closing"}),
        8: (2, 6, {"last", "closing", "bias"}),
    }
    # The next step is judged in the cycle after the last request.
    assert list(of_step(seen, 1)) == [10, 11, 12, 13, 14, 15]
    assert [address for _, address, _ in of_step(seen, 1).values()] == [12] * 3 + [17] * 3
    # One block is the first and the last one.
    assert [flags & {"opening", "closing"} for *_, flags in of_step(seen, FORWARD_3).values()] == [
        {"opening", "closing"}] * 3
    assert list(of_step(seen, FORWARD_3)) == [17, 18, 19]
    # Beyond the free phase nothing is left for an inference: it is done when the last of two
    # neurons is, and the register behind it.
    assert max(seen) == 19
    assert done == 19 + 9 + 1 + LATENCY + 2


def test_without_events_a_block_is_its_bias_alone():
    seen, _ = requests(TINY, counts=lambda tag, _: 0)
    assert {c: tuple(r) for c, r in of_step(seen, 0).items()} == {
        3: (0, 0, {"first", "last", "opening", "bias"}),
        # The row registers of the block before, of two neurons, are free.
        5: (0, 6, {"first", "last", "closing", "bias"}),
    }


def test_a_pass_waits_for_what_it_takes():
    seen, done = requests(TINY, counts=lambda tag, _: 2, train=True)
    # A backward pass asks for blocks: judged in the second cycle after the last of two neurons.
    last = max(of_step(seen, FORWARD_3))
    assert min(of_step(seen, BACKWARD_3)) == last + 9 + 1 + LATENCY + 3
    # An update reads its words three cycles after its first request, and one after they are left:
    # the last column's sum takes nine cycles, and one for the adder of two lanes.
    last = max(of_step(seen, BACKWARD_2))
    assert min(of_step(seen, UPDATE_1)) == last + 9 + 1 + LATENCY + 1 - 3
    # The next sample reads seven cycles after this one's end what is written nine after this.
    assert done == max(seen) + 3


def test_a_pass_follows_the_list_that_is_being_left():
    """Two entries known in cycles 20 and 25, no more from 30 on; each is asked for two later."""
    def counts(tag, cycle):
        return 2 if tag != FORWARD_2 else (cycle >= 20) + (cycle >= 25)

    seen, _ = requests(TINY, counts=counts, complete=30)
    assert {c: tuple(r) for c, r in of_step(seen, FORWARD_2).items()} == {
        22: (0, 12, {"first", "opening"}), 27: (1, 12, {"opening"}),
        32: (2, 12, {"last", "opening", "bias"}),
        # The second block knows how many they are.
        33: (0, 17, {"first", "closing"}), 34: (1, 17, {"closing"}),
        35: (2, 17, {"last", "closing", "bias"}),
    }
    # Nothing but the bias.
    seen, _ = requests(TINY, counts=lambda tag, _: 0 if tag == FORWARD_2 else 2, complete=30)
    assert {c: tuple(r) for c, r in of_step(seen, FORWARD_2).items()} == {
        32: (0, 12, {"first", "last", "opening", "bias"}),
        34: (0, 17, {"first", "last", "closing", "bias"}),
    }


def test_without_a_bias_the_last_entry_of_a_list_closes_the_block_if_it_is_known_to_be_the_last():
    """Step 2 follows what step 1, back over a matrix that is stored transposed, is leaving."""
    design = TINY.replace(network=Network((5, 3, 3)), lanes=4, transposed=True)

    def followed(*known, complete):
        seen, _ = requests(design, train=True, complete=complete, counts=lambda tag, cycle: (
            2 if tag != 2 else sum(cycle >= one for one in known)))
        return {cycle: (position, flags - {"opening", "closing"})
                for cycle, (position, _, flags) in of_step(seen, 2).items()}

    assert followed(80, 85, complete=85) == {82: (0, {"first"}), 87: (1, {"last"})}
    assert followed(80, complete=80) == {82: (0, {"first", "last"})}
    assert list(followed(80, 80, complete=80).values()) == [(0, {"first"}), (1, {"last"})]
    # That it was the last one is only known later: a turn for nothing.
    assert followed(80, 85, complete=90) == {
        82: (0, {"first"}), 87: (1, set()), 92: (2, {"last", "bias"})}
    # All of it is known before the pass begins.
    assert [flags for _, flags in followed(0, complete=0).values()] == [{"first", "last"}]


def test_a_step_is_judged_by_what_was_the_case_at_the_last_request_before_it():
    seen, _ = requests(TINY, counts=lambda tag, _: 2, train=True)
    last = max(of_step(seen, BACKWARD_3))
    assert min(of_step(seen, UPDATE_3)) == last + 2
    seen, _ = requests(TINY, train=True, counts=lambda tag, cycle: 2 if tag != UPDATE_3 else (
        2 + (cycle >= last) + (cycle > last)))
    # Three events and the bias.
    assert list(of_step(seen, UPDATE_3)) == list(range(last + 2, last + 6))


def test_behind_the_only_block_of_a_pass_that_follows_a_list_a_step_is_looked_up():
    for lanes, later in ((2, 2), (4, 3)):  # in two blocks or one
        seen, _ = requests(TINY.replace(lanes=lanes), counts=lambda tag, _: 2, complete=0)
        assert min(of_step(seen, FORWARD_3)) == max(of_step(seen, FORWARD_2)) + later


def test_the_last_event_of_a_block_waits_for_the_drain_registers():
    """Eight rows leave, one a cycle, before the next block's sums take their place."""
    design = TINY.replace(network=Network((3, 9, 3, 2)), lanes=8)
    seen, _ = requests(design, counts=lambda tag, _: 1)
    blocks = [cycle for cycle, (*_, flags) in of_step(seen, 0).items() if "last" in flags]
    assert blocks == [4, 12]
    # Two neuron lanes take two rows a cycle.
    seen, _ = requests(design.replace(neuron_lanes=2), counts=lambda tag, _: 1)
    blocks = [cycle for cycle, (*_, flags) in of_step(seen, 0).items() if "last" in flags]
    assert blocks == [4, 8]


def test_a_backward_pass_walks_the_blocks_of_every_column():
    seen, _ = requests(TINY, counts=lambda tag, _: 2, train=True)
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
    seen, _ = requests(TINY, counts=lambda tag, _: 0 if tag == BACKWARD_3 else 2, train=True)
    assert [sorted(flags) for *_, flags in of_step(seen, BACKWARD_3).values()] == [
        ["bias", "first", "last", "opening"], ["bias", "first", "last"],
        ["bias", "closing", "first", "last"]]


def test_an_update_of_a_memory_with_one_port_leaves_every_other_cycle_to_the_writes():
    for kind, apart in ((MemoryKind.AUTO, 1), (MemoryKind.SINGLE, 2)):
        seen, _ = requests(TINY.replace(weight_memory=kind), counts=lambda tag, _: 2, train=True)
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
        dut = Sequencer(design, table, LATENCY)

        async def bench(ctx):
            ctx.set(dut.train, 1)
            ctx.set(dut.ready, 1)
            ctx.set(dut.complete, 1)
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
