"""The options and arguments of a command, as its function declares them."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args, get_origin, get_type_hints

import typer

__all__ = ["Parameter", "parameters"]


@dataclass(frozen=True)
class Parameter:
    """An option or an argument of a command.

    Parameters
    ----------
    name : str
    kind : type
        int, float, bool, str, Path or an enumeration.
    options : tuple of str
        What it may be called on the line; empty for an argument.
    required : bool
    several : bool
        It may be said several times.
    """

    name: str
    kind: type
    options: tuple[str, ...]
    required: bool
    several: bool


def parameters(function: Callable) -> tuple[Parameter, ...]:
    """Parameters that the function of a command declares."""
    hints, found = get_type_hints(function, include_extras=True), []
    for one in inspect.signature(function).parameters.values():
        if hints[one.name] is typer.Context:  # no word of the line
            continue
        kind, info = hints[one.name].__origin__, hints[one.name].__metadata__[0]
        several = False
        while get_args(kind):  # list[int], Path | None
            several = several or get_origin(kind) is list
            kind = get_args(kind)[0]
        # Inside of Annotated, what would be the default is a name as well.
        names = [text for text in (info.default, *(info.param_decls or ()))
                 if isinstance(text, str)] or [f"--{one.name.replace('_', '-')}"]
        options = () if isinstance(info, typer.models.ArgumentInfo) else tuple(
            option for text in names for option in text.split("/"))
        found.append(Parameter(one.name, kind, options, one.default is one.empty, several))
    return tuple(found)
