"""What each head of each layer looks at: the share on the 80 bases before the TSS, and how spread its attention is."""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom.attribution import attention, tokens_to_bases
from lncprom.attribution.explained_model import Network, Rows
from lncprom.tables.attribution import HEADS

REGION = (-80, 0)  # relative to the TSS: the study's 80 bp upstream
SCHEMA = {name: HEADS.schema[name] for name in ("layer", "head", "share_first80", "entropy_bits")}


class Sums:
    """Added up over samples, batch by batch."""

    def __init__(self) -> None:
        self.share = self.entropy = 0
        self.samples = self.with_tss = 0

    def add(self, model: Network, rows: Rows, tss_index: int | None) -> None:
        look = attention.cls_rows(model.family, rows.ids, rows.mask).cpu().numpy()
        share, entropy = np.zeros((2, len(look), look.shape[2]))
        for at, layer in enumerate(look):  # one at a time: (samples, heads, bases)
            part = np.nan_to_num(tokens_to_bases.averaged(layer, rows.spans, rows.owner, rows.samples, rows.length))
            part /= part.sum(axis=-1, keepdims=True)
            entropy[at] = -(part * np.log2(np.where(part > 0, part, 1))).sum(axis=(0, -1))
            if tss_index is not None:
                region = slice(max(tss_index + REGION[0], 0), tss_index + REGION[1])
                share[at] = part[..., region].sum(axis=(0, -1))
        self.share, self.entropy = self.share + share, self.entropy + entropy
        self.samples += rows.samples
        self.with_tss += rows.samples * (tss_index is not None)

    def table(self) -> pl.DataFrame:
        """A row for each layer and head, from 1; no share where no TSS is known."""
        if not self.samples:
            return pl.DataFrame(schema=SCHEMA)
        layers, heads = self.entropy.shape
        share = (self.share / self.with_tss).ravel() if self.with_tss else [None] * (layers * heads)
        columns = {
            "layer": np.repeat(np.arange(1, layers + 1), heads),
            "head": np.tile(np.arange(1, heads + 1), layers),
            "share_first80": share,
            "entropy_bits": (self.entropy / self.samples).ravel(),
        }
        return pl.DataFrame(columns, schema=SCHEMA)
