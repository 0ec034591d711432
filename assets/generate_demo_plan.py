"""What the demo plants: which genes stand where, which promoter each has, and how it is expressed."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from generate_demo_genome import MOTIFS, Layout, Promoter

UNIVERSE = ("protein_coding", "lncRNA")
OTHERS = ("processed_pseudogene", "miRNA", "snoRNA", "TEC")
LEFT_OUT = ("Bladder", "Cervix - Ectocervix", "Fallopian Tube")  # by the study
TISSUES = (
    *("Adipose - Subcutaneous", "Artery - Aorta", "Bladder", "Brain - Cortex", "Cells - EBV-transformed lymphocytes"),
    *("Cervix - Ectocervix", "Fallopian Tube", "Heart - Left Ventricle", "Kidney - Cortex", "Liver", "Lung"),
    *("Muscle - Skeletal", "Skin - Sun Exposed (Lower leg)", "Testis", "Whole Blood"),
)
KEPT = tuple(tissue for tissue in TISSUES if tissue not in LEFT_OUT)
CHROMOSOMES = {"1": 1_850_000, "2": 1_450_000, "3": 1_100_000, "X": 800_000}
SCAFFOLD = ("KI270742.1", "chrUn_KI270742v1", 30_000)
# Chance of each way of expression, and of each kind of promoter given biotype and way.
WAYS = {
    "protein_coding": {"high": 0.41, "low": 0.13, "specific": 0.18, "middle": 0.28},
    "lncRNA": {"high": 0.045, "low": 0.47, "specific": 0.22, "middle": 0.265},
}
KINDS = {
    ("protein_coding", "high"): {"cpg": 0.86, "tata": 0.06, "other": 0.08},
    ("protein_coding", "middle"): {"cpg": 0.62, "tata": 0.10, "other": 0.28},
    ("protein_coding", "specific"): {"cpg": 0.34, "tata": 0.26, "other": 0.40},
    ("protein_coding", "low"): {"cpg": 0.14, "tata": 0.18, "other": 0.60, "weak": 0.08},
    ("lncRNA", "high"): {"cpg": 0.76, "tata": 0.04, "other": 0.20},
    ("lncRNA", "middle"): {"cpg": 0.42, "tata": 0.04, "other": 0.30, "weak": 0.24},
    ("lncRNA", "specific"): {"cpg": 0.20, "tata": 0.06, "other": 0.30, "weak": 0.44},
    ("lncRNA", "low"): {"cpg": 0.07, "tata": 0.03, "other": 0.25, "weak": 0.65},
}
# Motif, chance that a promoter of this kind has it, first and last place for its first base.
GRAMMAR = {
    "cpg": [("SP1", 0.75, -62, -57), ("SP1", 0.45, -95, -90), ("NRF1", 0.4, -46, -36), ("ETS", 0.4, -24, -11),
            ("NFY", 0.3, -79, -73), ("YY1", 0.25, 4, 16)],
    "tata": [("TATA", 1.0, -31, -31), ("Inr", 0.7, -2, -2), ("NFY", 0.25, -79, -73)],
    "other": [("Inr", 0.5, -2, -2), ("AP1", 0.2, -60, -50), ("CREB", 0.2, -75, -68)],
    "weak": [],
}  # fmt: skip


@dataclass
class Gene:
    gene_id: str
    version: int
    name: str
    biotype: str
    chrom: str
    strand: str
    tss: int  # of the gene: its 5' end
    canonical_tss: int
    far: int  # its 3' end
    way: str
    promoter: Promoter
    promoter_names: list[str] = field(default_factory=list)
    in_table: bool = True


def chance(rng: np.random.Generator) -> float:
    return float(rng.random())


def pick(rng: np.random.Generator, chances: dict[str, float]) -> str:
    at, total = chance(rng), 0.0
    for name, share in chances.items():
        total += share
        if at < total:
            return name
    return name


def between(rng: np.random.Generator, low: int, high: int) -> int:
    """A whole number, both ends possible."""
    return low + int(chance(rng) * (high - low + 1))


class Planner:
    """Genes and promoters in the order in which they are placed."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.genes: list[Gene] = []
        self.promoters: list[Promoter] = []

    def promoter(self, chrom: str, tss: int, strand: str, kind: str) -> Promoter:
        rng, made = self.rng, Promoter(chrom, tss, strand, kind)
        if kind == "cpg":
            made.upstream, made.downstream = between(rng, 220, 700), between(rng, 80, 450)
        elif kind != "weak":
            made.upstream, made.downstream = between(rng, 120, 320), between(rng, 40, 120)
        made.motifs = [
            (name, between(rng, low, high)) for name, share, low, high in GRAMMAR[kind] if chance(rng) < share
        ]
        self.promoters.append(made)
        return made

    def gene(self, chrom: str, tss: int, strand: str, biotype: str, suffix: str = "", **fixed) -> Gene:
        rng, number = self.rng, len(self.genes) + 1
        way = fixed.get("way") or pick(rng, WAYS.get(biotype, {"low": 0.7, "middle": 0.3}))
        kind = fixed.get("kind") or pick(rng, KINDS.get((biotype, way), {"other": 0.4, "weak": 0.6}))
        sign = 1 if strand == "+" else -1
        shift = 0
        if not fixed.get("plain") and biotype in UNIVERSE and chance(rng) < 0.14:
            shift = between(rng, 160, 700)
        canonical = tss + sign * shift
        body = shift + (between(rng, 70, 130) if biotype in ("miRNA", "snoRNA") else between(rng, 500, 2600))
        promoter = fixed.get("promoter") or self.promoter(chrom, canonical, strand, kind)
        coding = biotype == "protein_coding"
        name = f"DEMO{number}{suffix}" if coding or suffix else f"LINC{number:05d}" if biotype == "lncRNA" else ""
        if biotype == "lncRNA" and not suffix and chance(rng) < 0.3:
            name = ""  # as Ensembl's novel transcripts
        gene = Gene(
            gene_id=f"ENSG00000{number * 7 + 100000:06d}", version=between(rng, 1, 9), name=name, biotype=biotype,
            chrom=chrom, strand=strand, tss=tss, canonical_tss=canonical, far=tss + sign * body, way=way,
            promoter=promoter, in_table=chance(rng) >= 0.02 and chrom in CHROMOSOMES,
        )  # fmt: skip
        listed = coding and chrom in CHROMOSOMES and "promoter" not in fixed
        if listed and (kind != "other" or chance(rng) < 0.5):
            promoter.name = f"{name}_1"
            gene.promoter_names.append(promoter.name)
            if shift and chance(rng) < 0.5:
                second = self.promoter(chrom, tss, strand, kind)
                second.name = f"{name}_2"
                gene.promoter_names.append(second.name)
        self.genes.append(gene)
        return gene

    def unit(self, chrom: str, at: int) -> None:
        """One locus: a gene alone, a divergent pair, an antisense pair, or two TSSs side by side."""
        rng = self.rng
        strand = "+-"[chance(rng) < 0.5]
        other, sign = ("-", 1) if strand == "+" else ("+", -1)
        form = pick(rng, {"alone": 0.71, "divergent": 0.14, "antisense": 0.06, "close": 0.04, "small": 0.05})
        if form == "alone":
            self.gene(chrom, at, strand, pick(rng, {"protein_coding": 0.52, "lncRNA": 0.48}))
        elif form == "small":
            self.gene(chrom, at, strand, OTHERS[between(rng, 0, len(OTHERS) - 1)], plain=True)
        else:
            biotype = pick(rng, {"lncRNA": 0.7, "protein_coding": 0.3})
            first = self.gene(chrom, at, strand, "protein_coding", plain=True)
            if form == "divergent":
                suffix = "-DT" if biotype == "lncRNA" else "D"
                self.gene(chrom, at - sign * between(rng, 260, 800), other, biotype, suffix, plain=True)
            elif form == "antisense":
                self.gene(chrom, at + sign * between(rng, 700, 1500), other, "lncRNA", "-AS1", plain=True)
            else:
                self.gene(chrom, at + sign * between(rng, 150, 200), first.strand, "lncRNA", plain=True)


