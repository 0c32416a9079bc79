"""``cortigate fuzz``"""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from cortigate.scripts.choosing import UNASKED, Asked, chosen, like, takes_design
from cortigate.scripts.console import new_console
from cortigate.scripts.document import documented
from cortigate.scripts.progress import Bars
from cortigate.scripts.random_lines import try_lines
from cortigate.scripts.speaking import emit
from cortigate.sim.fuzz import damage_answers, damage_checkpoints, damage_data, fuzz_link

__all__ = ["fuzz"]


class What(StrEnum):
    """The kind of damage."""

    LINK = "link"
    ANSWERS = "answers"
    DATA = "data"
    COMMANDS = "commands"
    CHECKPOINTS = "checkpoints"


COUNTS = {What.LINK: 10_000, What.ANSWERS: 200_000, What.DATA: 20_000, What.COMMANDS: 2_000,
          What.CHECKPOINTS: 20_000}


@documented(
    what="string: as of the argument", count="integer: damaged, as --count says",
    seed="integer", configuration="string: digest of the design",
    seen=[{"outcome": "string", "times": "integer: that it was seen"}])
@takes_design()
def fuzz(
    what: Annotated[What, typer.Argument(
        help="What to damage: frames to a virtual board, answers to the host, files of data sets, "
             "command lines, or checkpoints.")] = What.LINK,
    count: Annotated[int | None, typer.Option(
        "--count", "--frames", min=1,
        help="Number of frames, answers, files or lines. Default: "
             f"{', '.join(map(str, COUNTS.values()))}.")] = None,
    seed: Annotated[int, typer.Option(help="Seed for requests and damage.")] = 0,
    wish: Asked = UNASKED,
):
    """Damage a board's link, answers, files or command lines: nothing may happen silently.

    Example: cortigate fuzz answers --count 10000
    """
    design = chosen(wish, like("tiny")).design
    count = COUNTS[what] if count is None else count
    console = new_console()
    with Bars(*Bars.get_default_columns(), console=console) as bar:
        task = bar.add_task(what.value, total=count)
        text, seen = CAMPAIGNS[what](design, count, seed,
                                     lambda done: bar.update(task, completed=done))
    if not emit({"what": what.value, "count": count, "seed": seed, "configuration": design.digest,
                 "seen": [{"outcome": outcome, "times": times}
                          for outcome, times in sorted(seen.items())]}):
        console.print(text, highlight=False)


def link(design, count, seed, progress):
    """Frames to a virtual board."""
    result = fuzz_link(design, count, seed, lambda so_far: progress(so_far.frames))
    text = (f"{result.frames} frames in {result.cases} cases, {result.running} of them while "
            f"the engine ran, {result.requests} requests in between: {result.answers} "
            f"answered, {result.dropped} dropped and counted; {result.garbled} more frames "
            "at a wrong speed. No word changed that was not asked for; the request after "
            "each case was answered.")
    return text, asdict(result)


def answers(design, count, seed, progress):
    """A board's answers to the host."""
    seen = damage_answers(design, count, seed, progress)
    whole = dict(seen)
    return (f"{seen.pop('answers')} answers, of them damaged: {seen.pop('damaged')}. No wrong "
            f"result, no error but the link's: {listed(seen)}."), whole


def data(design, count, seed, progress):
    """Files of data sets."""
    seen = damage_data(count, seed, progress)
    return (f"{count} damaged files. None was read as anything other than what it holds: "
            f"{listed(seen)}."), seen


def commands(design, count, seed, progress):
    """Command lines."""
    seen = try_lines(count, seed, progress)
    return f"{count} command lines, no traceback: {listed(seen)}.", seen


def checkpoints(design, count, seed, progress):
    """Checkpoints."""
    seen = damage_checkpoints(count, seed, progress)
    return (f"{count} damaged checkpoints. Each gave one clear error or, if its checksum was "
            f"right, what it says: {listed(seen)}."), seen


def listed(seen):
    """Outcomes and how often they were seen."""
    return ", ".join(f"{outcome} {times}" for outcome, times in sorted(seen.items()))


CAMPAIGNS = {What.LINK: link, What.ANSWERS: answers, What.DATA: data, What.COMMANDS: commands,
             What.CHECKPOINTS: checkpoints}
