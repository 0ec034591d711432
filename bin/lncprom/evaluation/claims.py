"""What a run shows: one row and one sentence for each contrast that was declared before it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.errors import InputError
from lncprom.evaluation.contrasts import GAINS
from lncprom.tables.metrics import CLAIMS

METRICS = {"mcc": "MCC", "spearman": "Spearman correlation"}  # of a regression the latter
LEVEL = 0.05  # of the adjusted p-values of a whole run
BETTER, WORSE, SIMILAR, LACKING = "better", "worse", "no difference shown", "not enough evidence"


class Claims(NamedTuple):
    """The step's table, counts and notes for the card."""

    table: pl.DataFrame
    counts: dict
    notes: list[str]


def claims(comparisons: pl.DataFrame) -> Claims:
    """A verdict on each declared contrast, with p-values adjusted for all contrasts of all data sets.

    Models are compared in MCC, regressions in Spearman's correlation.

    Parameters
    ----------
    comparisons
        The rows of all comparisons.tsv of a run, with the column `file`. With several splits, the row over them counts.

    Raises
    ------
    InputError
        if a contrast of a data set is there twice, which would count it twice.

    Source: Holm (1979), Scand. J. Statist. 6:65-70.
    """
    rows = comparisons.filter(pl.col("contrast").is_not_null(), pl.col("metric").is_in(list(METRICS)))
    rows = rows.filter(pl.col("metric") == pl.col("metric").max().over("dataset"))  # spearman before mcc
    rows = rows.filter(pl.col("splits") == pl.col("splits").max().over(CLAIMS.key))
    if (twice := rows.select(CLAIMS.key).is_duplicated()).any():
        row = rows.filter(twice).row(0, named=True)
        raise InputError(
            f"{row['file']}: {row['model_a']} against {row['model_b']} on {row['dataset']} is given twice. Remove one."
        )
    lacking = pl.when(pl.col("p_value").is_null() & pl.col("lacking").is_null()).then(pl.lit("no interval"))
    rows = rows.with_columns(lacking.otherwise(pl.col("lacking")).alias("lacking"))
    judged = rows["lacking"].is_null().to_numpy()
    p_holm = np.full(rows.height, np.nan)
    p_holm[judged] = holm(rows["p_value"].to_numpy()[judged])
    rows = rows.with_columns(pl.Series("p_holm", p_holm).fill_nan(None))
    of = rows.to_dicts()
    verdicts = [_verdict(row) for row in of]
    rows = rows.with_columns(
        pl.Series("verdict", verdicts, pl.String),
        pl.Series("sentence", [_sentence(row, word) for row, word in zip(of, verdicts, strict=True)], pl.String),
    )
    counts = {"contrasts": rows.height, "judged": int(judged.sum())}
    counts |= {
        word: sum(verdict.startswith(word) for verdict in verdicts) for word in (BETTER, WORSE, SIMILAR, LACKING)
    }
    return Claims(rows.select(name for name in CLAIMS.columns if name in rows.columns), counts, [])


def holm(p_values: Sequence[float]) -> np.ndarray:
    """Adjusted p-values: if all below 0.05 are claimed, the chance of any false claim is at most 0.05.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p_values = np.asarray(p_values, np.float64)
    order, number = np.argsort(p_values, kind="stable"), len(p_values)
    adjusted = np.empty(number)
    adjusted[order] = np.maximum.accumulate(np.minimum(1, (number - np.arange(number)) * p_values[order]))
    return adjusted


def _verdict(row: dict) -> str:
    if row["lacking"]:
        return f"{LACKING}: {row['lacking']}"
    if row["p_holm"] >= LEVEL:
        return SIMILAR
    return BETTER if row["difference"] > 0 else WORSE


def _sentence(row: dict, verdict: str) -> str:
    """The verdict in words, with the numbers behind it: `On d, the MCC of cnn is higher than that of gc_cpg: ...`."""
    a, b, metric = row["model_a"], row["model_b"], METRICS[row["metric"]]
    said = {
        BETTER: f"the {metric} of {a} is higher than that of {b}",
        WORSE: f"the {metric} of {a} is lower than that of {b}",
        SIMILAR: f"no difference in {metric} between {a} and {b} is shown",
    }.get(verdict, f"there is not enough evidence to compare the {metric} of {a} with that of {b} ({row['lacking']})")
    if tokens := row.get("tokenizer"):
        said += f" (gain by {GAINS[row['contrast']]}, {tokens} tokens)"
    numbers = f"{100 * row['difference']:+.1f} points ({metric} x 100)"
    if row["ci_low"] is not None:
        low, high = 100 * row["ci_low"], 100 * row["ci_high"]
        numbers = f"{100 * row['difference']:+.1f} [{low:+.1f}, {high:+.1f}] in {metric} x 100"
    if row["p_holm"] is not None:
        numbers += f", adjusted p {_p(row['p_holm'])}"
    seeds, other = row["seeds_a"], row["seeds_b"]
    said_seeds = f"{_counted(seeds, 'seed')} each" if seeds == other else f"{seeds} and {_counted(other, 'seed')}"
    numbers += f"; {said_seeds}, {_counted(row['n_groups'], 'group')}"
    if row["splits"] > 1:
        numbers += f", {row['splits']} splits"
    if verdict == SIMILAR:
        numbers += f"; the least detectable difference is {100 * row['mdd']:.1f}"
    return f"On {row['dataset']}, {said}: {numbers}."


def _p(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"
