"""From a VCF, or regions, and promoters to the files that bin/score_variants.py writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from lncprom import files
from lncprom.application import panels, promoters, saturation, variant_effects, variant_outputs, vcf
from lncprom.application.ensemble import Ensemble
from lncprom.errors import InputError
from lncprom.genome.reader import Genome
from lncprom.tables.variants import VARIANTS


class Done(NamedTuple):
    """Counts, losses by reason, notes and panels for the card, and one line for the user."""

    counts: dict
    dropped: dict[str, int]
    notes: list[str]
    panels: list[dict]
    summary: str


def check(given: Mapping) -> None:
    """Refuse options that do not go together."""
    if given["vcf"] is None and given["saturate"] is None:
        raise InputError("Nothing to score. Give --vcf, or --saturate.")
    for source, *outputs in (("vcf", "out", "out_vcf"), ("saturate", "out_saturation")):
        names = (source, *outputs)
        if len({given[name] is None for name in names}) > 1:
            flags = [f"--{name.replace('_', '-')}" for name in names]
            raise InputError(f"{' and '.join(flags)} go together. Give all of them, or none.")


def run(models: Ensemble, given: Mapping) -> Done:
    """Read, score and write; `given`: the options of the script."""
    genome, report = Genome.open(given["fasta"]), given["assembly_report"]
    at = promoters.read(given["gtf"], given["promoters"], given["tss_source"], genome, report)
    counts, dropped, notes, words = {"promoters": at.rows.height}, dict(at.dropped), list(at.notes), []
    shown: list[dict] = []
    if given["vcf"] is not None:
        found = vcf.read(given["vcf"])
        alleles = vcf.alleles(found, genome, given["vcf"].name, given["max_mismatches"], report)
        scored = variant_effects.effects(alleles.rows, at.rows, genome, models, given["null"], given["seed"])
        rows = variant_outputs.table(scored.rows, alleles.rows, found)
        text = variant_outputs.vcf_text(found, rows, genome.names, models.names)
        counts |= alleles.counts | scored.counts
        dropped |= alleles.dropped | scored.dropped
        notes += alleles.notes
        shown = panels.of_variants(models, scored.rows, scored.windows, genome, given["panels"])
        words.append(f"{scored.counts['pairs']:,} effects of {scored.counts['variants_in_windows']:,} variants")
    if given["saturate"] is not None:
        regions = saturation.regions(given["saturate"], genome, report)
        every = saturation.saturate(regions, at.rows, genome, models, given["saturate"].name)
        counts |= {"saturation_snvs": every.height}
        words.append(f"{every.height:,} effects of all SNVs of {regions.height:,} regions")
        with files.writing_folder(given["out_saturation"], saturation.MARK) as folder:
            if note := saturation.write(every, folder):
                notes.append(note)
    if given["vcf"] is not None:
        VARIANTS.write(rows.select(*VARIANTS.columns), given["out"])
        variant_outputs.write_vcf(text, given["out_vcf"])
    return Done(counts, dropped, notes, shown, "; ".join(words))
