"""Training: losses by epoch (finetune), weights of a logistic regression (train_baseline), trials of settings."""

from lncprom.tables.base import TsvTable, integer, number, string

TRAINING = TsvTable(
    "training",
    "finetune",
    {
        "dataset": string("name of the data set"),
        "model": string("name of the model"),
        "seed": integer("seed of training"),
        "attempt": integer("from 1; larger after a collapse"),
        "epoch": integer("from 1"),
        "step": integer("steps done at its end"),
        "learning_rate": number("at its end"),
        "train_loss": number(
            "mean cross entropy over the epoch, in nats; regression: squared error / variance", nullable=True
        ),
        "dev_loss": number("at its end", nullable=True),
        "dev_mcc": number("at its end", nullable=True),
        "collapsed": string("why the model counts as collapsed; else empty", nullable=True),
        "kept": integer("1: the epoch whose weights were kept, that with the smallest loss on dev"),
    },
    key=("dataset", "model", "seed", "attempt", "epoch"),
)

KMERS = TsvTable(
    "kmers",
    "train_baseline",
    {
        "dataset": string("name of the data set"),
        "kmer": string(
            "letters A, C, G, T, N; with `features=position_ladder` and where its first letter stands, relative to the "
            "TSS (else from 0): `TA@-31`, `TATA@-45..-16`; with `features=gapped_kmers` and a dot for any letter"
        ),
        "weight": number("coefficient of its TF-IDF value, or of the feature's value"),
        "idf": number("inverse document frequency, smoothed as in scikit-learn; `features=kmers` only", nullable=True),
        "document_share": number(
            "fraction of the training sequences that contain it; `features=kmers` only", nullable=True
        ),
        "rank": integer("from 1, by absolute weight, among those of its direction"),
        "direction": string("`positive`: speaks for class 1; `negative`"),
    },
)

TRIALS = TsvTable(
    "trials",
    "choose_settings",
    {
        "dataset": string("name of the data set"),
        "model": string("name of the model"),
        "split": integer("number of the assignment of folds"),
        "trial": integer("from 1; the first has the settings of the models sheet"),
        "settings": string("what is changed, as JSON"),
        "dev_loss": number("mean cross entropy on dev of the kept epoch, in nats; of a regression squared error"),
        "difference": number("`dev_loss` minus that of trial 1"),
        "se": number("standard error of the difference, over groups"),
        "kept": integer("1: the settings of the final trainings: lower than trial 1 by more than `se`, and the lowest"),
    },
    key=("dataset", "model", "split", "trial"),
)
