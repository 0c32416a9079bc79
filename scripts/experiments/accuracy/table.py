"""Which runs make which table: rules and baselines x networks, reference and integer.

Rates and epochs of `hardware` and `mnist`, and the rates at batch 4, were chosen on a validation
split of the training samples (the option ``--validation`` repeats that); the other tables take
their rates as given. The test samples are only reported. At batch 4 the samples are averaged: a
sigmoid network wants four times the rate of batch 1, clipped units are best at the same rate.
"""

import dataclasses
from typing import Any

from cortigate.golden.reference.ghost import ReadOut, ReferenceRule
from cortigate.golden.spec import RULES, Feedback, Network, QFormat, Rounding, preset
from cortigate.golden.spec.rules.equilibrium import EquilibriumRule
from cortigate.golden.spec.rules.ghost import Mechanism, Schedule, design_for
from cortigate.golden.spec.rules.inversion import InversionRule
from cortigate.golden.spec.rules.microcircuit import MicrocircuitRule
from cortigate.golden.spec.rules.pal import PalRule

from .run import Run

__all__ = ["TABLES", "rows_of"]

SHALLOW, DEEP, NARROW, NARROWER = (64, 32, 10), (64, 64, 32, 10), (64, 12, 12, 10), (
    64, 10, 10, 10, 10)
DEEPER = (64, 48, 48, 48, 32, 10)
BOTTLENECK = (64, 32, 4, 32, 10)
UNITS = {  # hidden, output, learning rate at batch 1
    "clip": ("clip", "linear", 2.0**-4),
    "relu": ("relu", "linear", 2.0**-4),
    "sigmoid": ("sigmoid", "sigmoid", 1.0),
}
# Rules that have rows of their own here, in `hardware` and in `rules`.
CORTIGATE = ("ghost", "equilibrium", "inversion", "pal", "microcircuit")
MNIST_EPOCHS, MNIST_HALVINGS = 15, (4, 7, 10, 12)
FASTER = {"clip": 1.0, "sigmoid": 4.0}  # at batch 4


def _network(sizes, unit=""):
    return "-".join(map(str, sizes)) + (f" {unit}" if unit else "")


# ---- on the hardware's designs: integer, float, baselines ----------------------------------


def _hardware(sizes, mechanisms, *, epochs=20, halvings=(10, 15), schedule=Schedule.SWEEP):
    """Integer and float ghosts for each mechanism, then the baselines of the same network."""
    network = Network(sizes)
    for mechanism in mechanisms:
        design = design_for(network, mechanism, schedule)
        name = mechanism.value + (" relaxation" if design.engine.relaxes else "")
        common = {"network": _network(sizes), "design": design, "epochs": epochs,
                  "halvings": halvings}
        yield Run(label=f"{name} integer", kind="integer", **common)
        yield Run(label=f"{name} float", kind="reference", **common)


def _baselines(sizes, *, epochs=20, halvings=(10, 15)):
    for kind in ("backprop", "feedback alignment"):
        yield Run(_network(sizes), kind, kind, design_for(Network(sizes)), epochs=epochs,
                  halvings=halvings)


def hardware():
    """Every mechanism that the hardware offers, batch 1, clipped hidden units, linear output."""
    exact = (Mechanism.REPLICATE, Mechanism.COPY)
    for sizes, mechanisms in ((SHALLOW, exact),
                              (DEEP, (*exact, Mechanism.LEARN, Mechanism.NONE)),
                              (NARROWER, exact)):
        yield from _hardware(sizes, mechanisms)
        if sizes == DEEP:
            yield from _hardware(sizes, (Mechanism.COPY,), schedule=Schedule.RELAXATION)
        yield from _baselines(sizes)


