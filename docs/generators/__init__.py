"""Parts of pages that are read off the code whenever the documentation is built.

A page names such a part in a line of its own, ``<!-- generated: NAME -->``, which the part, in
Markdown, takes the place of. So what they say is what this version of the code does.
"""

import re
from functools import cache
from importlib import import_module

__all__ = ["PARTS", "filled", "part", "setup"]

MARK = re.compile(r"^<!-- generated: ([a-z -]+) -->$", re.MULTILINE)
# Name of a part: module of this package, whose function of that name (with underscores) writes it.
PARTS = {
    "boards": "boards",
    "boards in short": "boards",
    "commands": "commands",
    "identity": "protocol",
    "link": "protocol",
    "operations": "protocol",
    "registers": "protocol",
    "spaces": "protocol",
    "statuses": "protocol",
    "traces": "traces",
    "memory": "memory",
    "presets": "memory",
    **{f"program of {rule}": "programs" for rule in
       ("ghost", "equilibrium", "inversion", "pal", "microcircuit")},
    "engine": "engine",
    "ladder": "engine",
    "timeline": "timelines",
}


@cache
def part(name):
    """The part of this name, as Markdown; KeyError if there is none."""
    module = import_module(f".{PARTS[name]}", __name__)
    if name.startswith("program of "):
        return module.program(name.removeprefix("program of "))
    return getattr(module, name.replace(" ", "_"))()


def filled(text):
    """A page with its generated parts in place."""
    return MARK.sub(lambda found: part(found[1]), text)


def _fill(app, name, source):
    source[0] = filled(source[0])


def setup(app):
    """Called by Sphinx."""
    app.connect("source-read", _fill)
    return {"parallel_read_safe": True}
