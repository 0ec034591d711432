"""Train a probe: logistic or ridge regression on embeddings, with layer, pooling and penalty chosen on dev."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy.special import expit

from lncprom import provenance
from lncprom.baseline import classifier, newton, train
from lncprom.baseline.feature_set import DenseMatrix
from lncprom.datasets.targets import Scale
from lncprom.errors import InputError
from lncprom.inference.probe import Probe
from lncprom.tables import dataset as dataset_table
from lncprom.tables.base import FOLDS
from lncprom.tables.embeddings import Embedded

C_GRID = train.C_GRIDS["kmers"]  # rows are of length 1 in the mean, as rows of TF-IDF are


class Trained(NamedTuple):
    """Predictions of all samples, the probe with the smallest loss on dev, counts and notes for the card."""

    predictions: pl.DataFrame
    probe: Probe
    counts: dict
    notes: list[str]


def embedded(path: Path) -> dict:
    """How embeddings were computed, from their card, for the saved probe."""
    card = provenance.read(path)
    if card["step"] != "embed":
        raise InputError(
            f"{path.name}: the card of {card['step']}, not of embeddings. Give the one that embed.py wrote."
        )
    used = card["parameters"]
    names = ("family", "options", "init", "seed", "truncation", "precision")
    return {name: used[name] for name in names} | {"checkpoint": card["inputs"]["checkpoint"]["sha256"]}


def fit(
    rows: pl.DataFrame,
    source: str,
    embeddings: Iterable[tuple[list[str], Embedded]],
    embedded: Mapping[str, object],
    grid: tuple[float, ...],
    log: Callable[[str], None],
) -> tuple[Probe, np.ndarray, list[dict]]:
    """The probe with the smallest loss on dev (ties: the first), its scores of all rows, and all that were tried.

    Parameters
    ----------
    rows
        The data set, sorted by `sample_id`.
    embeddings, embedded
        What `tables.embeddings.read` gives; how they were computed, for the saved probe.
    """
    scale = Scale.of_train(rows, source)
    answers = (scale.forth(rows) if scale else rows["label"].to_numpy()).reshape(rows.height, -1).T
    answer = answers[0]
    known, dev = ((rows["fold"] == part).to_numpy() for part in ("train", "dev"))
    lengths, places = rows.filter(known)["sequence"].str.len_bytes(), rows["tss_index"].unique().to_list()
    about = {"lengths": (int(lengths.min()), int(lengths.max())), "scale": scale}
    about["tss_index"] = places[0] if len(places) == 1 else None
    best, tried, loss_name = None, [], f"dev_{train.loss_name(scale).replace(' ', '_')}"
    for samples, (layer, pooling, values) in embeddings:
        if samples != rows["sample_id"].to_list():
            raise InputError(f"{source}: the embeddings are of other samples. Give those of this data set.")
        values = values.astype(np.float64)
        mean, deviation = values[known].mean(axis=0), values[known].std(axis=0)
        deviation = np.where(deviation > 0, deviation, 1) * values.shape[1] ** 0.5
        features = DenseMatrix((values[known] - mean) / deviation)
        for c, found in newton.fit_path(features, answer[known], grid):
            first = np.array([found.weights]), np.array([found.intercept])
            probe = Probe(embedded, layer, pooling, mean, deviation, *first, c, **about)
            loss = classifier.mean_loss(answer[dev], probe.score(values[dev]))
            tried.append({"layer": layer, "pooling": pooling, "c": c, loss_name: loss})
            if best is None or loss < best[0]:
                best = (loss, probe, features, values)
        log(f"layer {layer}, {pooling}: {loss_name} {min(one[loss_name] for one in tried[-len(grid) :]):.4f}")
    _, probe, features, values = best
    for tissue in answers[1:]:
        ((_, found),) = newton.fit_path(features, tissue[known], [probe.c])
        weights, intercept = np.vstack([probe.weights, found.weights]), np.append(probe.intercept, found.intercept)
        probe = replace(probe, weights=weights, intercept=intercept)
    return probe, probe.score(values), tried


def run(
    rows: pl.DataFrame,
    name: str,
    source: str,
    model: str,
    seed: int,
    embeddings: Iterable[tuple[list[str], Embedded]],
    embedded: Mapping[str, object],
    grid: tuple[float, ...],
    log: Callable[[str], None],
) -> Trained:
    """Fit on train, choose on dev, predict every sample; `seed` is that of the predictions, a fit has no random part.

    Raises
    ------
    InputError
        if the data set has no train or dev samples or one class, or the embeddings are of other samples.
    """
    train.Settings(model=model, c_grid=grid).check()
    dataset_table.require_training(rows, source, "the layer")
    rows = rows.sort("sample_id")
    probe, score, tried = fit(rows, source, embeddings, embedded, grid, log)
    chosen = {"layer": probe.layer, "pooling": probe.pooling, "c": probe.c}
    what = ", ".join(f"{key} {value:g}" if key == "c" else f"{key} {value}" for key, value in chosen.items())
    notes = [f"{model}: {what}, which has the smallest {train.loss_name(probe.scale)} on dev"]
    log(notes[0])
    parts = {part: rows.filter(pl.col("fold") == part)["label"] for part in FOLDS}
    if parts["dev"].n_unique() == 1:
        notes.append(f"dev has class {parts['dev'][0]} only, so the probe was chosen on one class")
    if parts["test"].is_empty():
        notes.append("no sample in test")
    counts = {
        "samples": rows.height,
        "fold_by_label": dataset_table.labels_by_fold(parts),
        "width": len(probe.mean),
        **chosen,
        "tried": tried,
    }
    values = score if probe.scale else expit(score)
    return Trained(train.table(rows, name, {model: values}, seed, probe.scale), probe, counts, notes)
