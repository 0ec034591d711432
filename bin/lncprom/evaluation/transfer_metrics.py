"""How well models predict samples of data sets that they were not trained on, with the evaluation of their own set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import polars as pl

from lncprom.datasets import leaks, transfer
from lncprom.errors import InputError
from lncprom.evaluation import evaluate, predicted
from lncprom.tables import dataset as dataset_table
from lncprom.tables import predictions
from lncprom.tables.metrics import TRANSFER


class Measured(NamedTuple):
    """The table, and counts and notes for the card."""

    table: pl.DataFrame
    counts: dict
    notes: list[str]


def measure(
    datasets: Mapping[str, Path],
    given: Sequence[Path],
    pairs: Sequence[tuple[str, str]],
    settings: evaluate.Settings,
    log: Callable[[str], None],
) -> Measured:
    """Metrics over seeds of every model on the test samples of each pair, by the threshold of the model's own dev.

    Parameters
    ----------
    datasets
        Name -> path of the data sets of all pairs.
    given
        Predictions by `score_transfer`, of one pair each.
    pairs
        Data set that models were trained on, and the one that they are tested on.
    """
    tables, notes, counts = [TRANSFER.frame()], [], {}
    of_pair = _by_pair(given)
    for trained_on, tested_on in pairs:
        if absent := [name for name in (trained_on, tested_on) if name not in datasets]:
            raise InputError(f"--pair {trained_on}:{tested_on}: no data set {absent[0]}. Give {absent[0]}.parquet.")
        name = transfer.name(trained_on, tested_on)
        trained, tested = (dataset_table.read(datasets[of]) for of in (trained_on, tested_on))
        pair = transfer.pair(trained, tested, trained_on, tested_on)
        counts[name] = pair.counts
        notes += [f"{name}: {note}" for note in pair.notes]
        if not pair.counts["samples"]:
            notes.append(f"{name}: no sample to test on, so no metrics")
            continue
        if name not in of_pair:
            raise InputError(f"--pair {trained_on}:{tested_on}: no predictions of it. Give those of score_transfer.")
        found = evaluate.evaluate(predicted.named(of_pair[name]), pair.rows, name, name, settings, log)
        of_test = [
            note for note in found.notes if not note.startswith(("train: ", "majority, ")) and ", dev: " not in note
        ]
        notes += [f"{name}: {note}" for note in of_test]
        lengths = pair.test["sequence"].str.len_bytes().unique()
        known = {"kind": pair.kind, "trained_on": trained_on, "tested_on": tested_on}
        known |= {"length": lengths[0] if len(lengths) == 1 else None, "n_in_train": pair.counts["in_train"]}
        known["n_related"] = _related(pair, trained, settings.seed)
        known["n_left_out"] = pair.counts["without_window"] + pair.counts["left_out_in_train"]
        rows = found.seeds.filter(pl.col("fold") == "test").with_columns(
            pl.lit(of).alias(to) for to, of in known.items()
        )
        tables.append(rows.select(pl.col(column).cast(of.dtype) for column, of in TRANSFER.columns.items()))
    return Measured(pl.concat(tables), counts, notes)


def _related(pair: transfer.Pair, trained: pl.DataFrame, seed: int) -> int:
    """Tested samples with a similar sequence in train, by the search of audit_leaks."""
    train = dataset_table.of_split(trained, 1, "").filter(pl.col("fold") == "train")
    return int(leaks.compare(pair.test, train, seed).samples["related"].sum())


def _by_pair(given: Sequence[Path]) -> dict[str, list[Path]]:
    """Name of the pair -> its predictions; files without rows are of pairs without samples."""
    found: dict[str, list[Path]] = {}
    for path in given:
        for name in predictions.TABLE.read(path, ["dataset"])["dataset"].unique():
            found.setdefault(name, []).append(path)
    return found
