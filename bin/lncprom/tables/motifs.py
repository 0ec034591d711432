"""What each table of the folder says: its columns, their types and meaning; TSV with a header, empty cells unknown.

motifs.tsv: one row a pattern, of the model as trained and of its controls. hits.tsv: the known motifs nearest to each
pattern. elements.tsv: known core promoter elements at their places. enrichment.tsv: known motifs in important against
other regions. seqlets.tsv: every window or seqlet that the patterns were made of. motifs.meme holds the patterns of the
model as trained, logos/<pattern>.svg their logos.
"""

from __future__ import annotations

import polars as pl

from lncprom.tables.base import Column, integer, number, string

_OF = {
    "dataset": string("name of the data set"),
    "model": string("name in the models sheet"),
    "method": string("of importance"),
    "control": string(
        "empty: the model as trained; `random_init`; `shuffled_labels`; `random`: randomly drawn windows"
    ),
    "class": string("`positive`: bases that support the positive class in positives; `negative` likewise"),
}
_KNOWN = {
    "motif_id": string("matrix id in the database", nullable=True),
    "motif_name": string("its name; several matrices may share one", nullable=True),
    "tf_family": string("family of the factor", nullable=True),
}
_NAMED = {name: column._replace(nullable=False) for name, column in _KNOWN.items()}


def _against(what: str, words: str) -> dict[str, Column]:
    return {
        f"{what}_matches": integer(f"{words}: how many contain the pattern", nullable=True),
        f"{what}_windows": integer(f"{words}: how many there are", nullable=True),
        f"{what}_odds_ratio": number("odds of the pattern in the model's windows over those windows", nullable=True),
        f"{what}_ci_low": number("lower bound of the odds ratio (95%)", nullable=True),
        f"{what}_ci_high": number("upper bound", nullable=True),
        f"{what}_p": number("Fisher's exact test, one-sided", nullable=True),
    }


_COMPOSITION = {
    "composition_share": number(
        "fraction of the importance of its places that their mono- and dinucleotides explain; empty in controls, or "
        "where this importance is below the mean",
        nullable=True,
    ),
    "composition_p": number(
        "Student's test over groups, one-sided: importance exceeds this by a margin", nullable=True
    ),
}


MOTIFS = _OF | {
    "source": string("`windows`: the best two of 9 bases; `seqlets`: tangermeme's recursive seqlets"),
    "pattern": string("its name: class and rank"),
    "rank": integer("from 1, by members, in its control and class"),
    "members": integer("windows that the pattern is made of; each is in one pattern at most"),
    "sequences": integer("sequences with at least one member"),
    "of_sequences": integer("sequences of the class that were examined"),
    "consensus": string("IUPAC letters"),
    "width": integer("columns after trimming those under 0.3 bits from the ends"),
    "information_bits": number("of all columns, against equal base frequencies"),
    "position_median": number("of the pattern's middle, relative to the TSS (0), or to the last base"),
    "position_low": number("first quartile"),
    "position_high": number("third quartile"),
    "plus_share": number("fraction of members on the strand that is read"),
    "mean_score": number("mean importance of the members' bases, after scaling each seed to mean size 1"),
    "matches": integer("windows that contain it, each scored by a matrix from the other half of the sequences"),
    "windows": integer("number of windows"),
}
MOTIFS |= _against("nearby", "windows of the same sequences, 15 to 60 bases away")
MOTIFS |= {
    "random_expected": number(
        "windows expected to contain it at the same positions of sequences without a window there"
    ),
    "random_p": number("probability of as many or more under this expectation (Poisson binomial, exact)"),
    "random_family_p": number(
        "fraction, of 50 draws of such windows and this one, with a pattern as extreme", nullable=True
    ),
}
MOTIFS |= _against("random_init", "windows of the randomly initialised model")
MOTIFS |= _against("shuffled_labels", "windows of the model trained on shuffled labels")
MOTIFS |= _COMPOSITION
MOTIFS |= {
    "evidence": string(
        "`found`: above every control; `place`: above all but `random`; `composition`: what composition explains; "
        "`chance`; empty in controls",
        nullable=True,
    ),
    **_KNOWN,
    "tomtom_p": number("of the nearest known motif", nullable=True),
    "tomtom_q": number("Benjamini-Hochberg over patterns x known motifs of the control", nullable=True),
    "named": Column(pl.Boolean, "`found` or `place`, and its nearest known motif has q within --fdr"),
    "logo": string("file in the folder", nullable=True),
}

