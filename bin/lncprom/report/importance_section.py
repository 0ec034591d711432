"""Importance of each base: the folders of profile_importance, as the page shows them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from lncprom.errors import InputError
from lncprom.profiles import audit
from lncprom.profiles import method_titles as importance_words
from lncprom.report import base_panels, inputs, svg, titles
from lncprom.sites import task_names
from lncprom.tables.profiles import AUDIT, SHARES

FIRST = 3  # methods of a model that are shown before the others are unfolded
VERDICTS = {"pass": "reliable", "reserve": "partly reliable", "fail": "not reliable", "not run": "not tested"}
CHECKED = {"pass": "passed", "fail": "failed", "not run": "not run"}
BADGES = {"pass": "better", "reserve": "similar", "fail": "worse", "not run": ""}
CONTROLS = {"random_init": "Randomly initialised model", "shuffled_labels": "Label-shuffled control"}
CHECKS = {
    "deletion": "Deletion: the highest-scoring bases are redrawn",
    "insertion": "Insertion: only the highest-scoring bases are kept",
    "agreement_occlusion": "Agreement with occlusion",
    "agreement_integrated_gradients": "Agreement with integrated gradients",
    "heads": "Attention heads or layers that agree",
    "seeds_profile": "Mean profile over seeds",
    "seeds_samples": "Scores within a promoter over seeds",
    "other_sequences": "Mean profile of the other promoters",
    **CONTROLS,
}
_WRITER = "profile_importance"


def view(folder: Path | None) -> list[dict]:
    """The summary of each folder, by its name, with a sentence, `figures` (heat maps), `panels` (promoters), `methods`.

    A method has `verdicts` (`bases`, `positions`, `overall`) and `checks` as rows of audit.tsv, and `shares` as rows of
    shares.tsv by (control, class).
    """
    return [_profile(path) for path in sorted(folder.iterdir()) if path.is_dir()] if folder else []


def _profile(folder: Path) -> dict:
    about = inputs.read_json(folder, "summary.json", _WRITER)
    judged = inputs.read_table(folder, "audit.tsv", AUDIT)
    near = inputs.read_table(folder, "shares.tsv", SHARES)
    order = [*about["shown"], *(method for method in about["methods"] if method not in about["shown"])]
    methods = [_method(method, judged, near) for method in order]
    figures = []
    for method in about["shown"]:
        drawn = inputs.read_text(folder, f"{method}.heatmap.svg", _WRITER)
        title = f"{importance_words.TITLES[method]}: {about['model']}, {about['dataset']}"
        text = "Mean importance by position, above heat maps of sequence by position for each class."
        figures.append(svg.embed(drawn, f"{folder.name}-{method}", title, text))
    promoters = inputs.read_json(folder, "promoters.json", _WRITER)
    panels = [one | _panel(one, about["shown"][0]) for one in promoters]
    names = task_names.classes(about["task"])
    heads = ["Method", *names, *((CONTROLS[control], names[0]) for control in about["controls"])]
    found = {"folder": folder.name, "methods": methods, "heads": heads, "sentence": _sentence(about, methods[0])}
    return about | found | {"figures": figures, "panels": panels}


def _method(name: str, judged: pl.DataFrame, near: pl.DataFrame) -> dict:
    rows = {row["check"]: row for row in judged.filter(pl.col("method") == name).iter_rows(named=True)}
    if audit.OVERALL not in rows:
        raise InputError(f"audit.tsv: no verdict on {name}. Run profile_importance again.")
    whole = near.filter((pl.col("method") == name) & (pl.col("scope") == "window") & pl.col("seed").is_null())
    found = {(row["control"] or "", row["label"]): row for row in whole.iter_rows(named=True)}
    return {
        "name": name,
        "title": importance_words.TITLES[name],
        "verdicts": {kind: rows[kind] for kind in (audit.BASES, audit.POSITIONS, audit.OVERALL)},
        "checks": [rows[check] for check in CHECKS if check in rows],
        "shares": found,
    }


def _sentence(about: dict, method: dict) -> str:
    """The fraction of importance directly upstream of the TSS by the leading method, or why there is none."""
    positive, negative, control = (method["shares"].get(key) for key in (("", 1), ("", 0), ("random_init", 1)))
    if not about["tss_known"]:
        return "The TSS of these sequences is not known, so importance upstream of it cannot be reported."
    if not positive or not negative or None in (positive["share"], negative["share"]):
        return "The model does not see the bases upstream of the TSS, so their importance cannot be reported."
    names = task_names.classes(about["task"])
    title = method["title"]
    told = f"By {title[0].lower() if title[1].islower() else title[0]}{title[1:]}, "
    told += f"{percent(positive)} of the importance lies in the first {about['region']} bp upstream of the TSS "
    told += f"in sequences of class “{names[0]}”, and {percent(negative)} in class “{names[1]}”"
    if control and control["share"] is not None:
        told += f"; in a randomly initialised model it is {percent(control)}"
    return f"{told}. The region is {titles.hundred(positive['length_share'])}% of the sequence."


def percent(row: dict) -> str:
    """The fraction of a row of shares.tsv with its interval: `41.2% [38.0, 44.5]`."""
    return titles.interval(row["share"], row["ci_low"], row["ci_high"], titles.hundred, "%")


def _panel(one: dict, method: str) -> dict:
    scores = np.array([np.nan if value is None else value for value in one["scores"][method]], float)
    place = None
    if one["chrom"] is not None and one["tss"] is not None:
        place = f"{one['chrom']}:{one['tss'] + 1:,} {one['strand']}"  # 1-based, as in genome browsers
    title = importance_words.TITLES[method]
    bars = base_panels.bars(scores, one["first"], f"{title} of {one['sample_id']}")
    bases = base_panels.letters(one["sequence"], scores, one["first"])
    return {"place": place, "method": title, "bars": bars, "bases": bases}
