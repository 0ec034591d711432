"""Samples that a model is tested on but was not trained on: those of another data set, as the model's windows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from lncprom.errors import InputError
from lncprom.genome import coordinates
from lncprom.genome.bases import on_other_strand
from lncprom.tables import dataset as dataset_table

_OWN = "dev:"  # before the names of the model's own samples, which may be those of tested ones


class Pair(NamedTuple):
    """What models of one data set are tested on: in dev their own samples, in test those of another set.

    `kind` is `external` for a set without train, else `transfer`. `counts`: test samples, and of those of the other set
    how many are left out or stand in train.
    """

    rows: pl.DataFrame
    kind: str
    counts: dict[str, int]
    notes: list[str]

    @property
    def test(self) -> pl.DataFrame:
        return self.rows.filter(pl.col("fold") == "test")


def name(trained_on: str, tested_on: str) -> str:
    """The pair's name in predictions."""
    return f"{trained_on}.on.{tested_on}"


def own_dev(rows: pl.DataFrame) -> pl.DataFrame:
    """The dev rows of a data set or of predictions, with the names that they have in a pair."""
    return rows.filter(pl.col("fold") == "dev").with_columns(sample_id=pl.lit(_OWN) + pl.col("sample_id"))


def pair(trained: pl.DataFrame, tested: pl.DataFrame, trained_on: str, tested_on: str) -> Pair:
    """The test samples of `tested` for models that were trained on the first split of `trained`.

    A longer sequence is cut to the window of the training set, with the TSS at its index; where a TSS is not known,
    sequences of the window's length are taken as they are. Samples without that window are left out. Of a set with a
    train split, so are samples whose locus or sequence, on either strand, stands in train of `trained`; of an external
    set, they are counted.
    """
    trained, tested = (
        dataset_table.of_split(rows, 1, source) for rows, source in ((trained, trained_on), (tested, tested_on))
    )
    train, test = trained.filter(pl.col("fold") == "train"), tested.filter(pl.col("fold") == "test")
    kind = "external" if test.height == tested.height else "transfer"
    cut = _cut(test, trained)
    known = _in_train(cut, train)
    kept = cut if kind == "external" else cut.filter(~known)
    counts = {
        "samples": kept.height,
        "without_window": test.height - cut.height,
        "left_out_in_train": cut.height - kept.height,
        "in_train": int(known.sum()) if kind == "external" else 0,
    }
    notes = {
        "without_window": f"have no window of {_window(trained)}, as the training set has, and are left out",
        "left_out_in_train": f"are also in train of {trained_on}, by locus or sequence, and are left out",
        "in_train": f"are also in train of {trained_on}, on this or the other strand; a model can memorise them",
    }
    said = [f"{counts[fact]:,} of {test.height:,} samples of {tested_on} {text}" for fact, text in notes.items()]
    rows = pl.concat([own_dev(trained), kept], how="diagonal").drop("folds", strict=False)
    if not all("target" in of.columns and not of["target"].null_count() for of in (trained, kept)):
        rows = rows.drop("target", strict=False)  # a regression is measured as one where both sets have targets
    return Pair(rows, kind, counts, [note for fact, note in zip(notes, said, strict=True) if counts[fact]])


def refuse_without_window(rows: pl.DataFrame, lengths: Sequence[int], source: str) -> None:
    """Stop if no sequence holds a window of one of these lengths, so that no model of the run can be tested on it."""
    held = [_holds(length, length, coordinates.tss_index(length)) for length in lengths]
    if held and not rows.select(pl.any_horizontal(held).any()).item():
        windows = ", ".join(f"{length} (TSS at {coordinates.tss_index(length)})" for length in lengths)
        remedy = "Give longer sequences, or correct tss_index."
        if rows["tss_index"].null_count() == rows.height:
            remedy = "Give tss_index, by which a window is cut out of a longer sequence, or sequences of such a length."
        raise InputError(f"{source}: no sequence holds a window of the models' lengths, {windows} bases. {remedy}")


def _shape(rows: pl.DataFrame) -> tuple[int, int, int | None]:
    """Bases of the shortest and of the longest sequence, and the TSS where all have it at one index."""
    lengths, places = rows["sequence"].str.len_bytes(), rows["tss_index"].unique()
    return int(lengths.min()), int(lengths.max()), places[0] if len(places) == 1 else None


def _window(rows: pl.DataFrame) -> str:
    shortest, longest, tss = _shape(rows)
    bases = f"{longest:,} bases" if shortest == longest else f"{shortest:,} to {longest:,} bases"
    return bases + ("" if tss is None else f" with the TSS at {tss}")


def _start(shortest: int, longest: int, tss: int | None) -> pl.Expr:
    """First base of the window in each sequence; null where it cannot be known."""
    return pl.col("tss_index").cast(pl.Int64) - pl.lit(tss if shortest == longest else None, pl.Int64)


def _holds(shortest: int, longest: int, tss: int | None) -> pl.Expr:
    start, bases = _start(shortest, longest, tss), pl.col("sequence").str.len_bytes().cast(pl.Int64)
    around = (start >= 0) & (start + longest <= bases)
    return pl.when(start.is_null()).then(bases.is_between(shortest, longest)).otherwise(around)


def _cut(rows: pl.DataFrame, trained: pl.DataFrame) -> pl.DataFrame:
    """The samples with the window of the training set, cut to it."""
    shape = _shape(trained)
    start = _start(*shape)
    text = pl.when(start.is_null()).then("sequence").otherwise(pl.col("sequence").str.slice(start, shape[1]))
    index = pl.col("tss_index") if shape[2] is None else pl.lit(shape[2], pl.Int32)
    nowhere = pl.lit(None, pl.Int64)
    return rows.filter(_holds(*shape)).with_columns(sequence=text, tss_index=index, start=nowhere, end=nowhere)


def _in_train(rows: pl.DataFrame, train: pl.DataFrame) -> pl.Series:
    """Whether a sample's locus, or its sequence on either strand, is that of a sample of train."""
    loci = train.filter(pl.col("chrom").is_not_null())["group"]
    at_locus = pl.col("chrom").is_not_null() & pl.col("group").is_in(loci.implode())
    there = set(train["sequence"])
    copies = [text in there or on_other_strand(text) in there for text in rows["sequence"]]
    return pl.Series(copies, dtype=pl.Boolean) | rows.select(at_locus.fill_null(False)).to_series()
