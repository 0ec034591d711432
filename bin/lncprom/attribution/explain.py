"""Explain one trained model: the score of every base of the chosen samples by each method, and by its controls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.attribution import batching, changes, deletion_insertion, explained_model, methods, samples, token_scores
from lncprom.attribution.explained_model import Model
from lncprom.attribution.options import Request
from lncprom.errors import InputError
from lncprom.inference import device
from lncprom.inference.device import Machine

Log = Callable[[str], None]
Subjects = dict[str, tuple[Model, tuple[str, ...]]]  # control -> a model, and the methods that are applied to it
Scores = dict[tuple[str, str], list[np.ndarray]]  # control, method -> (bases,) of each sample, NaN where unseen


class Done(NamedTuple):
    """The explained samples, sorted by name, their scores, deletion curves, heads, counts and notes for the card.

    about: the columns that say whose a row of a table is.
    """

    about: dict[str, pl.Expr]
    rows: pl.DataFrame
    scores: Scores
    curves: pl.DataFrame
    heads: pl.DataFrame
    counts: dict
    notes: list[str]


def explain(
    rows: pl.DataFrame, source: str, request: Request, folder: Path, checkpoint: Path | None, machine: Machine, log: Log
) -> Done:
    """Score every base of the chosen samples by every method that was asked for.

    Parameters
    ----------
    rows, source
        The data set and the name of its file.
    folder, checkpoint
        The trained model; with LoRA also the pretrained model that it adapts.

    Raises
    ------
    InputError
        where the model is not the one that the request names, or no method is left.

    Source: Adebayo et al. 2018 (model-randomisation test: an explanation that random weights give, too, says nothing).
    """
    chosen = samples.choose(rows, source, request.fold, request.samples, request.sample_seed, request.named)
    model = explained_model.opened(folder, checkpoint, request, machine)
    picked, left_out = methods.chosen(request.methods, model.has, request.family)
    log(f"{request.model}, seed {request.seed}: {chosen.height:,} samples, {', '.join(picked)}")
    classes = {str(label): int((chosen["label"] == label).sum()) for label in (0, 1)}
    counts = {"samples": chosen.height, "label": classes} | _seen(model, chosen, source)
    with device.threads(machine.threads):
        subjects = _subjects(model, picked, request)
        scores, facts, heads = _scores(subjects, chosen, source, request, log)
        curves = _curves(model, chosen, scores, request, log)
    counts |= facts
    notes = [*model.notes, *left_out, *([machine.note] if machine.note else []), *_notes(counts, request)]
    about = {name: pl.lit(getattr(request, name)) for name in ("dataset", "model", "seed")}
    return Done(about, chosen, scores, curves.with_columns(**about), heads.with_columns(**about), counts, notes)


def _subjects(model: Model, picked: tuple[str, ...], request: Request) -> Subjects:
    """By control: the model as trained (or on shuffled labels), and its randomly initialised twin."""
    shuffled = request.control == "shuffled_labels"
    found = {}
    if request.control != "random_init":
        found[request.control if shuffled else ""] = (model, picked)
    repeated = tuple(name for name in picked if name in methods.RANDOM_INIT)
    if repeated and not shuffled:
        found["random_init"] = (model.randomly_initialised(request.seed), repeated)
    if not found:
        raise InputError(
            f"--control random_init: none of the methods has this control. Ask for {', '.join(methods.RANDOM_INIT)}."
        )
    return found


def _scores(
    subjects: Subjects, rows: pl.DataFrame, source: str, request: Request, log: Log
) -> tuple[Scores, dict, pl.DataFrame]:
    """Scores by control and method, by method what the card says of them, and attention by control, layer and head."""
    scores, facts, heads = {}, {}, [pl.DataFrame(schema={"control": pl.String} | token_scores.HEADS_SCHEMA)]
    for control, (model, names) in subjects.items():
        for name in names:
            progress = batching.Progress(log, f"{name}, {control}" if control else name, rows.height)
            if methods.NEEDS[name] in (methods.ATTENTION, methods.GRADIENTS):
                given = (model, name, rows, source, progress, request.steps, request.baseline)
                scores[control, name], fact = token_scores.scores(*given)
                if fact:
                    facts.setdefault(name, {})[control or "as trained"] = fact
                continue
            scores[control, name] = []
            for sample in rows.select("sequence", "sample_id", "tss_index").iter_rows():
                scores[control, name].append(_of_sequence(model, name, *sample, request.sample_seed))
                progress.add(1)
        if any(methods.NEEDS[name] == methods.ATTENTION for name in names):
            progress = batching.Progress(log, f"heads, {control}" if control else "heads", rows.height)
            found = token_scores.heads(model, rows, source, progress)
            heads.append(found.select(pl.lit(control).alias("control"), pl.all()))
    return scores, facts, pl.concat(heads)


def _of_sequence(model: Model, method: str, text: str, name: str, tss_index: int | None, seed: int) -> np.ndarray:
    if method == "kmer_weights":
        return model.contributions(text)
    if method == "ism":
        return changes.mutagenesis(model, text, name, tss_index)
    return changes.occlusion(model, text, name, tss_index, seed)


def _notes(counts: dict, request: Request) -> list[str]:
    notes = []
    if request.learnt_from != request.dataset:
        notes.append(f"the model was trained on {request.learnt_from}, not on these samples' data set")
    if counts["tss_seen_share"] not in (None, 1.0):
        notes.append(f"the TSS is among the bases seen in {counts['tss_seen_share']:.1%} of the samples only")
    for control, facts in counts.get("integrated_gradients", {}).items():
        if inexact := facts["samples_off_by_a_tenth"]:
            notes.append(
                f"integrated gradients, {control}: in {inexact:,} samples the scores add up to the difference of the "
                "logits only to within more than a tenth; raise --steps"
            )
    if not counts["label"]["1"]:
        notes.append("no positive among the samples, so no curves of deletion and insertion")
    return notes


def _curves(model: Model, rows: pl.DataFrame, scores: Scores, request: Request, log: Log) -> pl.DataFrame:
    """Deletion and insertion by all rankings, also those of the randomly initialised twin, on the trained model."""
    positives = np.flatnonzero(rows["label"].to_numpy() == 1).tolist()
    progress, found = batching.Progress(log, "deletion and insertion", len(positives)), []
    texts, names, places = (rows[column].to_list() for column in ("sequence", "sample_id", "tss_index"))
    for at in positives:
        rankings = [deletion_insertion.ranking(one[at]) for one in scores.values()]
        found.append(deletion_insertion.effects(model, texts[at], names[at], places[at], rankings, request.sample_seed))
        progress.add(1)
    group = rows["group"].fill_null(rows["sample_id"]).to_numpy()[positives]
    return deletion_insertion.table(found, list(scores), group)


def _seen(model: Model, rows: pl.DataFrame, source: str) -> dict:
    """How many bases can have a score, and of how many samples the TSS is among them; faults name the record."""
    bases, known = 0, []
    for part in rows.partition_by("tss_index", maintain_order=True):
        names, at = [f"{source}, {name}" for name in part["sample_id"]], part["tss_index"][0]
        first, last = model.seen(part["sequence"].to_list(), names, at).T
        bases += int((last - first).sum())
        known += [] if at is None else ((first <= at) & (at < last)).tolist()
    whole = int(rows["sequence"].str.len_bytes().sum())
    return {
        "bases": whole,
        "bases_seen_share": round(bases / whole, 6),
        "tss_seen_share": round(float(np.mean(known)), 6) if known else None,
    }
