"""Promoter windows with a variant in them: as long as before, and anchored at the TSS.

A variant that removes or adds bases upstream of the TSS leaves the window's bases from the TSS onwards as they are:
the window reaches further upstream, or less far. Downstream it is the other way round.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

from lncprom.application.vcf import LONGEST
from lncprom.genome.bases import on_other_strand, texts_of
from lncprom.genome.reader import Genome

OFF_END = f"windows within {LONGEST} bases of an end of their sequence"
ON_TSS = "insertions and deletions that move the TSS's base"
_ROWS = 4096  # windows with a variant held at once


class Windows(NamedTuple):
    """Windows of one length. `rows`: chrom (of the FASTA), tss, strand, start (forward strand), no two alike."""

    rows: pl.DataFrame
    length: int
    tss_index: int

    @classmethod
    def of(cls, promoters: pl.DataFrame, genome: Genome, length: int, tss_index: int) -> Windows:
        """The windows at these TSSs (chrom, tss, strand) that lie with 50 bases more on both sides on the genome."""
        reverse = pl.col("strand") == "-"
        start = pl.col("tss") - pl.when(reverse).then(length - 1 - tss_index).otherwise(tss_index)
        rows = promoters.select("chrom", "tss", "strand", start=start).unique().sort("chrom", "start", "strand")
        end = pl.col("chrom").replace_strict(genome.lengths, default=0, return_dtype=pl.Int64) - length
        return cls(rows.filter((pl.col("start") >= LONGEST) & (pl.col("start") + LONGEST <= end)), length, tss_index)

    def holding(self, variants: pl.DataFrame) -> pl.DataFrame:
        """Every pair of a variant (`variant`: its row) and a window (`window`: its row) that it changes.

        `variants`: chrom, start, deleted, inserted, as of `vcf.alleles`.
        """
        found = [pl.DataFrame(schema={"variant": pl.Int64, "window": pl.Int64})]
        places = variants.select("chrom", "start", size=pl.col("deleted").str.len_bytes()).with_row_index("variant")
        windows = self.rows.select("chrom", "start").with_row_index("window").partition_by("chrom", as_dict=True)
        for chrom, part in places.partition_by("chrom", as_dict=True).items():
            if chrom not in windows:
                continue
            starts, first = windows[chrom]["start"].to_numpy(), part["start"].to_numpy()
            low = np.searchsorted(starts, first - self.length, side="right")
            high = np.searchsorted(starts, first + part["size"].to_numpy(), side="left")
            number = np.maximum(high - low, 0)
            at = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number - low, number)
            pairs = {
                "variant": np.repeat(part["variant"].to_numpy(), number),
                "window": windows[chrom]["window"].to_numpy()[at],
            }
            found.append(pl.DataFrame(pairs).cast(pl.Int64))
        return pl.concat(found).sort("variant", "window")

    def offsets(self, window: np.ndarray, start: np.ndarray, size: np.ndarray) -> np.ndarray:
        """0-based index in the window, in the gene's direction, of a variant's first base of `size` replaced ones.

        An insertion stands before that base. The same formula turns an index into the position on the forward strand.
        """
        first, strand = (self.rows[name].to_numpy()[window] for name in ("start", "strand"))
        return np.where(strand == "-", first + self.length - start - size, start - first)

    def starts(self, window: np.ndarray, offset: np.ndarray, size: np.ndarray) -> np.ndarray:
        """Position on the forward strand of such an index: the inverse of `offsets`."""
        first, strand = (self.rows[name].to_numpy()[window] for name in ("start", "strand"))
        return np.where(strand == "-", first + self.length - offset - size, first + offset)

    def move_tss(self, changes: pl.DataFrame) -> pl.Series:
        """Whether changes (window, start, deleted, inserted) replace the TSS's base by more or fewer bases."""
        tss = self.rows["tss"].gather(changes["window"])
        size = changes["deleted"].str.len_bytes().cast(pl.Int64)
        other = size != changes["inserted"].str.len_bytes().cast(pl.Int64)
        return other & (changes["start"] <= tss) & (tss < changes["start"] + size)

    def letters(self, genome: Genome, window: np.ndarray, more: int = 0) -> np.ndarray:
        """Forward-strand letters of windows with `more` bases on both sides: uint8 (windows, length + 2 * more)."""
        rows = self.rows[window]
        return genome.stretches(rows["chrom"], rows["start"].to_numpy() - more, self.length + 2 * more)

    def texts(self, genome: Genome, window: np.ndarray) -> list[str]:
        """Windows in the gene's direction."""
        strand = self.rows["strand"].gather(window)
        texts = texts_of(self.letters(genome, window))
        return [on_other_strand(text) if turn == "-" else text for text, turn in zip(texts, strand, strict=True)]

    def changed(self, genome: Genome, changes: pl.DataFrame) -> Iterator[tuple[pl.DataFrame, list[str]]]:
        """Changes (window, start, deleted, inserted), some at a time, each with its window in the gene's direction."""
        for part in changes.iter_slices(_ROWS):
            used, which = np.unique(part["window"].to_numpy(), return_inverse=True)
            wide = texts_of(self.letters(genome, used, LONGEST))
            about = self.rows[part["window"]].select("tss", "strand", first="start")
            rows = part.select("start", "deleted", "inserted").hstack(about).iter_rows()
            yield part, [self._changed(wide[at], *row) for at, row in zip(which.tolist(), rows, strict=True)]

    def _changed(self, wide: str, start: int, deleted: str, inserted: str, tss: int, strand: str, first: int) -> str:
        at = start - first + LONGEST
        whole = wide[:at] + inserted + wide[at + len(deleted) :]
        longer = len(inserted) - len(deleted)
        begin = LONGEST + (longer if start <= tss else 0)  # upstream of the TSS's base: the window's right end stays
        text = whole[begin : begin + self.length]
        return on_other_strand(text) if strand == "-" else text
