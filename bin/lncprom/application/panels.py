"""Base by base, what the score of a sequence rests on: the highest promoters, and variants beside the reference."""

from __future__ import annotations

import polars as pl

from lncprom.application.ensemble import Ensemble
from lncprom.application.variant_windows import Windows
from lncprom.genome.reader import Genome
from lncprom.inference import mutagenesis

_UPSTREAM, _DOWNSTREAM = 100, 50  # bases of a promoter about the TSS
_BESIDE = 15  # bases on each side of a variant
_DIGITS = 4


def importance(models: Ensemble, name: str, text: str, first: int, last: int) -> list[float]:
    """Importance of bases `first` to `last` - 1 of a sequence, mean over the models; `name` is for messages."""
    found = mutagenesis.importance(
        lambda texts: models.logits([name] * len(texts), texts).mean(axis=0), text, first, last
    )
    return [float(f"{value:.{_DIGITS}g}") for value in found]


def of_highest(models: Ensemble, scores: pl.DataFrame, sequences: pl.DataFrame, number: int) -> list[dict]:
    """The highest logits (id, logit): 150 bases about the TSS, or about the middle where the TSS is not known.

    `sequences`: id, sequence. `first` is the position of the first base: relative to the TSS, or the 0-based index.
    """
    top = scores.sort("logit", "id", descending=[True, False]).head(number).select("id", "logit")
    found = []
    for name, logit, text in top.join(sequences.select("id", "sequence"), on="id", maintain_order="left").iter_rows():
        tss = models.tss_index if models.tss_index is not None and len(text) == models.length else None
        centre = len(text) // 2 if tss is None else tss
        first, last = max(centre - _UPSTREAM, 0), min(centre + _DOWNSTREAM + 1, len(text))
        scored = importance(models, name, text, first, last)
        found.append(
            {
                "id": name,
                "logit": logit,
                "first": first - (tss or 0),
                "tss_known": tss is not None,
                "sequence": text[first:last],
                "importance": scored,
            }
        )
    return found


def of_variants(models: Ensemble, rows: pl.DataFrame, windows: Windows, genome: Genome, number: int) -> list[dict]:
    """The variants with the smallest p, then the largest changes: their surroundings with the reference and with them.

    `rows` are those of `variant_effects.effects`; all texts are in the gene's direction. Of each allele: the sequence,
    the index `at` of the allele in it and its `size`, and the importance of each base.
    """
    change = ["window", "start", "deleted", "inserted"]
    order = [*(["p"] if "p" in rows.columns else []), -pl.col("delta").abs(), *change]
    top = rows.sort(order, nulls_last=True).unique(change, keep="first", maintain_order=True).head(number)
    texts = windows.texts(genome, top["window"].to_numpy())
    changed = [text for _, some in windows.changed(genome, top.select(change)) for text in some]
    found = []
    for row, text, other in zip(top.iter_rows(named=True), texts, changed, strict=True):
        index, shift = row["distance"] + windows.tss_index, len(row["inserted"]) - len(row["deleted"])
        # what lies downstream of the TSS stays in place where a change upstream adds or removes bases
        moved = index - shift if row["distance"] <= 0 else index
        alleles = [
            _allele(models, row["promoter"], text, index, len(row["deleted"])),
            _allele(models, row["promoter"], other, moved, len(row["inserted"])),
        ]
        about = {key: row[key] for key in ("promoter", "gene_name", "strand", "distance", "delta")}
        deleted, inserted = row["deleted"] or "-", row["inserted"] or "-"
        about["variant"] = f"{row['chrom']}:{row['start'] + 1:,} {deleted}>{inserted}"
        found.append(about | {"alleles": alleles})
    return found


def _allele(models: Ensemble, name: str, text: str, index: int, size: int) -> dict:
    first, last = max(index - _BESIDE, 0), min(index + size + _BESIDE, len(text))
    scored = importance(models, name, text, first, last)
    return {"sequence": text[first:last], "at": index - first, "size": size, "importance": scored}
