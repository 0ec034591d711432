#!/usr/bin/env python3
"""Write the demo's files: a synthetic genome, its annotation, expression, promoters, and what was planted where.

Stands alone (numpy, click and the standard library; nothing of the package), so that what it says it
planted checks the package from outside. The same code and seed give the same files.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path

import click
import numpy as np
from generate_demo_genome import MOTIFS, Genome, Promoter, bgzip
from generate_demo_plan import KEPT, TISSUES, UNIVERSE, Gene, chance, expression_labels, expression_table, plan_genes

VARIED = 40  # promoters with variants
READY = {"train": (150, 0), "dev": (20, 150), "test": (30, 170)}  # fold -> pairs, first promoter


def gtf(genes: list[Gene]) -> str:
    """Ensembl's layout: gene, transcript and exon lines, 1-based and closed, chromosomes without `chr`."""
    lines = ["#!genome-build lncprom-demo", "#!genome-version demo1", "#!genebuild-last-updated 2024-11"]
    for number, gene in enumerate(genes, start=1):
        name = f' gene_name "{gene.name}";' if gene.name else ""
        base = (
            f'gene_id "{gene.gene_id}"; gene_version "{gene.version}";{name} '
            f'gene_source "demo"; gene_biotype "{gene.biotype}";'
        )
        forward = gene.strand == "+"
        start, end = (gene.tss, gene.far) if forward else (gene.far, gene.tss)

        def line(kind: str, first: int, last: int, attributes: str, gene: Gene = gene) -> str:
            fields = (gene.chrom, "demo", kind, first + 1, last + 1, ".", gene.strand, ".", attributes)
            return "\t".join(map(str, fields))

        lines.append(line("gene", start, end, base))
        starts = [gene.tss] if gene.canonical_tss == gene.tss else [gene.tss, gene.canonical_tss]
        for order, tss in enumerate(starts, start=1):
            first, last = (tss, gene.far) if forward else (gene.far, tss)
            attributes = f'{base} transcript_id "ENST{number:09d}{order:02d}"; transcript_biotype "{gene.biotype}";'
            tags = ' tag "basic";' + (' tag "Ensembl_canonical";' if tss == gene.canonical_tss else "")
            lines.append(line("transcript", first, last, attributes + tags))
            exons = [(first, last)]
            if last - first > 600:
                exons = [(first, first + 199), (last - 249, last)]
            for rank, (left, right) in enumerate(exons if forward else exons[::-1], start=1):
                lines.append(line("exon", left, right, f'{attributes} exon_number "{rank}";'))
    return "\n".join(lines) + "\n"


def gct(genes: list[Gene], tpm: np.ndarray, rng: np.random.Generator) -> str:
    """GCT 1.2; ids with versions, some of them newer than the annotation's, and rows the annotation lacks."""
    rows = []
    for gene, values in zip(genes, tpm, strict=True):
        if not gene.in_table:
            continue
        version = gene.version + (chance(rng) < 0.05)
        rows.append([f"{gene.gene_id}.{version}", gene.name or gene.gene_id, *(f"{value:.4g}" for value in values)])
    for extra in range(12):
        rows.append([f"ENSG000009{extra:05d}.1", f"RETIRED{extra}", *(f"{extra / 4:.4g}" for _ in TISSUES)])
    rows.sort()
    head = ["Name", "Description", *TISSUES]
    return f"#1.2\n{len(rows)}\t{len(TISSUES)}\n" + "".join("\t".join(row) + "\n" for row in [head, *rows])


def bed(promoters: list[Promoter]) -> str:
    """EPD's BED8: columns 2 and 3 span -49..+10, thickStart is the TSS (0-based)."""
    rows = []
    for promoter in promoters:
        if not promoter.name:
            continue
        tss, forward = promoter.tss, promoter.strand == "+"
        start, end = (tss - 49, tss + 11) if forward else (tss - 10, tss + 50)
        thick = (tss, tss + 11) if forward else (tss, tss + 1)
        rows.append((f"chr{promoter.chrom}", start, end, promoter.name, 900, promoter.strand, *thick))
    return "".join("\t".join(map(str, row)) + "\n" for row in sorted(rows))


def truth(genes: list[Gene], labels: dict[str, str]) -> str:
    head = (
        "gene_id gene_name biotype chrom strand tss canonical_tss in_table expression promoter_class promoters motifs"
    )
    rows = [head.split()]
    for gene in genes:
        motifs = ";".join(f"{name}:{offset}" for name, offset in sorted(gene.promoter.motifs, key=lambda m: m[1]))
        where = (gene.chrom, gene.strand, gene.tss, gene.canonical_tss)
        label = labels.get(gene.gene_id, "")
        facts = (int(gene.in_table), label, gene.promoter.kind, ";".join(gene.promoter_names), motifs)
        rows.append([gene.gene_id, gene.name, gene.biotype, *map(str, where), *map(str, facts)])
    return "".join("\t".join(row) + "\n" for row in rows)


