"""Importance per base: folders that profile_importance wrote, as the page shows them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import polars as pl
from markupsafe import Markup

from lncprom.errors import InputError
from lncprom.profiles import audit
from lncprom.profiles import method_titles as importance_words
from lncprom.report import examples_section, svg, titles
from lncprom.tables.profiles import AUDIT, SHARES
from lncprom.tables.tsv import TsvTable

FIRST = 3  # methods of a model that are shown before the rest is unfolded
VERDICTS = {"pass": "believable", "reserve": "with a reserve", "fail": "not believable", "not run": "not shown"}
CHECKED = {"pass": "passed", "fail": "failed", "not run": "not run"}
BADGES = {"pass": "above", "reserve": "overlaps", "fail": "below", "not run": ""}
CHECKS = {
    "deletion": "Deletion: its highest bases drawn anew",
    "insertion": "Insertion: its highest bases alone",
    "agreement_occlusion": "Agreement with occlusion",
    "agreement_integrated_gradients": "Agreement with integrated gradients",
    "heads": "Heads or layers that look the same way",
    "seeds_profile": "Mean profile over seeds",
    "seeds_samples": "Scores within a promoter over seeds",
    "other_sequences": "Profile of the other promoters",
    "random_init": "Random weights",
    "shuffled_labels": "Shuffled labels",
}


CONTROLS = {"random_init": "Random weights", "shuffled_labels": "Shuffled labels"}


class Share(NamedTuple):
    """What part of the importance lies in the region, its interval, and what part of the length."""

    share: float | None
    ci_low: float | None
    ci_high: float | None
    length_share: float | None
    n: int


class Method(NamedTuple):
    """A method: verdicts by what they are of (`bases`, `positions`, `overall`), checks, shares by (control, class)."""

    name: str
    title: str
    verdicts: dict[str, dict]
    checks: list[dict]
    shares: dict[tuple[str, int], Share]


class Profile(NamedTuple):
    """One model on one data set. `figures`: method -> heat map; `panels`: promoters."""

    folder: str
    dataset: str
    model: str
    task: str
    about: dict
    methods: list[Method]
    figures: list[tuple[str, Markup]]
    panels: list[examples_section.Panel]

    @property
    def first(self) -> list[Method]:
        return self.methods[:FIRST]

    @property
    def rest(self) -> list[Method]:
        return self.methods[FIRST:]

    @property
    def controls(self) -> list[str]:
        return self.about["controls"]

    @property
    def sentence(self) -> str:
        """The share of importance right upstream of the TSS, by the leading method, or why there is none."""
        method = self.methods[0]
        positive, negative = (method.shares.get(("", label)) for label in (1, 0))
        if not self.about["tss_known"]:
            return "No TSS is known for these sequences, so nothing can be said of the bases upstream of it."
        if not positive or not negative or None in (positive.share, negative.share):
            return "The model did not see the bases upstream of the TSS, so no share can be given."
        names = titles.classes(self.task)
        told = f"{_percent(positive)} of the importance lies in the first {self.about['region']} bp upstream of the "
        told += f"TSS in sequences of “{names[0]}”, {_percent(negative)} in those of “{names[1]}”; "
        told += f"these bases are {titles.hundred(positive.length_share)}% of the length"
        control = method.shares.get(("random_init", 1))
        if control and control.share is not None:
            told += f". With random weights it is {_percent(control)}"
        return (
            f"{told} ({method.title[0].lower() if method.title[1].islower() else method.title[0]}{method.title[1:]})."
        )


class View(NamedTuple):
    """What the section shows, and in which words."""

    profiles: list[Profile]
    verdicts: dict[str, str] = VERDICTS
    checked: dict[str, str] = CHECKED
    badges: dict[str, str] = BADGES
    checks: dict[str, str] = CHECKS
    controls: dict[str, str] = CONTROLS

    def ordered(self, datasets: list[str], models: list[str]) -> list[Profile]:
        """Profiles in the order in which the page tells of data sets and models; those that it does not know last."""

        def place(name: str, names: list[str]) -> int:
            return names.index(name) if name in names else len(names)

        return sorted(self.profiles, key=lambda item: (place(item.dataset, datasets), place(item.model, models)))


def view(folder: Path | None) -> View | None:
    """One profile a data set and model, by name; None where there is none."""
    found = [_profile(path) for path in sorted(folder.iterdir()) if path.is_dir()] if folder else []
    return View(found) if found else None


def _profile(folder: Path) -> Profile:
    about = _json(folder / "summary.json")
    judged = _table(folder / "audit.tsv", AUDIT)
    near = _table(folder / "shares.tsv", SHARES)
    order = [*about["shown"], *(method for method in about["methods"] if method not in about["shown"])]
    methods = [_method(method, judged, near) for method in order]
    figures = []
    for method in about["shown"]:
        path = folder / f"{method}.heatmap.svg"
        if not path.is_file():
            raise InputError(f"{folder.name}: no {path.name} in it; give the folder that profile_importance wrote")
        title = f"{importance_words.TITLES[method]}: {about['model']}, {about['dataset']}"
        text = "Heat maps of importance, sequence by position, each class, under the mean by position."
        figures.append((method, svg.embed(path.read_text(encoding="utf-8"), f"{folder.name}-{method}", title, text)))
    panels = examples_section.panels(_json(folder / "promoters.json"), about["shown"][0])
    return Profile(folder.name, about["dataset"], about["model"], about["task"], about, methods, figures, panels)


def _method(name: str, judged: pl.DataFrame, near: pl.DataFrame) -> Method:
    rows = {row["check"]: row for row in judged.filter(pl.col("method") == name).iter_rows(named=True)}
    if audit.OVERALL not in rows:
        raise InputError(f"{judged['file'][0] if judged.height else 'audit.tsv'}: no verdict on {name}; make it again")
    whole = near.filter((pl.col("method") == name) & (pl.col("scope") == "window") & pl.col("seed").is_null())
    found = {
        (row["control"] or "", row["label"]): Share(*(row[field] for field in Share._fields))
        for row in whole.iter_rows(named=True)
    }
    kinds = (audit.BASES, audit.POSITIONS, audit.OVERALL)
    listed = [rows[check] for check in CHECKS if check in rows]
    return Method(name, importance_words.TITLES[name], {kind: rows[kind] for kind in kinds}, listed, found)


def _percent(share: Share) -> str:
    """`41.2% [38.0, 44.5]`."""
    text = f"{titles.hundred(share.share)}%"
    if share.ci_low is None or share.ci_high is None:
        return text
    return f"{text} [{titles.hundred(share.ci_low)}, {titles.hundred(share.ci_high)}]"


def _json(path: Path) -> dict | list:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(
            f"{path.parent.name}: no {path.name} in it; give the folder of folders that profile_importance wrote"
        ) from None
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        raise InputError(f"{path.parent.name}/{path.name}: not JSON ({fault}); make it again") from None


def _table(path: Path, table: TsvTable) -> pl.DataFrame:
    if not path.is_file():
        raise InputError(f"{path.parent.name}: no {path.name} in it; give the folder that profile_importance wrote")
    return table.read(path, f"{path.parent.name}/{path.name}")
