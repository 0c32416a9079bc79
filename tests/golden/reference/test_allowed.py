"""Parameters of the float models: what is not allowed is refused in words that say what is."""

import math

import pytest

from cortigate.golden.reference.equilibrium.rule import EqPropRule, Nudge
from cortigate.golden.reference.ghost import ReferenceRule
from cortigate.golden.reference.inversion.rule import (
    DynamicInversionRule,
    InversionCredit,
    InversionFeedback,
)
from cortigate.golden.reference.microcircuit import CircuitParameters, Errors
from cortigate.golden.reference.pal import DendriticRule, Order, PhaselessRule
from cortigate.golden.spec.rules.ghost import Schedule

SIZES = (7, 6, 5, 4)
REFUSED = {
    ReferenceRule: [
        ({"sizes": (3, 2)}, ValueError, r"sizes must name 3 or more layers .* not \(3, 2\)"),
        ({"hidden": "tanh"}, ValueError, "hidden must be one of clip, relu, .*not 'tanh'"),
        ({"mechanism": "D"}, ValueError, "mechanism must be one of A-copy, .*not 'D'"),
        ({"schedule": "sweep"}, TypeError, "schedule must be an? Schedule .*, not 'sweep'"),
        ({"read_out": "LD"}, TypeError, "read_out must be an? ReadOut .*, not 'LD'"),
        ({"beta": 0.0}, ValueError, "beta must be positive, not 0.0"),
        ({"decay": 2.0}, ValueError, r"decay must lie in 0 \.\. 1, not 2.0"),
        ({"step": 1.5}, ValueError, "step must be above 0 and at most 1, not 1.5"),
        ({"steps": 0}, ValueError, "steps must be 1 or more, not 0"),
        ({"ghost_rate": -1.0}, ValueError, "ghost_rate must be 0 or more, not -1.0"),
        ({"mechanism": "C2", "schedule": Schedule.RELAXATION}, ValueError,
         "ghost_step must be given"),
    ],
    EqPropRule: [
        ({"sizes": (3, 2)}, ValueError, r"sizes must name 3 or more layers .* not \(3, 2\)"),
        ({"start": "ffa"}, TypeError, "start must be an? Start .*, not 'ffa'"),
        ({"companions": ("ffg",)}, TypeError, "companions must be a sequence of Starts, not"),
        ({"relaxation": "sweep"}, TypeError, "relaxation must be an? Relaxation .*, not 'sweep'"),
        ({"nudge": None}, TypeError, "nudge must be an? Nudge .*, not None"),
        ({"step": 0.0}, ValueError, "step must be above 0 and at most 1, not 0.0"),
        ({"free_steps": -1}, ValueError, "free_steps must be 0 or more, not -1"),
        ({"nudged_steps": 0}, ValueError, "nudged_steps must be 1 or more, not 0"),
        ({"tolerance": math.nan}, ValueError, "tolerance must be a number, not nan"),
        ({"beta": 0.0}, ValueError, "beta must be positive, not 0.0"),
        ({"beta": 1.0, "nudge": Nudge.SPRING}, ValueError, "beta must be below 1 for a spring"),
        ({"rate": (0.1, 0.1)}, ValueError, "rate must be one number or 3, each positive, not"),
        ({"share": 1.0}, ValueError,
         "share must be one number or 2, each strictly between 0 and 1"),
        ({"branches": ("soma",)}, ValueError, "branches must be among basal, apical, not"),
    ],
    DynamicInversionRule: [
        ({"sizes": (3, 2)}, ValueError, r"sizes must name 3 or more layers .* not \(3, 2\)"),
        ({"hidden": "soft"}, ValueError,
         "hidden must be one of tanh, htanh, clip, relu, linear, not 'soft'"),
        ({"output": "tanh"}, ValueError, "output must be one of linear, softmax, clip, not 'tanh'"),
        ({"credit": "DI"}, TypeError, "credit must be an? InversionCredit .*, not 'DI'"),
        ({"feedback": "random"}, TypeError,
         "feedback must be an? InversionFeedback .*, not 'random'"),
        ({"slope": 1}, TypeError, "slope must be an? SlopeUse .*, not 1"),
        ({"ku": 0.0}, ValueError, "ku must be above 0 and at most 1, not 0.0"),
        ({"eta": -1.0}, ValueError, "eta must be positive, not -1.0"),
        ({"steps": 0, "guard": False}, ValueError, "steps must be 1 or more, not 0"),
        ({"steps": 4}, ValueError, "guard must be off for steps below 8, not on for 4"),
        ({"alpha": -0.1}, ValueError, "alpha must be 0 or more, not -0.1"),
        ({"decay": 2.0}, ValueError, r"decay must lie in 0 \.\. 1, not 2.0"),
        ({"tolerance": -1.0}, ValueError, "tolerance must be None, or 0 or more, not -1.0"),
        ({"credit": InversionCredit.SINGLE_LOOP, "feedback": InversionFeedback.KOLEN_POLLACK},
         ValueError, "feedback must not be Kolen-Pollack for a single loop"),
    ],
    PhaselessRule: [
        ({"sizes": (4, 2)}, ValueError,
         r"sizes must name 3 or more layers of 1 or more, not \(4, 2\)"),
        ({"hidden": "relu"}, ValueError, "hidden must be one of ptanh, tanh, .*not 'relu'"),
        ({"credit": "PAL"}, TypeError, "credit must be an? PalCredit .*, not 'PAL'"),
        ({"steps": 0}, ValueError, "steps must be 1 or more, not 0"),
        ({"order": Order.PARALLEL, "steps": 2}, ValueError, "steps must be 3 or more, not 2"),
        ({"tau_noise": 0.5}, ValueError, "tau_noise must be 1 time step or more, not 0.5"),
        ({"tau_membrane": 0.0}, ValueError, "tau_membrane must be 1 time step or more, not 0.0"),
        ({"sigma": -1.0}, ValueError, "sigma must be 0 or more, not -1.0"),
        ({"rate": math.nan}, ValueError, "rate must be a number, not nan"),
        ({"back_decay": 2.0}, ValueError, r"back_decay must lie in 0 \.\. 1, not 2.0"),
        ({"limit": 0.0}, ValueError, "limit must be None or positive, not 0.0"),
        ({"look_ahead": 0.5}, ValueError, "look_ahead must be 1 without a membrane, .*not 0.5"),
    ],
    DendriticRule: [
        ({"sizes": (4, 0, 2)}, ValueError, r"sizes must name 3 .*not \(4, 0, 2\)"),
        ({"credit": "PAL"}, TypeError, "credit must be an? PalCredit .*, not 'PAL'"),
        ({"dt": 0.0}, ValueError, "dt must lie in 1e-09 .. 1e.09, not 0.0"),
        ({"dt": 5e-324}, ValueError, "dt must lie in .*not 5e-324"),
        ({"leak": 5e-324}, ValueError, "leak must lie in .*not 5e-324"),
        ({"presentation": math.inf}, ValueError, "presentation must be finite, not inf"),
        ({"apical": -0.1}, ValueError, "apical must lie in 0 .*not -0.1"),
        ({"tau_noise": 0.001}, ValueError, "tau_noise must be at least dt, 0.01, not 0.001"),
        ({"look_ahead": 1.5}, ValueError, r"look_ahead must lie in 0 \.\. 1, not 1.5"),
        ({"decay": 3.0}, ValueError, "decay must be 2 or less, .*not 3.0"),
        ({"basal": 200.0}, ValueError, r"dt must be 0.00499\S* ms or less, .*not 0.01"),
    ],
    CircuitParameters: [
        ({"sizes": (4,)}, ValueError, r"sizes must name 2 or more layers of 1 or more, not \(4,\)"),
        ({"feedback": "tracking"}, TypeError,
         "feedback must be an? SpikeFeedback .*, not 'tracking'"),
        ({"errors": "graded"}, TypeError, "errors must be an? Errors .*, not 'graded'"),
        ({"online": 1}, TypeError, "online must be True or False, not 1"),
        ({"steps": 0}, ValueError, "steps must be 1 or more, not 0"),
        ({"steps": 8.0}, TypeError, "steps must be an integer, not 8.0"),
        ({"tau_m": 0.5}, ValueError, "tau_m must be 1 or more, not 0.5"),
        ({"tau_e": math.nan}, ValueError, "tau_e must be a number, not nan"),
        ({"threshold": 0.0}, ValueError, "threshold must be positive, not 0.0"),
        ({"error_threshold": -1.0}, ValueError, "error_threshold must be positive, not -1.0"),
        ({"rate": -1.0}, ValueError, "rate must be 0 or more, not -1.0"),
        ({"feedback_scale": math.inf}, ValueError, "feedback_scale must be 0 or more, not inf"),
        ({"gate": (1.0, 1.0)}, ValueError,
         r"gate must be a lower and an upper end, not \(1.0, 1.0\)"),
        ({"error_reset": True, "errors": Errors.GRADED}, ValueError,
         "error_reset must be False for graded"),
        ({"rate": 0.5, "decay": 3.0}, ValueError, "decay must be 2 or less, .*not 3.0"),
    ],
}


@pytest.mark.parametrize("kind, changes, error, message", [
    (kind, *row) for kind, rows in REFUSED.items() for row in rows])
def test_rules_say_what_is_allowed(kind, changes, error, message):
    with pytest.raises(error, match=message):
        kind(**{"sizes": SIZES} | changes)
