"""The standard error of a mean over samples that come in groups: overlapping promoters are not independent."""

from __future__ import annotations

import numpy as np


def error(values: np.ndarray, group: np.ndarray) -> tuple[float, int]:
    """Standard error of the mean of `values`, and the number of groups; NaN for one group.

    If each sample is its own group, this is the standard deviation over the root of n.

    Parameters
    ----------
    values
        One number a sample (n,).
    group
        Its group, as any numbers or names (n,).

    Source: linearised cluster variance of a ratio mean, Cochran, Sampling Techniques (1977), section 11.7.
    """
    number = np.unique(group, return_inverse=True)[1]
    groups = int(number.max()) + 1 if len(number) else 0
    if groups < 2:
        return float("nan"), groups
    off = np.bincount(number, weights=values - np.mean(values))
    return float(np.sqrt(groups / (groups - 1) * (off**2).sum()) / len(values)), groups