def ready_sets(genome: Genome, promoters: list[Promoter], rng: np.random.Generator) -> dict[str, str]:
    """Three folds in GUE's layout: 1 is a promoter at -249..+50, 0 the same with 12 of its first 19 chunks replaced."""
    named = [promoter for promoter in promoters if promoter.name.endswith("_1") and promoter.kind != "tata"]
    windows = [window for promoter in named if b"N" not in (window := genome.window(promoter, 300)).upper()]
    order = np.argsort([chance(rng) for _ in windows], kind="stable")
    folds = {}
    for fold, (pairs, first) in READY.items():
        rows = []
        for index in order[first : first + pairs]:
            positive = windows[index].upper().decode()
            chunks = [positive[at : at + 15] for at in range(0, 300, 15)]
            for chunk in np.argsort([chance(rng) for _ in range(19)], kind="stable")[:12]:
                chunks[chunk] = "".join("ACGT"[int(4 * chance(rng))] for _ in range(15))
            rows += [(positive, 1), ("".join(chunks), 0)]
        handle = io.StringIO()
        csv.writer(handle, lineterminator="\n").writerows([("sequence", "label"), *rows])
        folds[fold] = handle.getvalue()
    return folds


def variants(genome: Genome, promoters: list[Promoter], rng: np.random.Generator) -> tuple[str, str]:
    """A VCF whose variants hit planted motifs or lie 150 bases upstream, and a BED of a promoter to saturate."""
    other = dict(zip(b"ACGT", "CATG", strict=True))  # a transversion, the same on both strands
    listed = [promoter for promoter in promoters if promoter.name.endswith("_1") and promoter.motifs]
    order = np.argsort([chance(rng) for _ in listed], kind="stable")
    rows, box = [], None
    for promoter in (listed[at] for at in order[:VARIED]):
        motif, offset = promoter.motifs[0]
        forward = promoter.strand == "+"
        for name, at in ((motif, offset + len(MOTIFS[motif]) // 2), ("neutral", -150)):
            position = promoter.tss + at if forward else promoter.tss - at
            base = genome.letters[promoter.chrom][position] & 0xDF
            if base in other:
                info = f"PLANTED={name};PROMOTER={promoter.name}"
                rows.append((promoter.chrom, position + 1, f"{name}_{promoter.name}", chr(base), other[base], info))
        if box is None and motif == "TATA" and forward:
            box = promoter
            first = promoter.tss + offset - 1
            text = genome.letters[promoter.chrom][first : first + 9].tobytes().decode().upper()
            info = f"PLANTED=TATA;PROMOTER={promoter.name}"
            rows.append(
                (promoter.chrom, first + 1, f"box_{promoter.name}", text, f"{text[0]},{text[0]}ACGT,*,<DEL>", info)
            )
    lines = [
        "##fileformat=VCFv4.2",
        '##INFO=<ID=PLANTED,Number=1,Type=String,Description="Planted motif that the variant hits, or neutral">',
        '##INFO=<ID=PROMOTER,Number=1,Type=String,Description="Name in promoters.bed">',
        *(f"##contig=<ID={chrom}>" for chrom in genome.layout),
        "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO",
        *("\t".join(map(str, (*row[:5], ".", "PASS", row[5]))) for row in sorted(rows)),
    ]
    return "\n".join(lines) + "\n", f"chr{box.chrom}\t{box.tss - 60}\t{box.tss + 20}\t{box.name}\n"


def lncrna_promoters(genes: list[Gene], chrom: str) -> str:
    """BED6 of one chromosome's lncRNA promoters, from which the models of the demo's tasks 1 and 2 never learn."""
    rows = []
    for gene in genes:
        if gene.biotype == "lncRNA" and gene.chrom == chrom:
            tss = gene.canonical_tss
            start, end = (tss, tss + 50) if gene.strand == "+" else (tss - 49, tss + 1)
            rows.append((f"chr{chrom}", start, end, gene.name, 0, gene.strand))
    return "".join("\t".join(map(str, row)) + "\n" for row in sorted(rows))


@click.command(help=__doc__)
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=Path(__file__).parent / "demo")
@click.option("--seed", type=click.IntRange(0), default=20241105, show_default=True, help="Seed of all chance.")
def main(out: Path, seed: int) -> None:
    streams = [np.random.Generator(np.random.PCG64(child)) for child in np.random.SeedSequence(seed).spawn(6)]
    genes, promoters, layout = plan_genes(streams[0])
    genome = Genome(layout, promoters, streams[1])
    genome.check()
    tpm = expression_table(genes, streams[2])
    labels = expression_labels(genes, tpm)
    (out / "ready").mkdir(parents=True, exist_ok=True)
    (out / "genome.fa.gz").write_bytes(bgzip(genome.fasta()))
    (out / "annotation.gtf.gz").write_bytes(bgzip(gtf(genes).encode()))
    (out / "expression.gct.gz").write_bytes(bgzip(gct(genes, tpm, streams[3]).encode()))
    texts = {"promoters.bed": bed(promoters), "truth.tsv": truth(genes, labels)}
    texts["lncrna_promoters.bed"] = lncrna_promoters(genes, "X")
    texts["variants.vcf"], texts["region.bed"] = variants(genome, promoters, streams[5])
    folds = ready_sets(genome, promoters, streams[4])
    texts |= {f"ready/{fold}.csv": text for fold, text in folds.items()}
    texts["datasets.csv"] = "name,train,dev,test\ndemo_ready," + ",".join(f"ready/{fold}.csv" for fold in folds) + "\n"
    for name, text in texts.items():
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    counted = {
        label: sum(value == label for value in labels.values()) for label in ("high", "low", "neither", "absent")
    }
    click.echo(f"{len(genes):,} genes, {len(KEPT)} of {len(TISSUES)} tissues kept, {UNIVERSE}: {counted}", err=True)


if __name__ == "__main__":
    main()
