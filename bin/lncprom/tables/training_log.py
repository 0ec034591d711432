"""Training log: losses of a language model or network by epoch. Written by finetune."""

import polars as pl

from lncprom.tables.base import Column
from lncprom.tables.tsv import TsvTable

TRAINING = TsvTable(
    "training",
    "finetune",
    {
        "dataset": Column(pl.String, "name of the data set"),
        "model": Column(pl.String, "name of the model"),
        "seed": Column(pl.Int64, "seed of training"),
        "attempt": Column(pl.Int64, "from 1; larger after a collapse"),
        "epoch": Column(pl.Int64, "from 1"),
        "step": Column(pl.Int64, "steps done at its end"),
        "learning_rate": Column(pl.Float64, "at its end"),
        "train_loss": Column(pl.Float64, "mean cross entropy over the epoch, in nats", nullable=True),
        "dev_loss": Column(pl.Float64, "at its end", nullable=True),
        "dev_mcc": Column(pl.Float64, "at its end", nullable=True),
        "collapsed": Column(pl.String, "why the model counts as collapsed; else empty", nullable=True),
        "kept": Column(pl.Int64, "1: the epoch whose weights were kept, that with the smallest loss on dev"),
    },
    key=("dataset", "model", "seed", "attempt", "epoch"),
)
