"""How the report names things and prints numbers."""

from __future__ import annotations

from collections.abc import Callable

TRIVIAL = ("majority", "gc_cpg", "dinucleotide", "position", "biotype")
MODELS = {
    "logistic_regression": "Logistic regression",
    "position_ladder": "Position ladder",
    "gapped_kmers": "Gapped k-mers",
    "majority": "Majority or mean",
    "gc_cpg": "GC + CpG only",
    "dinucleotide": "Dinucleotides only",
    "position": "Bases by position only",
    "biotype": "Biotype only",
    "cnn": "CNN",
    "dnabert2": "DNABERT-2",
    "nucleotide_transformer": "Nucleotide Transformer",
}
METRICS = {"accuracy": "Accuracy", "f1": "F1", "mcc": "MCC", "auroc": "AUROC", "auprc": "AUPRC", "brier": "Brier score"}
BIOTYPES = {"protein_coding": "protein-coding", "lncRNA": "lncRNA"}
STEPS = {
    "prepare_genome": "Genome checked and indexed",
    "extract_tss": "One TSS per gene",
    "label_expression": "Genes labelled by expression",
    "define_task": "Samples of the task chosen",
    "sample_negatives": "Negatives sampled or built",
    "assign_folds": "Loci assigned to splits",
    "build_length_variants": "Sequences extracted",
    "import_dataset": "Ready-made set read",
    "audit_leaks": "Leaks between splits counted",
    "train_baseline": "Logistic regression and trivial baselines",
    "download_checkpoint": "Pretrained model downloaded",
    "make_checkpoint": "Tiny pretrained model made",
    "embed": "Sequences embedded by a model",
    "train_probe": "Logistic regression on embeddings",
    "finetune": "Model fine-tuned",
    "evaluate": "Metrics with intervals",
    "score_transfer": "Models scored on other sets",
    "evaluate_transfer": "Metrics on other sets",
    "compare_models": "Models compared in pairs",
    "score_attention": "Importance of each base",
    "profile_importance": "Importance profiles and checks",
    "compare_motifs": "Motifs in important regions",
    "apply_model": "New sequences scored",
    "scan_genome": "Genome scanned",
    "merge_scan": "Tracks and peaks of the scan",
    "report_scores": "Page of scores",
    "report": "The report",
    "summarise_cost": "Costs of the run",
}
_MINUS = "\u2212"


def model(name: str) -> str:
    return MODELS.get(name) or name


def model_within(name: str) -> str:
    """The name of a model within a sentence."""
    proper = name not in MODELS or name in ("gc_cpg", "cnn", "dnabert2", "nucleotide_transformer")
    return model(name) if proper else model(name)[0].lower() + model(name)[1:]


def number(value: float | None, digits: int = 3) -> str:
    """A number with a true minus sign and thousands separators; a dash for None.

    >>> number(0.12345), number(-0.0001), number(12345.6, 1)
    ('0.123', '0.000', '12,345.6')
    """
    if value is None:
        return "\u2013"
    text = f"{value:,.{digits}f}"
    return text.replace("-", _MINUS) if any(digit in "123456789" for digit in text) else text.lstrip("-")


def percent(fraction: float | None) -> str:
    """A fraction in per cent, never rounded to 0 or 100.

    >>> percent(1.0), percent(0.99998), percent(0.4267), percent(0.0), percent(None)
    ('100%', '> 99.9%', '42.7%', '0%', 'not known')
    """
    if fraction is None:
        return "not known"
    if fraction in (0, 1):
        return f"{fraction:.0%}"
    text = f"{fraction:.1%}"
    return {"100.0%": "> 99.9%", "0.0%": "< 0.1%"}.get(text, text)


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign; zero has none.

    >>> signed(1.234), signed(-0.01)
    ('+1.2', '0.0')
    """
    text = number(value, digits)
    return f"+{text}" if value > 0 and any(digit in "123456789" for digit in text) else text


def hundred(value: float | None, digits: int = 1) -> str:
    """A value x 100, as the study prints MCC."""
    return number(None if value is None else 100 * value, digits)


def interval(
    value: float | None,
    low: float | None,
    high: float | None,
    form: Callable[[float | None], str] = number,
    unit: str = "",
) -> str:
    """A value with its interval, if it has one.

    >>> interval(0.41234, 0.4, 0.45), interval(0.41234, 0.4, 0.45, hundred, "%"), interval(0.4, None, None)
    ('0.412 [0.400, 0.450]', '41.2% [40.0, 45.0]', '0.400')
    """
    return form(value) + unit + ("" if low is None or high is None else f" [{form(low)}, {form(high)}]")


def scalar(value: object) -> str:
    """A parameter or count as text.

    >>> scalar([0.8, 0.1]), scalar(None), scalar(True), scalar(26533), scalar(75.0)
    ('0.8, 0.1', 'not set', 'yes', '26,533', '75')
    """
    if value is None or value == "":
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return (f"{value:,}" if isinstance(value, int) else f"{value:.6g}").replace("-", _MINUS)
    if isinstance(value, (list, tuple)):
        return ", ".join(scalar(item) for item in value) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {scalar(item)}" for key, item in value.items()) or "none"
    return str(value)


def counted(number: int, noun: str) -> str:
    """`1 task`, `2 tasks`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def listed(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
