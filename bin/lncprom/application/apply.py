"""Scores of sequences by trained models, and which of them are unlike the training data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit

from lncprom.application import record
from lncprom.application.ensemble import Ensemble
from lncprom.application.regions import Inputs
from lncprom.tables.scores import SCORES

_BASES = 20_000_000  # scored at once
_LOW, _HIGH = (44, 123, 182), (215, 48, 39)  # colours of probability 0 and 1 in a browser
FLAGS = ("length", "gc", "cpg", "n", "kmers")


class Applied(NamedTuple):
    """The table of scores, counts and notes for the card."""

    scores: pl.DataFrame
    counts: dict
    notes: list[str]


def apply(models: Ensemble, given: Inputs, source: str, log: Callable[[str], None] = lambda line: None) -> Applied:
    """A row for each sequence, in the order given: scores, place among the training samples, flags."""
    parts, bases = [], max(int(given.rows["sequence"].str.len_bytes().max() or 1), 1)
    for part in given.rows.iter_slices(max(_BASES // bases, 1)):
        parts.append(_scored(models, part, source))
        log(f"{sum(done.height for done in parts):,} sequences")
    rows = SCORES.check(pl.concat(parts), source)
    known = rows["flags"].drop_nulls()
    flagged = Counter(flag for flags in known for flag in flags.split(",") if flag != "none")
    counts = given.counts | {"models": len(models.members), "positive": int((rows["logit"] > 0).sum())}
    counts |= {"flagged": int((known != "none").sum()), "flags": {flag: flagged[flag] for flag in FLAGS}}
    notes = [*models.notes, *given.notes]
    if counts["flagged"]:
        notes.append(
            f"{counts['flagged']:,} of {rows.height:,} sequences are unlike the training data in "
            f"{', '.join(f'{flag} ({number:,})' for flag, number in flagged.most_common())}: trust their scores less"
        )
    return Applied(rows, counts, notes)


def _scored(models: Ensemble, part: pl.DataFrame, source: str) -> pl.DataFrame:
    texts = part["sequence"].to_list()
    logits = models.logits([f"{source}, {name}" for name in part["id"]], texts)
    found = {
        "logit": logits.mean(axis=0),
        "sd": logits.std(axis=0, ddof=1) if len(logits) > 1 else np.full(len(texts), np.nan),
        "probability": expit(logits).mean(axis=0),
        "probability_calibrated": models.calibrated(logits).mean(axis=0),
        "percentile_class_1": models.percentiles(logits, 1).mean(axis=0),
        "percentile_class_0": models.percentiles(logits, 0).mean(axis=0),
    }
    if scale := models.members[0].model.scale:
        found["prediction"] = scale.back(found["logit"])
    rows = part.drop("sequence").with_columns(
        pl.DataFrame(found).fill_nan(None), length=part["sequence"].str.len_bytes()
    )
    return rows.with_columns(flags=pl.Series(flags(models, texts), dtype=pl.String)).select(
        name for name in SCORES.columns if name in rows.columns or name == "flags"
    )


def flags(models: Ensemble, texts: list[str]) -> list[str | None]:
    """For each sequence in what it is unlike the training data of some model; None where that is not known."""
    if not models.records:
        return [None] * len(texts)
    found = record.composition(texts)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    outside = np.zeros((len(FLAGS), len(texts)), bool)
    for one in models.records:
        usual, kmers = one["usual"], one["kmers"]
        outside |= [
            (lengths < one["lengths"][0]) | (lengths > one["lengths"][1]),
            ~((found.gc >= usual["gc"][0]) & (found.gc <= usual["gc"][1])),  # of N only: NaN, so outside
            ~((found.cpg >= usual["cpg"][0]) & (found.cpg <= usual["cpg"][1])),
            found.n_share > usual["n_share"],
            found.distance(np.array(kmers["mean"])) > kmers["distance"],
        ]
    return [",".join(flag for flag, is_so in zip(FLAGS, row, strict=True) if is_so) or "none" for row in outside.T]


def bed(rows: pl.DataFrame) -> str:
    """BED9 of the promoters with a place: the window, 1,000 times the probability as score, the TSS as thick part.

    The probability is the calibrated one, where there is one; colours go from blue (0) to red (1).
    """
    rows = rows.filter(pl.col("chrom").is_not_null()).sort("chrom", "start", "strand", "id")
    share = pl.coalesce("probability_calibrated", "probability")
    colour = [(low + (high - low) * share).round().cast(pl.Int64) for low, high in zip(_LOW, _HIGH, strict=True)]
    columns = ["chrom", "start", "end", "id", (1000 * share).round().cast(pl.Int64).alias("score"), "strand", "tss"]
    return rows.select(*columns, thick_end=pl.col("tss") + 1, colour=pl.concat_str(colour, separator=",")).write_csv(
        separator="\t", include_header=False, quote_style="never"
    )
