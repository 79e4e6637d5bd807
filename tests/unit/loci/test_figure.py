import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from drawings import (
    STANDIN,
    crowding,
    exons_of,
    loci_of,
    locus_tracks_of,
    marks,
    words,
)
from endobench.design.models import STANDIN_MARK
from endobench.figures import palette
from endobench.loci.figure import draw_loci, locus_figure

PEAKS = pd.DataFrame({"chrom": "chr1", "start": [1000700], "end": [1001200]})
EXONS = exons_of(("GATA1", 1000300, 1002900, "+"), ("HDAC6", 1001500, 1009000, "-"))
INSERTION = "chr1_1001000_A_" + "ACGT" * 9 + "_b38"
HOSTILE = "<script>alert(1)</script> $a_1$ {x} \\frac "
GTF = "".join(
    f"chr1\tx\texon\t{start}\t{start + 99}\t.\t+\t.\t"
    f'gene_id "ENSG00000102145.15"; gene_name "GATA1";\n'
    for start in (1000401, 1001601)
)


def figure_of(*, tracks=None, rows=None, peaks=PEAKS, exons=EXONS, **options):
    tracks = locus_tracks_of() if tracks is None else tracks
    return locus_figure(
        tracks, loci_of() if rows is None else rows, peaks, exons, **options
    )


def of_gid(figure, gid):
    return [
        text for axes in figure.axes for text in axes.texts if text.get_gid() == gid
    ]


AWKWARD = {
    "usual": {},
    "stand-in": {
        "tracks": locus_tracks_of(model=STANDIN),
        "rows": loci_of(model=STANDIN),
    },
    "three tracks, long names, an insertion": {
        "tracks": locus_tracks_of(INSERTION, (HOSTILE * 5, "HepG2", "GM12878")),
        "rows": loci_of(
            INSERTION, ("demo", "x" * 60, "other"), feature_id=HOSTILE * 5, effect=-1e-7
        ),
        "exons": exons_of(
            *((f"{HOSTILE}{i}" * 3, 1000000 + 9 * i, 1001500, "+") for i in range(9))
        ),
    },
    "in no dataset, in bins, no change": {
        "tracks": locus_tracks_of(n_bins=16, resolution_bp=128, change=0),
        "rows": loci_of(datasets=()),
        "peaks": PEAKS.iloc[:0],
        "exons": exons_of(("FAR", 1200000, 1202900, "+")),
    },
    "no genes near, no peaks": {"peaks": None, "exons": EXONS.iloc[:0]},
    "no genes given, far on a long chromosome": {
        "tracks": locus_tracks_of("chr1_248001000_A_G_b38", n_bins=131072, change=-0.9),
        "rows": loci_of("chr1_248001000_A_G_b38"),
        "exons": None,
    },
    "few bases": {"tracks": locus_tracks_of(n_bins=128)},
}


@pytest.mark.parametrize("kind", AWKWARD)
def test_nothing_overlaps_and_everything_fits(kind):
    assert not crowding(figure_of(**AWKWARD[kind]))


def test_title_says_variant_gene_effect_and_score():
    names = pd.Series({"ENSG00000102145": "GATA1"})
    figure = figure_of(names=names)
    [title] = [text for text in figure.texts if text.get_gid() == "title"]
    expected = "chr1:1,001,000 A>G, GATA1, effect +0.5, score −1.25"
    assert title.get_text() == expected


def test_the_gene_of_the_title_may_lie_elsewhere():
    exons = exons_of(("FAR", 1200000, 1202900, "+")).assign(gene_id="ENSG00000102145")
    figure = figure_of(exons=exons)
    assert "(199.0 kb from the variant), effect" in words(figure)
    assert crowding(figure) == []


def test_lines_are_the_tracks_in_bases_and_differ_in_grey():
    tracks = locus_tracks_of()
    figure = figure_of(tracks=tracks)
    for allele, width in (("REF", 2.2), ("ALT", 0.8)):
        [line] = marks(figure, allele)
        expected = tracks.loc[tracks["allele"] == allele, "values"].iloc[0]
        np.testing.assert_allclose(line.get_ydata(), expected)
        assert line.get_xdata()[0] == tracks["start"].iloc[0] + 0.5
        assert line.get_linewidth() == width


def test_the_difference_is_alt_minus_ref():
    figure = figure_of(tracks=locus_tracks_of(change=-0.9))
    [change] = [axes for axes in figure.axes if "minus" in axes.get_ylabel()]
    low, high = change.dataLim.y0, change.dataLim.y1
    assert low == pytest.approx(-0.9, abs=0.01)
    assert high == pytest.approx(0, abs=0.01)
    assert change.get_ylim()[0] < -0.9


