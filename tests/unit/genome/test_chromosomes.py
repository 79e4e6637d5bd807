import pandas as pd
import pytest
from endobench.core.errors import InputError
from endobench.genome.chromosomes import chromosome_name, chromosome_names


@pytest.mark.parametrize(
    ("name", "build", "expected"),
    [
        ("1", "GRCh38", "chr1"),
        ("CHR1", "hg19", "chr1"),
        ("chr01", "hg19", "chr1"),
        ("Chromosome 2", "hg19", "chr2"),
        (" chr22 ", "hg19", "chr22"),
        ("x", "GRCh38", "chrX"),
        ("1.0", "GRCh38", "chr1"),
        ("MT", "GRCh38", "chrM"),
        ("chrMT", "mm10", "chrM"),
        ("23", "GRCh38", "chrX"),
        ("24", "hg19", "chrY"),
        ("25", "hg18", "chrX"),
        ("26", "GRCh38", "chrM"),
        ("XY", "GRCh38", "chrX"),
        ("PAR1", "GRCh38", "chrX"),
        ("NC_000001.11", "GRCh38", "chr1"),
        ("NC_000007.13", "hg19", "chr7"),
        ("NC_000001.9", "hg18", "chr1"),
        ("NC_000024.10", "GRCh38", "chrY"),
        ("NC_000021", "GRCh38", "chr21"),
        ("nc_012920.1", "GRCh38", "chrM"),
        ("CM000663.2", "GRCh38", "chr1"),
        ("CM000686.1", "hg19", "chrY"),
        ("NC_000067.6", "mm10", "chr1"),
        ("NC_000086.7", "mm10", "chrX"),
        ("CM000994.2", "mm10", "chr1"),
        ("NC_000067.5", "mm9", "chr1"),
        ("chrUn_KI270302v1", "GRCh38", "chrUn_KI270302v1"),
        ("KI270728.1", "GRCh38", "chrKI270728.1"),
        ("chr1_KI270706v1_random", "GRCh38", "chr1_KI270706v1_random"),
    ],
)
def test_an_alias_is_known(name, build, expected):
    assert chromosome_name(name, build) == expected
    # A name of this workflow is its own.
    assert chromosome_name(expected, build) == expected


@pytest.mark.parametrize(
    ("name", "build", "what"),
    [
        ("NC_000001.10", "GRCh38", "is the accession of chr1 on hg19, not on GRCh38"),
        ("NC_000001.11", "hg19", "is the accession of chr1 on GRCh38, not on hg19"),
        ("CM000663.1", "GRCh38", "is the accession of chr1 on hg19, not on GRCh38"),
        ("NC_000067.6", "GRCh38", "is the accession of chr1 on mm10, not on GRCh38"),
        ("NC_000001.99", "GRCh38", "is not on GRCh38"),
        ("NC_012920.1", "mm10", "is not on mm10"),
    ],
)
def test_an_accession_names_its_build(name, build, what):
    with pytest.raises(InputError, match=f"chromosome '{name}' {what}"):
        chromosome_name(name, build)
    assert chromosome_name(name).startswith("chr")


def test_missing_names_stay_missing():
    names = chromosome_names(pd.Series(["1", None, "X"]), "GRCh38")
    assert names.tolist()[::2] == ["chr1", "chrX"]
    assert names.isna().tolist() == [False, True, False]
