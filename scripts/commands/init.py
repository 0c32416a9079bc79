"""``cortigate init``"""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cortigate.boards.design_file import SUFFIX, schema_text, text_of
from cortigate.boards.extras import command_name
from cortigate.boards.storage.files import write_whole
from cortigate.golden.spec import Target
from cortigate.scripts.choosing import (
    LanesOption,
    LayersOption,
    PresetOption,
    RuleOption,
    asked,
    chosen,
)

__all__ = ["init"]


def init(
    file: Annotated[Path, typer.Argument(
        metavar="[FILE]", help="File to write.")] = Path(f"design{SUFFIX}"),
    preset_name: PresetOption = None,
    rule: RuleOption = None,
    layers: LayersOption = None,
    lanes: LanesOption = None,
    target: Annotated[Target | None, typer.Option(
        help="What the outputs are taught: a class, values that a sample brings (vector), or its "
             "own inputs. Default: the design's.")] = None,
    data: Annotated[str | None, typer.Option(
        help="What the design is for: digits, or a folder of idx files, relative to FILE.")] = None,
    schema: Annotated[Path | None, typer.Option(
        help="Write a JSON schema of such files, too, for an editor.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace older files.")] = False,
):
    """Write the commented file of a design, to be changed and given to other commands.

    Without --preset it is 64-32-10 with 8 lanes. With --target it is what the rule recommends for
    that, and keeps results; of a preset it keeps all else. Where the target is the input, there are
    as many outputs as inputs.

    Example: cortigate init my.toml --layers 64-32-10 --lanes 4
    """
    found = chosen(replace(asked(None, preset_name, rule, layers, lanes), target=target))
    if schema is not None and schema.resolve() == file.resolve():
        raise ValueError(f"FILE and --schema must be two files, not both {file}")
    wanted = {file: text_of(found.design, data)}
    wanted |= {} if schema is None else {schema: schema_text()}
    for path in wanted:
        writable(path, force)
    for path, text in wanted.items():
        write_whole(path, text.encode(), "the file")
    typer.echo(f"{file}: {found.design.network}, rule {found.design.rule.name}, "
               f"{found.design.lanes} lanes, digest {found.design.digest}")
    typer.echo(f"{command_name()} explain {file} says what becomes of it; --design {file} takes "
               "it to build, verify, virtual, demo and others")


def writable(path, force):
    """Raise ValueError if a file may not be written there."""
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name a file in it")
    if (path.exists() or path.is_symlink()) and not force:
        raise ValueError(f"{path} exists: name another file, or replace it with --force")
