"""Metrics: how well each model predicts, by seed, over seeds, as curves; comparisons of pairs, and what they show."""

from lncprom.tables.base import TsvTable, integer, number, string

_SAMPLE_SET = {
    "dataset": string("name of the data set"),
    "task": string("its task"),
    "length": integer("bases of every sequence; empty where they differ", nullable=True),
}
_OF_MODEL = _SAMPLE_SET | {"model": string("name of the model or trivial baseline")}
_SEED = {"seed": integer("seed of training")}
_SPLIT = {"split": integer("number of the assignment of folds, from 1; see `--splits`")}
_FOLD = {"fold": string("`train`, `dev` or `test`")}
_KIND = {"probability": string("`raw`: as the model gives it; `calibrated`: after Platt scaling on dev")}
_SIZES = {
    "n": integer("samples"),
    "n_positive": integer("positive samples"),
    "n_groups": integer(
        "groups (overlapping loci; in ready-made sets similar sequences), which the jackknife leaves out"
    ),
}

_NOTE = {
    "interval_note": string(
        "empty; `fewer than 50 groups`: the interval is rough; `bound: no group changes the value`: with no variance "
        "to estimate, how far the value may lie if few groups are exceptions",
        nullable=True,
    )
}

METRICS = TsvTable(
    "metrics",
    "evaluate",
    _OF_MODEL
    | _SPLIT
    | _SEED
    | _FOLD
    | _KIND
    | {
        "threshold": number(
            "predicted positive from here on: 0.5; where a class has less than 40% of dev, by the best MCC on dev"
        ),
        "metric": string(
            "`accuracy`, `f1`, `mcc`, `auroc`, `auprc`, `brier`, `rms_calibration_error`, `brier_resolution`, "
            "`brier_uncertainty`; with `--prevalence` also `mcc_at_prevalence`, `precision_at_prevalence`, "
            "`auprc_at_prevalence`; of a regression also `spearman`, `pearson` and `r2`, and the same with `:BIOTYPE`; "
            "of all tissues on test also with `:tissue:NAME`, and `pearson:specific` of what the means of gene and "
            "tissue leave"
        ),
        "value": number("MCC and correlations from -1 to 1, R2 up to 1, the others from 0 to 1", nullable=True),
        "ci_low": number("lower limit of the interval, at `--confidence`", nullable=True),
        "ci_high": number("upper limit", nullable=True),
    }
    | _NOTE
    | _SIZES,
    key=("dataset", "model", "split", "seed", "fold", "probability", "metric"),
)

SEEDS = TsvTable(
    "seeds",
    "evaluate",
    _OF_MODEL
    | _SPLIT
    | _FOLD
    | _KIND
    | {
        "metric": string("as in [metrics.tsv](#metricstsv)"),
        "seeds": integer("number of seeds of training"),
        "mean": number("mean over seeds", nullable=True),
        "sd": number("standard deviation over seeds (n - 1); empty for one seed", nullable=True),
        "ci_low": number("lower limit of the interval, which counts groups and seeds", nullable=True),
        "ci_high": number("upper limit", nullable=True),
    }
    | _NOTE
    | _SIZES,
    key=("dataset", "model", "split", "fold", "probability", "metric"),
)

STRATA_NAMES = {
    "biotype": "of the gene",
    "cpg_island": "200 bases of the sequence with a GC content of 0.5 and a CpG observed/expected of 0.6 or more",
    "bidirectional": "a TSS on the other strand within 1,000 bp upstream",
    "tata": "a TATA box at its place before the TSS",
    "repeat": "more than half of the window in lower case in the genome",
    "tss_support": "a peak near the TSS",
    "homology": "by the best score of an alignment to train",
}

