"""Equilibrium network: how what a layer leaves comes to the layer below, and in what form."""

from typing import Any

from ...design import Design
from ...memory_map import MemoryMap
from ...steps import Backward, Forward, NeuronMode, Step

__all__ = ["down", "for_below"]

SENT = {"change": "sent"}  # a list of this name already goes up


def _rule(design: Design) -> Any:
    """The design's rule, whose class imports the program."""
    return design.rule


def down(design: Design, layer: int, mode: NeuronMode, name: str, **what: Any) -> Step:
    """The pass that brings `layer` the `name` of the layer above, through B or W^T."""
    matrix, rule = MemoryMap(design).matrix, _rule(design)
    if rule.feedback.stored:
        return Forward(matrix(layer, "B"), mode, SENT.get(name, name), wait=True, **what)
    return Backward(matrix(layer + 1), mode, name, wait=True, **what)


def for_below(design: Design, layer: int, name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(Lists, words) in which `layer` leaves `name` for the layer below, if there is one."""
    if layer == 1:
        return (), ()
    return ((SENT.get(name, name),), ()) if _rule(design).feedback.stored else ((), (name,))