def plan_genes(rng: np.random.Generator) -> tuple[list[Gene], list[Promoter], dict[str, Layout]]:
    """Genes by place, every promoter, and the chromosomes they stand on."""
    planner, layout = Planner(rng), {}
    for chrom, length in CHROMOSOMES.items():
        edge = 0 if chrom == "3" else 10_000  # telomeres are gaps in GRCh38 too
        gaps = [(0, edge), (length - edge, length)] if edge else []
        middle = length // 2
        gaps.append((middle, middle + 15_000))
        at, repeats = edge + 3_000, []
        if chrom == "3":  # one window leaves the chromosome at any length, one at 1000 but not at 300
            planner.gene(chrom, 120, "+", "protein_coding", plain=True, kind="cpg", way="high")
            planner.gene(chrom, 1700, "+", "lncRNA", plain=True, kind="weak", way="low")
            planner.genes[-1].tss = planner.genes[-1].canonical_tss = planner.promoters[-1].tss = 700
            at = 7_000
        while at < length - edge - 4_500:
            if middle - 4_000 < at < middle + 15_000:
                at = middle + 19_000
            planner.unit(chrom, at)
            step = between(rng, 2_000, 2_500)
            if chance(rng) < 0.25:  # a gap with room for negatives of 2,000 bp
                step = between(rng, 9_000, 12_500)
                repeats += [at + 2_000, at + 4_800] if chance(rng) < 0.8 else []
            at += step
        layout[chrom] = Layout(f"chr{chrom}", length, gaps, repeats)
    _odd_ones(planner, layout)
    name, fasta_name, length = SCAFFOLD
    layout[name] = Layout(fasta_name, length, [], [])
    for at in (6_000, 14_000, 22_000):
        planner.gene(name, at, "+", "protein_coding" if at < 20_000 else "lncRNA", plain=True)
    order = list(layout)
    planner.genes.sort(key=lambda gene: (order.index(gene.chrom), min(gene.tss, gene.far), gene.gene_id))
    return planner.genes, planner.promoters, layout


