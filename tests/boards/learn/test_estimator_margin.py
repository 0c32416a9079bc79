"""The parameter `margin` of the classifier."""

import numpy as np
import pytest

from cortigate.boards.learn.choices import margin_shift
from cortigate.boards.learn.designs import known
from cortigate.boards.learn.estimators import CortigateClassifier
from cortigate.boards.learn.training import design_by_name
from cortigate.golden.spec import Network, preset
from cortigate.golden.spec.link import identity

RNG = np.random.default_rng(5)
X = RNG.random((60, 3))
Y = X[:, 0] > 0.5
SMALL = {"hidden_layer_sizes": (4,), "lanes": 2, "epochs": 3}


def test_a_margin_is_the_designs():
    assert [margin_shift(m) for m in (None, 1, 0.5, 0.125)] == [None, 0, 1, 3]
    plain = CortigateClassifier(**SMALL).fit(X, Y)
    fitted = CortigateClassifier(**SMALL, margin=0.5).fit(X, Y)
    assert plain.design_.margin_shift is None and fitted.design_.margin_shift == 1
    assert fitted.design_ == plain.design_.replace(margin_shift=1)
    assert any((fitted.weights_[n] != plain.weights_[n]).any() for n in plain.weights_)
    for device in ("reference", "backprop"):
        both = [CortigateClassifier(**SMALL, margin=m, device=device).fit(X, Y).weights_
                for m in (None, 0.5)]
        assert any((both[0][n] != both[1][n]).any() for n in both[0])


@pytest.mark.parametrize(("margin", "message"), [
    (0.3, "margin must be 1, 1/2, 1/4 and so on, or None, not 0.3"),
    (2.0, "margin must be 1, 1/2, 1/4"), (0.0, "margin must be 1, 1/2, 1/4"),
    (2.0**-20, r"margin_shift must lie in 0 \.\. 8, not 20"),
])
def test_what_is_no_margin(margin, message):
    with pytest.raises(ValueError, match=message):
        CortigateClassifier(**SMALL, margin=margin).fit(X, Y)


def test_a_margin_agrees_with_the_design_or_is_refused(tmp_path):
    with pytest.raises(ValueError, match="margin_shift must be None for the rule pal"):
        CortigateClassifier(**SMALL, rule="pal", margin=0.5).fit(X, Y)
    design = preset("tiny").replace(network=Network((3, 4, 2)), margin_shift=1)
    CortigateClassifier(design=design, margin=0.5, epochs=1).fit(X, Y)
    with pytest.raises(ValueError, match="margin 0.25 contradicts .* which has 0.5 there"):
        CortigateClassifier(design=design, margin=0.25).fit(X, Y)
    fitted = CortigateClassifier(**SMALL, margin=0.5).fit(X, Y)
    fitted.save(tmp_path / "file")
    loaded = CortigateClassifier.load(tmp_path / "file")
    assert loaded.margin == 0.5 and loaded.design_ == fitted.design_
    with pytest.raises(ValueError, match="margin must be the same as in the fit"):
        loaded.set_params(margin=0.25).partial_fit(X, Y)


def test_a_board_with_a_margin_is_known_by_it():
    design = design_by_name((3, 4, 2), lanes=2, margin_shift=1)
    assert known(identity(design, 1), {"margin": 0.5})[0].design == design
    found = known(identity(design, 1), {"margin": 0.25})[0]
    assert found is None or found.design != design
