"""One trained model explained: each method's score of every base of the chosen samples, and controls beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.attribution import (
    batching,
    deletion_insertion,
    head_summary,
    ism,
    kmer_contributions,
    methods,
    occlusion,
    options,
    randomized,
    samples,
    token_scores,
)
from lncprom.attribution import explained_model as models
from lncprom.attribution.progress import Progress
from lncprom.datasets import summary
from lncprom.errors import InputError
from lncprom.inference import device
from lncprom.inference.device import Machine

Scores = dict[tuple[str, str], list[np.ndarray]]  # control, method -> (bases,) of each sample, NaN where unseen


@dataclass(frozen=True)
class Request:
    """Which model is explained, by which methods, on which samples.

    `control`: `none`, the model as it was trained with its randomly initialised twin beside it; `random_init`, the twin
    alone; `shuffled_labels`, a model that was trained on those. `trained_on`: empty where that is `dataset`.
    """

    dataset: str
    model: str
    family: str
    seed: int
    methods: tuple[str, ...] = (methods.AUTO,)
    samples: int = 200
    fold: str = "test"
    named: tuple[str, ...] = ()
    sample_seed: int = 42
    control: str = "none"
    steps: int = 32
    baseline: str = "mean"
    batch: int = 16
    trained_on: str = ""

    @property
    def learnt_from(self) -> str:
        """The data set that the model was trained on."""
        return self.trained_on or self.dataset

    def check(self) -> None:
        summary.check_name(self.dataset)
        summary.check_name(self.model, "--model")
        methods.check(self.methods)
        for name in ("steps", "batch"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: 1 at least")
        for name, there in (("control", options.CONTROLS), ("baseline", options.BASELINES)):
            if getattr(self, name) not in there:
                raise InputError(f"--{name} {getattr(self, name)!r}: none of {', '.join(there)}")


class Done(NamedTuple):
    """The samples that were explained, sorted by name, their scores, curves, heads, counts and notes for the card."""

    rows: pl.DataFrame
    scores: Scores
    curves: pl.DataFrame
    heads: pl.DataFrame
    counts: dict
    notes: list[str]


def explain(
    rows: pl.DataFrame,
    source: str,
    request: Request,
    folder: Path,
    checkpoint: Path | None,
    machine: Machine,
    tell: Callable[[str], None],
) -> Done:
    """Scores by each method; for the methods of `methods.RANDOM_INIT` also from weights drawn anew, where asked for."""
    request.check()
    chosen = samples.choose(rows, source, request.fold, request.samples, request.sample_seed, request.named)
    wanted = {"dataset": request.learnt_from, "model": request.model, "seed": request.seed}
    shuffled = request.control == "shuffled_labels"
    model = models.opened(folder, checkpoint, request.family, wanted, shuffled, machine, request.batch)
    picked = methods.chosen(request.methods, model.has, request.family)
    own = request.control if shuffled else ""
    classes = {str(label): int((chosen["label"] == label).sum()) for label in (0, 1)}
    tell(f"{request.model}, seed {request.seed}: {chosen.height:,} samples, {', '.join(picked.methods)}")
    notes = [*model.notes, *picked.notes, *([machine.note] if machine.note else [])]
    if request.learnt_from != request.dataset:
        notes.append(f"the model was trained on {request.learnt_from}, not on these samples' data set")
    counts = {"samples": chosen.height, "label": classes} | _seen(_looked_at(model, chosen, source), chosen)
    scores, tables = {}, []
    with device.threads(machine.threads):
        twins = {} if request.control == "random_init" else {own: (model, picked.methods)}
        again = tuple(name for name in picked.methods if name in methods.RANDOM_INIT)
        if again and not shuffled:
            twins["random_init"] = (randomized.twin(model, request.seed), again)
        if not twins:
            raise InputError(f"--control random_init: is of {', '.join(methods.RANDOM_INIT)}; ask for one of them")
        for control, (one, names) in twins.items():
            for name in names:
                work = Progress(tell, f"{name}, {control}" if control else name, chosen.height)
                scores[control, name], facts = _scored(one, name, chosen, source, request, work)
                if facts:
                    counts.setdefault(name, {})[control or "as trained"] = facts
            if methods.ATTENTION in one.has and any(methods.NEEDS[name] == methods.ATTENTION for name in names):
                work = Progress(tell, f"heads, {control}" if control else "heads", chosen.height)
                found = _heads(one, chosen, source, work)
                tables.append(found.select(pl.lit(control).alias("control"), pl.all()))
        curves = _curves(model, chosen, scores, request, tell)
    if counts["tss_seen_share"] not in (None, 1.0):
        notes.append(f"the TSS is among the bases seen in {counts['tss_seen_share']:.1%} of the samples only")
    for control, facts in counts.get("integrated_gradients", {}).items():
        if off := facts["samples_off_by_a_tenth"]:
            notes.append(
                f"integrated gradients, {control}: those of {off:,} samples add up to the difference of the logits to "
                "within a tenth only where --steps is raised"
            )
    if not classes["1"]:
        notes.append("no positive among the samples, so no curves of deletion and insertion")
    empty = pl.DataFrame(schema={"control": pl.String} | head_summary.SCHEMA)
    return Done(chosen, scores, curves, pl.concat([empty, *tables]), counts, notes)


def _scored(
    model: models.Network | models.Regression,
    method: str,
    rows: pl.DataFrame,
    source: str,
    request: Request,
    progress: Progress,
) -> tuple[list[np.ndarray], dict]:
    """One method's scores of all samples, and what the card says of them."""
    if methods.NEEDS[method] in (methods.ATTENTION, methods.GRADIENTS):
        return token_scores.scores(model, method, rows, source, progress, request.steps, request.baseline)
    found = []
    for name, text, tss_index in rows.select("sample_id", "sequence", "tss_index").iter_rows():
        if method == "kmer_weights":
            found += kmer_contributions.scores(model.model, [text])
        elif method == "ism":
            found.append(ism.scores(model, text, name, tss_index))
        else:
            found.append(occlusion.scores(model, text, name, tss_index, request.sample_seed))
        progress.add(1)
    return found, {}