def _odd_ones(planner: Planner, layout: dict[str, Layout]) -> None:
    """Gaps inside windows, and genes that share their TSS with another."""
    alone = [gene for gene in planner.genes if gene.biotype in UNIVERSE and gene.canonical_tss == gene.tss]
    alone = [gene for gene in alone if gene.chrom == "2" and gene.strand == "+" and gene.promoter.kind == "cpg"]
    for gene, upstream in zip(alone[10:14], (600, 600, 180, 180), strict=True):
        layout[gene.chrom].gaps.append((gene.tss - upstream, gene.tss - upstream + 60))
    for gene, biotype in zip(alone[20:23], ("lncRNA", "lncRNA", "protein_coding"), strict=True):
        planner.gene(gene.chrom, gene.tss, "+", biotype, "B", plain=True, kind="cpg", promoter=gene.promoter)


def expression_table(genes: list[Gene], rng: np.random.Generator) -> np.ndarray:
    """TPM per gene and tissue to four digits: bell-shaped in the logarithm, with many zeros."""
    table = np.zeros((len(genes), len(TISSUES)))
    for i, gene in enumerate(genes):
        scale = 1.0 if gene.biotype == "protein_coding" else 0.5
        level = {"high": 60, "middle": 4, "specific": 0.3, "low": 0.0}[gene.way] * scale
        level *= math.exp(0.55 * _bell(rng))
        favourite = between(rng, 0, len(TISSUES) - 1)
        for j, tissue in enumerate(TISSUES):
            value = level * math.exp((0.3 if gene.way == "high" else 0.6) * _bell(rng))
            if gene.way == "specific":
                value = value * 60 if j == favourite else value * (chance(rng) < 0.5)
            if gene.way == "low" and tissue in LEFT_OUT and chance(rng) < 0.15:
                value = 0.4  # seen only where the study does not look
            if gene.way == "high" and tissue in LEFT_OUT and chance(rng) < 0.08:
                value = 0.01
            table[i, j] = float(f"{value:.4g}") if value >= 0.004 else 0.0
    return table


def _bell(rng: np.random.Generator) -> float:
    return sum(chance(rng) for _ in range(12)) - 6.0


def expression_labels(genes: list[Gene], tpm: np.ndarray) -> dict[str, str]:
    """Gene id -> label by the rule: above P75 in every kept tissue, or at most P25 in every one.

    Over coding and lncRNA genes of the primary chromosomes; those that the table lacks are `absent`.
    """
    universe = [gene.biotype in UNIVERSE and gene.chrom in CHROMOSOMES for gene in genes]
    counted = np.array([flag and gene.in_table for flag, gene in zip(universe, genes, strict=True)])
    kept = tpm[:, [TISSUES.index(tissue) for tissue in KEPT]]
    high = (kept > np.percentile(kept[counted], 75, axis=0)).all(axis=1)
    low = (kept <= np.percentile(kept[counted], 25, axis=0)).all(axis=1)
    labels = {}
    for i, gene in enumerate(genes):
        if universe[i]:
            label = "high" if high[i] else "low" if low[i] else "neither"
            labels[gene.gene_id] = label if gene.in_table else "absent"
    return labels


assert all(name in MOTIFS for grammar in GRAMMAR.values() for name, *_ in grammar)
