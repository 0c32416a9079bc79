"""Words of post-synaptic values share a memory where nothing of two kinds comes in one cycle."""

import pytest

from cortigate.golden.spec import PRESETS, preset
from cortigate.golden.spec.program import Program
from cortigate.hdl.schedule.banks import post_address_bits, walks_blocks, word_memories
from cortigate.hdl.schedule.table import StepTable


@pytest.mark.parametrize("name", PRESETS)
def test_no_step_leaves_two_words_in_a_memory_and_one_list_of_blocks_serves_it(name):
    design = preset(name)
    program, memories = Program.of(design), word_memories(design)
    assert sorted(name for names in memories for name in names) == sorted(program.words)
    for names in memories:
        assert all(len(set(names) & set(step.words)) <= 1 for step in program.steps)
        assert sum(walks_blocks(program.steps, name) for name in names) <= 1


def test_words_that_nothing_keeps_apart_share_one():
    assert word_memories(preset("mnist-wide")) == word_memories(preset("mnist"))
    assert word_memories(preset("mnist")) == [("rate", "post")]
    assert word_memories(preset("pal")) == [("noise", "error")]
    # Both are walked.
    assert word_memories(preset("mnist-deep")) == [("rate",), ("post",)]


def test_a_pass_reads_its_words_bank():
    design = preset("mnist")
    table = StepTable(design)
    assert (table.bank("rate"), table.bank("post"), table.bank("")) == (0, 1, 0)
    assert post_address_bits(design) == (2 * table.maps.post_depth - 1).bit_length()
