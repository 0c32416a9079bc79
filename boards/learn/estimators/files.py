"""Estimators as files: everything that was fitted, and no pickle."""

import hashlib
import os
from collections.abc import Callable
from enum import Enum
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.validation import check_is_fitted

from ....golden.spec import Design
from ....golden.spec.plain import plain
from ...device import Device
from ...storage.files import require_place
from ...storage.strict_json import jsonable
from ..checkpoint import Checkpoint
from .seeds import is_source
from .stopping import Stopping

__all__ = ["Saved", "data_digest"]

# What a checkpoint holds by itself.
ELSEWHERE = ("design_", "weights_", "latest_weights_", "generators_")
KINDS = "biufU"


class Saved:
    """`save`, `load` and `resume` of an estimator that has the attributes below, once fitted.

    A subclass says the class's name in its files, and how many outputs what was fitted asks for.
    """

    KIND: ClassVar[str]

    device: str | Callable[[Design], Device]  # in a file, None in the place of a callable
    checkpoint: str | PathLike | None
    data_digest_: str
    design_: Design
    generators_: np.ndarray
    latest_weights_: dict[str, np.ndarray] | None
    n_epochs_: int
    n_features_in_: int
    weights_: dict[str, np.ndarray]

    def _epochs(self) -> int:
        raise NotImplementedError

    def _require_same_network(self) -> None:
        raise NotImplementedError

    def _stopping(self) -> Stopping | None:
        raise NotImplementedError

    def _has_enough(self, stopping: Stopping | None) -> bool:
        raise NotImplementedError

    def _judged(self, X: Any, y: Any, *, reset: bool) -> tuple[Self, np.ndarray, np.ndarray]:
        raise NotImplementedError

    def _n_outputs(self) -> int:
        raise NotImplementedError

    def _numbered(self, y: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def _learn(self, new: Self, X: np.ndarray, y: np.ndarray, epochs: int, *,
               goes_on: bool = False, stopping: Stopping | None = None,
               partial: bool = False) -> Self:
        raise NotImplementedError

    def save(self, path: str | PathLike, scaler: MinMaxScaler | None = None,
             notes: dict[str, Any] | None = None) -> None:
        """Write everything that was fitted to one file: see `boards.learn.checkpoint.Checkpoint`.

        Parameters
        ----------
        path : path
            An older file is replaced, whole or not at all.
        scaler : MinMaxScaler or None
            A fitted one that scales the data before the estimator gets it. It is only needed where
            the data is scaled outside, with ``scale=None``: by default the estimator scales.
        notes : dict or None
            Of your own, for ``Checkpoint.load(path).position["notes"]``: numbers, texts, None,
            lists and dictionaries of these, names of columns for example.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            There is nothing to save, or the scaler or a parameter cannot be saved.
        OSError
            The file could not be written; an older one is as it was.
        """
        check_is_fitted(self)
        position: dict[str, Any] = {
            "command": self.KIND, "estimator": record_of(self, ELSEWHERE), "scaler": None}
        if scaler is not None:
            if type(scaler) is not MinMaxScaler:
                raise TypeError(f"scaler must be a MinMaxScaler, not {scaler!r}")
            check_is_fitted(scaler)
            features = len(scaler.data_min_)
            if features != self.n_features_in_:
                raise ValueError(f"scaler must have {self.n_features_in_} features, as the "
                                 f"estimator has, not {features}")
            position["scaler"] = record_of(scaler)
        if notes is not None:
            position["notes"] = notes
        Checkpoint(self.design_, self.weights_, self.generators_, position,
                   self.latest_weights_ or {}).save(path)

    @classmethod
    def load(cls, path: str | PathLike,
             device: str | Callable[[Design], Device] | None = None) -> Self | Pipeline:
        """Estimator of a file, or a Pipeline of scaler and estimator if it was saved with one.

        One that kept checkpoints keeps them in this file from now on: its `checkpoint` is the
        file's absolute path, wherever it was saved before. Otherwise `checkpoint` is None.

        Parameters
        ----------
        path : path
        device : str, callable or None
            Where it works from now on; None is the device whose name was saved.

        Raises
        ------
        FileNotFoundError
            There is no such file; also a ValueError.
        ValueError
            The file is no checkpoint of an estimator, or damaged; or it names no device.
        """
        found = Checkpoint.load(path)
        position = found.position
        if position.get("command") != cls.KIND:
            raise ValueError(f"{path} is a checkpoint, but not of a {cls.KIND}")
        try:
            estimator: Self = restored(cls(), grown(position["estimator"]))
            scaler = position["scaler"] and restored(MinMaxScaler(), position["scaler"])
            fits = (estimator._n_outputs(), estimator.n_features_in_) == (
                found.design.network.sizes[-1], found.design.network.sizes[0])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} was written by another version of cortigate: {error}"
                             ) from error
        if not fits:
            raise ValueError(f"{path} is damaged: its outputs and features are not those of its "
                             "network")
        if device is None and estimator.device is None:
            raise ValueError(f"{path} names no device: name one with load(path, device=…)")
        estimator.device = estimator.device if device is None else device
        if estimator.checkpoint is not None:
            estimator.checkpoint = os.path.abspath(path)
        estimator.design_, estimator.weights_ = found.design, found.weights
        estimator.generators_, estimator.latest_weights_ = found.generators, found.extra or None
        return estimator if scaler is None else Pipeline([("scaler", scaler), ("cortigate",
                                                                             estimator)])

    def resume(self, X: Any, y: Any = None) -> Self:
        """Go on with a fit that was interrupted, until `epochs` epochs are learned.

        The result is that of the undisturbed fit, bit for bit. After a fit that was not interrupted
        nothing is left to do, unless `epochs` is raised first: ``set_params(epochs=60)``.

        Parameters
        ----------
        X, y : arrays
            The same data in the same order; None in the place of labels where there are none.

        Raises
        ------
        NotFittedError, TypeError, ValueError, LinkError
            As `partial_fit`; or the data is another one, or only one of both devices, that of the
            fit and this one, computes in real numbers.
        """
        check_is_fitted(self)
        self._require_same_network()
        epochs = self._epochs()
        new, X, y = self._judged(X, y, reset=False)
        if data_digest(X, self._numbered(y)) != self.data_digest_:
            raise ValueError("resume needs the same data as before, in the same order: use "
                             "partial_fit to learn from other data")
        left, stopping = epochs - self.n_epochs_, self._stopping()
        if left <= 0 or self._has_enough(stopping):
            return self
        return self._learn(new, X, y, left, goes_on=True, stopping=stopping)

    def _check_keeping(self):
        """Raise, before anything is learned, what `_keep` would raise after an epoch."""
        path = plain("checkpoint", self.checkpoint, str | PathLike | None)
        if path is not None:
            require_place(path, "the checkpoint")
            record_of(self, ELSEWHERE)

    def _keep(self):
        """Save after an epoch, if `checkpoint` names a file."""
        if self.checkpoint is not None:
            self.save(self.checkpoint)


