"""What each table of the folder says: its columns, their types and meaning; TSV with a header, empty cells unknown.

motifs.tsv: one row a pattern, of the model as trained and of its controls. hits.tsv: the known motifs nearest to each
pattern. elements.tsv: known core promoter elements at their places. enrichment.tsv: known motifs in important against
other regions. seqlets.tsv: every window or seqlet that the patterns were made of. motifs.meme holds the patterns of the
model as trained, logos/<pattern>.svg their logos.
"""

from __future__ import annotations

import polars as pl

from lncprom.tables.base import Column

_TEXT, _INT, _REAL, _FLAG = pl.String, pl.Int64, pl.Float64, pl.Boolean

_OF = {
    "dataset": Column(_TEXT, "name of the data set"),
    "model": Column(_TEXT, "name in the models sheet"),
    "method": Column(_TEXT, "of importance"),
    "control": Column(
        _TEXT, "empty: the model as trained; `random_init`; `shuffled_labels`; `random`: randomly drawn windows"
    ),
    "class": Column(_TEXT, "`positive`: bases that support the positive class in positives; `negative` likewise"),
}
_KNOWN = {
    "motif_id": Column(_TEXT, "matrix id in the database", nullable=True),
    "motif_name": Column(_TEXT, "its name; several matrices may share one", nullable=True),
    "tf_family": Column(_TEXT, "family of the factor", nullable=True),
}


def _against(what: str, words: str) -> dict[str, Column]:
    return {
        f"{what}_matches": Column(_INT, f"{words}: how many contain the pattern", nullable=True),
        f"{what}_windows": Column(_INT, f"{words}: how many there are", nullable=True),
        f"{what}_odds_ratio": Column(
            _REAL, "odds of the pattern in the model's windows over those windows", nullable=True
        ),
        f"{what}_ci_low": Column(_REAL, "lower bound of the odds ratio (95%)", nullable=True),
        f"{what}_ci_high": Column(_REAL, "upper bound", nullable=True),
        f"{what}_p": Column(_REAL, "Fisher's exact test, one-sided", nullable=True),
    }


MOTIFS = _OF | {
    "source": Column(_TEXT, "`windows`: the best two of 9 bases; `seqlets`: tangermeme's recursive seqlets"),
    "pattern": Column(_TEXT, "its name: class and rank"),
    "rank": Column(_INT, "from 1, by members, in its control and class"),
    "members": Column(_INT, "windows that the pattern is made of; each is in one pattern at most"),
    "sequences": Column(_INT, "sequences with at least one member"),
    "of_sequences": Column(_INT, "sequences of the class that were examined"),
    "consensus": Column(_TEXT, "IUPAC letters"),
    "width": Column(_INT, "columns after trimming those under 0.3 bits from the ends"),
    "information_bits": Column(_REAL, "of all columns, against equal base frequencies"),
    "position_median": Column(_REAL, "of the pattern's middle, relative to the TSS (0), or to the last base"),
    "position_low": Column(_REAL, "first quartile"),
    "position_high": Column(_REAL, "third quartile"),
    "plus_share": Column(_REAL, "fraction of members on the strand that is read"),
    "mean_score": Column(_REAL, "mean importance of the members' bases, after scaling each seed to mean size 1"),
    "matches": Column(_INT, "windows that contain it, each scored by a matrix from the other half of the sequences"),
    "windows": Column(_INT, "number of windows"),
}
MOTIFS |= _against("nearby", "windows of the same sequences, 15 to 60 bases away")
MOTIFS |= {
    "random_expected": Column(
        _REAL, "windows expected to contain it at the same positions of sequences without a window there"
    ),
    "random_p": Column(_REAL, "probability of as many or more under this expectation (Poisson binomial, exact)"),
    "random_family_p": Column(
        _REAL, "fraction, of 50 draws of such windows and this one, with a pattern as extreme", nullable=True
    ),
}
MOTIFS |= _against("random_init", "windows of the randomly initialised model")
MOTIFS |= _against("shuffled_labels", "windows of the model trained on shuffled labels")
MOTIFS |= {
    "evidence": Column(
        _TEXT,
        "`found`: above every control; `place`: above all but `random`; `chance`; empty in controls",
        nullable=True,
    )
}
MOTIFS |= _KNOWN
MOTIFS |= {
    "tomtom_p": Column(_REAL, "of the nearest known motif", nullable=True),
    "tomtom_q": Column(_REAL, "Benjamini-Hochberg over patterns x known motifs of the control", nullable=True),
    "named": Column(_FLAG, "`found` or `place`, and its nearest known motif has q within --fdr"),
    "logo": Column(_TEXT, "file in the folder", nullable=True),
}

