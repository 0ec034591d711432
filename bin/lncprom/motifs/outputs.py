"""What compare_motifs leaves: the tables as TSV, the patterns in MEME's format, their logos; and the card."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

import numpy as np
import polars as pl

from lncprom import files, plot_style, provenance
from lncprom.motifs import composition, controls, databases, discovery, enrichment, motif_files, seqlets
from lncprom.motifs.controls import Settings
from lncprom.motifs.databases import Database
from lncprom.tables import motifs

_LIBRARIES = ("memelite", "pyjaspar", "tangermeme", "logomaker", "numba")
_COLOURS = {"A": plot_style.GREEN, "C": plot_style.BLUE, "G": plot_style.ORANGE, "T": plot_style.VERMILLION}
_UNSEEN = 0.02  # bits: lower letters are not drawn
_LONG = re.compile(r"-?\d+\.\d{3,}")  # numbers of more decimals than a screen shows


def write(tables: Mapping[str, pl.DataFrame], patterns: Sequence[tuple[str, str, np.ndarray, int]], folder: Path):
    """Write tables by name, and patterns as name, title, shares (4, width) and number of members."""
    for name, table in tables.items():
        files.write_text(motifs.text(table), folder / f"{name}.tsv")
    files.write_text(motif_files.meme(patterns), folder / "motifs.meme")
    (folder / "logos").mkdir()
    for name, title, shares, members in patterns:
        files.write_text(logo(shares, f"{name}: {title}, n = {members:,}"), folder / "logos" / f"{name}.svg")


def logo(shares: np.ndarray, title: str) -> str:
    """SVG of a matrix (4, width): a column's height is its information; the matrix alone decides the bytes."""
    import logomaker
    import pandas as pd
    from matplotlib.figure import Figure

    bits = (shares * discovery.information(shares)).T
    heights = pd.DataFrame(np.where(bits < _UNSEEN, 0, bits), columns=list("ACGT"))
    with plot_style.style({"font.size": 8}):
        figure = Figure(figsize=(0.28 * len(heights) + 0.6, 1.3), layout="constrained")
        axes = figure.subplots()
        logomaker.Logo(heights, ax=axes, color_scheme=_COLOURS, font_name="DejaVu Sans", show_spines=False)
        axes.set(ylim=(0, 2), yticks=[0, 1, 2], xticks=[], ylabel="bits")
        axes.spines["left"].set_visible(True)
        axes.set_title(title, fontsize=8)
        text = io.StringIO()
        plot_style.write_svg(figure, text)
    return _LONG.sub(lambda number: f"{float(number.group()):.2f}", text.getvalue())


def card(
    facts: Mapping, method: str, database: Database, settings: Settings, inputs: Mapping, upstream: Sequence[Path]
) -> dict:
    """The card, with every number that a rule of the chain rests on. `facts`: counts, dropped and notes."""
    notes = list(facts["notes"])
    if database.fillers:
        few = f"{database.title} has {len(database.motifs)} motifs, under the {databases.FEWEST}"
        fill = f"{len(database.fillers):,} of JASPAR's with columns in random order fill it, unnamed"
        notes.append(f"{few} that Tomtom's null needs; {fill}")
    parameters = settings._asdict() | {
        "method": method,
        "motifs": database.title,
        "known_motifs": len(database.motifs),
        "pseudocount": databases.PSEUDOCOUNT,
        "window": seqlets.WIDTH,
        "windows_per_sequence": seqlets.PER_SEQUENCE,
        "columns": discovery.COLUMNS,
        "member_bits": discovery.MEMBER_BITS,
        "trim_bits": discovery.TRIM_BITS,
        "fewest_members": discovery.FEWEST,
        "random_draws": controls.DRAWS,
        "composition_margin": composition.MARGIN,
        "scan_p": [enrichment.LONG, enrichment.SHORT],
    }
    facts = {**facts, "notes": notes}
    record = provenance.make("compare_motifs", inputs=inputs, parameters=parameters, upstream=upstream, **facts)
    record["versions"] |= {name: metadata.version(name) for name in _LIBRARIES}
    return {"step": "compare_motifs", "dataset": settings.name, "model": settings.model} | record
