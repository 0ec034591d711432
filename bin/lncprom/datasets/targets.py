"""The target of a regression: the scale on which models learn it, and what a score on that scale means."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.errors import InputError


class Scale(NamedTuple):
    """Median and standard deviation of the targets in train, and the tissues where each is predicted too.

    A model learns (target - median) / sd. The logistic function of its score is then 0.5 at the median, so a
    regression also predicts whether a target is above the median, by the same rules as a classifier. Each tissue has a
    further output, on the scale of the target, which is then the mean over tissues.
    """

    median: float
    sd: float
    tissues: tuple[str, ...] = ()

    @property
    def outputs(self) -> int:
        """Of a model: the target, then each tissue."""
        return 1 + len(self.tissues)

    @classmethod
    def of_train(cls, rows: pl.DataFrame, source: str) -> Scale | None:
        """The scale of a data set of a regression; None if the data set has classes only.

        Raises
        ------
        InputError
            if a sample has no target, all of train have the same, or samples differ in tissues.
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
        return cls(float(np.median(known)), sd, _tissues(rows, source))

    @classmethod
    def of_record(cls, content: dict) -> Scale:
        return cls(**content | {"tissues": tuple(content.get("tissues", ()))})

    def record(self) -> dict:
        """What a saved model notes of it."""
        return {name: value for name, value in self._asdict().items() if name != "tissues" or value}

    def forth(self, rows: pl.DataFrame) -> np.ndarray:
        """float64 (samples,), or of several outputs (samples, outputs): targets on the scale of the model."""
        target = rows["target"].to_numpy()
        if self.tissues:
            of_tissues = np.array(rows["tissue_targets"].to_list()).reshape(rows.height, len(self.tissues))
            target = np.column_stack([target, of_tissues])
        return (target - self.median) / self.sd

    def back(self, score: np.ndarray) -> np.ndarray:
        """float64: scores of a model in the unit of the target."""
        return self.median + self.sd * score

    def of_probability(self, probability: np.ndarray) -> np.ndarray:
        """float64: targets from the probability of being above the median."""
        return self.back(np.log(probability) - np.log1p(-probability))

    def columns(self, score: np.ndarray) -> pl.DataFrame:
        """`prediction`, and of several outputs `tissue_predictions`, from scores (samples,) or (samples, outputs)."""
        found = self.back(score.reshape(len(score), -1))
        columns = pl.DataFrame({"prediction": found[:, 0]})
        of_tissues = pl.Series(found[:, 1:].tolist(), dtype=pl.List(pl.Float64))
        return columns.with_columns(tissue_predictions=of_tissues) if found.shape[1] > 1 else columns


def _tissues(rows: pl.DataFrame, source: str) -> tuple[str, ...]:
    """The tissues of all samples, whose targets a model predicts each."""
    if "tissue_targets" not in rows.columns or rows["tissue_targets"].null_count() == rows.height:
        return ()
    names, numbers = rows["tissues"].list.join("\t"), pl.col("tissue_targets").list.eval(pl.element().is_finite())
    first = rows["tissues"][0].to_list()
    odd = rows.filter((names != names[0]) | (numbers.list.sum() != len(first)).fill_null(True))
    if odd.height:
        raise InputError(
            f"{source}, {odd['sample_id'][0]}: not a number for each tissue of the first sample. Leave it out."
        )
    return tuple(first)
