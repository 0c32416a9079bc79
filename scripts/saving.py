"""--save, --every and --resume, which several commands have."""

import os
import shlex
from collections.abc import Mapping, Set
from pathlib import Path
from typing import Annotated, Any

import typer

from cortigate.boards.host.discovery import only_board
from cortigate.boards.learn.checkpoint import Checkpoint
from cortigate.boards.learn.keeper import Keeper
from cortigate.boards.learn.opening import AUTO, is_port
from cortigate.golden.spec import Design

__all__ = ["EveryOption", "ResumeOption", "SaveOption", "Saving", "position_of", "said",
           "writable"]

SaveOption = Annotated[Path | None, typer.Option(
    help="File for a checkpoint, saved after every pause, on Ctrl-C and on SIGTERM.")]
EveryOption = Annotated[int | None, typer.Option(
    min=1, help="Number of samples from one checkpoint to the next; saving takes a moment.")]
ResumeOption = Annotated[Path | None, typer.Option(
    help="Continue the run of this checkpoint. Later checkpoints replace it unless --save names "
         "another file.")]
COMMANDS = ("demo", "mnist", "stream", "train")
# What may be said beside --resume: all else is the run's.
BESIDE = {"device", "baud", "take_over", "save", "every", "resume", "output", "data", "quiet",
          "as_json", "shown"}
# Of these, what the command that goes on says by itself, or the file.
SETTLED = {"save", "every", "resume"}


class Saving:
    """The options --save, --every and --resume of one call of a command.

    Parameters
    ----------
    ctx : typer.Context
        Of the command.
    save, resume : path or None
    every : int or None
    names : tuple of str
        Of the settings that the command gives to `position`.
    beside : set of str
        Names of further parameters of the command that may be said beside --resume, and stand in
        the checkpoint.
    later : mapping
        Settings that older files lack -> their value in these.

    Attributes
    ----------
    keeper : Keeper
    checkpoint : Checkpoint or None
        With which the run goes on.
    resumed : path or None
        Its file.
    settings : dict
        Of the run that goes on, as they were given to `position`.

    Raises
    ------
    ValueError
        The options contradict each other or the file, or a file would be lost.
    """

    def __init__(self, ctx, save, every, resume, names, beside: Set[str] = frozenset(),
                 later: Mapping[str, Any] | None = None):
        self._names, self._beside = {*names, "every"}, BESIDE | beside
        self._later = dict(later or {})
        self.command, self.resumed = ctx.info_name, resume
        self.checkpoint: Checkpoint | None = None
        self.settings: dict[str, Any] = {}
        new = save is not None
        if resume is None:
            if save is None and every is not None:
                raise ValueError("--every can only be given with --save FILE")
            writable(save)
        else:
            self._take(ctx, resume)
            if save is not None and not same_file(save, resume):
                writable(save)
            save = resume if save is None else save
            new = not same_file(save, resume)
            every = self.settings["every"] if every is None else every
        self.keeper = Keeper(save, every, save and going_on(ctx, save), new)

    def _take(self, ctx, path):
        """The checkpoint of a file, if it is one of this command."""
        options = [option.opts[0] for option in ctx.command.params
                   if option.name in said(ctx) - self._beside]
        if options:
            raise ValueError(f"{path} already holds the settings of its run: leave out "
                             f"{', '.join(options)}")
        self.checkpoint = checkpoint = Checkpoint.load(path)
        position = position_of(checkpoint)
        command = position.get("command")
        if command != self.command:
            raise ValueError(f"{path} is not a checkpoint of cortigate {self.command}" + (
                f": continue it with cortigate {command} --resume {path}"
                if command in COMMANDS else ""))
        settings = position.get("settings")
        if isinstance(settings, dict):
            settings = self._later | settings
        if not isinstance(settings, dict) or set(settings) != self._names:
            raise ValueError(f"{path} was written by another version of cortigate {command}")
        self.settings = settings

    def opened(self, device: str) -> tuple[str, Design]:
        """(device, design) that a run goes on with; "auto" becomes a port.

        Raises
        ------
        ValueError
            There is no checkpoint.
        """
        if self.checkpoint is None:
            raise ValueError("a run can only be continued from a checkpoint: name it with --resume")
        if device == AUTO and is_port(device):
            device = only_board()
        return device, self.checkpoint.design

    def position(self, **settings):
        """The identity of a run in its checkpoints."""
        return {"command": self.command, "settings": settings | {"every": self.keeper.every}}

    def require_other(self, name, path):
        """Raise ValueError if an option's file is the checkpoint's, which it would replace."""
        own = self.keeper.path
        if own is not None and Path(own).resolve() == path.resolve():
            raise ValueError(f"{name} {path} is also the file of the checkpoint, which it would "
                             "replace: name another file")

    def require_data(self, digest):
        """Raise ValueError if the samples are other ones than those of the run that goes on."""
        if self.checkpoint is not None and self.settings["data"] != digest:
            raise ValueError("the samples must be those that the run of the checkpoint learns "
                             "from, but they are others")


def said(ctx):
    """Names of the parameters of a command, a set, that stand on the command line."""
    return {option.name for option in ctx.command.params
            if ctx.get_parameter_source(option.name).name == "COMMANDLINE"}


def going_on(ctx, path):
    """The command that goes on with a checkpoint of the one that runs, as it is typed."""
    words = ["cortigate", ctx.info_name]
    for option in ctx.command.params:
        if option.name not in said(ctx) & BESIDE - SETTLED:
            continue
        value = ctx.params[option.name]
        if option.param_type_name == "argument":
            words.append(str(value))
        else:
            words += [option.opts[0]] if value is True else [option.opts[0], str(value)]
    return shlex.join([*words, "--resume", str(path)])


def position_of(checkpoint):
    """Position that a command has written into a checkpoint: in an estimator's, its notes."""
    notes = checkpoint.position.get("notes")
    return notes if isinstance(notes, dict) else checkpoint.position


def writable(path, instead="continue a checkpoint with --resume {}, or delete the file"):
    """Raise ValueError if a new file may not be written there; `instead` says what to do."""
    if path is None:
        return
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}")
    if not os.access(path.parent, os.W_OK):
        raise ValueError(f"{path} cannot be written: the folder {path.parent} is write-protected")
    if path.is_symlink() or path.exists():
        raise ValueError(f"{path} exists: {instead.format(path)}")


def same_file(one, other):
    """True if two paths are of the same file."""
    return one.exists() and one.samefile(other)
