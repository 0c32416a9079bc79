"""Reports of synthesis and place and route: resources, frequency, critical path."""

import json
import re
from dataclasses import dataclass

__all__ = ["Report", "Resource", "netlist_cells"]


@dataclass(frozen=True)
class Resource:
    """One row of the resource table; `available` is None where only the netlist counts it."""

    name: str
    used: int
    available: int | None


def netlist_cells(netlist):
    """Number of cells by type in a Yosys JSON netlist (a dict) whose top is flat."""
    modules = netlist["modules"].values()
    top = next(m for m in modules if int(m["attributes"].get("top", "0"), 2))
    counts = {}
    for cell in top["cells"].values():
        counts[cell["type"]] = counts.get(cell["type"], 0) + 1
    return counts


@dataclass(frozen=True)
class Report:
    """Result of one placement.

    Parameters
    ----------
    seed : int
    fmax : dict
        Clock net -> (achieved MHz, required MHz).
    resources : tuple of Resource
    critical : tuple of str
        The slowest register-to-register path, one line per net.
    """

    seed: int
    fmax: dict[str, tuple[float, float]]
    resources: tuple[Resource, ...]
    critical: tuple[str, ...]

    @classmethod
    def read(cls, folder, seed, cells, netlist):
        """Report of placement `seed` in a build folder.

        Parameters
        ----------
        folder : Path
            With ``seed<seed>.json`` from place and route.
        seed : int
        cells : dict
            As in `Board`.
        netlist : dict
            Cell type -> number, of the synthesised netlist.
        """
        record = json.loads((folder / f"seed{seed}.json").read_text(encoding="utf-8"))
        resources = []
        for row, cell in cells.items():
            if cell in record["utilization"]:
                entry = record["utilization"][cell]
                resources.append(Resource(row, entry["used"], entry["available"]))
            else:
                used = sum(n for kind, n in netlist.items() if kind.startswith(cell))
                resources.append(Resource(row, used, None))
        fmax = {clock: (entry["achieved"], entry["constraint"])
                for clock, entry in record["fmax"].items()}
        return cls(seed, fmax, tuple(resources), tuple(_critical(record)))

    @property
    def achieved(self):
        """MHz of the tightest clock."""
        return min(self.fmax.values(), key=lambda pair: pair[0] / pair[1])[0]


# What synthesis appends to the name of a net when it makes new ones of it.
_MADE_BY_SYNTHESIS = re.compile(r"_(SB|TRELLIS|LUT\d|CCU2C|L6MUX21|PFUMX|MUX2|ALU|DFF\w*?)_.*")


def _critical(record):
    """Nets along the slowest path within a clock, each with the nanoseconds up to it."""
    within = [p["path"] for p in record["critical_paths"] if p["from"] == p["to"]]
    slowest = max(within, key=lambda path: sum(step["delay"] for step in path), default=())
    at, before = 0.0, None
    for step in slowest:
        at += step["delay"]
        if step["type"] in ("routing", "setup"):
            name = _MADE_BY_SYNTHESIS.sub("", step.get("net") or step["to"]["cell"])
            if name != before:
                yield f"{at:7.2f} ns  {name}"
            before = name
