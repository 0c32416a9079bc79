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
        The register-to-register path that is the slowest for its clock, one line per net.
    crossings : tuple of (str, str, float)
        Clock net that a path leaves, the one that it ends at, nanoseconds of the slowest such path.
    """

    seed: int
    fmax: dict[str, tuple[float, float]]
    resources: tuple[Resource, ...]
    critical: tuple[str, ...]
    crossings: tuple[tuple[str, str, float], ...] = ()

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
        return cls(seed, fmax, tuple(resources), tuple(_critical(record, fmax)),
                   tuple(_crossings(record)))

    @property
    def achieved(self):
        """MHz of the tightest clock."""
        return min(self.fmax.values(), key=lambda pair: pair[0] / pair[1])[0]


# What synthesis appends to the name of a net when it makes new ones of it.
_MADE_BY_SYNTHESIS = re.compile(r"_(SB|TRELLIS|LUT\d|CCU2C|L6MUX21|PFUMX|MUX2|ALU|DFF\w*?)_.*")


def _crossings(record):
    """(Clock net, other clock net, nanoseconds) of each path between two clocks."""
    for path in record["critical_paths"]:
        here, there = (path[end].rpartition(" ")[2] for end in ("from", "to"))
        if here != there and "<async>" not in (here, there):
            yield here, there, _delay(path)


def _delay(path):
    """Nanoseconds of a path."""
    return sum(step["delay"] for step in path["path"])


def _critical(record, fmax):
    """Nets along the path that is slowest for its clock, each with the nanoseconds up to it."""
    def share(path):  # of a period
        return _delay(path) * fmax.get(path["to"].rpartition(" ")[2], (0, 1))[1]

    within = [path for path in record["critical_paths"] if path["from"] == path["to"]]
    slowest = max(within, key=share)["path"] if within else ()
    at, before = 0.0, None
    for step in slowest:
        at += step["delay"]
        if step["type"] in ("routing", "setup"):
            name = _MADE_BY_SYNTHESIS.sub("", step.get("net") or step["to"]["cell"])
            if name != before:
                yield f"{at:7.2f} ns  {name}"
            before = name
