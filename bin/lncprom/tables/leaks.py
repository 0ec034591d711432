"""Leaks: how many samples of dev and test resemble train and how, the pairs, and the nearest train sample of each."""

import polars as pl

from lncprom.tables.base import Column, Table, TsvTable, integer, number, string

KINDS = {
    "exact": "the same sequence",
    "reverse_complement": "the same sequence on the other strand",
    "near": "identity of 0.8 or more over half of the shorter sequence, score of 30 or more, either strand; copies too",
    "overlapping": "windows that overlap in the genome, on either strand",
    "shared_chunks": "6 to 19 of 20 chunks are equal at the same place, and the labels differ (from 200 bases on)",
    "same_gene": "the same gene",
    "any": "at least one of these: the fraction that `--max_leakage` limits",
    "related": "best alignment with a score of 50 or more, near duplicates too",
    "same_label": "of the related ones: the nearest train sample has the same label",
}
_LISTED = "; ".join(f"`{kind}`: {meaning}" for kind, meaning in KINDS.items())

SCORES = (30, 60, 120, 240)  # best scores to train at which a bin, or a level of homology, begins

LEAKS = TsvTable(
    "leaks",
    "audit_leaks",
    {
        "dataset": string("name of the data set"),
        "split": integer("number of the assignment of folds, from 1"),
        "fold": string("`dev` or `test`, compared with train"),
        "measure": string("`leak`; `identity` or `score`: samples by their best one to train"),
        "level": string(f"of `leak`: {_LISTED}; else the bin, e.g. `0.8-0.9`"),
        "samples": integer("samples of the fold at this level"),
        "of": integer("samples of the fold; of `same_label` the related ones"),
    },
    key=("dataset", "split", "fold", "measure", "level"),
)

PAIRS = TsvTable(
    "leak_pairs",
    "audit_leaks",
    {
        "sample_id": string("sample of dev or test"),
        "fold": string("its fold"),
        "train_id": string("sample of train"),
        "strand": string("`+`; `-`: similar to the other strand of the train sample"),
        "score": integer("of the best alignment without gaps: match 1, mismatch -1"),
        "identity": number("matches / aligned bases"),
        "coverage": number("aligned bases / bases of the shorter sequence"),
        "shared_chunks": integer("chunks, of 20, equal in place; 0 where lengths differ"),
        "same_label": Column(pl.Boolean, "both samples have one label"),
    },
    key=("sample_id", "train_id"),
)

HOMOLOGY = Table(
    "homology",
    {
        "sample_id": string("sample of dev or test"),
        "split": integer("number of the assignment of folds, from 1"),
        "fold": string("its fold"),
        "best_score": integer("highest score of an alignment to train without gaps; 0 where none was found"),
        "best_identity": number("matches of its best alignment to train / bases of the shorter sequence; likewise"),
        "nearest": string("the train sample of the best score", nullable=True),
        "leak": string("kinds of leak of the sample, comma-separated, as in [leaks](#leakstsv)", nullable=True),
    },
    key=("sample_id", "split"),
)