def test_deleted_bases_are_a_gap_that_is_explained():
    tracks = locus_tracks_of()
    ref, alt = tracks["values"]
    gapped = np.where(np.arange(len(alt)) // 5 == 200, np.nan, alt)
    tracks = tracks.assign(values=[ref, gapped])
    text = words(figure_of(tracks=tracks))
    assert "gaps: bases that ALT lacks" in text
    assert "gaps" not in words(figure_of())


def test_axes_say_their_units_and_the_build():
    text = words(figure_of(assembly="mm10"))
    assert "DNASE signal\nper bp" in text
    assert "position on chr1 (bp, mm10)" in text


def test_peaks_and_genes_are_named_or_reported_absent():
    assert [text.get_text() for text in of_gid(figure_of(), "gene name")] == [
        " GATA1 → ",
        " HDAC6 ← ",
    ]
    empty = figure_of(peaks=PEAKS.iloc[:0], exons=exons_of(("FAR", 1100, 5000, "+")))
    assert [text.get_text() for text in of_gid(empty, "nothing")] == [
        "no peak here",
        "no gene here; nearest: FAR, 994,976 bp to the left",
    ]


def test_a_standins_figure_is_stamped():
    assert STANDIN_MARK in words(figure_of(**AWKWARD["stand-in"]))
    assert STANDIN_MARK not in words(figure_of())


def test_frames_of_other_variants_or_without_an_allele_are_refused():
    with pytest.raises(ValueError, match="expected one variant"):
        figure_of(rows=loci_of("chr1_5_A_G_b38"))
    with pytest.raises(ValueError, match="expected as many of REF as of ALT"):
        figure_of(tracks=locus_tracks_of().iloc[:1])


def test_no_figure_is_left_with_pyplot():
    figure_of()
    assert not plt.get_fignums()


def test_each_variant_has_its_files_which_repeat(tmp_path):
    other = "chr1_1005000_A_G_b38"
    failed = loci_of("chr1_9_A_G_b38", figure=None, failure="no")
    loci = pd.concat([loci_of(datasets=("demo", "other")), loci_of(other), failed])
    tracks = pd.concat([locus_tracks_of(), locus_tracks_of(other)])
    (tmp_path / "genes.gtf").write_text(GTF)
    (tmp_path / "peaks.bed").write_text("chr1\t1000700\t1001200\n")
    written = []
    # The second time, the locus in two datasets alone.
    for folder, drawn in (("a", loci), ("b", loci.iloc[:2])):
        folder = tmp_path / folder
        peaks = {"demo": tmp_path / "peaks.bed"}
        draw_loci(folder, drawn, tracks, peaks, tmp_path / "genes.gtf")
        files = sorted(folder.iterdir())
        written.append({path.name: path.read_bytes() for path in files})
    names = ["chr1_1001000_A_G_b38", other]
    assert list(written[0]) == [f"{n}.{s}" for n in names for s in ("pdf", "png")]
    assert list(written[1]) == list(written[0])[:2]
    assert written[0] == written[0] | written[1]
    assert all(
        b"/FontFile2" in each for name, each in written[0].items() if "pdf" in name
    )


def test_no_loci_are_an_empty_folder(tmp_path):
    tracks = locus_tracks_of().iloc[:0]
    draw_loci(tmp_path / "none", loci_of().iloc[:0], tracks, {})
    assert list((tmp_path / "none").iterdir()) == []


def test_the_gene_of_a_score_is_shaded_named_and_has_a_log_fold_change():
    own = exons_of(("GATA1", 1000300, 1002900, "-"), ("HDAC6", 1001500, 1009000, "-"))
    own["gene_id"] = own["gene_name"].map({"GATA1": "ENSG01.3", "HDAC6": "ENSG02"})
    rows = loci_of(gene_id="ENSG01", feature_id="ENSG01.2", scorer="RNA_SEQ")
    names = pd.Series({"ENSG01": "GATA1", "ENSG02": "HDAC6"})
    figure = figure_of(
        tracks=locus_tracks_of().assign(gene_id="ENSG01"),
        rows=rows,
        exons=own,
        names=names,
    )
    [title] = [text for text in figure.texts if text.get_gid() == "title"]
    expected = "chr1:1,001,000 A>G, GATA1, effect +0.5, log fold change −1.25"
    assert title.get_text() == expected
    assert "GATA1 ←" in of_gid(figure, "own gene name")[0].get_text()
    assert "HDAC6" in of_gid(figure, "gene name")[0].get_text()
    shaded = [
        bars
        for axes in figure.axes
        for bars in axes.collections
        if bars.get_gid() == "exons"
    ]
    # Both panels of the track have the exons inside of it.
    assert len(shaded) == 2
    [path] = shaded[0].get_paths()
    assert path.vertices[:, 0].min() == 1000300
    assert "shaded: exons of the scored gene" in words(figure)
    assert not crowding(figure)


def test_the_change_of_a_single_splice_site_is_seen_beside_the_variants_line():
    tracks = locus_tracks_of()
    values = [np.zeros(2048, dtype="f4"), np.zeros(2048, dtype="f4")]
    values[1][1024] = 0.5
    figure = figure_of(
        tracks=tracks.assign(values=values), rows=loci_of(scorer="SPLICE_SITES")
    )
    both, change, *_ = figure.axes
    assert "probability of" in both.get_ylabel()
    area = change.collections[0]
    assert area.get_linewidth()[0] > 1
    lines = [line for line in change.lines if line.get_color() == palette.VARIANT]
    assert all(line.get_zorder() < area.get_zorder() for line in lines)
    coverage = figure_of(rows=loci_of(scorer="RNA_SEQ"))
    assert coverage.axes[1].collections[0].get_linewidth()[0] == 0
    assert "RNA_SEQ signal" in coverage.axes[0].get_ylabel()
