"""All SNVs of a region: their effect on the promoters there, as a table and as heat maps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

from lncprom import files, plot_style
from lncprom.application import variant_effects
from lncprom.application.ensemble import Ensemble
from lncprom.application.regions import bed_lines
from lncprom.application.variant_effects import CHANGE
from lncprom.errors import InputError
from lncprom.genome import chromosome_names
from lncprom.genome.bases import ORDER, on_other_strand, texts_of
from lncprom.genome.reader import Genome
from lncprom.tables.variants import SATURATION

MARK = "saturation.tsv"
_MOST = 20_000  # bases of all regions
_FIGURES = 100
_BASES = list(ORDER)
_LETTERS_SHOWN = 120  # bases of a heat map in which letters can be read
_REFERENCE = "#c8c8c8"


def regions(path: Path, genome: Genome, report: Path | None = None) -> pl.DataFrame:
    """The regions of a BED: chrom (as in the FASTA), start, end.

    Raises
    ------
    InputError
        If a line is not BED, its region does not lie on the FASTA, or all have more than 20,000 bases.
    """
    rows = []
    for number, chrom, start, end in bed_lines(path):
        name = chromosome_names.reconcile([chrom], genome.names, report).get(chrom)
        if name is None or end > genome.lengths[name]:
            raise InputError(
                f"{path.name}, line {number}: {chrom} {start} {end} lies beyond {genome.path.name}. Correct the line."
            )
        rows.append((name, start, end))
    found = pl.DataFrame(rows, {"chrom": pl.String, "start": pl.Int64, "end": pl.Int64}, orient="row")
    if not 0 < (size := int((found["end"] - found["start"]).sum())) <= _MOST:
        raise InputError(f"{path.name}: {size:,} bases in all. Give regions of 1 to {_MOST:,} bases together.")
    return found


def saturate(
    rows: pl.DataFrame, promoters: pl.DataFrame, genome: Genome, models: Ensemble, source: str
) -> pl.DataFrame:
    """Effects of all SNVs of regions (chrom, start, end) on the promoters whose windows hold them: SATURATION.

    Raises
    ------
    InputError
        If no window holds a base of the regions; `source` is their name.
    """
    places = rows.select("chrom", start=pl.int_ranges("start", "end")).explode("start").unique().sort("chrom", "start")
    letters = texts_of(genome.stretches(places["chrom"], places["start"].to_numpy(), 1))
    places = places.with_columns(deleted=pl.Series(letters, dtype=pl.String))
    places = places.filter(pl.col("deleted").is_in(_BASES))
    snvs = places.join(pl.DataFrame({"inserted": _BASES}), how="cross").filter(pl.col("inserted") != pl.col("deleted"))
    windows = variant_effects.windows_of(promoters, genome, models)
    pairs = windows.holding(snvs)
    if pairs.is_empty():
        raise InputError(f"{source}: no promoter window holds a base of its regions. Give regions in promoters.")
    changes = pairs.hstack(snvs[pairs["variant"]].select("start", "deleted", "inserted")).select(CHANGE).sort(CHANGE)
    found = variant_effects.named(variant_effects.score(changes, windows, genome, models), windows, promoters)
    found = found.with_columns(position=pl.col("start") + 1, ref="deleted", alt="inserted")
    found = found.with_columns(pl.col(pl.Float64).round_sig_figs(6))
    return found.select(*SATURATION.columns).sort("chrom", "tss", "strand", "promoter", "position", "alt")


def write(rows: pl.DataFrame, folder: Path) -> str:
    """The table and a heat map of each TSS, of the first hundred; returns a note if there are more."""
    SATURATION.write(rows, folder / MARK)
    each = rows.partition_by("chrom", "tss", "strand", as_dict=True, maintain_order=True)
    for (chrom, tss, strand), part in list(each.items())[:_FIGURES]:
        names = part["gene_name"].fill_null(part["promoter"]).unique(maintain_order=True)
        title = f"{', '.join(names)} ({chrom}:{tss + 1:,}, {strand} strand)"
        side = "forward" if strand == "+" else "reverse"
        _draw(part.filter(pl.col("promoter") == part["promoter"][0]), title, folder / f"{chrom}_{tss + 1}_{side}.svg")
    return f"heat maps of the first {_FIGURES} of {len(each):,} TSSs" if len(each) > _FIGURES else ""


def _draw(rows: pl.DataFrame, title: str, path: Path) -> None:
    """Bases of the gene's strand by distance to the TSS, grey where the reference has them; below, the mean change."""
    from matplotlib.figure import Figure

    other = dict(zip(_BASES, map(on_other_strand, _BASES), strict=True))
    rows = rows.with_columns(pl.col("ref", "alt").replace(other) if rows["strand"][0] == "-" else pl.col("ref", "alt"))
    first, last = rows["distance"].min(), rows["distance"].max()
    values = np.full((4, last - first + 1), np.nan)
    for distance, alt, delta in rows.select("distance", "alt", "delta").iter_rows():
        values[_BASES.index(alt), distance - first] = delta
    top = float(np.nanmax(np.abs(values))) or 1.0
    means = rows.group_by("distance").agg(pl.col("delta").mean(), pl.col("ref").first()).sort("distance")
    with plot_style.style({"font.size": 8, "axes.linewidth": 0.6}):
        figure = Figure(figsize=(8, 3), layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 1))
        extent = (first - 0.5, last + 0.5, 3.5, -0.5)
        image = upper.imshow(values, "RdBu", vmin=-top, vmax=top, extent=extent, aspect="auto", interpolation="none")
        upper.set_facecolor(_REFERENCE)
        upper.set_yticks(range(4), _BASES)
        upper.set_title(title, loc="left", fontsize=9)
        figure.colorbar(image, ax=[upper, lower], pad=0.01, label="change of the logit")
        lower.bar(means["distance"], means["delta"], width=1, color=plot_style.BLUE)
        lower.axhline(0, color=plot_style.INK, linewidth=0.6)
        lower.set_ylabel("mean")
        lower.set_xlabel("distance to the TSS (bases, in the gene's direction)")
        if means.height <= _LETTERS_SHOWN:
            for at, base in means.select("distance", "ref").iter_rows():
                upper.text(at, _BASES.index(base), base, ha="center", va="center", fontsize=5)
        with files.writing(path) as beside:
            plot_style.write_svg(figure, beside)
