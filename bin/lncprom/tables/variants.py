"""Variants: one row per allele and promoter whose window it changes. Written by score_variants."""

from lncprom.tables.base import TsvTable, integer, number, string

_PLACE = {
    "chrom": string("as in the VCF; of a saturated region as in the FASTA"),
    "position": integer("of the first base of `ref`, 1-based as in a VCF"),
}
_ALLELE = {"ref": string("bases of the forward strand"), "alt": string("bases in their place")}
_EFFECT = {
    "promoter": string("gene id of the annotation, or the name in the BED"),
    "gene_name": string("symbol, where the annotation has one", nullable=True),
    "strand": string("`+` or `-`"),
    "tss": integer("0-based position of the first transcribed base"),
    "distance": integer(
        "bases from the TSS to the first replaced base, in the gene's direction; negative upstream. An insertion "
        "stands before that base"
    ),
    "logit": number("logit of the window without the variant, mean over models; of a regression its output"),
    "delta": number("logit with the variant minus logit without it, mean over models"),
    "delta_sd": number("standard deviation of delta over models (n - 1); empty for one model", nullable=True),
    "agree": number("fraction of models whose delta has the sign of the mean"),
    "delta_probability": number(
        "change of the calibrated probability, mean over models; empty for models without calibration", nullable=True
    ),
}

VARIANTS = TsvTable(
    "variants",
    "score_variants",
    _PLACE
    | {"id": string("as in the VCF", nullable=True)}
    | _ALLELE
    | _EFFECT
    | {
        "null_n": integer("matched changes in other promoters that this one is compared with"),
        "percentile": number("percentage of them with a lower delta, equal ones half", nullable=True),
        "p": number("(1 + those with an equal or larger absolute delta) / (1 + null_n)", nullable=True),
    },
    key=("chrom", "position", "ref", "alt", "promoter"),
)

SATURATION = TsvTable(
    "saturation",
    "score_variants",
    _PLACE | _ALLELE | _EFFECT,
    key=("chrom", "position", "alt", "promoter"),
)
