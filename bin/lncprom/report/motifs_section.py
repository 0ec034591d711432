"""Named motifs: the folders of compare_motifs, as the page shows them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from lncprom.profiles import method_titles as importance_words
from lncprom.report import inputs, svg, titles
from lncprom.tables import motifs
from lncprom.tables.base import read_tsv

PATTERNS = 8  # of a class that are shown before the others are unfolded
ENRICHED = 10
LIMIT = 0.05  # q-value up to which a row is a finding
EVIDENCE = {
    "found": "above all controls",
    "place": "typical of the position",
    "composition": "explained by base composition",
    "chance": "not above controls",
}
BADGES = {"found": "better", "place": "similar", "composition": "", "chance": ""}
CONTROLS = {
    "random_init": "a randomly initialised model",
    "shuffled_labels": "the label-shuffled control",
    "random": "randomly chosen windows",
}
_WRITER = "compare_motifs"


def view(folder: Path | None) -> list[dict]:
    """Each folder, by its name, with a sentence, the number of patterns by control, and rows of its tables by class.

    A pattern also has its `drawing`, if any, and the nearest known motifs (`hits`).
    """
    found = [_motifs(path) for path in sorted(folder.iterdir()) if path.is_dir()] if folder else []
    return [one for one in found if one]


def _motifs(folder: Path) -> dict | None:
    rows = {name: _table(folder, name) for name in ("motifs", "hits", "elements", "enrichment")}
    about = next((table.row(0, named=True) for table in rows.values() if table.height), None)
    if about is None:
        return None
    patterns, elements, enriched = {}, {}, {}
    for kind in ("positive", "negative"):
        of = (pl.col("class") == kind) & pl.col("control").is_null()
        part = {name: table.filter(of) for name, table in rows.items()}
        if all(table.is_empty() for table in part.values()):
            continue
        patterns[kind] = [_pattern(folder, row, part["hits"]) for row in part["motifs"].sort("rank").to_dicts()]
        if part["elements"].height:
            elements[kind] = part["elements"].to_dicts()
        table = part["enrichment"].filter((pl.col("q_value") <= LIMIT) & (pl.col("odds_ratio") > 1))
        enriched[kind] = table.sort("q_value", "p_value", "motif_id").head(ENRICHED).to_dicts()
    others = rows["motifs"].filter(pl.col("control").is_not_null() & (pl.col("class") == "positive"))
    return {
        "folder": folder.name,
        "dataset": about["dataset"],
        "model": about["model"],
        "method": importance_words.TITLES.get(about["method"], about["method"]),
        "sentence": _sentence([row for found in patterns.values() for row in found]),
        "controls": dict(others.group_by("control").len().sort("control").iter_rows()),
        "patterns": patterns,
        "elements": elements,
        "enriched": enriched,
    }


def _pattern(folder: Path, row: dict, hits: pl.DataFrame) -> dict:
    drawing = None
    if row["logo"]:
        drawn = inputs.read_text(folder, row["logo"], _WRITER).replace("#000000", svg.INK)
        title = f"Logo of {row['pattern']}: {row['consensus']}"
        drawing = svg.embed(drawn, f"{folder.name}-{row['pattern']}", title, "")
    nearest = hits.filter(pl.col("pattern") == row["pattern"]).sort("rank").head(3).to_dicts()
    return row | {"drawing": drawing, "hits": nearest}


def _sentence(patterns: list[dict]) -> str:
    """How many patterns were found, which known motifs they resemble, and how many the controls have."""
    if not patterns:
        return "No pattern was found among the most important bases. This is a result, not an error."
    real = [row for row in patterns if row["evidence"] in ("found", "place")]
    named = list(dict.fromkeys(row["motif_name"] for row in real if row["named"]))
    told = f"The most important bases form {titles.counted(len(patterns), 'pattern')}, {len(real)} of them above the "
    more = [f"{len(named) - 6} others"] if len(named) > 6 else []
    if named:
        return f"{told}controls. The nearest known motifs are {titles.listed([*named[:6], *more])}."
    return f"{told}controls. None resembles a known motif."


def _table(folder: Path, name: str) -> pl.DataFrame:
    inputs.read_text(folder, f"{name}.tsv", _WRITER)
    columns = {column: kind.dtype for column, kind in motifs.TABLES[name].items()}
    rows = read_tsv(folder / f"{name}.tsv", columns, _WRITER, f"{folder.name}/{name}.tsv")
    return rows.drop("file").with_columns(pl.col("control").replace("", None))