STRATA = TsvTable(
    "strata",
    "evaluate",
    _OF_MODEL
    | _SPLIT
    | {
        "stratum": string("; ".join(f"`{name}`: {meaning}" for name, meaning in STRATA_NAMES.items())),
        "level": string("a biotype, `yes`, `no`, or a range of scores; an artificial negative has its promoter's"),
        "metric": string(
            "`mcc`, `auroc` and, of a regression, `spearman`: of raw predictions on the test samples of the level"
        ),
        "seeds": integer("number of seeds of training"),
        "value": number("mean over seeds; `mcc` and `auroc` are empty where the level has one class", nullable=True),
        "ci_low": number("lower limit of the interval, which counts groups and seeds", nullable=True),
        "ci_high": number("upper limit", nullable=True),
    }
    | _NOTE
    | _SIZES,
    key=("dataset", "model", "split", "stratum", "level", "metric"),
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

RELIABILITY = TsvTable(
    "reliability",
    "evaluate",
    _OF_MODEL
    | {"seed": integer("seed of training: the first")}
    | _KIND
    | {
        "bin": integer("from 1: bins of about equally many samples by predicted probability, at most 15"),
        "predicted": number("mean predicted probability in the bin"),
        "observed": number("fraction of positive samples in it"),
        "ci_low": number("lower limit of the interval of `observed` over groups, at `--confidence`"),
        "ci_high": number("upper limit"),
        "n": integer("samples"),
        "n_groups": integer("groups"),
    },
    key=("dataset", "model", "seed", "probability", "bin"),
)

_OVER_SEEDS = {name: SEEDS.columns[name] for name in ("metric", "seeds", "mean", "sd", "ci_low", "ci_high")}

LEARNING_CURVE = TsvTable(
    "learning_curve",
    "evaluate",
    _OF_MODEL
    | {
        "fraction": number("fraction of the train split that the model was trained on (`--train_fractions`)"),
        "sequences": integer("sequences of train in it, on average over seeds"),
    }
    | _OVER_SEEDS
    | _NOTE
    | _SIZES,
    key=("dataset", "model", "fraction", "metric"),
)

TRANSFER = TsvTable(
    "transfer",
    "evaluate_transfer",
    {
        "kind": string("`external`: a set that is only tested on; `transfer`: the test split of another data set"),
        "trained_on": string("data set that the model was trained on, and whose dev gives its threshold"),
        "tested_on": string("set whose samples are predicted"),
        "length": integer(
            "bases of the model's window, to which samples are cut; empty where it has several", nullable=True
        ),
        "model": string("name of the model or trivial baseline"),
    }
    | _KIND
    | _OVER_SEEDS
    | _NOTE
    | _SIZES
    | {
        "n_in_train": integer("of an external set: samples whose sequence, on either strand, stands in train"),
        "n_related": integer("samples with a similar sequence in train, as in [leaks.tsv](tables_data.md#leakstsv)"),
        "n_left_out": integer("samples left out: without the model's window, or (transfer) that stand in train"),
    },
    key=("trained_on", "tested_on", "model", "probability", "metric"),
)

_PAIR = {
    "model_a": string("one model or trivial baseline"),
    "model_b": string("the other"),
    "metric": string("`mcc` or `auroc`; of a regression also `spearman`"),
    "difference": number("mean over seeds of `model_a` minus that of `model_b`", nullable=True),
    "ci_low": number("lower limit of its interval over groups and seeds, at `--confidence`", nullable=True),
    "ci_high": number("upper limit", nullable=True),
}
_DF = number("degrees of freedom of the t-distribution; empty for a bound", nullable=True)
_P = number("two-sided, of the t-test that the interval belongs to", nullable=True)
_MDD = number("least detectable difference: with power 0.8, at p < 0.05", nullable=True)
_SEEDS_OF_PAIR = {"seeds_a": integer("seeds of `model_a`"), "seeds_b": integer("seeds of `model_b`")}
_SPLITS = {"splits": integer("splits into train, dev and test that the row rests on")}
_TOKENIZER = {
    "tokenizer": string(
        "of a gain: tokens of both models (`single-base`, `k-mer`, `BPE`, `own`: the checkpoint's); only where a gain "
        "is declared",
        nullable=True,
        optional=True,
    )
}

COMPARISONS = TsvTable(
    "comparisons",
    "compare_models",
    _SAMPLE_SET
    | {
        "split": integer("number of the split; empty: over all splits, by the corrected t-test", nullable=True),
        "fold": string("`test`"),
        "contrast": string(
            "name of the declared contrast; empty for a pair that is shown without a verdict", nullable=True
        ),
    }
    | _PAIR
    | {
        "se": number("standard error of the difference over groups and seeds", nullable=True),
        "df": _DF,
        "p_value": _P,
        "p_swap": number(
            "two-sided, about these trained models: both models' predictions are swapped group by group", nullable=True
        ),
        "mdd": _MDD,
    }
    | _NOTE
    | {
        "lacking": string("why no verdict is possible, e.g. `1 seed of dnabert_2`; empty: it is", nullable=True),
        "n": integer("samples"),
        "n_groups": integer("groups"),
    }
    | _SEEDS_OF_PAIR
    | _SPLITS
    | _TOKENIZER,
    key=("dataset", "split", "model_a", "model_b", "metric"),
)

CLAIMS = TsvTable(
    "claims",
    "make_claims",
    {"sentence": string("the result in words; differences are in MCC x 100")}
    | _SAMPLE_SET
    | {"contrast": string("name of the declared contrast")}
    | _PAIR
    | {
        "df": _DF,
        "p_value": _P,
        "p_holm": number("p adjusted for all contrasts of the run that have a verdict (Holm)", nullable=True),
        "mdd": _MDD,
    }
    | _SEEDS_OF_PAIR
    | _SPLITS
    | {
        "n": integer("samples"),
        "n_groups": integer("groups"),
        "verdict": string("`better`, `worse` (p_holm < 0.05), `no difference shown`, or `not enough evidence: ...`"),
    }
    | _TOKENIZER,
    key=("dataset", "model_a", "model_b"),
)
