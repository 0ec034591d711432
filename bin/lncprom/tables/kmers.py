"""k-mers: the weights of a logistic regression. Written by train_baseline."""

import polars as pl

from lncprom.tables.base import Column
from lncprom.tables.tsv import TsvTable

KMERS = TsvTable(
    "kmers",
    "train_baseline",
    {
        "dataset": Column(pl.String, "name of the data set"),
        "kmer": Column(pl.String, "letters A, C, G, T, N"),
        "weight": Column(pl.Float64, "coefficient of its TF-IDF value"),
        "idf": Column(pl.Float64, "inverse document frequency, smoothed as in scikit-learn"),
        "document_share": Column(pl.Float64, "fraction of the training sequences that contain it"),
        "rank": Column(pl.Int64, "from 1, by absolute weight, among those of its direction"),
        "direction": Column(pl.String, "`positive`: speaks for class 1; `negative`"),
    },
)