def rules():
    """Equilibrium network, dynamic inversion, phaseless alignment, microcircuit, and baselines.

    And the rules of other packages. Batch 1. The baselines have the same network; feedback
    alignment beside phaseless alignment has the same noise, too, and the same first feedback
    weights.
    """
    models = {"integer": "integer", "float": "design reference", "backprop": "design backprop",
              "feedback alignment": "design alignment"}
    for rule, make, networks in (("equilibrium", EquilibriumRule.design, ((64, 64, 10), DEEP)),
                                 ("inversion", InversionRule.design, (SHALLOW, DEEP)),
                                 ("pal", PalRule.design, (SHALLOW, BOTTLENECK))):
        for sizes in networks:
            design = make(sizes)
            for label, kind in models.items():
                yield Run(_network(sizes, rule), label, kind, design, halvings=(10, 15))
    for sizes, shift, epochs in ((SHALLOW, 9, 10), (DEEPER, 10, 8)):
        yield from _microcircuit(sizes, shift, epochs)
    for rule, kind in RULES.items():
        if rule not in CORTIGATE:
            for label, model in models.items():
                yield Run(_network(SHALLOW, rule), label, model, kind.design(SHALLOW),
                          halvings=(10, 15))


def _microcircuit(sizes, shift, epochs):
    """Feedback magnitudes of 4 bits and 1 bit, and random signs; one epoch is noisy, three count.

    Backprop is that through time.
    """
    design = MicrocircuitRule.design(sizes, rule=MicrocircuitRule(shift))
    models = {"integer": ("integer", {}), "integer, 1 bit": ("integer", {"magnitude_bits": 1}),
              "integer, random feedback": ("integer", {"concordant": False}),
              "float": ("design reference", {}), "backprop": ("design backprop", {})}
    for label, (kind, changes) in models.items():
        yield Run(_network(sizes, "microcircuit"), label, kind,
                  design.replace(rule=dataclasses.replace(design.rule, **changes)),
                  epochs=epochs, halvings=(2, 4, 6), last=3)


def formats():
    """Weight widths and roundings of the integer model, C1 sweep."""
    for sizes in (SHALLOW, DEEP):
        for fraction in (6, 8, 10, 12, 14):
            for rounding in (Rounding.TRUNCATE, Rounding.NEAREST_EVEN, Rounding.STOCHASTIC):
                weight = QFormat(2, fraction, rounding=rounding)
                design = design_for(Network(sizes), weight=weight)
                yield Run(_network(sizes), f"{weight} {rounding.value}", "integer", design)


def mnist():
    """MNIST, ghost units in integers beside exact backprop in float64, batch 1."""
    for name in ("mnist", "mnist-deep", "mnist-small"):
        design = preset(name)
        common = {"network": str(design.network), "design": design, "epochs": MNIST_EPOCHS,
                  "halvings": MNIST_HALVINGS}
        yield Run(label="C1 integer", kind="integer", **common)
        yield Run(label="backprop", kind="backprop", **common)


def mnist_rules():
    """MNIST by every rule, 784-128-10 in integers, beside exact backprop of clipped units.

    Batch 1, five epochs, weights of 18 bits but in the microcircuit. Feedback alignment has the
    same noise as phaseless alignment, since it is the same but for its feedback weights, which stay
    random.
    """
    sizes: tuple[int, ...] = (784, 128, 10)
    chip: dict[str, Any] = {"sample_capacity": 64}
    common = {"network": _network(sizes), "epochs": 5, "halvings": (2, 3, 4)}
    for rule in CORTIGATE:
        design = RULES[rule].design(sizes, **chip)
        if not design.engine.spiking:
            design = design.replace(weight=QFormat(2, 16, rounding=Rounding.STOCHASTIC))
        if rule == "inversion":
            design = design.replace(rule=design.rule.at_rate(6))
        if rule == "pal":  # where feedback decays faster, it does not follow
            design = design.replace(rule=dataclasses.replace(design.rule, decay_shift=17))
            fixed = dataclasses.replace(design.rule, feedback=Feedback.RANDOM)
            yield Run(label="feedback alignment, noise", kind="integer",
                      design=design.replace(rule=fixed), **common)
        yield Run(label=rule, kind="integer", design=design, **common)
    yield Run(label="backprop", kind="backprop", design=design_for(Network(sizes), **chip),
              **common)


# ---- float: beyond the hardware ------------------------------------------------------------


def _order(sizes):
    """A design that only lends its order of the samples (and would not have sigmoid units)."""
    return design_for(Network(sizes))


