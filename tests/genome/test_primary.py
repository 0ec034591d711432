"""Which sequences are primary chromosomes by their names."""

import pytest

from lncprom.genome import primary

PRIMARY = (
    "1 22 99 chr1 chr22 Chr5 X Y chrX chrY M MT chrM chrMT W Z chrZ "  # human, mouse, zebrafish, Arabidopsis, birds
    "I IV IX XVI chrI chrXVI II Mito "  # yeast, C. elegans
    "2L 2R 3L 3R 4 chr2L mitochondrion_genome 2A 2B 7D 1H A1 F2 "  # fly, chimpanzee, wheat, barley, cat
    "MtDNA Pt LG5 groupXXI X1 NC_000020.11 NC_000024 CM000682.2 "
    "chr01 Chr09 chr12 ch10 LG01 Chr_01 1S chr9_10L A01 D13 chrC09 chr01_A chr1A_part1"  # rice, frog, cotton
)
OTHER = (
    "KI270728.1 GL000009.2 chr1_KI270706v1_random chrUn_GL000220v1 NT_187361.1 NW_003315905.1 scaffold_1 JH584304.1 "
    "211000022278279 Un_CP007071v1 chr 100 0 HLA-A EBV chrEBV phiX contig1 IIII "
    "chr00 ch00 chrUn A00 chr1_2 scaffold01 Contig0001"
)
ALTERNATE = "chr6_GL000250v2_alt chr1_KN196472v1_fix chr6_cox_hap2 CHR_HSCHR6_MHC_APD_CTG1 HSCHR6_MHC_DBB HG7_PATCH"


@pytest.mark.parametrize(
    ("names", "reason"), [(PRIMARY, None), (OTHER, primary.SCAFFOLD), (ALTERNATE, primary.ALTERNATE)]
)
def test_a_name__primary_or_the_reason_to_leave_it_out(names, reason):
    assert {name: primary.outside_primary(name) for name in names.split()} == dict.fromkeys(names.split(), reason)


def test_x_and_y_by_every_name__are_found():
    assert [primary.sex_chromosome(name) for name in ("X", "chrX", "NC_000023.11", "NC_000086.8")] == ["X"] * 4
    assert [primary.sex_chromosome(name) for name in ("Y", "chrY", "NC_000024.10", "NC_000087.8")] == ["Y"] * 4
    assert [primary.sex_chromosome(name) for name in ("1", "chrY_KI270740v1_random", "NC_000001.11")] == [None] * 3
