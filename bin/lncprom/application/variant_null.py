"""Changes in other promoters that match a variant: what its effect is compared with.

An SNV matches SNVs of the same trinucleotide and alternative base (in the gene's direction), so also of the same CpG
context; any other change matches the removal of as many bases with the same bases put in their place. Matches lie
within the same ten bases relative to the TSS.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from lncprom import random_keys
from lncprom.application.variant_windows import Windows
from lncprom.genome.bases import CODES, on_other_strand, reverse_complement, texts_of, words_at
from lncprom.genome.reader import Genome

BIN = 10  # bases of distance that count as the same
_POOL = 2000  # windows that changes are drawn from
KEY = ["kind", "bin"]


def kinds(genome: Genome, windows: Windows, changes: pl.DataFrame) -> pl.DataFrame:
    """The changes (window, start, deleted, inserted) with `offset`, and `kind` and `bin`, by which they match.

    `offset`: index in the window in the gene's direction; `kind`: as `TAC>G` or, of other changes than SNVs, as `2>`;
    `bin`: tens of bases from the TSS.
    """
    window, start = (changes[name].to_numpy() for name in ("window", "start"))
    size = changes["deleted"].str.len_bytes().to_numpy().astype(np.int64)
    offset = windows.offsets(window, start, size)
    strand = windows.rows["strand"].gather(changes["window"]).to_list()
    inserted = [
        on_other_strand(text) if turn == "-" else text for text, turn in zip(changes["inserted"], strand, strict=True)
    ]
    kind = [f"{bases}>{text}" for bases, text in zip(size.tolist(), inserted, strict=True)]
    snv = np.flatnonzero((size == 1) & (changes["inserted"].str.len_bytes() == 1).to_numpy())
    chrom = windows.rows["chrom"].gather(changes["window"])
    for row, text in zip(snv.tolist(), texts_of(genome.stretches(chrom[snv], start[snv] - 1, 3)), strict=True):
        kind[row] = f"{on_other_strand(text) if strand[row] == '-' else text}>{inserted[row]}"
    return changes.with_columns(
        offset=pl.Series(offset, dtype=pl.Int64),
        kind=pl.Series(kind, dtype=pl.String),
        bin=pl.Series((offset - windows.tss_index) // BIN, dtype=pl.Int64),
    )


def draw(genome: Genome, windows: Windows, wanted: pl.DataFrame, number: int, seed: int) -> pl.DataFrame:
    """At most `number` matching changes of each kind and bin: window, start, deleted, inserted, kind, bin.

    They depend on the seed, the windows and the kind alone, not on the variants.
    """
    names = windows.rows.select(pl.format("{}:{}:{}", "chrom", "tss", "strand")).to_series()
    keys = random_keys.keys(names, seed, "null variants")
    pool = np.sort(np.argsort(keys, kind="stable")[:_POOL])
    letters = windows.letters(genome, pool, more=1)
    reverse = (windows.rows["strand"].gather(pool) == "-").to_numpy()
    letters[reverse] = reverse_complement(letters[reverse])
    found = []
    for kind, tens in wanted.select(KEY).unique().sort(KEY).iter_rows():
        first, _, inserted = kind.partition(">")
        size = 1 if first.isalpha() else int(first)
        row, offset = _places(letters, windows, first, size, tens, longer=size != len(inserted))
        kept = np.argsort(random_keys.bits(keys[pool[row]], offset), kind="stable")[:number]
        row, offset = row[kept], offset[kept]
        deleted = [
            letters[at, 1 + left : 1 + left + size].tobytes().decode() for at, left in zip(row, offset, strict=True)
        ]
        start = windows.starts(pool[row], offset, np.full(len(row), size))
        found.append(
            _forward(pool[row], start, deleted, inserted, reverse[row]).with_columns(kind=pl.lit(kind), bin=tens)
        )
    return pl.concat(found) if found else pl.DataFrame()


def _places(letters: np.ndarray, windows: Windows, first: str, size: int, tens: int, longer: bool):
    """Rows and offsets within these ten bases where a change of this kind fits."""
    tss = windows.tss_index
    columns = np.arange(max(tss + BIN * tens, 0), min(tss + BIN * (tens + 1), windows.length - size + 1))
    if longer:  # the base of the TSS stays
        columns = columns[(columns + size <= tss) | (columns > tss)]
    if len(columns) == 0:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    around = letters[:, columns[0] : columns[-1] + 3]
    words = words_at(CODES[around], (0, 1, 2))[:, columns - columns[0]]
    code = words_at(CODES[np.frombuffer(first.encode(), np.uint8)][None], (0, 1, 2))[0, 0] if first.isalpha() else None
    row, column = np.nonzero(words >= 0 if code is None else (words == code) & (code >= 0))
    return row, columns[column]


def _forward(
    window: np.ndarray, start: np.ndarray, deleted: list[str], inserted: str, reverse: np.ndarray
) -> pl.DataFrame:
    """The changes as the forward strand reads them."""
    other = on_other_strand(inserted)
    return pl.DataFrame(
        {
            "window": pl.Series(window, dtype=pl.Int64),
            "start": pl.Series(start, dtype=pl.Int64),
            "deleted": pl.Series(
                [on_other_strand(t) if r else t for t, r in zip(deleted, reverse, strict=True)], dtype=pl.String
            ),
            "inserted": pl.Series([other if turn else inserted for turn in reverse], dtype=pl.String),
        }
    )


def compare(delta: pl.DataFrame, null: pl.DataFrame) -> pl.DataFrame:
    """Rows (kind, bin, delta) with `null_n`, `percentile` and `p` by the deltas of the matching changes.

    `p` = (1 + matching changes with an absolute delta as large or larger) / (1 + all): North et al. (2002), Am. J. Hum.
    Genet. 71:439.
    """
    by_kind = {}
    for key, part in null.partition_by(KEY, as_dict=True).items():
        by_kind[key] = np.sort(part["delta"].to_numpy()), np.sort(part["delta"].abs().to_numpy())
    found = []
    for kind, tens, value in delta.select(*KEY, "delta").iter_rows():
        signed, size = by_kind.get((kind, tens), (np.empty(0), np.empty(0)))
        n = len(signed)
        lower = (np.searchsorted(signed, value, "left") + np.searchsorted(signed, value, "right")) / 2
        larger = n - np.searchsorted(size, abs(value), "left")
        found.append((n, 100 * float(lower) / n if n else None, (1 + int(larger)) / (1 + n) if n else None))
    columns = {"null_n": pl.Int64, "percentile": pl.Float64, "p": pl.Float64}
    return delta.hstack(pl.DataFrame(found, columns, orient="row"))
