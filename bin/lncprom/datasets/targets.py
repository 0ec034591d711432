"""The target of a regression: the scale on which models learn it, and what a score on that scale means."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.errors import InputError


class Scale(NamedTuple):
    """Median and standard deviation of the targets in train.

    A model learns (target - median) / sd. The logistic function of its score is then 0.5 at the median, so a
    regression also predicts whether a target is above the median, by the same rules as a classifier.
    """

    median: float
    sd: float

    @classmethod
    def of_train(cls, rows: pl.DataFrame, source: str) -> Scale | None:
        """The scale of a data set of a regression; None if the data set has classes only.

        Raises
        ------
        InputError
            if a sample has no target, or all of train have the same.
        """
        if "target" not in rows.columns or rows["target"].null_count() == rows.height:
            return None
        if (lacking := rows.filter(pl.col("target").is_null() | ~pl.col("target").is_finite())).height:
            raise InputError(
                f"{source}, {lacking['sample_id'][0]}: {lacking.height:,} samples have no target. Leave them out."
            )
        known = rows.filter(pl.col("fold") == "train")["target"].to_numpy()
        if not (sd := float(known.std())) > 0:
            raise InputError(
                f"{source}: all {len(known):,} samples of train have one target, {known[0]:g}. Give others."
            )
        return cls(float(np.median(known)), sd)

    def forth(self, target: pl.Series) -> np.ndarray:
        """float64 (samples,): targets on the scale of the model."""
        return (target.to_numpy() - self.median) / self.sd

    def back(self, score: np.ndarray) -> np.ndarray:
        """float64 (samples,): scores of a model in the unit of the target."""
        return self.median + self.sd * score

    def of_probability(self, probability: np.ndarray) -> np.ndarray:
        """float64 (samples,): targets from the probability of being above the median."""
        return self.back(np.log(probability) - np.log1p(-probability))
