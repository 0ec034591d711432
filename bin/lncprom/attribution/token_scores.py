"""The methods that score tokens, attention and gradients, brought to bases for all samples."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import torch

from lncprom.attribution import attention, batching, gradients, methods, rollout, tokens_to_bases
from lncprom.attribution.explained_model import Network, Rows
from lncprom.attribution.progress import Progress

ATTENTION: dict[str, Callable[..., torch.Tensor]] = {
    "attention": attention.last_layer,
    "attention_all": attention.all_layers,
    "rollout": rollout.rollout,
}


def attended(model: Network, method: str, rows: pl.DataFrame, source: str, progress: Progress) -> list[np.ndarray]:
    """(bases,) of each sample, by a method of `ATTENTION`; NaN where the model sees no base."""
    found: list[np.ndarray] = [np.empty(0)] * rows.height

    def work(part: batching.Part, tokens: Rows) -> None:
        look = ATTENTION[method](model.family, tokens.ids, tokens.mask)
        _put(found, part, tokens, look, tokens_to_bases.averaged)

    batching.over(model, rows, source, work, progress)
    return found


def inputs_by_gradients(model: Network, rows: pl.DataFrame, source: str, progress: Progress) -> list[np.ndarray]:
    """(bases,) of each sample: gradient x input."""
    found: list[np.ndarray] = [np.empty(0)] * rows.height

    def work(part: batching.Part, tokens: Rows) -> None:
        _put(found, part, tokens, gradients.gradient_x_input(model.family, tokens), tokens_to_bases.shared)

    batching.over(model, rows, source, work, progress)
    return found


def integrated(
    model: Network, rows: pl.DataFrame, source: str, progress: Progress, steps: int, baseline: str
) -> tuple[list[np.ndarray], dict]:
    """(bases,) of each sample: integrated gradients; and for the card by how much their sums miss what they should be,
    the difference of the logits between sequence and baseline.
    """
    found: list[np.ndarray] = [np.empty(0)] * rows.height
    missed, whole = np.zeros((2, rows.height))

    def work(part: batching.Part, tokens: Rows) -> None:
        done = gradients.converged(model.family, tokens, steps, baseline)
        _put(found, part, tokens, done.scores, tokens_to_bases.shared)
        missed[part.places] = _mean(done.delta, tokens)
        whole[part.places] = _mean(done.here - done.there, tokens)

    batching.over(model, rows, source, work, progress)
    missed, whole = np.abs(missed), np.abs(whole)
    return found, {
        "delta_mean": float(missed.mean()),
        "delta_max": float(missed.max()),
        "difference_mean": float(whole.mean()),
        "samples_off_by_a_tenth": int((missed > 0.1 * whole + 0.02).sum()),
    }


def scores(
    model: Network,
    method: str,
    rows: pl.DataFrame,
    source: str,
    progress: Progress,
    steps: int = 32,
    baseline: str = "mean",
) -> tuple[list[np.ndarray], dict]:
    """(bases,) of each sample by any of these methods, and what the card says of it."""
    if methods.NEEDS[method] == methods.ATTENTION:
        return attended(model, method, rows, source, progress), {}
    if method == "gradient_x_input":
        return inputs_by_gradients(model, rows, source, progress), {}
    return integrated(model, rows, source, progress, steps, baseline)


def _put(found: list[np.ndarray], part: batching.Part, tokens: Rows, values: torch.Tensor, to_bases: Callable) -> None:
    values = values.double().cpu().numpy()
    bases = to_bases(values, tokens.spans, tokens.owner, tokens.samples, tokens.length)
    for at, (place, text) in enumerate(zip(part.places, part.texts, strict=True)):
        found[place] = bases[at, : len(text)]


def _mean(values: torch.Tensor, tokens: Rows) -> np.ndarray:
    """Of each sample: the mean over its rows."""
    return np.bincount(tokens.owner, weights=values.double().cpu().numpy()) / np.bincount(tokens.owner)
