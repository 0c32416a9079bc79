"""Drawings as SVG inside a page: its own text colour, so that they read in light and in dark."""

from xml.sax.saxutils import escape

__all__ = ["arrow", "box", "label", "picture"]

STYLE = 'style="max-width:100%;height:auto" font-family="inherit" font-size="12"'


def picture(width, height, title, *parts):
    """A drawing; `title` says in words what it shows, for those who do not see it."""
    body = "\n".join(parts)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'role="img" aria-label="{escape(title)}" fill="currentColor" stroke="none" {STYLE}>\n'
            '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
            'markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="currentColor"/>'
            f"</marker></defs>\n{body}\n</svg>")


def label(x, y, text, anchor="middle", size=12, weight="normal"):
    """Text whose baseline is at y."""
    return (f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}" '
            f'font-weight="{weight}">{escape(text)}</text>')


def box(x, y, width, height, *lines, dashed=False):
    """A rounded box with lines of text, the first of them bold."""
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    first = y + height / 2 + 4 - 7.5 * (len(lines) - 1)
    return "\n".join([
        (f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="5" fill="none" '
         f'stroke="currentColor"{dash}/>'),
        *(label(x + width / 2, first + 15 * number, text, size=12 if number == 0 else 11,
                weight="normal" if number else "bold") for number, text in enumerate(lines))])


def arrow(*points):
    """A line through points, with a tip at the last one."""
    path = " L".join(f"{x} {y}" for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="currentColor" marker-end="url(#tip)"/>'