HITS = _OF | {"pattern": Column(_TEXT, "as in motifs.tsv"), "rank": Column(_INT, "of the known motif, from 1")}
HITS |= {name: Column(column.dtype, column.meaning) for name, column in _KNOWN.items()}
HITS |= {
    "tf_class": Column(_TEXT, "class of the factor"),
    "p_value": Column(_REAL, "Tomtom's"),
    "q_value": Column(_REAL, "Benjamini-Hochberg over patterns x known motifs of the control"),
    "overlap": Column(_INT, "columns that overlap"),
    "offset": Column(_INT, "columns by which the known motif is shifted"),
    "strand": Column(_TEXT, "of the known motif: `+` or `-`"),
}

ELEMENTS = {name: _OF[name] for name in ("dataset", "model", "method", "control", "class")} | {
    "class": Column(_TEXT, "`positive` or `negative`: the samples whose importance is used"),
    "element": Column(_TEXT, "name of the core promoter element"),
    "consensus": Column(_TEXT, "IUPAC letters"),
    "strands": Column(_TEXT, "`+`: as read; `both`"),
    "first": Column(_INT, "where its first base may lie, TSS = 0"),
    "last": Column(_INT, "last such place"),
    "citation": Column(_TEXT, "source of letters and place"),
    "positives_with": Column(_INT, "of the data set: with the element there", nullable=True),
    "positives": Column(_INT, "of the data set: whose window covers the position", nullable=True),
    "negatives_with": Column(_INT, "likewise", nullable=True),
    "negatives": Column(_INT, "likewise", nullable=True),
    "odds_ratio": Column(_REAL, "of the element, positives over negatives", nullable=True),
    "ci_low": Column(_REAL, "lower bound (95%)", nullable=True),
    "ci_high": Column(_REAL, "upper bound", nullable=True),
    "p_value": Column(_REAL, "Fisher's exact test, two-sided", nullable=True),
    "q_value": Column(_REAL, "Benjamini-Hochberg over elements", nullable=True),
    "with_n": Column(_INT, "explained samples of the class with the element", nullable=True),
    "without_n": Column(_INT, "without it, examined at the same positions", nullable=True),
    "rank_with": Column(_REAL, "mean rank of the element's bases in their sequence: 0 least, 1 most", nullable=True),
    "rank_without": Column(_REAL, "in the same places of sequences without it", nullable=True),
    "superiority": Column(_REAL, "probability that a rank with the element is above one without (AUC)", nullable=True),
    "rank_p": Column(_REAL, "Mann-Whitney, one-sided: higher with the element", nullable=True),
    "rank_q": Column(_REAL, "Benjamini-Hochberg over elements and classes of the control", nullable=True),
}

ENRICHMENT = _OF | {name: Column(column.dtype, column.meaning) for name, column in _KNOWN.items()}
ENRICHMENT |= {
    "threshold": Column(_REAL, "p-value from which a match counts: 1e-4, 1e-3 for motifs under 10 columns"),
    "important_with": Column(_INT, "important regions that contain the motif"),
    "important": Column(_INT, "important regions: 31 bases about a window"),
    "background_with": Column(_INT, "background regions that contain it"),
    "background": Column(_INT, "regions of similar GC at the same position of other sequences, not important there"),
    "odds_ratio": Column(_REAL, "important over background", nullable=True),
    "ci_low": Column(_REAL, "lower bound (95%)", nullable=True),
    "ci_high": Column(_REAL, "upper bound", nullable=True),
    "p_value": Column(_REAL, "Fisher's exact test, one-sided", nullable=True),
    "q_value": Column(_REAL, "Benjamini-Hochberg over the known motifs", nullable=True),
}

SEQLETS = _OF | {
    "source": Column(_TEXT, "`windows` or `seqlets`"),
    "sample_id": Column(_TEXT, "as in the data set"),
    "start": Column(_INT, "first base, relative to the TSS (0), or to the last base"),
    "end": Column(_INT, "base after the last one"),
    "score": Column(_REAL, "mean importance of its bases, with the sign that supports the class"),
    "p_value": Column(_REAL, "of a seqlet, a rank rather than an error rate", nullable=True),
    "sequence": Column(_TEXT, "its bases"),
    "pattern": Column(_TEXT, "of which it is a member", nullable=True),
}

TABLES = {"motifs": MOTIFS, "hits": HITS, "elements": ELEMENTS, "enrichment": ENRICHMENT, "seqlets": SEQLETS}


def frame(name: str, rows: list[dict]) -> pl.DataFrame:
    """Rows as the table of that name: its columns in order, absent ones empty; none at all, a header only."""
    columns = TABLES[name]
    schema = {column: kind.dtype for column, kind in columns.items()}
    return pl.DataFrame([{column: row.get(column) for column in columns} for row in rows], schema=schema)


def text(table: pl.DataFrame) -> str:
    """A table as TSV; what is not a number is an empty cell, numbers have six digits."""
    short = (
        pl.Series(column.name, [None if value != value else float(f"{value:.6g}") for value in column], pl.Float64)
        for column in table.with_columns(pl.col(pl.Float64).fill_null(float("nan"))).select(pl.col(pl.Float64))
    )
    return table.with_columns(short).write_csv(separator="\t", quote_style="never")
