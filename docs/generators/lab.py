"""The lab as a part of the documentation, where it is asked for: its engines take minutes."""

from pathlib import Path

from cortigate.sim.lab import Site

__all__ = ["write_lab"]


def write_lab(app, error):
    """Write the lab's files beside the pages, once they are built."""
    if app.config.cortigate_lab and error is None and app.builder.format == "html":
        Site().write(Path(app.outdir) / "lab")
