"""Scenes that are looked for: each brings values to edges to which none has come before.

Every scene sets all weights and generators, so that what happens in it does not depend on what
happened before, and can be known without the hardware.
"""

import json
from pathlib import Path

from ...golden.integer import integer_model
from ...golden.spec import Design
from ...golden.timeline import Timeline
from .coverage import Coverage
from .scenes import Draw

__all__ = ["KNOWN", "OF_OTHERS", "Search", "steer"]

KNOWN = Path(__file__).with_name("scenes.json")  # numbers of scenes, by the design's digest
CANDIDATES = 24  # scenes drawn for every one that is taken
PATIENCE = 3
OF_OTHERS = {("sample", "stands")}  # scenes end at once


def steer(design: Design, most, seed):
    """Scenes that meet as many cases of the design's edges as can be found, `most` at most.

    Of a design that `seek` knows, and the seed 0, those that it found. Of any other, the best of
    each `CANDIDATES` that are drawn, or of `PATIENCE` times as many if they meet nothing new.

    Returns a list of Scene; the same for equal arguments.
    """
    search = Search(design)
    known = [] if seed else json.loads(KNOWN.read_text()).get(design.digest, [])
    if known:
        return [search.draw(seed, number) for number in known[:most]]
    wanted = set(Coverage(design).meetings.holes()) - OF_OTHERS
    scenes, number = [], 0
    while len(scenes) < most and wanted:
        best, gained = None, set()
        for tried in range(PATIENCE * CANDIDATES):
            if tried >= CANDIDATES and gained:
                break
            scene, number = search.draw(seed, number), number + 1
            new = search.meets(scene) & wanted
            if best is None or len(new) > len(gained):
                best, gained = scene, new
        scenes.append(best)
        wanted -= gained
    return scenes


class Search:
    """Draws scenes of a design and finds what they meet.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design):
        self.draw, self._design = Draw(design).scene, design
        self._model, self._timeline = integer_model(design), Timeline(design)

    def meets(self, scene):
        """(name, case) of all that a scene meets."""
        model, coverage = self._model, Coverage(self._design)
        model.edges = coverage.meetings
        scene.set(model)
        coverage.count(self._timeline, scene.play(model), scene.train, scene.target)
        return coverage.meetings.met()
