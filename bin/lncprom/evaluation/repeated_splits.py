"""Two algorithms over several random splits into train and test, which share samples and are not independent."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lncprom.evaluation.jackknife import Difference


def corrected_t_test(differences: Sequence[float], n_train: int, n_test: int, confidence: float) -> Difference:
    """The corrected resampled t-test.

    Parameters
    ----------
    differences
        One a split, each the mean over its seeds: seeds within a split are no splits.
    n_train, n_test
        Samples in train and in test of each split. Of k-fold cross-validation, also repeated, n_test / n_train is
        1 / (k - 1).

    Returns
    -------
    Difference
        The variance of the mean is (1/k + n_test/n_train) times that of k differences. The usual 1/k is too small,
        because the splits share most of their training samples. All but the mean are NaN for a single split, and where
        all splits have the same difference.

    Source: Nadeau and Bengio (2003), Machine Learning 52:239-281.
    """
    values = np.asarray(differences, np.float64)
    number, mean = len(values), float(values.mean())
    df = number - 1
    se = np.sqrt((1 / number + n_test / n_train) * values.var(ddof=1)) if df else 0.0
    if se < 1e-12:  # rounding
        return Difference(mean, *[np.nan] * 6, "")
    return Difference.by_t(mean, se, df, confidence, "")
