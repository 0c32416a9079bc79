"""Parts of pages that are read off the code whenever the documentation is built.

A page names such a part in a line of its own, ``<!-- generated: NAME -->``, which the part, in
Markdown, takes the place of, and of a line in italics after it, which tells readers of the page
itself that something is missing. So what they say is what this version of the code does.
"""

import re
from functools import cache
from importlib import import_module

from .lab import write_lab

__all__ = ["PARTS", "filled", "part", "setup"]

MARK = re.compile(r"^<!-- generated: ([a-z -]+) -->(?:\n\*Here [^\n]*\*)?$", re.MULTILINE)
# Name of a part: module of this package, whose function of that name (with underscores) writes it.
PARTS = {
    "boards": "boards",
    "commands": "commands",
    "core ports": "core",
    "documents": "commands",
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
    **{f"notebook {name}": "notebooks" for name in
       ("classifier", "five-rules", "design-to-bitstream")},
    "engine": "engine",
    "ladder": "engine",
    "timeline": "timelines",
}
# Beginning of a part's name: function that takes the rest of it.
WITH_NAMES = {"program of ": "program", "notebook ": "notebook"}


@cache
def part(name):
    """The part of this name, as Markdown; KeyError if there is none."""
    module = import_module(f".{PARTS[name]}", __name__)
    for prefix, writer in WITH_NAMES.items():
        if name.startswith(prefix):
            return getattr(module, writer)(name.removeprefix(prefix))
    return getattr(module, name.replace(" ", "_"))()


def filled(text):
    """A page with its generated parts in place."""
    return MARK.sub(lambda found: part(found[1]), text)


def _fill(app, name, source):
    source[0] = filled(source[0])


def setup(app):
    """Called by Sphinx."""
    app.connect("source-read", _fill)
    app.add_config_value("cortigate_lab", False, "html", bool)
    app.connect("build-finished", write_lab)
    return {"parallel_read_safe": True}
