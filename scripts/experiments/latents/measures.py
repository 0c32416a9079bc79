"""Worth of a code: how well it gives the input back, and what a linear probe reads in it."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

__all__ = ["given_back", "probe"]

FITTED = 10_000  # codes that a probe is fitted on, at most: two to eight numbers need no more


def given_back(x, outputs):
    """R2 of a reconstruction: 1 - squared error over the inputs' own spread.

    Parameters
    ----------
    x, outputs : float64 arrays (n, n_0)
        Held-out inputs, and what the network makes of them.

    Returns
    -------
    float
        1 is perfect, 0 what the mean input would be.
    """
    return float(1.0 - ((x - outputs)**2).sum() / ((x - x.mean(axis=0))**2).sum())


def probe(codes, labels, held_out, wanted):
    """(accuracy, chance) in % of multinomial logistic regression on codes.

    Parameters
    ----------
    codes, held_out : float64 arrays (n, n_code)
        The probe is fitted on the first `FITTED` of `codes`, each of whose columns is scaled to
        deviation 1, and scored on all of `held_out`.
    labels, wanted : int arrays (n,)
        Their classes. Chance is to name the class that is the commonest in `labels`.
    """
    scaler = StandardScaler().fit(codes[:FITTED])
    reader = LogisticRegression(max_iter=1000).fit(scaler.transform(codes[:FITTED]),
                                                   labels[:FITTED])
    commonest = np.bincount(labels).argmax()
    return (float(100.0 * reader.score(scaler.transform(held_out), wanted)),
            float(100.0 * (wanted == commonest).mean()))
