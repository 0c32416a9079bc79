"""The cells of a notebook as a page: text as it is, code as code. Outputs are not kept."""

import json
from pathlib import Path

__all__ = ["NOTEBOOKS", "cells", "notebook"]

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"


def cells(name):
    """Pairs (kind, text) of a notebook's cells; kinds are "markdown" and "code"."""
    content = json.loads((NOTEBOOKS / f"{name}.ipynb").read_text(encoding="utf-8"))
    return [(cell["cell_type"], "".join(cell["source"])) for cell in content["cells"]]


def notebook(name):
    """A notebook as Markdown."""
    return "\n\n".join(text if kind == "markdown" else f"```python\n{text}\n```"
                       for kind, text in cells(name))
