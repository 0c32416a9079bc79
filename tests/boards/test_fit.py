"""What a design needs of a chip: exact where it is claimed, near real builds elsewhere."""

from dataclasses import replace

import pytest

from cortigate.boards import build as flow
from cortigate.boards import fit
from cortigate.boards.board import BOARDS, board
from cortigate.boards.chip import ECP5_25, ECP5_85, GW1NR_9, GW5A_25, ICE40UP5K
from cortigate.boards.measured import MEASURED
from cortigate.golden.spec import MemoryKind, Network, Rounding, preset
from cortigate.golden.spec.qformat import QFormat
from cortigate.golden.spec.registry import rule_of_code
from cortigate.golden.spec.rules.ghost import design_for

SHORT_SIGNED = {"rate": QFormat(2, 6), "state": QFormat(4, 6), "sample": QFormat(2, 6)}


def test_multipliers_are_one_of_each_lane_or_none():
    assert fit.multipliers(preset("digits"), 16) == 1
    assert fit.multipliers(preset("equilibrium"), 18) == 1
    assert fit.multipliers(preset("equilibrium"), 16) == 2  # 18 bits of a signed rate
    assert fit.multipliers(preset("microcircuit"), 16) == 0


@pytest.mark.parametrize("words, bits, count", [(512, 36, 1), (513, 36, 2), (1024, 18, 1),
                                                (16384, 16, 16), (16385, 1, 2)])
def test_block_rams_of_one_memory(words, bits, count):
    assert fit.block_rams(words, bits, ECP5_85.family.block_shapes) == count


def test_need_of_a_design():
    digits = fit.need(preset("digits"), ICE40UP5K)
    # 326 words of 8 x 16 bits: two rows of eight 256 x 16.
    assert (digits.dsps, digits.large_block_rams, digits.large_rams) == (8, 16, 4)
    deep = fit.need(preset("digits-deep"), ECP5_85)
    # 423 words of 16 x 16 bits, two lanes in 36 bits; four banks of samples of 16 each.
    assert (deep.dsps, deep.large_block_rams, deep.large_rams) == (16, 8 + 64, 0)


def test_weights_in_large_rams_leave_the_samples_to_block_ram():
    small = preset("mnist-small")
    need = fit.need(small, ICE40UP5K)
    # 12,755 words of 4 x 16 bits; 1965 words of samples in eight of 256 x 16 or 512 x 8.
    assert (need.large_rams, need.large_block_rams, need.dsps) == (4, 8, 4)
    assert abs(need.block_rams - 29) <= 2.9  # as built; an estimate, good to some 10 %
    assert fit.need(small.replace(sample_capacity=8), ICE40UP5K).block_rams > 30
    assert fit.shortage(small, ICE40UP5K) == []
    # A lane takes one for every 16384 words and 16 bits.
    deeper = small.replace(network=Network((784, 84, 10)), sample_capacity=2)
    for larger in (small.replace(weight=QFormat(2, 15)), deeper):
        assert fit.shortage(larger, ICE40UP5K, certain=True) == ["8 SPRAM of 4"]
    assert fit.shortage(small.replace(lanes=5), ICE40UP5K, certain=True) == ["5 SPRAM of 4"]
    assert fit.shortage(small.replace(sample_capacity=20), ICE40UP5K, certain=True) == [
        "31 block RAM of 30"]
    # With two ports they would take the block RAM, and that many there are not.
    assert fit.shortage(small.replace(weight_memory=MemoryKind.AUTO), ICE40UP5K,
                        certain=True) == ["200 block RAM of 30"]
    # Elsewhere both are in block RAM, of 1024 x 18 bits.
    elsewhere = fit.need(small, ECP5_85)
    assert (elsewhere.large_rams, elsewhere.large_block_rams) == (0, 4 * 13 + 2)


def test_the_estimate_goes_through_what_was_measured():
    devices = {"ice40": ICE40UP5K, "ecp5": ECP5_85, "gowin": GW1NR_9, "gw5a": GW5A_25}
    designs = {"ghost": "digits-deep", "equilibrium": "equilibrium-deep", "pal": "pal-deep",
               "inversion": "inversion-deep", "microcircuit": "microcircuit-deep"}
    assert {p.family for p in MEASURED} == set(devices)
    for point in MEASURED:
        design = preset(designs[rule_of_code(point.rule).name]).replace(lanes=point.lanes)
        need = fit.need(design, devices[point.family])
        assert need.luts == pytest.approx(point.luts, rel=0.1)
        assert abs(need.block_rams - need.large_block_rams - point.small_block_rams) <= 2
    for rule, name in designs.items():  # more lanes never take less
        small, large = (fit.need(preset(name).replace(lanes=p), ECP5_85) for p in (8, 32))
        assert small.luts < large.luts, rule


