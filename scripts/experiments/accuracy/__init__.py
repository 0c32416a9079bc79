"""Training runs behind `cortigate accuracy`: what a run is, the tables, and their report."""

from .report import as_json, as_markdown, summarise
from .run import Run, execute
from .table import TABLES, rows_of

__all__ = ["TABLES", "Run", "as_json", "as_markdown", "execute", "rows_of", "summarise"]
