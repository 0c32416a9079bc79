"""The command line, from the commands themselves: summary, arguments, options, defaults."""

import typer

from cortigate.scripts.cli import Commands, app
from cortigate.scripts.document import keys_of, shape_of

from .tables import table

__all__ = ["commands", "documents"]


def commands():
    """A section for each command, those of groups included."""
    shapes = {words: shape_of(function) for words, function in Commands.functions()}
    return "\n\n".join(section for words, command in walk((), typer.main.get_command(app))
                       for section in described(words, command, shapes[words]))


def documents():
    """The commands that have --json, in a sentence."""
    names = ", ".join(f"`{' '.join(words)}`" for words, function in Commands.functions()
                      if shape_of(function) is not None)
    return f"These commands have it: {names}."


def walk(words, command):
    """Yield (words, command) of everything that runs, in order."""
    if not hasattr(command, "list_commands"):
        yield words, command
        return
    context = typer.Context(command)
    for name in command.list_commands(context):
        yield from walk((*words, name), command.get_command(context, name))


def described(words, command, shape):
    """Paragraphs about one command, and about its document of this shape, if it has one."""
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    usage = " ".join(["cortigate", *words, *(["[OPTIONS]"] if options else []),
                      *map(called, arguments)])
    yield f"## {' '.join(words)}"
    yield f"```text\n{usage}\n```"
    yield plain(command.help or "")
    rows = [(f"`{called(one)}`", "", plain(one.help or "")) for one in arguments]
    rows += [(f"`{', '.join([*one.opts, *one.secondary_opts])}`", default(one),
              plain(one.help or "")) for one in options if one.name != "quiet"]
    if rows:
        yield table(("argument or option", "default", "meaning"), rows)
    if shape is not None:
        yield "With `--json`, of the standard output:"
        yield table(("key", "type", "meaning"), [
            (f"`{key}`", kind, plain(meaning)) for key, kind, meaning in keys_of(shape)])


def called(argument):
    """Name of an argument; in brackets where it may be left out."""
    name = argument.metavar or argument.name.upper()
    return name if argument.required or name.startswith("[") else f"[{name}]"


def default(option):
    """Default of an option, in words; "" where there is none or the meaning says it."""
    value = option.default
    if value is None or value == () or callable(value) or option.multiple and not value:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    return f"`{value}`" if isinstance(value, int | float | str) or hasattr(value, "parts") else ""


def plain(text):
    """Help as Markdown: what looks like its marks is meant as it stands."""
    for mark in "\\*_<>[]":
        text = text.replace(mark, f"\\{mark}")
    return text
