"""Genes that are expressed high or low in all tissues, and TPM by biotype."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom import provenance, text
from lncprom.errors import InputError
from lncprom.genes import tissues
from lncprom.genes.expression_table import Expression, stable_ids
from lncprom.tables.tpm import TPM

ADDED = ("expression", "tissues_high", "tissues_low", "median_tpm", "max_tpm")


@dataclass(frozen=True)
class Rule:
    """When a gene is high or low: percentiles by tissue over the universe, and in how many tissues.

    `share` is the least share of tissues. A gene exactly at a percentile is a tie. In GTEx the 25th percentile is 0,
    so that leaving ties out of `low` would leave nobody.
    """

    universe: tuple[str, ...] = ("protein_coding", "lncRNA")
    exclude_tissues: str = "study"
    high_percentile: float = 75.0
    low_percentile: float = 25.0
    share: float = 1.0
    high_ties: str = "exclude"
    low_ties: str = "include"

    def __post_init__(self) -> None:
        if not 0 <= self.low_percentile < self.high_percentile <= 100:
            told = f"--low-percentile {self.low_percentile:g} and --high-percentile {self.high_percentile:g}"
            raise InputError(f"{told}: low must lie below high, both within 0 and 100")
        if not 0 < self.share <= 1:
            raise InputError(f"--rule {self.share:g}: give `all`, or a share of the tissues above 0 and up to 1")

    def parameters(self) -> dict:
        return asdict(self) | {"universe": list(self.universe)}

    def least(self, number: int) -> int:
        """The least number of tissues, of so many: 0.9 of 49 is 45."""
        return max(1, math.ceil(self.share * number - 1e-9))


class Labelled(NamedTuple):
    """Genes with labels, the TPM table by biotype, and the account of both."""

    genes: pl.DataFrame
    tpm: pl.DataFrame
    counts: dict
    dropped: dict[str, int]
    notes: list[str]


def share_of(rule: str) -> float:
    """The least share of tissues from `all` or a number."""
    try:
        return 1.0 if rule == "all" else float(rule)
    except ValueError:
        raise InputError(f"--rule {rule}: give `all`, or a share of the tissues above 0 and up to 1") from None


def label(genes: pl.DataFrame, table: Expression, rule: Rule, max_lost: float = 0.5, source: str = "table") -> Labelled:
    """Genes with `expression`: high, low, neither, or absent from the table; null outside the universe.

    High: above the high percentile of its tissue, low: at or below the low one, in at least `rule.share` of the
    tissues. Percentiles are numpy's (linear), taken tissue by tissue over the universe: the genes of the universe's
    biotypes that annotation and table share.
    """
    _check_universe(genes, rule)
    choice = tissues.choose(source, table.tissues, rule.exclude_tissues)
    genes = genes.drop([column for column in ADDED if column in genes.columns]).sort(
        "chrom", "tss", "strand", "gene_id"
    )
    joined = _join(genes, table, source)
    universal = joined["biotype"].is_in(list(rule.universe))
    present = joined["row"].is_not_null()
    absent = int((universal & ~present).sum())
    what = f"genes of the universe ({', '.join(rule.universe)}) have no row in {source}"
    remedy = "Give annotation and expression of one assembly, or raise --max-lost."
    provenance.refuse_losses(absent, int(universal.sum()), max_lost, what, remedy)
    if not (universal & present).any():
        raise InputError(f"{source}: no gene of {', '.join(rule.universe)} in common with the annotation. {remedy}")

    measured = joined.filter(present)
    tpm = table.tpm[measured["row"].to_numpy()][:, choice.used]
    in_universe = (universal & present).filter(present).to_numpy()
    high, low, cuts = _tissue_calls(tpm, in_universe, rule)
    least = rule.least(len(choice.used))
    is_high, is_low = high >= least, low >= least
    called = np.where(is_high == is_low, "neither", np.where(is_high, "high", "low"))
    columns = pl.DataFrame(
        {
            "gene_id": measured["gene_id"],
            "expression": pl.Series(called).set(pl.Series(~in_universe), None),
            "tissues_high": pl.Series(high, dtype=pl.Int32).set(pl.Series(~in_universe), None),
            "tissues_low": pl.Series(low, dtype=pl.Int32).set(pl.Series(~in_universe), None),
            "median_tpm": np.median(tpm, axis=1),
            "max_tpm": tpm.max(axis=1),
        }
    )
    labelled = genes.join(columns, on="gene_id", how="left", maintain_order="left").with_columns(
        pl.when(universal & ~present).then(pl.lit("absent")).otherwise("expression").alias("expression")
    )
    by_biotype = {
        biotype: text.tally(labelled.filter(pl.col("biotype") == biotype)["expression"]) for biotype in rule.universe
    }
    counts = {
        "genes": genes.height,
        "universe": int(in_universe.sum()),
        "tissues": len(choice.used),
        "tissues_needed": least,
        "tissues_excluded": choice.excluded,
        "expression": text.tally(labelled["expression"]),
        "expression_by_biotype": by_biotype,
        "percentiles": {
            "high": {"least": float(cuts[1].min()), "greatest": float(cuts[1].max())},
            "low": {"least": float(cuts[0].min()), "greatest": float(cuts[0].max())},
        },
    }
    dropped = {
        "genes of the universe without a row in the expression table": absent,
        "rows of the expression table without a gene in the annotation": table.tpm.shape[0] - measured.height,
        "rows of the expression table for copies on Y of pseudoautosomal genes": table.par_rows,
    }
    notes = _notes(choice, cuts, int((is_high & is_low & in_universe).sum()))
    return Labelled(labelled, tpm_table(measured, tpm, rule.universe), counts, dropped, notes)


def tpm_table(genes: pl.DataFrame, tpm: np.ndarray, biotypes: Sequence[str]) -> pl.DataFrame:
    """Mean, sd (n-1), median and share of zeros over gene x tissue of each biotype: the study's Table 3.

    Sums are exact (math.fsum), so that they depend on no order.
    """
    rows = []
    for biotype in biotypes:
        values = tpm[(genes["biotype"] == biotype).to_numpy()]
        number = values.size
        if number == 0:
            rows.append((biotype, 0, tpm.shape[1], None, None, None, None))
            continue
        mean = math.fsum(values.ravel().tolist()) / number
        squares = math.fsum(((values - mean) ** 2).ravel().tolist())
        sd = math.sqrt(squares / (number - 1)) if number > 1 else None
        zeros = float(np.count_nonzero(values == 0) / number)
        rows.append((biotype, len(values), tpm.shape[1], mean, sd, float(np.median(values)), zeros))
    return TPM.frame(rows)


def _tissue_calls(tpm: np.ndarray, universe: np.ndarray, rule: Rule) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """In how many tissues each gene is high and low, and the cuts: (low, high) x tissue."""
    cuts = np.percentile(tpm[universe], [rule.low_percentile, rule.high_percentile], axis=0, method="linear")
    high = tpm >= cuts[1] if rule.high_ties == "include" else tpm > cuts[1]
    low = tpm <= cuts[0] if rule.low_ties == "include" else tpm < cuts[0]
    return high.sum(axis=1), low.sum(axis=1), cuts


def _join(genes: pl.DataFrame, table: Expression, source: str) -> pl.DataFrame:
    """Genes with the number of their row in the table, joined by id without version; null where there is none."""
    rows = pl.DataFrame({"stable": table.gene_ids}).with_row_index("row")
    keyed = genes.with_columns(stable_ids(genes["gene_id"].str.replace("_PAR_Y$", "")).alias("stable"))
    if (twice := keyed["stable"].is_duplicated()).any():
        first = " and ".join(keyed.filter(twice).sort("stable", "gene_id")["gene_id"].to_list()[:2])
        raise InputError(f"genes {first} are one gene but for the version; keep one, extract_tss does")
    joined = keyed.join(rows, on="stable", how="left", maintain_order="left")
    if joined["row"].null_count() == joined.height:
        mine, theirs = text.some(genes["gene_id"], 2), text.some(table.gene_ids, 2)
        raise InputError(
            f"{source}: no gene in common: its ids are like {theirs}; the annotation's like {mine}; "
            "give both with ids of one kind"
        )
    return joined


def _check_universe(genes: pl.DataFrame, rule: Rule) -> None:
    known = text.tally(genes["biotype"])
    for biotype in rule.universe:
        if biotype not in known:
            raise InputError(f"--universe: no gene is of biotype {biotype}. {text.nearest(biotype, known)}")


def _notes(choice: tissues.Choice, cuts: np.ndarray, both: int) -> list[str]:
    notes = []
    if choice.absent:
        notes.append(f"not in this table, so not to exclude: {', '.join(choice.absent)}")
    if zero := int((cuts[0] == 0).sum()):
        notes.append(f"the low percentile is 0 TPM in {zero} of {cuts.shape[1]} tissues: low there means not detected")
    if both:
        notes.append(f"{both:,} genes meet the rules for high and for low, each in its share of tissues: neither")
    return notes
