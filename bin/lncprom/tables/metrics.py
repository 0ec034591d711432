"""Metrics: how well each model predicts, by seed, over seeds, as curves; and comparisons of pairs of models."""

from lncprom.tables.base import TsvTable, integer, number, string

_SAMPLE_SET = {
    "dataset": string("name of the data set"),
    "task": string("its task"),
    "length": integer("bases of every sequence; empty where they differ", nullable=True),
}
_OF_MODEL = _SAMPLE_SET | {"model": string("name of the model or trivial baseline")}
_SEED = {"seed": integer("seed of training")}
_SPLIT = {"fold": string("`train`, `dev` or `test`")}
_SIZES = {
    "n": integer("samples"),
    "n_positive": integer("positive samples"),
    "n_groups": integer("groups, which the bootstrap draws"),
}

METRICS = TsvTable(
    "metrics",
    "evaluate",
    _OF_MODEL
    | _SEED
    | _SPLIT
    | {
        "metric": string("`accuracy`, `f1`, `mcc`, `auroc`, `auprc` or `brier`"),
        "value": number("MCC from -1 to 1, the others from 0 to 1", nullable=True),
        "ci_low": number("lower limit of the interval, at `--confidence`", nullable=True),
        "ci_high": number("upper limit", nullable=True),
    }
    | _SIZES,
    key=("dataset", "model", "seed", "fold", "metric"),
)

SEEDS = TsvTable(
    "seeds",
    "evaluate",
    _OF_MODEL
    | _SPLIT
    | {
        "metric": string("as in [metrics.tsv](#metricstsv)"),
        "seeds": integer("number of seeds of training"),
        "mean": number("mean over seeds", nullable=True),
        "sd": number("standard deviation over seeds (n - 1); empty for one seed", nullable=True),
        "ci_low": number("lower limit of the interval, which draws groups and seeds", nullable=True),
        "ci_high": number("upper limit", nullable=True),
    }
    | _SIZES,
    key=("dataset", "model", "fold", "metric"),
)

CURVES = TsvTable(
    "curves",
    "evaluate",
    _OF_MODEL
    | _SEED
    | {
        "curve": string("`roc` or `pr`"),
        "x": number("false positive rate; of `pr` recall"),
        "y": number("true positive rate; of `pr` precision"),
    },
)

COMPARISONS = TsvTable(
    "comparisons",
    "compare_models",
    _SAMPLE_SET
    | {
        "fold": string("`test`"),
        "model_a": string("one model or trivial baseline"),
        "model_b": string("the other; the logistic regression in the first rows, where there is one"),
        "metric": string("`mcc` or `auroc`"),
        "difference": number("mean over seeds of `model_a` minus that of `model_b`", nullable=True),
        "ci_low": number(
            "lower limit of its interval: both models get the same draws of groups, each its own draws of seeds",
            nullable=True,
        ),
        "ci_high": number("upper limit", nullable=True),
        "p_value": number("two-sided, by swapping both models' predictions group by group", nullable=True),
        "q_value": number("Benjamini-Hochberg over the pairs of this data set and metric", nullable=True),
        "n": integer("samples"),
        "n_groups": integer("groups"),
        "seeds_a": integer("seeds of `model_a`"),
        "seeds_b": integer("seeds of `model_b`"),
    },
    key=("dataset", "model_a", "model_b", "metric"),
)
