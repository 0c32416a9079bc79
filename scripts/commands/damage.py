"""cortigate damage: damaged checkpoint files, again and again."""

import tempfile
from typing import Annotated

import typer

from cortigate.sim.damage import damage_checkpoints
from cortigate.sim.virtual_board import say

__all__ = ["damage"]


def damage(
    files: Annotated[int, typer.Option(min=1, help="Checkpoint files that are damaged.")] = 10_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of what is damaged, and how.")] = 0,
):
    """Damage checkpoint files in many ways: each is refused, or is exactly what it says."""
    def tell(seen):
        if seen.total() % 10_000 == 0:
            say(f"{seen.total()} of {files} files")

    with tempfile.TemporaryDirectory(prefix="cortigate-") as folder:
        seen = damage_checkpoints(files, folder, seed, tell)
    typer.echo(f"{seen.total()} damaged files, seed {seed}: each one clear error, or what it says")
    for outcome, times in sorted(seen.items()):
        typer.echo(f"  {outcome}: {times}")
