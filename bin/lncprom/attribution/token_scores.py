"""The methods that score tokens, attention and gradients, brought to bases for all samples; attention by head."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import torch

from lncprom.attribution import attention, batching, gradients, tokens_to_bases
from lncprom.attribution.explained_model import Network, Rows
from lncprom.tables.attribution import HEADS

ATTENTION: dict[str, Callable[..., torch.Tensor]] = {
    "attention": attention.last_layer,
    "attention_all": attention.all_layers,
    "rollout": attention.rollout,
}
REGION = (-80, 0)  # relative to the TSS: the study's 80 bp upstream
HEADS_SCHEMA = {name: HEADS.schema[name] for name in ("layer", "head", "share_first80", "entropy_bits")}


def scores(
    model: Network, method: str, rows: pl.DataFrame, source: str, progress: batching.Progress, steps: int, baseline: str
) -> tuple[list[np.ndarray], dict]:
    """(bases,) of each sample, NaN where the model sees no base, and what the card says of the method.

    Of integrated gradients the card says by how much their sums miss what they should be, the difference of the logits
    between sequence and baseline.
    """
    found: list[np.ndarray] = [np.empty(0)] * rows.height
    missed, whole = np.zeros((2, rows.height))

    def work(batch: pl.DataFrame, tokens: Rows) -> None:
        if method in ATTENTION:
            values = ATTENTION[method](model.family, tokens.ids, tokens.mask)
        elif method == "gradient_x_input":
            values = gradients.gradient_x_input(model.family, tokens)
        else:
            values, here, there, delta = gradients.converged(model.family, tokens, steps, baseline)
            places = batch["place"].to_numpy()
            missed[places], whole[places] = _mean(delta, tokens), _mean(here - there, tokens)
        to_bases = tokens_to_bases.averaged if method in ATTENTION else tokens_to_bases.shared
        bases = to_bases(values.double().cpu().numpy(), tokens.spans, tokens.owner, tokens.samples, tokens.length)
        for row, place, text in zip(bases, batch["place"], batch["sequence"], strict=True):
            found[place] = row[: len(text)]

    batching.over(model, rows, source, work, progress)
    if method != "integrated_gradients":
        return found, {}
    return found, {
        "delta_mean": float(missed.mean()),
        "delta_max": float(missed.max()),
        "difference_mean": float(whole.mean()),
        "samples_off_by_a_tenth": int((missed > 0.1 * whole + 0.02).sum()),
    }


def _mean(values: torch.Tensor, tokens: Rows) -> np.ndarray:
    """Of each sample: the absolute mean over its rows."""
    return np.abs(np.bincount(tokens.owner, weights=values.double().cpu().numpy()) / np.bincount(tokens.owner))


def heads(model: Network, rows: pl.DataFrame, source: str, progress: batching.Progress) -> pl.DataFrame:
    """A row for each layer and head, from 1, the mean over samples; no share where no TSS is known."""
    layers = model.family.self_attentions()
    share, entropy = np.zeros((2, len(layers), layers[0].heads))

    def work(batch: pl.DataFrame, tokens: Rows) -> None:
        tss_index = batch["tss_index"][0]
        look = attention.cls_rows(model.family, tokens.ids, tokens.mask).cpu().numpy()
        for at, layer in enumerate(look):  # one at a time: (samples, heads, bases)
            bases = tokens_to_bases.averaged(layer, tokens.spans, tokens.owner, tokens.samples, tokens.length)
            part = np.nan_to_num(bases)
            part /= part.sum(axis=-1, keepdims=True)
            entropy[at] -= (part * np.log2(np.where(part > 0, part, 1))).sum(axis=(0, -1))
            if tss_index is not None:
                region = slice(max(tss_index + REGION[0], 0), tss_index + REGION[1])
                share[at] += part[..., region].sum(axis=(0, -1))

    batching.over(model, rows, source, work, progress)
    with_tss = rows["tss_index"].count()
    columns = {
        "layer": np.repeat(np.arange(1, len(layers) + 1), layers[0].heads),
        "head": np.tile(np.arange(1, layers[0].heads + 1), len(layers)),
        "share_first80": (share / with_tss).ravel() if with_tss else [None] * share.size,
        "entropy_bits": (entropy / rows.height).ravel(),
    }
    return pl.DataFrame(columns, schema=HEADS_SCHEMA)
