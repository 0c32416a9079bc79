"""The edges of every rule's pipeline, and why some of their cases cannot be met."""

from ..integer import integer_kind
from ..spec.design import Design
from .common import weights

__all__ = ["edges_of"]


def edges_of(design: Design):
    """Edges of a design's neurons and weights: tuple of Edge."""
    return tuple(integer_kind(design).declared_edges(design) + weights(design))
