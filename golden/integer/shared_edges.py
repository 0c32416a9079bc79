"""The edges that integer models of several rules have in common."""

from ..edges.edge import Edge, clip, comparison, rounding
from ..spec.design import Activation, Design
from .arithmetic import soft_edges

__all__ = ["drives", "margins", "rates"]


def drives(design: Design) -> list[Edge]:
    """Of exact drives, rounded into states."""
    discard = design.drive_fraction - design.state.fraction
    return rounding("drive", discard) + clip("drive")


def margins(design: Design) -> list[Edge]:
    """Of the lead for which a sample is left alone, if there is one."""
    return [] if design.margin is None else comparison("margin")


def rates(design: Design, name: str = "rate") -> list[Edge]:
    """Clips of hidden and output rates; of soft ones the pieces."""
    edges: list[Edge] = []
    for layer, kind in (("hidden", design.network.hidden), ("output", design.network.output)):
        if kind is Activation.SOFT:
            for edge in soft_edges(design.rate.one):
                edges += comparison(f"{name}, slope {edge}")
        else:
            edges += clip(f"{name}, {layer}")
    return edges