def _float(sizes, unit, label, kind="reference", *, faster=1.0, epochs, batch=1, ghost_epochs=0,
           **rule):
    hidden, output, eta = UNITS[unit]
    parameters: dict[str, Any] = {"eta": eta * faster, **rule}
    return Run(_network(sizes, unit), label, kind, _order(sizes),
               ReferenceRule(sizes, hidden=hidden, output=output, **parameters), epochs=epochs,
               batch=batch, ghost_epochs=ghost_epochs)


def sweep():
    """Nudging strengths in the sweep, batch 1: exact ghosts, held currents, none."""
    for sizes in (SHALLOW, DEEP):
        for unit in UNITS:
            common = {"sizes": sizes, "unit": unit, "epochs": 30}
            yield _float(**common, label="backprop", kind="backprop")
            for beta in (1 / 16, 1 / 4, 1.0):
                yield _float(**common, label=f"A-copy beta {beta:g}", mechanism="A-copy",
                             beta=beta)
            yield _float(**common, label="C1 beta 0.25", mechanism="C1", beta=1 / 4)
            yield _float(**common, label="C3 beta 0.25", mechanism="C3", beta=1 / 4)
            yield _float(**common, label="N beta 0.25", mechanism="N", beta=1 / 4)


def narrow():
    """Narrow networks, which separate the rules: sweep, batch 1."""
    for sizes in (NARROW, NARROWER):
        for unit in ("clip", "relu"):
            common = {"sizes": sizes, "unit": unit, "epochs": 20}
            for shift in (4, 5, 6):
                yield _float(**common, label=f"backprop eta 2^-{shift}", kind="backprop",
                             eta=2.0**-shift)
            for shift in (4, 5):
                yield _float(**common, label=f"C1 beta 1 eta 2^-{shift}", eta=2.0**-shift)
            yield _float(**common, label="C1 beta 0.0625 eta 2^-4", beta=1 / 16)


def relaxation():
    """Small steps, dt = tau / 2, from the feedforward state; live ghosts: tau_g = tau; batch 4."""
    rules = {
        "A-copy LD T 16": {"mechanism": "A-copy", "ghost_step": 0.5},
        "A-copy TD T 16": {"mechanism": "A-copy", "ghost_step": 0.5,
                           "read_out": ReadOut.TEMPORAL},
        "A-copy LD T 16, tau_g 0": {"mechanism": "A-copy"},
        "A-copy LD T 16, tau_g 0, dt 1/4": {"mechanism": "A-copy", "step": 0.25},
        "C1 TD T 4": {"mechanism": "C1", "read_out": ReadOut.TEMPORAL, "steps": 4},
        "C3 TD T 4": {"mechanism": "C3", "read_out": ReadOut.TEMPORAL, "steps": 4},
        "C3 TD T 16": {"mechanism": "C3", "read_out": ReadOut.TEMPORAL},
        "C3 LD T 16": {"mechanism": "C3"},
        "H 0.1 LD T 16": {"mechanism": "H", "mismatch": 0.1},
        "C2 TD T 4, tau_g 5 tau": {"mechanism": "C2", "read_out": ReadOut.TEMPORAL, "steps": 4,
                                   "ghost_step": 0.1},
        "N LD T 16": {"mechanism": "N"},
        "N TD T 16": {"mechanism": "N", "read_out": ReadOut.TEMPORAL, "free_steps": 16},
    }
    for sizes in (SHALLOW, DEEP):
        for unit in ("sigmoid", "clip"):
            # The converged TD update of upper layers is too long by the echo: at a quarter of the
            # rate it recovers.
            for faster in (FASTER[unit], FASTER[unit] / 4):
                common = {"sizes": sizes, "unit": unit, "epochs": 15, "batch": 4, "faster": faster}
                suffix = f", eta {UNITS[unit][2] * faster:g}"
                yield _float(**common, label="backprop" + suffix, kind="backprop")
                for label, rule in rules.items():
                    yield _float(**common, label=label + suffix, beta=1 / 4,
                                 schedule=Schedule.RELAXATION, **{"step": 0.5} | rule)


