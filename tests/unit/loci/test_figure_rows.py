import pandas as pd
import pytest
from alphagenome.data import genome
from drawings import exons_of
from endobench.figures.canvas import canvas, style
from endobench.loci.figure_rows import GeneRow, PeakRow

HERE = genome.Interval("chr1", 1_000, 3_000)


def drawn(row):
    with style():
        _, add_axes = canvas(7, 1, "", set())
        axes = add_axes(0.7, 0.2, 6, 0.5)
        row.plot_ax(axes, 0, HERE)
        return axes


def texts(row):
    return [text.get_text() for text in drawn(row).texts]


def test_only_peaks_of_the_chromosome_that_overlap_are_drawn():
    peaks = pd.DataFrame(
        [("chr1", 900, 1_000), ("chr1", 900, 1_001), ("chr2", 1_500, 1_600)],
        columns=["chrom", "start", "end"],
    )
    [bars] = drawn(PeakRow(peaks)).collections
    assert len(bars.get_paths()) == 1
    assert texts(PeakRow(peaks.iloc[:1])) == ["peaks", "no peak here"]


@pytest.mark.parametrize(
    ("genes", "n_lanes"),
    [
        ([("A", 1_100, 1_500, "+"), ("B", 2_500, 2_900, "+")], 1),
        ([("A", 1_100, 2_500, "+"), ("B", 2_400, 2_900, "+")], 2),
        # The name of the second would lie on the first.
        ([("A", 1_100, 2_500, "+"), ("LONG" * 5, 2_510, 2_900, "+")], 2),
        ([(f"G{i}", 1_100, 2_500, "-") for i in range(4)], 4),
        ([(f"G{i}", 1_100, 2_500, "-") for i in range(7)], 5),
    ],
)
def test_genes_that_overlap_lie_below_one_another(genes, n_lanes):
    row = GeneRow(exons_of(*genes), HERE, 6)
    assert row.total_height == pytest.approx(0.24 * n_lanes)
    assert len(drawn(row).texts) == 1 + min(len(genes), 5)


def test_genes_beyond_the_fourth_are_counted():
    genes = [(f"G{i}", 1_100, 2_500, "-") for i in range(7)]
    assert texts(GeneRow(exons_of(*genes), HERE, 6))[-1] == "… and 3 more genes"
    assert texts(GeneRow(exons_of(*genes[:5]), HERE, 6))[-1] == "… and 1 more gene"


@pytest.mark.parametrize(
    ("start", "end", "at", "ends"),
    [
        # Left of the gene, else right of it, else in the place of its beginning.
        (2_000, 2_500, 2_000, "right"),
        (10, 1_200, 1_200, "left"),
        (10, 90_000, 1_000, "left"),
    ],
)
def test_a_genes_name_stands_where_there_is_room(start, end, at, ends):
    axes = drawn(GeneRow(exons_of(("A", start, end, "+")), HERE, 6))
    name, [line] = axes.texts[-1], axes.lines
    assert name.get_text() == " A → "
    assert (name.get_position()[0], name.get_ha()) == (at, ends)
    axes.figure.draw_without_rendering()
    box = name.get_window_extent().transformed(axes.transData.inverted())
    assert box.x0 >= 1_000
    low, high = line.get_xdata()
    assert box.x1 <= low + 5 or box.x0 >= high - 5


@pytest.mark.parametrize(
    ("start", "text"),
    [
        (3_000, "no gene here; nearest: A, 0 bp to the right"),
        (5_000, "no gene here; nearest: A, 2,000 bp to the right"),
        (100, "no gene here; nearest: A, 700 bp to the left"),
    ],
)
def test_the_nearest_gene_is_named_where_none_is_drawn(start, text):
    row = GeneRow(exons_of(("A", start, start + 200, "+")), HERE, 6)
    assert texts(row) == ["genes", text]


def test_no_genes_at_all_are_said():
    assert texts(GeneRow(exons_of(), HERE, 6)) == ["genes", "no gene here or nearby"]