# What Yosys 0.70 and nextpnr-ice40 made of ghost units for an iCEBreaker: layers, lanes, other
# parameters, and (logic cells, multipliers, block RAMs).
COMPARED = [
    ("8-16-6-4", 4, {}, (3823, 4, 14)), ("8-16-6-4", 8, {}, (5422, 8, 14)),
    ("64-32-10", 8, {"sample_capacity": 1797}, (4893, 8, 29)),
    ("64-32-16-10", 4, {"sample_capacity": 32}, (4069, 4, 22)),
    ("64-32-16-10", 8, {"sample_capacity": 32}, (4835, 8, 29)),
    # Signed inputs need operands of 18 bits, which no multiplier takes, unless rates are short.
    ("8-16-6-4", 4, {"sample": QFormat(2, 8)}, (7013, 0, 14)),
    ("8-16-6-4", 8, {"sample": QFormat(2, 8)}, (11785, 0, 14)),
    ("64-32-10", 4, {"sample": QFormat(2, 8), "sample_capacity": 32}, (7330, 0, 24)),
    ("8-16-6-4", 4, {"weight": QFormat(2, 16)}, (7253, 0, 18)),
    ("8-16-6-4", 4, SHORT_SIGNED, (3740, 4, 14)), ("8-16-6-4", 8, SHORT_SIGNED, (5203, 8, 14)),
]


@pytest.mark.parametrize("layers, lanes, more, took", COMPARED)
def test_the_estimate_is_as_good_as_it_says(layers, lanes, more, took):
    design = design_for(Network.parse(layers), lanes=lanes, **more)
    need, (luts, dsps, rams) = fit.need(design, ICE40UP5K), took
    assert need.dsps == dsps
    assert abs(luts / need.luts - 1) <= fit.LUT_ERROR
    assert -fit.RAM_ERROR["fewer"] <= rams - need.block_rams <= fit.RAM_ERROR["more"]
    has_room = luts <= ICE40UP5K.luts and not fit.shortage(design, ICE40UP5K, certain=True)
    if not fit.doubtful(design, ICE40UP5K):  # what it says is true
        assert (fit.shortage(design, ICE40UP5K) == []) == has_room


@pytest.mark.parametrize("chip, luts, rams", [(ECP5_25, 4658, 18), (GW1NR_9, 6043, 9)])
def test_so_is_it_for_other_families(chip, luts, rams):
    design = design_for(Network.parse("8-16-6-4"), sample=QFormat(2, 8),
                        sample_capacity=chip.samples)
    need = fit.need(design, chip)
    assert need.dsps == 8 and abs(luts / need.luts - 1) <= fit.LUT_ERROR
    assert -fit.RAM_ERROR["fewer"] <= rams - need.block_rams <= fit.RAM_ERROR["more"]


def test_what_is_close_is_neither_certain_to_fit_nor_not_to():
    def doubtful(**changes):
        return fit.doubtful(design_for(Network.parse("8-16-6-4"), **changes), ICE40UP5K)

    assert [doubtful(lanes=lanes) for lanes in (2, 4, 8)] == [False, False, True]
    assert not doubtful(lanes=9)  # there are eight multipliers
    assert not doubtful(lanes=8, sample=QFormat(2, 8))  # 11000 LUTs
    full = design_for(Network((64, 32, 10)), lanes=4, sample_capacity=32)
    rams = fit.need(full, ICE40UP5K).block_rams
    for room, close in ((rams - 8, False), (rams - 7, True), (rams + 1, True), (rams + 2, False)):
        assert fit.doubtful(full, replace(ICE40UP5K, block_rams=room)) is close


@pytest.mark.parametrize("name", BOARDS)
def test_every_board_holds_its_own_presets(name):
    target = board(name)
    assert target.offered == target.presets
    for rule in target.presets:
        assert fit.shortage(target.design(rule)[1], target.chip) == []


def test_the_largest_fits_and_the_next_does_not():
    target = board("colorlight-i5")
    design = target.design()[1]
    hidden = fit.largest_hidden(design, target.chip)
    assert 64 < hidden < 1024
    assert fit.shortage(fit.with_layers(design, (64, hidden, 10)), target.chip) == []
    assert fit.shortage(fit.with_layers(design, (64, hidden + 1, 10)), target.chip) != []
    lanes = fit.largest_lanes(design, target.chip)
    assert 16 <= lanes <= target.chip.dsps
    assert fit.shortage(design.replace(lanes=32), target.chip, certain=True) == [
        f"32 DSP of {ECP5_25.dsps}"]


