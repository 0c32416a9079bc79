"""Tables in Markdown."""

__all__ = ["table"]


def table(columns, rows):
    """A table; cells are text, in which a bar is no border.

    Parameters
    ----------
    columns : sequence of str
    rows : iterable of sequence of str
    """
    def line(cells):
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(columns), line(["---"] * len(columns)), *map(line, rows)])