def data_digest(X: np.ndarray, targets: np.ndarray) -> str:
    """SHA-256 in hexadecimal digits of what was learned from.

    Parameters
    ----------
    X : float64 array (n, n_features)
    targets : int array (n,) or float array (n, n_outputs)
        Numbers of classes, or values.
    """
    digest = hashlib.sha256(np.ascontiguousarray(X, "<f8").tobytes())
    kind = "<f8" if targets.dtype.kind == "f" else "<i8"
    digest.update(np.ascontiguousarray(targets, kind).tobytes())
    return digest.hexdigest()


def grown(record: dict[str, Any]) -> dict[str, Any]:
    """The record of an estimator; one of before there was scaling inside scales nothing."""
    fitted = record["fitted"]
    if "input_limits_" in fitted:
        return record
    return {"parameters": record["parameters"] | {"scale": None},
            "fitted": fitted | {"input_limits_": None}}


def record_of(estimator: Any, elsewhere: tuple[str, ...] = ()) -> dict[str, Any]:
    """Parameters and fitted attributes of an estimator as plain values."""
    parameters = estimator.get_params(deep=False)
    fitted = {name: value for name, value in vars(estimator).items()
              if name.endswith("_") and not name.startswith("_") and name not in elsewhere}
    return {"parameters": {name: packed(name, value) for name, value in parameters.items()},
            "fitted": {name: packed(name, value) for name, value in fitted.items()}}


def restored(estimator: Any, record: dict[str, Any]) -> Any:
    """The estimator with what `record_of` wrote down; ValueError if it has no such parameter."""
    estimator.set_params(**{name: unpacked(value) for name, value in record["parameters"].items()})
    for name, value in record["fitted"].items():
        if not name.endswith("_") or name.startswith("_"):
            raise ValueError(f"{name} is not a fitted attribute")
        setattr(estimator, name, unpacked(value))
    return estimator


def packed(name: str, value: Any) -> Any:
    """A value for a checkpoint's position: arrays, tuples and designs are marked as such."""
    if isinstance(value, Design):
        return {"design": value.to_dict()}
    if isinstance(value, PathLike):
        return str(os.fspath(value))
    if isinstance(value, np.ndarray):
        values = value if value.dtype.kind != "O" else texts(name, value)
        if values.dtype.kind not in KINDS:
            raise TypeError(f"{name} must hold numbers or texts to be saved, not {value.dtype}")
        return {"array": values.ravel().tolist(), "shape": list(values.shape),
                "dtype": value.dtype.str}
    if isinstance(value, tuple | range):
        return {"tuple": [packed(name, one) for one in value]}
    if isinstance(value, dict):
        plainly = {key: one.value if isinstance(one, Enum) else one for key, one in value.items()}
        if all(isinstance(one, str) for one in plainly):
            return {"dict": jsonable(plainly, name)}
        return {"pairs": [[jsonable(one, name) for one in pair] for pair in plainly.items()]}
    if callable(value) or is_source(value):
        return None  # what it made is saved: the seed, the weights
    return jsonable(value, name)


def texts(name: str, value: np.ndarray) -> np.ndarray:
    """An array of objects that are all texts, as texts."""
    if not all(isinstance(one, str) for one in value.ravel()):
        raise TypeError(f"{name} must hold numbers or texts to be saved, not other objects")
    return value.astype(str)


def unpacked(value: Any) -> Any:
    """Inverse of `packed`."""
    if not isinstance(value, dict):
        return value
    if "design" in value:
        return Design.from_dict(value["design"])
    if "tuple" in value:
        return tuple(unpacked(one) for one in value["tuple"])
    if "dict" in value:
        return value["dict"]
    if "pairs" in value:
        return dict(value["pairs"])
    dtype = np.dtype(value["dtype"])
    if dtype.kind not in f"{KINDS}O":
        raise ValueError(f"arrays must be of numbers or texts, not {dtype}")
    return np.array(value["array"], dtype).reshape(value["shape"])