def learned():
    """Plastic ghosts from random weights, 64-64-32-10, sweep, beta 1, batch 4."""
    # Sigmoid units at the rate of batch 1: with eta_g = eta / beta the ghosts' delta rule diverges
    # as soon as eta_g ||r||^2 rho' > 2.
    for unit in ("clip", "sigmoid"):
        ghost_rate = {"clip": 2.0**-5, "sigmoid": 1 / 4}[unit]
        common = {"sizes": DEEP, "unit": unit, "epochs": 20, "batch": 4}
        yield _float(**common, label="backprop", kind="backprop")
        yield _float(**common, label="A-copy", mechanism="A-copy")
        for read_out in ReadOut:
            for mechanism in ("A-learnW", "A-sameR"):
                for pre in (0, 10):
                    yield _float(**common, label=f"{mechanism} pre {pre} {read_out.value}",
                                 mechanism=mechanism, ghost_epochs=pre, ghost_rate=ghost_rate,
                                 read_out=read_out)
            for pre in (0, 10):
                yield _float(**common, mechanism="A-sameR", ghost_epochs=pre, read_out=read_out,
                             label=f"A-sameR pre {pre} eta_g = eta/beta {read_out.value}")
            yield _float(**common, label=f"A-learnB pre 10 {read_out.value}", mechanism="A-learnB",
                         ghost_epochs=10, ghost_rate=1 / 4, read_out=read_out)
            yield _float(**common, label=f"random ghosts beta 0.25 {read_out.value}", beta=1 / 4,
                         mechanism="A-learnW", ghost_rate=0.0, read_out=read_out)
            yield _float(**common, label=f"N beta 0.25 {read_out.value}", beta=1 / 4,
                         mechanism="N", read_out=read_out)


def feedback():
    """Where the feedback weights come from: A-copy, sweep, beta 1/4, batch 4."""
    kinds = {
        "tied": {}, "Kolen-Pollack": {"feedback": Feedback.LEARNED},
        "Kolen-Pollack decay 1e-4": {"feedback": Feedback.LEARNED, "decay": 1e-4},
        "random": {"feedback": Feedback.RANDOM},
    }
    for sizes in (SHALLOW, DEEP):
        for unit in ("sigmoid", "clip"):
            common = {"sizes": sizes, "unit": unit, "epochs": 20, "batch": 4,
                      "faster": FASTER[unit]}
            for baseline in ("backprop", "feedback alignment"):
                yield _float(**common, label=baseline, kind=baseline)
            for label, rule in kinds.items():
                yield _float(**common, label=label, mechanism="A-copy", beta=1 / 4, **rule)


TABLES = {"hardware": (hardware,), "rules": (rules,), "formats": (formats,), "mnist": (mnist,),
          "mnist-rules": (mnist_rules,),
          "mechanisms": (sweep, narrow, relaxation, learned, feedback),
          "sweep": (sweep,), "narrow": (narrow,), "relaxation": (relaxation,),
          "learned": (learned,), "feedback": (feedback,)}


def rows_of(table, *, quick=False, only=None, validation=False, epochs=None, halvings=None,
            data=None):
    """[(section, what it is, list of Run)] of a table; `quick` keeps what takes seconds.

    `only`: a text that the network or the label must hold; `quick` keeps the first network of
    these. `data` is the folder of the samples: see `Run`.

    Raises
    ------
    ValueError
        The table is not known.
    """
    if table not in TABLES:
        raise ValueError(f"table must be one of {', '.join(TABLES)}, not {table!r}")
    sections = []
    for section in TABLES[table]:
        runs = [run for run in section()
                if only is None or only in run.network or only in run.label]
        if quick and runs:
            first = runs[0].network
            runs = [dataclasses.replace(run, epochs=2, halvings=(1,) if run.halvings else (),
                                        ghost_epochs=min(run.ghost_epochs, 1))
                    for run in runs if run.network == first]
        changes = {"validation": validation, "data": data}
        changes |= {} if epochs is None else {"epochs": epochs}
        changes |= {} if halvings is None else {"halvings": tuple(halvings)}
        runs = [dataclasses.replace(run, **changes) for run in runs]
        sections.append((section.__name__, section.__doc__.partition("\n")[0], runs))
    return sections
