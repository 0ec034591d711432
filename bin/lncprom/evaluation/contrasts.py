"""Which comparisons are declared before a run, and the trivial baseline that they are made with."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.baseline import trivial
from lncprom.errors import InputError
from lncprom.evaluation import metrics, regression

REFERENCE = "logistic_regression"
RUNG = "rung"  # in a contrast: the trivial baseline with the best MCC on dev
# Contrasts of a model with its control, trained with the same seeds -> what they are called
GAINS = {"pretraining_gain": "pre-training", "adaptation_gain": "fine-tuning"}


class Contrast(NamedTuple):
    """A comparison that is declared before the run: its name, and the model that is held against another.

    `tokenizer`: of a gain, the tokens of both models.
    """

    name: str
    model_a: str
    model_b: str
    tokenizer: str = ""

    @property
    def pair(self) -> frozenset[str]:
        return frozenset((self.model_a, self.model_b))

    @classmethod
    def read(cls, text: str) -> Contrast:
        """The contrast of an option, e.g. `rung:dnabert_2:rung` or `pretraining_gain:nt:nt_random:k-mer`."""
        parts = text.split(":")
        if len(parts) not in (3, 4) or not all(parts) or parts[1] == parts[2]:
            raise InputError(f"--contrast {text}: not NAME:MODEL_A:MODEL_B with two different models. Correct it.")
        return cls(*parts)


def standard(names: Sequence[str]) -> list[Contrast]:
    """Every model against the rung, and against the logistic regression where there is one."""
    models = [model for model in names if model not in trivial.BASELINES]
    references = [RUNG, *(REFERENCE for model in models if model == REFERENCE)]
    return [Contrast(other, model, other) for other in references for model in models if model != other]


def refuse_unknown(contrasts: Sequence[Contrast], no_chance: Sequence[str], names: Sequence[str]) -> None:
    asked = [(f"--no-chance {model}", model) for model in no_chance]
    for of in contrasts:
        asked += [(f"--contrast {':'.join(of).rstrip(':')}", model) for model in (of.model_a, *{of.model_b} - {RUNG})]
    for option, model in asked:
        if model not in names:
            raise InputError(f"{option}: no predictions by {model} were given. Choose from {', '.join(names)}.")


def resolved(contrasts: Sequence[Contrast], rung: str | None) -> list[Contrast]:
    """The contrasts with the rung by its name, each pair once; without those for which there is no rung."""
    found: dict[frozenset, Contrast] = {}
    for of in contrasts:
        of = of._replace(model_b=rung) if of.model_b == RUNG else of
        if of.model_b not in (None, of.model_a):
            found.setdefault(of.pair, of)
    return list(found.values())


def rung_of(rows: pl.DataFrame) -> str | None:
    """The trivial baseline that is best on dev, on average over splits; of equal ones the first of the ladder.

    By MCC, of a regression by Spearman's correlation.
    """
    dev, best = rows.filter(pl.col("fold") == "dev"), {}
    for model in trivial.BASELINES:
        for part in dev.filter(pl.col("model") == model).partition_by("split"):
            best[model] = best.get(model, 0) + _quality(part)  # every model is there in all splits
    return max(best, key=best.__getitem__, default=None)


def _quality(rows: pl.DataFrame) -> float:
    if "target" in rows.columns and not rows["prediction"].null_count():
        found = regression.values(rows, np.zeros(rows.height, np.int64), 1)[0][regression.PREFERRED]
        return -1 if np.isnan(found) else found
    of = rows["label"].to_numpy(), rows["probability"].to_numpy()
    return metrics.values(metrics.Ranked.of(*of, metrics.threshold(*of)))["mcc"][0]


def undeclared(names: Sequence[str], declared: Sequence[Contrast]) -> list[Contrast]:
    """The other pairs, as contrasts without a name; the logistic regression last in each."""
    pairs = combinations([*(model for model in names if model != REFERENCE), *{REFERENCE} & {*names}], 2)
    taken = {of.pair for of in declared}
    return [Contrast("", *pair) for pair in pairs if frozenset(pair) not in taken]
