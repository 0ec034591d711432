"""How the report names things and prints numbers."""

from __future__ import annotations

from lncprom import study as published

FLOORS = ("gc_cpg", "biotype")
MODELS = {
    "logistic_regression": "Logistic regression",
    "gc_cpg": "GC + CpG only",
    "biotype": "Biotype only",
    "cnn": "CNN",
    "dnabert2": "DNABERT-2",
    "nucleotide_transformer": "Nucleotide Transformer",
}
METRICS = {"accuracy": "Accuracy", "f1": "F1", "mcc": "MCC", "auroc": "AUROC", "auprc": "AUPRC", "brier": "Brier score"}
BIOTYPES = {"protein_coding": "protein-coding", "lncRNA": "lncRNA"}
STEPS = {
    "prepare_genome": "Genome read and checked",
    "extract_tss": "One transcription start per gene",
    "label_expression": "Genes high or low in expression",
    "define_task": "Who is in the task",
    "sample_negatives": "Negatives drawn or made",
    "assign_folds": "Overlapping loci to one fold",
    "build_length_variants": "Windows cut from the genome",
    "import_dataset": "Ready-made set read",
    "train_baseline": "Logistic regression and floors fitted",
    "download_checkpoint": "Pretrained model brought",
    "make_checkpoint": "Small pretrained model made",
    "finetune": "Model fine-tuned",
    "evaluate": "Metrics with intervals",
    "compare_models": "Models compared in pairs",
    "score_attention": "Importance of every base",
    "profile_importance": "Profiles of importance",
    "compare_motifs": "Important regions against known motifs",
    "report": "The report",
    "summarise_cost": "What it cost",
}
ABSENT = "\u2013"
_MINUS = "\u2212"


def model(name: str) -> str:
    return MODELS.get(name) or name


def model_within(name: str) -> str:
    """The name of a model as it stands within a sentence."""
    return {"logistic_regression": "logistic regression", "biotype": "biotype only"}.get(name) or model(name)


def task(name: str) -> str:
    """`Task 3: high vs low expression`; a ready-made set keeps its name."""
    study = published.TASKS.get(name)
    return f"Task {study.number}: {study.title[0].lower()}{study.title[1:]}" if study else name


def classes(name: str) -> tuple[str, str]:
    """Names of the positive and the negative class."""
    study = published.TASKS.get(name)
    return (study.positive, study.negative) if study else ("class 1", "class 0")


def number(value: float | None, digits: int = 3) -> str:
    """A number with a true minus sign and thousands set apart; a dash where there is none.

    >>> number(0.12345), number(-0.0001), number(12345.6, 1)
    ('0.123', '0.000', '12,345.6')
    """
    if value is None:
        return ABSENT
    text = f"{value:,.{digits}f}"
    return text.replace("-", _MINUS) if any(digit in "123456789" for digit in text) else text.lstrip("-")


def percent(share: float | None) -> str:
    """A share in per cent; never 100 or 0 for what is not quite.

    >>> percent(1.0), percent(0.99998), percent(0.4267), percent(0.0), percent(None)
    ('100%', '> 99.9%', '42.7%', '0%', 'not known')
    """
    if share is None:
        return "not known"
    if share in (0, 1):
        return f"{share:.0%}"
    text = f"{share:.1%}"
    return {"100.0%": "> 99.9%", "0.0%": "< 0.1%"}.get(text, text)


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign, none for nothing.

    >>> signed(1.234), signed(-0.01)
    ('+1.2', '0.0')
    """
    text = number(value, digits)
    return f"+{text}" if value > 0 and any(digit in "123456789" for digit in text) else text


def millions(count: int) -> str:
    """A count of weights in millions, two digits of it at least.

    >>> millions(86_100_000), millions(1_234_000), millions(26_402)
    ('86', '1.2', '0.026')
    """
    value = count / 1e6
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def hundred(value: float | None, digits: int = 1) -> str:
    """A value x 100, as the study prints MCC."""
    return number(None if value is None else 100 * value, digits)


def scalar(value: object) -> str:
    """A parameter or a count as a reader writes it.

    >>> scalar([0.8, 0.1]), scalar(None), scalar(True), scalar(26533), scalar(75.0)
    ('0.8, 0.1', 'not set', 'yes', '26,533', '75')
    """
    if value is None or value == "":
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}".replace("-", _MINUS)
    if isinstance(value, float):
        return f"{value:.6g}".replace("-", _MINUS)
    if isinstance(value, (list, tuple)):
        return ", ".join(scalar(item) for item in value) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {scalar(item)}" for key, item in value.items()) or "none"
    return str(value)


def size(count: int) -> str:
    """Bytes in the unit that a person would use.

    >>> size(512), size(3_200_000_000)
    ('512 B', '3.2 GB')
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} B"


def counted(number: int, noun: str) -> str:
    """`one task`, `two tasks`."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def count(number: int) -> str:
    """A small number as a word."""
    small = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return small[number] if number < len(small) else f"{number:,}"


def listed(items: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
