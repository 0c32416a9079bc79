"""The float64 models of a design behind one interface, whatever its rule.

Each has ``weights``, ``set_weights(weights)``, ``predict(x)`` of samples x inputs, and
``learn(x, label, update_shift, second_update_shift)`` of one sample, which returns the prediction
made meanwhile: before the label acts, if `Rule.predicts_before_label`. None stands for the rule's
own rate.
"""

from ..initial import initial_weights
from ..spec import Activation, Design
from ..spec.qformat import rate_of
from .baselines import BackpropModel, FeedbackAlignmentModel
from .equilibrium.model import EqPropModel
from .equilibrium.rule import EqPropRule, Start
from .ghost import Feedback, ReferenceModel, ReferenceRule
from .inversion.model import DynamicInversion
from .inversion.rule import DynamicInversionRule, InversionCredit, InversionFeedback
from .microcircuit.design import MicrocircuitBackprop, MicrocircuitReference
from .pal import PalCredit
from .pal.design import PalReference

__all__ = ["EquilibriumReference", "InversionReference", "baseline_model", "equilibrium_rule",
           "inversion_rule", "reference_model"]

UNITS = {Activation.TANH: "htanh", Activation.LINEAR: "linear"}


def equilibrium_rule(design: Design, **changes):
    """The rule of an equilibrium design in float64.

    The reference divides only the basal branch by its share, not the bias with it: its
    initialisation is clip(W h / alpha + b), the chip's clip((W h + b) / alpha). Which of both a
    network uses, its weights learn to fit.
    """
    rule, depth = design.rule, design.network.depth
    # W learns by 2**-k (h+ h+^T - h- h-^T), the reference by rate / (2 beta) of it.
    rate = 2.0 * rule.nudging * rule.learning_rate
    share = 2.0**-rule.share_shift
    whole = share == 1.0  # the plain feedforward pass: there is no share to learn
    return EqPropRule(**{
        "sizes": design.network.sizes, "start": Start.NAIVE if whole else Start.SHARE,
        "rate": (rate,) * (depth - 1) + (rate * 2.0**-rule.output_rate_shift,),
        "share": 0.5 if whole else share, "beta": rule.nudging,
        "free_steps": rule.steps, "nudged_steps": 1,
        "tolerance": 0.0 if rule.tolerance_shift is None else 2.0**-rule.tolerance_shift,
        "branch_rate": (2.0**-rule.branch_rate_shift / share
                        if rule.learns_branches and not whole else 0.0),
    } | changes)


class EquilibriumReference:
    """An equilibrium design in float64.

    Parameters
    ----------
    design : Design
    """

    def __init__(self, design: Design):
        self.design = design
        self.model = EqPropModel(equilibrium_rule(design), initial_weights(design, 0))
        self._rules = {None: self.model.rule}

    @property
    def weights(self):
        """The live ones."""
        return self.model.weights

    def set_weights(self, weights):
        """Take copies of `weights`."""
        self.model.set_weights(weights)

    def predict(self, x):
        """Classes of samples (n, n_0), int64."""
        return self.model.predict(x)

    def learn(self, x, label, update_shift=None, second_update_shift=None):
        """Learn from one sample."""
        own = self.design.rule
        scale = 1.0 if update_shift is None else rate_of(update_shift) / rate_of(own.update_shift)
        if second_update_shift not in self._rules:
            rate = (self._rules[None].branch_rate
                    * rate_of(second_update_shift) / rate_of(own.second_update_shift))
            self._rules[second_update_shift] = self._rules[None].replace(branch_rate=rate)
        self.model.rule = self.model.net.rule = self._rules[second_update_shift]
        return self.model.learn(x, label, scale)


def inversion_rule(design: Design, **changes):
    """The rule of a dynamic-inversion design in float64; like the chip it has no guard."""
    rule, network = design.rule, design.network
    if network.hidden not in UNITS:
        allowed = ", ".join(unit.value for unit in UNITS)
        raise ValueError(f"the float model of dynamic inversion has hidden units {allowed}, "
                         f"not {network.hidden.value}")
    return DynamicInversionRule(**{
        "sizes": network.sizes, "hidden": UNITS[network.hidden], "output": network.output.value,
        "credit": InversionCredit.LAYERWISE, "feedback": InversionFeedback.TRACKED,
        "alpha": 2.0**-rule.leak_shift, "ku": 2.0**-rule.control_shift,
        "kd": 2.0**-rule.follow_shift, "steps": rule.steps, "guard": False,
        "eta": rule.learning_rate,
    } | changes)


class InversionReference:
    """A dynamic-inversion design in float64, or a baseline of the same network.

    Parameters
    ----------
    design : Design
    seed : int
        Of random feedback, where there is any.
    **changes
        Of its `DynamicInversionRule`.
    """

    def __init__(self, design: Design, *, seed=0, **changes):
        self.rule, self.seed = inversion_rule(design, **changes), seed
        self.set_weights(initial_weights(design, 0))

    @property
    def weights(self):
        """The live ones."""
        return self.model.weights

    def set_weights(self, weights):
        """Take copies of `weights`; ValueError if a loop is unstable with them."""
        self.model = DynamicInversion(self.rule, weights, self.seed)

    def predict(self, x):
        """Classes of samples (n, n_0), int64."""
        return self.model.predict(x)

    def learn(self, x, label, update_shift=None, second_update_shift=None):
        """Learn from one sample; there is no second rate."""
        return self.model.learn(x, label, update_shift)


def reference_model(design: Design):
    """The equations of a design's rule in float64."""
    kinds = {"ghost": ReferenceModel.from_design, "equilibrium": EquilibriumReference,
             "inversion": InversionReference, "pal": PalReference,
             "microcircuit": MicrocircuitReference}
    return kinds[design.rule.name](design)


def baseline_model(design: Design, feedback=Feedback.TIED, seed=0):
    """Exact backprop of a design's network, or feedback alignment (`feedback` RANDOM).

    `seed` is that of the random feedback.

    Ghost units: as they are. Dynamic inversion: hard tanh and clipped outputs with the loss whose
    gradient is the rule's error t - h. Equilibrium network: the feedforward network of the same
    layers, clipped hidden and linear output units, since a clipped output has no gradient where it
    is most wrong. Phaseless alignment learning: the same time steps; feedback alignment with the
    same noise and the design's first feedback weights, backprop without noise. Microcircuit:
    backpropagation through time with a surrogate gradient; feedback alignment with the design's
    magnitudes and its random signs.
    """
    exact = feedback is Feedback.TIED
    if design.rule.name == "microcircuit":
        return (MicrocircuitBackprop(design) if exact
                else MicrocircuitReference(design, concordant=False))
    if design.rule.name == "pal":
        if exact:
            return PalReference(design, credit=PalCredit.BACKPROP, sigma=0.0)
        return PalReference(design, credit=PalCredit.ALIGNMENT)
    if design.rule.name == "inversion":
        credit = InversionCredit.BACKPROP if exact else InversionCredit.ALIGNMENT
        return InversionReference(design, seed=seed, credit=credit,
                                  feedback=InversionFeedback.RANDOM)
    kind = BackpropModel if exact else FeedbackAlignmentModel
    if design.rule.name == "ghost":
        return kind.from_design(design, seed=seed)
    return kind(ReferenceRule(design.network.sizes, eta=design.rule.learning_rate), seed=seed)
