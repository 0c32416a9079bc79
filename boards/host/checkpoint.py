"""Checkpoints: everything that a run needs to go on bit for bit, in one safetensors file."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from ...golden.spec import Design, MemoryMap
from .files import write_whole

__all__ = ["Checkpoint"]

FORMAT = "cortigate 1"
GENERATORS = "generators"


@dataclass(frozen=True)
class Checkpoint:
    """State of a device between two samples.

    Parameters
    ----------
    design : Design
    weights : dict of str to array
        As `Device.read_weights` returns them.
    generators : int64 array
        States of the generators: the lanes', then the noise's; empty if there are none.
    position : dict of str to int
        Where the run stands: seed, epoch, shuffle_mask, shuffle_state, or what else the caller
        needs to go on.
    """

    design: Design
    weights: dict[str, np.ndarray]
    generators: np.ndarray
    position: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, device, **position):
        """Checkpoint of a device that is not running."""
        return cls(device.design, device.read_weights(), device.read_generators(), position)

    def restore(self, device):
        """Load a device with this checkpoint; ValueError if it is of another configuration."""
        require(self.design, device.design, "the checkpoint")
        device.write_weights(self.weights)
        device.write_generators(self.generators)

    def save(self, path):
        """Write to a new file in the same folder, flush it to the disk, then rename it.

        Whatever goes wrong (a full disk, a power cut), `path` holds either the old checkpoint or
        the new one, whole.

        Raises
        ------
        OSError
            It could not be written; an older file of this name is as it was.
        """
        path = Path(path)
        metadata = {"format": FORMAT, "digest": self.design.digest,
                    "design": json.dumps(self.design.to_dict()),
                    "position": json.dumps(self.position)}
        data = save({**self.weights, GENERATORS: self.generators}, metadata)
        write_whole(path, data, "the checkpoint")

    @classmethod
    def load(cls, path, design: Design | None = None):
        """Checkpoint from a file.

        Parameters
        ----------
        path : path
        design : Design or None
            The configuration that it must be of.

        Raises
        ------
        ValueError
            The file is no checkpoint, damaged, or of another configuration.
        """
        try:
            with safe_open(path, framework="numpy") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}
        except SafetensorError as error:
            raise ValueError(f"{path} is no checkpoint, or is damaged: {error}") from error
        if metadata.get("format") != FORMAT:
            raise ValueError(f"{path} is no checkpoint of this version of cortigate")
        found = Design.from_dict(json.loads(metadata["design"]))
        if found.digest != metadata["digest"]:
            raise ValueError(f"{path} is damaged: its configuration does not match its digest")
        if design is not None:
            require(found, design, path)
        generators = tensors.pop(GENERATORS, None)
        shapes = {m.name: m.shape for m in MemoryMap(found).matrices}
        if generators is None or {name: t.shape for name, t in tensors.items()} != shapes:
            raise ValueError(f"{path} is damaged: its tensors are not those of its configuration")
        return cls(found, {name: tensors[name] for name in shapes}, generators,
                   json.loads(metadata["position"]))


def require(found: Design, wanted: Design, what):
    """Raise ValueError unless both designs are the same."""
    if found.digest != wanted.digest:
        raise ValueError(f"{what} is of {found.network} (configuration {found.digest}), "
                         f"not of {wanted.network} (configuration {wanted.digest})")
