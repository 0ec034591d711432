"""Named motifs: folders that compare_motifs wrote, as the page shows them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl
from markupsafe import Markup

from lncprom.errors import InputError
from lncprom.profiles import method_titles as importance_words
from lncprom.report import svg, titles
from lncprom.tables import motifs, tsv

PATTERNS = 8  # of a class that are shown before the rest is unfolded
ENRICHED = 10
LIMIT = 0.05  # q-value up to which a row is shown as a finding
EVIDENCE = {"found": "above every control", "place": "typical of this place", "chance": "as by chance"}
BADGES = {"found": "above", "place": "overlaps", "chance": ""}


class Pattern(NamedTuple):
    """A row of motifs.tsv, its logo, and the known motifs nearest to it, from the first down."""

    row: dict
    logo: Markup | None
    hits: list[dict]


class Motifs(NamedTuple):
    """One model on one data set. `patterns`, `elements`, `enriched` by class of importance, `controls` by control."""

    folder: str
    dataset: str
    model: str
    method: str
    patterns: dict[str, list[Pattern]]
    controls: dict[str, int]
    elements: dict[str, list[dict]]
    enriched: dict[str, list[dict]]

    @property
    def sentence(self) -> str:
        """How many patterns stand out and what they resemble, or that none does."""
        every = [pattern.row for patterns in self.patterns.values() for pattern in patterns]
        if not every:
            return "No pattern stands out among the bases that weigh most. That is a result, not a fault."
        real = [row for row in every if row["evidence"] in ("found", "place")]
        named = list(dict.fromkeys(row["motif_name"] for row in real if row["named"]))
        told = f"{len(every)} {_noun(len(every), 'pattern')} in the bases that weigh most, {len(real)} beyond chance"
        if not named:
            return f"{told}; none resembles a known motif."
        more = f" and {len(named) - 6} more" if len(named) > 6 else ""
        shown = named[:6] if more else named
        return f"{told}; the nearest known motifs are {', '.join(shown) + more if more else titles.listed(shown)}."


class View(NamedTuple):
    """What the section shows, and in which words."""

    sets: list[Motifs]
    first: int = PATTERNS
    evidence: dict[str, str] = EVIDENCE
    badges: dict[str, str] = BADGES
    limit: float = LIMIT

    def ordered(self, datasets: list[str], models: list[str]) -> list[Motifs]:
        """As the page tells of data sets and models; those that it does not know last."""

        def place(name: str, names: list[str]) -> int:
            return names.index(name) if name in names else len(names)

        return sorted(self.sets, key=lambda item: (place(item.dataset, datasets), place(item.model, models)))


def view(folder: Path | None) -> View | None:
    """One entry a data set and model, by name; None where there is none."""
    found = [_motifs(path) for path in sorted(folder.iterdir()) if path.is_dir()] if folder else []
    found = [one for one in found if one]
    return View(found) if found else None


def _motifs(folder: Path) -> Motifs | None:
    rows = {name: _table(folder, name) for name in ("motifs", "hits", "elements", "enrichment")}
    trained = {name: table.filter(pl.col("control").is_null()) for name, table in rows.items()}
    about = next((table.row(0, named=True) for table in rows.values() if table.height), None)
    if about is None:
        return None
    kinds = [kind for kind in ("positive", "negative") if any((t["class"] == kind).any() for t in trained.values())]
    found = {}
    for kind in kinds:
        part = trained["motifs"].filter(pl.col("class") == kind).sort("rank")
        found[kind] = [_pattern(folder, row, trained["hits"]) for row in part.iter_rows(named=True)]
    others = rows["motifs"].filter(pl.col("control").is_not_null() & (pl.col("class") == "positive"))
    controls = dict(others.group_by("control").len().sort("control").iter_rows())
    of = {name: {kind: trained[name].filter(pl.col("class") == kind) for kind in kinds} for name in trained}
    elements = {kind: table.to_dicts() for kind, table in of["elements"].items() if table.height}
    enriched = {}
    for kind, table in of["enrichment"].items():
        table = table.filter((pl.col("q_value") <= LIMIT) & (pl.col("odds_ratio") > 1))
        enriched[kind] = table.sort("q_value", "p_value", "motif_id").head(ENRICHED).to_dicts()
    method = importance_words.TITLES.get(about["method"], about["method"])
    return Motifs(folder.name, about["dataset"], about["model"], method, found, controls, elements, enriched)


def _pattern(folder: Path, row: dict, hits: pl.DataFrame) -> Pattern:
    logo = None
    if row["logo"]:
        path = folder / row["logo"]
        if not path.is_file():
            raise InputError(f"{folder.name}: no {row['logo']} in it; give the folder that compare_motifs wrote")
        title = f"Logo of {row['pattern']}: {row['consensus']}"
        logo = svg.embed(
            path.read_text(encoding="utf-8").replace("#000000", svg.INK), f"{folder.name}-{row['pattern']}", title, ""
        )
    near = hits.filter((pl.col("class") == row["class"]) & (pl.col("pattern") == row["pattern"])).sort("rank")
    return Pattern(row, logo, near.head(3).to_dicts())


def _table(folder: Path, name: str) -> pl.DataFrame:
    path = folder / f"{name}.tsv"
    if not path.is_file():
        raise InputError(f"{folder.name}: no {path.name} in it; give the folder of folders that compare_motifs wrote")
    columns = {column: kind.dtype for column, kind in motifs.TABLES[name].items()}
    rows = tsv.read(path, columns, "compare_motifs", f"{folder.name}/{path.name}")
    return rows.drop("file").with_columns(pl.col("control").replace("", None))


def _noun(count: int, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
