"""What each head of each layer looks at: the share on the 80 bases before the TSS, and how spread its attention is."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom.attribution import attention, batching, tokens_to_bases
from lncprom.attribution.explained_model import Network, Rows
from lncprom.tables.attribution import HEADS

REGION = (-80, 0)  # relative to the TSS: the study's 80 bp upstream
SCHEMA = {name: HEADS.schema[name] for name in ("layer", "head", "share_first80", "entropy_bits")}


def table(model: Network, rows: pl.DataFrame, source: str, progress: batching.Progress) -> pl.DataFrame:
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
    return pl.DataFrame(columns, schema=SCHEMA)