def test_neuron_lanes_take_room_and_must_divide_the_lanes():
    target = board("colorlight-i5")
    for rule in target.presets:
        design = target.design(rule)[1].replace(lanes=16)
        needs = [fit.need(design.replace(neuron_lanes=k), target.chip) for k in (1, 2, 4)]
        further = needs[1].luts - needs[0].luts
        assert needs[2].luts - needs[0].luts == pytest.approx(3 * further, abs=2)
        assert 300 < further < needs[0].luts / 3
        assert len({need.dsps for need in needs}) == 1
    design = target.design()[1]
    most = fit.largest_lanes(design.replace(neuron_lanes=4), target.chip)
    assert most % 4 == 0 and 4 <= most <= fit.largest_lanes(design, target.chip)


def test_resized_keeps_the_sample_memory():
    design = preset("digits-deep").replace(sample_capacity=992)
    assert fit.with_layers(design, (64, 8, 10)).sample_capacity == 992
    assert fit.with_layers(design, (784, 8, 10)).sample_capacity == 992 * 33 // 393


def test_what_does_not_fit_is_refused_before_any_tool_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(flow, "run", None)
    with pytest.raises(flow.BuildError, match=r"32 lanes\) needs 32 DSP of 20 on tang-nano-9k: "
                       r"the largest that fit, by estimate, are 64-\d+-10 with 32 lanes|"
                       r"32 lanes\) needs 32 DSP of 20 on tang-nano-9k: .* with \d+ lanes"):
        flow.build(board("tang-nano-9k"), preset("digits").replace(lanes=32, sample_capacity=9),
                   tmp_path / "out")
    with pytest.raises(flow.BuildError, match=r"needs \d+ block RAM of 26 on tang-nano-9k"):
        flow.build(board("tang-nano-9k"), preset("digits"), tmp_path / "out")  # 1797 samples
    assert list(tmp_path.iterdir()) == []


def test_a_lane_for_the_biases_alone_bounds_the_hidden_neurons():
    wide = preset("mnist-wide")
    assert fit.largest_hidden(wide, board("ecpix5-85f").chip) == 128
    assert fit.largest_hidden(wide, ECP5_25) == 0


def test_what_a_tool_has_no_room_for_names_the_largest(tmp_path, monkeypatch):
    def full(command, folder, stage, log):
        raise flow.BuildError(f"{stage}: ERROR: Unable to place cell 'lane', no BELs remaining")

    monkeypatch.setattr(flow, "run", full)
    target = board("icebreaker")
    with pytest.raises(flow.BuildError, match="(?s)64-32-10 .*does not fit on icebreaker: the lar"
                                              "gest .* are 64-[0-9]+-10 with 8 lanes.*Unable to"):
        flow.build(target, target.design()[1], tmp_path / "out", log=lambda line: None)


def test_wide_weights_take_more():
    wide = design_for(Network((64, 32, 10)), weight=QFormat(2, 20, rounding=Rounding.NEAREST_EVEN))
    assert fit.multipliers(wide, 18) == 2
    assert fit.need(wide, ECP5_85).dsps == 2 * wide.lanes


def test_a_rule_that_was_not_measured_is_estimated_by_the_one_most_like_it(monkeypatch):
    design = preset("inversion-deep")
    own = fit.need(design, ECP5_85)
    monkeypatch.setattr(fit, "MEASURED", [p for p in MEASURED if p.rule != design.rule.code])
    fit._points.cache_clear()
    estimate = fit.need(design, ECP5_85)
    fit._points.cache_clear()
    assert estimate.luts != own.luts and estimate.luts == pytest.approx(own.luts, rel=0.5)


def test_between_two_measured_numbers_of_lanes_the_estimate_lies_on_a_line():
    points = ((4, 100.0), (8, 300.0), (16, 1100.0))
    assert [fit._along(points, lanes) for lanes in (4, 6, 8, 12, 16)] == [100, 200, 300, 700, 1100]
    assert [fit._along(points, lanes) for lanes in (2, 20)] == [0, 1500]  # on the nearest line
    for point in MEASURED:  # what was measured is met
        line = fit._points(point.family, point.rule, "luts")
        assert fit._along(line, point.lanes) == point.luts