HITS = _OF | {"pattern": string("as in motifs.tsv"), "rank": integer("of the known motif, from 1")}
HITS |= _NAMED | {
    "tf_class": string("class of the factor"),
    "p_value": number("Tomtom's"),
    "q_value": number("Benjamini-Hochberg over patterns x known motifs of the control"),
    "overlap": integer("columns that overlap"),
    "offset": integer("columns by which the known motif is shifted"),
    "strand": string("of the known motif: `+` or `-`"),
}

ELEMENTS = _OF | {
    "class": string("`positive` or `negative`: the samples whose importance is used"),
    "element": string("name of the core promoter element"),
    "consensus": string("IUPAC letters"),
    "strands": string("`+`: as read; `both`"),
    "first": integer("where its first base may lie, TSS = 0"),
    "last": integer("last such place"),
    "citation": string("source of letters and place"),
    "positives_with": integer("of the data set: with the element there", nullable=True),
    "positives": integer("of the data set: whose window covers the position", nullable=True),
    "negatives_with": integer("likewise", nullable=True),
    "negatives": integer("likewise", nullable=True),
    "odds_ratio": number("of the element, positives over negatives", nullable=True),
    "ci_low": number("lower bound (95%)", nullable=True),
    "ci_high": number("upper bound", nullable=True),
    "p_value": number("Fisher's exact test, two-sided, weakened where samples of one group agree", nullable=True),
    "q_value": number("Benjamini-Hochberg over elements", nullable=True),
    "with_n": integer("explained samples of the class with the element", nullable=True),
    "without_n": integer("without it, examined at the same positions", nullable=True),
    "rank_with": number("mean rank of the element's bases in their sequence: 0 least, 1 most", nullable=True),
    "rank_without": number("in the same places of sequences without it", nullable=True),
    "superiority": number("probability that a rank with the element is above one without (AUC)", nullable=True),
    "rank_p": number(
        "Mann-Whitney, one-sided: higher with the element; weakened where samples of one group agree", nullable=True
    ),
    **_COMPOSITION,
    "rank_q": number(
        "Benjamini-Hochberg over elements and classes of the control, of the larger of `rank_p` and `composition_p`",
        nullable=True,
    ),
}

ENRICHMENT = (
    _OF
    | _NAMED
    | {
        "threshold": number("p-value from which a match counts: 1e-4, 1e-3 for motifs under 10 columns"),
        "important_with": integer("important regions that contain the motif"),
        "important": integer("important regions: 31 bases about a window"),
        "background_with": integer("background regions that contain it"),
        "background": integer("regions of similar GC at the same position of other sequences, not important there"),
        "odds_ratio": number("important over background", nullable=True),
        "ci_low": number("lower bound (95%)", nullable=True),
        "ci_high": number("upper bound", nullable=True),
        "p_value": number("Fisher's exact test, one-sided", nullable=True),
        **_COMPOSITION,
        "q_value": number(
            "Benjamini-Hochberg over the known motifs, of the larger of `p_value` and `composition_p`",
            nullable=True,
        ),
    }
)

SEQLETS = _OF | {
    "source": string("`windows` or `seqlets`"),
    "sample_id": string("as in the data set"),
    "start": integer("first base, relative to the TSS (0), or to the last base"),
    "end": integer("base after the last one"),
    "score": number("mean importance of its bases, with the sign that supports the class"),
    "p_value": number("of a seqlet, a rank rather than an error rate", nullable=True),
    "sequence": string("its bases"),
    "pattern": string("of which it is a member", nullable=True),
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
