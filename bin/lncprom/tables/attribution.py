"""Attribution: deletion and insertion curves, and attention by head. Written by score_attention."""

from lncprom.tables.base import TsvTable, integer, number, string

MODEL = {
    "dataset": string("name of the data set"),
    "model": string("name of the model"),
    "seed": integer("seed of training"),
}

DELETION = TsvTable(
    "deletion",
    "score_attention",
    MODEL
    | {
        "control": string("whose ranking: empty, the model's own; `random_init`; `shuffled_labels`", nullable=True),
        "method": string("method of explanation"),
        "kind": string("`deletion`: those bases are replaced; `insertion`: all other bases are redrawn"),
        "bases": integer("how many bases: 0, 5, 10, 20, 40, 80"),
        "n": integer("positives"),
        "mean": number("mean fall (deletion) or rise (insertion) of the logit"),
        "sd": number("its standard deviation over samples; empty for one sample", nullable=True),
        "random_mean": number("the same of randomly chosen bases"),
        "random_sd": number("its standard deviation", nullable=True),
        "ci_low": number("of mean minus random mean, paired by sample, over groups: lower limit (95%)", nullable=True),
        "ci_high": number("upper limit", nullable=True),
    },
    key=("seed", "control", "method", "kind", "bases"),
)

HEADS = TsvTable(
    "heads",
    "score_attention",
    MODEL
    | {
        "control": string("empty, `random_init` or `shuffled_labels`", nullable=True),
        "layer": integer("from 1, the first above the embedding"),
        "head": integer("from 1"),
        "share_first80": number(
            "fraction of the first token's attention on the 80 bases upstream of the TSS; empty without a TSS",
            nullable=True,
        ),
        "entropy_bits": number("entropy of its attention over bases, in bits"),
    },
    key=("seed", "control", "layer", "head"),
)
