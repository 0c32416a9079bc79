"""The edges of a design: those that its rule's integer model declares, and those of all rules."""

from ..spec.design import Design
from ..spec.entries import part_of
from .edge import Edge, clip, comparison, rounding

__all__ = ["edges_of"]


def edges_of(design: Design) -> tuple[Edge, ...]:
    """Edges of a design's neurons and weights: tuple of Edge."""
    model = part_of(design.rule.name, "cortigate.integer_models")
    return (*model.declared_edges(design),
            *rounding("update", design.update_discard, design.weight.rounding),
            *clip("weight"), *comparison("winner"))
