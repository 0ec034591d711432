"""Named motifs: the folders of compare_motifs, as the page shows them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars as pl
from markupsafe import Markup

from lncprom.profiles import method_titles as importance_words
from lncprom.report import inputs, svg, titles
from lncprom.tables import motifs, tsv

PATTERNS = 8  # of a class that are shown before the others are unfolded
ENRICHED = 10
LIMIT = 0.05  # q-value up to which a row is a finding
EVIDENCE = {"found": "above all controls", "place": "typical of the position", "chance": "not above controls"}
BADGES = {"found": "better", "place": "similar", "chance": ""}
CONTROLS = {
    "random_init": "a randomly initialised model",
    "shuffled_labels": "the label-shuffled control",
    "random": "randomly chosen windows",
}
_WRITER = "compare_motifs"


class Pattern(NamedTuple):
    """A row of motifs.tsv, its logo, and the nearest known motifs, best first."""

    row: dict
    logo: Markup | None
    hits: list[dict]


class Motifs(NamedTuple):
    """One model on one data set: patterns, elements and enriched motifs by class; number of patterns by control."""

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
        """How many patterns were found, which known motifs they resemble, and how many the controls have."""
        every = [pattern.row for patterns in self.patterns.values() for pattern in patterns]
        if not every:
            return "No pattern was found among the most important bases. This is a result, not an error."
        real = [row for row in every if row["evidence"] in ("found", "place")]
        named = list(dict.fromkeys(row["motif_name"] for row in real if row["named"]))
        told = f"The most important bases form {titles.counted(len(every), 'pattern')}, {len(real)} of them above the "
        told += "controls. "
        more = [f"{len(named) - 6} others"] if len(named) > 6 else []
        if named:
            return f"{told}The nearest known motifs are {titles.listed([*named[:6], *more])}."
        return f"{told}None resembles a known motif."


def view(folder: Path | None) -> list[Motifs]:
    """One entry per model and data set, by folder name."""
    found = [_motifs(path) for path in sorted(folder.iterdir()) if path.is_dir()] if folder else []
    return [one for one in found if one]


def _motifs(folder: Path) -> Motifs | None:
    rows = {name: _table(folder, name) for name in ("motifs", "hits", "elements", "enrichment")}
    trained = {name: table.filter(pl.col("control").is_null()) for name, table in rows.items()}
    about = next((table.row(0, named=True) for table in rows.values() if table.height), None)
    if about is None:
        return None
    patterns, elements, enriched = {}, {}, {}
    for kind in ("positive", "negative"):
        part = {name: table.filter(pl.col("class") == kind) for name, table in trained.items()}
        if all(table.is_empty() for table in part.values()):
            continue
        ranked = part["motifs"].sort("rank").iter_rows(named=True)
        patterns[kind] = [_pattern(folder, row, part["hits"]) for row in ranked]
        if part["elements"].height:
            elements[kind] = part["elements"].to_dicts()
        table = part["enrichment"].filter((pl.col("q_value") <= LIMIT) & (pl.col("odds_ratio") > 1))
        enriched[kind] = table.sort("q_value", "p_value", "motif_id").head(ENRICHED).to_dicts()
    others = rows["motifs"].filter(pl.col("control").is_not_null() & (pl.col("class") == "positive"))
    controls = dict(others.group_by("control").len().sort("control").iter_rows())
    method = importance_words.TITLES.get(about["method"], about["method"])
    return Motifs(folder.name, about["dataset"], about["model"], method, patterns, controls, elements, enriched)


def _pattern(folder: Path, row: dict, hits: pl.DataFrame) -> Pattern:
    logo = None
    if row["logo"]:
        drawn = inputs.read_text(folder, row["logo"], _WRITER).replace("#000000", svg.INK)
        title = f"Logo of {row['pattern']}: {row['consensus']}"
        logo = svg.embed(drawn, f"{folder.name}-{row['pattern']}", title, "")
    return Pattern(row, logo, hits.filter(pl.col("pattern") == row["pattern"]).sort("rank").head(3).to_dicts())


def _table(folder: Path, name: str) -> pl.DataFrame:
    inputs.read_text(folder, f"{name}.tsv", _WRITER)
    columns = {column: kind.dtype for column, kind in motifs.TABLES[name].items()}
    rows = tsv.read(folder / f"{name}.tsv", columns, _WRITER, f"{folder.name}/{name}.tsv")
    return rows.drop("file").with_columns(pl.col("control").replace("", None))
