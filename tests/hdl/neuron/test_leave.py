# amaranth: UnusedElaboratable=no
"""Pipelines leave what their program names."""

import pytest
from amaranth.hdl import Const, Module

from cortigate.golden.spec import preset
from cortigate.hdl.neuron.pal import PalPipeline
from cortigate.hdl.schedule.table import StepTable


def test_a_list_without_a_value_is_named():
    design = preset("tiny-pal")
    pipeline = PalPipeline(design, StepTable(design))
    value = Const(0, 1)
    every = dict.fromkeys((*(f"list_{n}" for n in pipeline.lists),
                           *(f"words_{n}" for n in pipeline.words)), value)
    pipeline._leave(Module(), every | {"list_of_another_program": value})
    wrong = {name: value for name in every if name not in ("list_hat", "words_noise")}
    with pytest.raises(ValueError, match="PalPipeline must leave list_hat, words_noise, which"):
        pipeline._leave(Module(), wrong)
