"""Rerun the accuracy tables: rules and baselines, networks, seeds; reference and integer."""

from .command import accuracy

__all__ = ["accuracy"]
