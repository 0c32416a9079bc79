"""The runs of a sweep as trials of an Optuna study: for its dashboard and its plots.

A study is a copy of the file of results: what is missing in it is added, and nothing is changed.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from typing import Any

from cortigate.boards.storage.strict_json import jsonable
from cortigate.scripts.sweep.grid import words_for
from cortigate.scripts.sweep.plans import SweepTrial
from cortigate.scripts.sweep.running import Row

__all__ = ["SweepStudy", "distributions_of"]

IDENTITY = "cortigate sweep"
# Entries of a row that a trial keeps; choice and score are its parameters and its value.
KEPT = ("run", "seed", "numbers", "rule", "network", "design", "device", "scores", "epochs",
        "cycles", "weights", "seconds")
EXAMPLE = "--storage must be the URL of a database, such as sqlite:///sweep.db"


class SweepStudy:
    """A study in a storage of Optuna, made if it is not there.

    Runs that have diverged are trials that failed. The runs of the baseline are not in it.

    Parameters
    ----------
    storage : str
        URL of a database.
    name : str
        Of the study.
    identity : dict
        Of the sweep: see `ResultsFile`.
    trials : list of SweepTrial
        Whose rows are recorded.
    larger : bool
        A larger score is better.

    Raises
    ------
    ModuleNotFoundError
        Optuna is not installed.
    ValueError
        The storage cannot be opened, or its study is another one.
    """

    def __init__(self, storage: str, name: str, identity: Mapping[str, Any],
                 trials: Sequence[SweepTrial], larger: bool):
        self.name = name
        self._keys = {trial.key for trial in trials}
        self._optuna = optuna = import_module("optuna")
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._distributions = distributions_of([trial.plan.choice.said for trial in trials])
        found = jsonable(dict(identity), "the sweep")
        with self._opening():
            self._study = optuna.create_study(
                storage=storage, study_name=name, load_if_exists=True,
                direction="maximize" if larger else "minimize")
            known = self._study.get_trials(deepcopy=False)
            own = self._study.user_attrs.get(IDENTITY)
            if own is None and not known:
                self._study.set_user_attr(IDENTITY, found)
        if own != found and (own is not None or known):
            raise ValueError(f"the study {name} in the storage is that of another sweep, of other "
                             "data or another measure: name another one with --storage")
        self._done = {trial.user_attrs.get("run") for trial in known}  # None: somebody else's trial
        for trial in known:
            self._require_same(trial.distributions)

    def record(self, rows: Iterable[Row]) -> None:
        """Add a trial for each row of this sweep that has none.

        Raises
        ------
        RuntimeError
            The storage does not take it.
        """
        for row in rows:
            if row["run"] in self._keys - self._done:
                with self._writing():
                    self._study.add_trial(self._trial(row))
                self._done.add(row["run"])

    def _trial(self, row):
        """The trial of a row."""
        parameters = {name: parameter_of(value) for name, value in row["choice"].items()}
        states = self._optuna.trial.TrialState
        trial = self._optuna.trial.create_trial(
            state=states.FAIL if row["score"] is None else states.COMPLETE, value=row["score"],
            params={name: float(value) if self._is_real(name) else value
                    for name, value in parameters.items()},
            distributions={name: self._distributions[name] for name in parameters},
            user_attrs={name: row[name] for name in KEPT})
        trial.datetime_start = trial.datetime_complete - timedelta(seconds=row["seconds"])
        return trial

    def _is_real(self, name):
        return isinstance(self._distributions[name], self._optuna.distributions.FloatDistribution)

    def _require_same(self, others):
        """ValueError if Optuna would not take this grid beside that of an older trial."""
        for name in others.keys() & self._distributions.keys():
            try:
                self._optuna.distributions.check_distribution_compatibility(
                    others[name], self._distributions[name])
            except ValueError:
                raise ValueError(
                    f"{name} has other values in the grid than in the study {self.name}, and "
                    "Optuna takes no new words for a parameter: name another storage with "
                    "--storage, which gets the runs that are done, too") from None

    @contextmanager
    def _opening(self):
        try:
            yield
        except (*self._failures(), ImportError) as error:
            raise ValueError(f"{EXAMPLE}, but it cannot be opened: {_reason(error)}") from None

    @contextmanager
    def _writing(self):
        try:
            yield
        except self._failures() as error:
            raise RuntimeError(f"the storage does not take a run: {_reason(error)}") from None

    def _failures(self):
        """Errors of Optuna and of the database under it."""
        return (import_module("sqlalchemy.exc").SQLAlchemyError,
                self._optuna.exceptions.OptunaError)


def distributions_of(choices: Iterable[Mapping[str, object]]) -> dict[str, Any]:
    """Name -> Optuna's distribution that holds all values of a grid, sorted where they are words.

    Parameters
    ----------
    choices : iterable of dict
        `Choice.said` of each combination.
    """
    kinds, values = import_module("optuna").distributions, {}
    for said in choices:
        for name, value in said.items():
            values.setdefault(name, {})[parameter_of(value)] = None
    return {name: _distribution(kinds, found) for name, found in values.items()}


def parameter_of(value: object) -> bool | int | float | str:
    """A value of the grid as a parameter: lists of neurons or epochs in words."""
    return value if isinstance(value, bool | int | float) else words_for(value)


def _distribution(kinds: Any, values: Collection[Any]):
    if all(isinstance(one, bool) for one in values):
        return kinds.CategoricalDistribution((False, True))
    if any(isinstance(one, bool | str) for one in values) or not all(map(math.isfinite, values)):
        return kinds.CategoricalDistribution(tuple(sorted(values, key=str)))
    if all(isinstance(one, int) for one in values):
        return kinds.IntDistribution(min(values), max(values))
    return kinds.FloatDistribution(float(min(values)), float(max(values)))


def _reason(error):
    """The first line of an error of a database, with what was under it."""
    return str(error.__cause__ or error).strip().partition("\n")[0]
