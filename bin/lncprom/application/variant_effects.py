"""How variants change the score of promoters, by several models together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.application import variant_null
from lncprom.application.ensemble import Ensemble
from lncprom.application.variant_windows import OFF_END, ON_TSS, Windows
from lncprom.errors import InputError
from lncprom.genome.coordinates import tss_index
from lncprom.genome.reader import Genome

CHANGE = ["window", "start", "deleted", "inserted"]


class Effects(NamedTuple):
    """`rows`: one per variant and promoter, with the variant's row `variant` and the columns of tables.variants from
    `promoter` on; counts, pairs left out by reason, and the promoters' windows.
    """

    rows: pl.DataFrame
    counts: dict[str, int]
    dropped: dict[str, int]
    windows: Windows


def windows_of(promoters: pl.DataFrame, genome: Genome, models: Ensemble) -> Windows:
    """The promoters' windows, as those of the models' training."""
    zero = models.tss_index if models.tss_index is not None else tss_index(models.length)
    if not 0 <= zero < models.length:
        raise InputError(f"windows of {models.length} bases have no TSS at index {zero}. Give --tss-index.")
    return Windows.of(promoters, genome, models.length, zero)


def effects(
    variants: pl.DataFrame, promoters: pl.DataFrame, genome: Genome, models: Ensemble, null: int, seed: int
) -> Effects:
    """The effect of each variant on each promoter whose window it changes.

    Parameters
    ----------
    variants
        chrom (as in the FASTA), start, deleted, inserted, as of `vcf.alleles`.
    promoters
        promoter, gene_name, chrom (as in the FASTA), tss, strand.
    null
        How many matching changes in other promoters each is compared with; 0: no comparison.

    Raises
    ------
    InputError
        if no variant lies in a window.
    """
    windows = windows_of(promoters, genome, models)
    pairs = windows.holding(variants)
    pairs = pairs.hstack(variants[pairs["variant"]].select("start", "deleted", "inserted"))
    moves = windows.move_tss(pairs)
    if moves.all():
        raise InputError(
            f"none of {variants.height:,} variants lies in one of {windows.rows.height:,} promoter windows of "
            f"{models.length} bases (beside {moves.sum()} that move a TSS). Give the promoters of these variants, "
            "of the same assembly."
        )
    dropped = {ON_TSS: int(moves.sum())} if moves.any() else {}
    if off := promoters.select("chrom", "tss", "strand").n_unique() - windows.rows.height:
        dropped[OFF_END] = off
    pairs = pairs.filter(~moves)
    matched = [pairs.select(CHANGE)]
    if null:
        pairs = variant_null.kinds(genome, windows, pairs)
        drawn = variant_null.draw(genome, windows, pairs, null, seed)
        matched.append(drawn.select(CHANGE))
    changes = pl.concat(matched).unique().sort(CHANGE)  # each once, so that no order of the file changes a batch
    scored = score(changes, windows, genome, models)
    rows = pairs.join(scored, on=CHANGE, how="left", maintain_order="left")
    if null:
        rows = variant_null.compare(rows, drawn.join(scored, on=CHANGE))
    counts = {"variants_in_windows": rows["variant"].n_unique(), "pairs": rows.height}
    counts |= {"windows": rows["window"].n_unique(), "scored": changes.height}
    return Effects(named(rows, windows, promoters), counts, dropped, windows)


def score(changes: pl.DataFrame, windows: Windows, genome: Genome, models: Ensemble) -> pl.DataFrame:
    """The changes, no two alike, with logit, delta, delta_sd, agree and delta_probability; each window scored once."""
    used, which = np.unique(changes["window"].to_numpy(), return_inverse=True)
    names = windows.rows.select(pl.format("{}:{}:{}", "chrom", "tss", "strand")).to_series().gather(used).to_list()
    texts = windows.texts(genome, used)
    reference = models.logits(names, texts)[:, which]
    changed, at = [], 0
    for part, found in windows.changed(genome, changes):
        rows = which[at : at + part.height].tolist()
        logits = models.logits([names[row] for row in rows], found)
        same = np.array([texts[row] == text for row, text in zip(rows, found, strict=True)])
        changed.append(np.where(same, reference[:, at : at + part.height], logits))  # 0 whatever a batch rounds to
        at += part.height
    changed = np.concatenate(changed, axis=1)
    return changes.with_columns(**_summary(reference, changed, models))


def _summary(reference: np.ndarray, changed: np.ndarray, models: Ensemble) -> dict[str, pl.Series]:
    delta = changed - reference
    mean = delta.mean(axis=0)
    probability = models.calibrated(changed) - models.calibrated(reference)
    found = {
        "logit": reference.mean(axis=0),
        "delta": mean,
        "delta_sd": delta.std(axis=0, ddof=1) if len(delta) > 1 else np.full(len(mean), np.nan),
        "agree": (np.sign(delta) == np.sign(mean)).mean(axis=0),
        "delta_probability": probability.mean(axis=0),
    }
    return {name: pl.Series(values, dtype=pl.Float64).fill_nan(None) for name, values in found.items()}


def named(rows: pl.DataFrame, windows: Windows, promoters: pl.DataFrame) -> pl.DataFrame:
    """Rows (of a window) with its promoters' names, several rows where promoters share a TSS, and the distance."""
    window, start = (rows[name].to_numpy() for name in ("window", "start"))
    size = rows["deleted"].str.len_bytes().to_numpy().astype(np.int64)
    distance = windows.offsets(window, start, size) - windows.tss_index
    places = windows.rows[window].select("chrom", "tss", "strand")
    rows = rows.with_columns(places).with_columns(distance=pl.Series(distance, dtype=pl.Int64))
    return rows.join(promoters, on=["chrom", "tss", "strand"])