def _heads(model: models.Network, rows: pl.DataFrame, source: str, progress: Progress) -> pl.DataFrame:
    sums = head_summary.Sums()
    batching.over(model, rows, source, lambda part, tokens: sums.add(model, tokens, part.tss_index), progress)
    return sums.table()


def _curves(
    model: models.Network | models.Regression,
    rows: pl.DataFrame,
    scores: Scores,
    request: Request,
    tell: Callable[[str], None],
) -> pl.DataFrame:
    """All rankings, those of the randomly initialised twin too, are tried on the model as it was trained."""
    positives = np.flatnonzero(rows["label"].to_numpy() == 1).tolist()
    progress, found = Progress(tell, "deletion and insertion", len(positives)), []
    texts, names, places = (rows[column].to_list() for column in ("sequence", "sample_id", "tss_index"))
    for at in positives:
        rankings = [deletion_insertion.ranking(one[at]) for one in scores.values()]
        found.append(deletion_insertion.effects(model, texts[at], names[at], places[at], rankings, request.sample_seed))
        progress.add(1)
    return deletion_insertion.table(found, list(scores))


def _looked_at(model: models.Network | models.Regression, rows: pl.DataFrame, source: str) -> np.ndarray:
    """(samples, 2): first base that the model sees of each and the base after the last; faults name the record."""
    found = np.empty((rows.height, 2), np.int64)
    for part in rows.with_row_index("place").partition_by("tss_index", maintain_order=True):
        names = [f"{source}, {name}" for name in part["sample_id"]]
        found[part["place"].to_numpy()] = model.seen(part["sequence"].to_list(), names, part["tss_index"][0])
    return found


def _seen(bounds: np.ndarray, rows: pl.DataFrame) -> dict:
    """How many bases can have a score, and of how many samples the TSS is among them."""
    bases = int(rows["sequence"].str.len_bytes().sum())
    places = zip(bounds.tolist(), rows["tss_index"].to_list(), strict=True)
    known = [first <= at < last for (first, last), at in places if at is not None]
    return {
        "bases": bases,
        "bases_seen_share": round(float((bounds[:, 1] - bounds[:, 0]).sum() / bases), 6),
        "tss_seen_share": round(float(np.mean(known)), 6) if known else None,
    }
