"""Scorers by gene, from the question to the files: what is asked, kept and read."""

import collections

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import tenacity
from endobench.core.columns import ANSWERS
from endobench.core.errors import InputError
from endobench.core.tables import as_table, read_frame
from endobench.model.answer import Answer
from endobench.predict.answers import genes_of_answers, read_answers, write_answers
from endobench.predict.backlog import Backlog
from endobench.predict.call_budget import CallBudget
from endobench.predict.canaries import ModelChanged
from endobench.predict.engine import Terms, ask_all
from endobench.predict.progress import Progress
from endobench.predict.shard import Request, Shard
from endobench.predict.workers import Asker, Limits
from frames import rows_of, variants_of

RNA, ACTIVE, DNASE = "RNA_SEQ", "RNA_SEQ_ACTIVE", "DNASE-501-DIFF_LOG2_SUM"
N_MERGED, N_DNASE = 6, 3
TISSUES = ["", "", "", "Liver", "Whole_Blood", None]
TRACKS = pd.DataFrame(
    {
        "track": [f"t{number}" for number in range(N_MERGED + N_DNASE)],
        "output": ["RNA_SEQ.genes"] * N_MERGED + ["DNASE"] * N_DNASE,
        "gtex_tissue": TISSUES + [""] * N_DNASE,
        "model": "m/v/1",
    }
)
IDS = [f"chr1_{pos}_A_G_b38" for pos in (100, 200, 300, 400)]
# The genes of each variant's window; the order is not that of the ids.
GENES = {
    IDS[0]: ["ENSG00000000003", "ENSG00000000001"],
    IDS[1]: [],
    IDS[2]: ["ENSG00000000002"],
    IDS[3]: ["ENSG00000000004", "ENSG00000000003", "ENSG00000000001_PAR_Y"],
}


def value_of(variant_id, gene, track):
    """Return a score that no other variant, gene or track has."""
    return float(variant_id.split("_")[1]) + int(gene.split("_")[0][-2:]) + track / 16


class Model:
    """Answers for each gene, and counts the calls."""

    def __init__(self, genes=GENES, change=0.0):
        self.calls = collections.Counter()
        self.genes = genes
        self.change = change

    def answer(self, row, name):
        self.calls[row.variant_id, name] += 1
        if name == DNASE:
            return Answer(row.variant_id, row.window_start, np.ones(3, np.float32))
        genes = self.genes[row.variant_id]
        raw = np.float32(
            [
                [value_of(row.variant_id, gene, track) for track in range(N_MERGED)]
                for gene in genes
            ]
        ).reshape(len(genes), N_MERGED)
        raw += np.float32(self.change)
        ids = np.array(genes, dtype=str)
        return Answer(
            row.variant_id, row.window_start, raw, raw / 1_000, feature_ids=ids
        )

    def ask(self, row, names):
        return [self.answer(row, name) for name in names]

    @property
    def n_calls(self):
        """Calls for the first scorer of each request."""
        return sum(n for (_, name), n in self.calls.items() if name == RNA)


def shard_of(folder, scorers=(RNA,), ids=IDS, **kept):
    rows = variants_of(*ids).assign(source_id=ids, window_start=0, shift_bp=0)
    return Shard(
        rows,
        TRACKS,
        Request(list(scorers), 131_072, "model"),
        journal=folder,
        name="chr1",
        genome_digest="0" * 64,
        **kept,
    )


def predict(shard, model, folder, canaries=(), attempts=4):
    """Request what the shard's journals lack; return the failures."""
    places = shard.places_of("model", np.arange(len(shard.rows)))
    backlog = Backlog(shard.rows, places, shard.journals["model"], canaries)
    terms = Terms(
        Limits(2, attempts, 0, len(shard.rows)),
        CallBudget(folder, None),
        Progress(len(shard.rows), "test"),
        "here",
        tenacity.wait_none(),
        track_names=shard.track_names,
    )
    with shard:
        _, failures = ask_all(backlog, lambda: Asker(model.ask, lambda: None), terms)
        shard.look()
    return failures


def predicted(folder, model, scorers=(RNA,), **kept):
    """Predict, and return the path of the file of answers."""
    with shard_of(folder / "journal", scorers, **kept) as shard:
        assert predict(shard, model, folder).empty
        path = folder / "answers.parquet"
        write_answers(shard, path, {"RNA_SEQ.genes": [4]})
    return path


def test_each_gene_of_a_variant_is_a_row(tmp_path):
    path = predicted(tmp_path, Model(), [RNA, DNASE])
    frame = read_frame(path, ANSWERS)
    of_genes = frame[frame["scorer"] == RNA]
    of_genes = of_genes.assign(raw=[each.tolist() for each in of_genes["raw"]])
    expected = [
        (name, gene, [value_of(name, gene, track) for track in range(N_MERGED)])
        for name in IDS
        for gene in sorted(GENES[name])
    ]
    assert rows_of(of_genes, "variant_id", "feature_id", "raw") == expected
    assert of_genes["window_bp"].unique() == [131_072]
    quantiles = np.stack(of_genes["quantile"])
    assert np.isfinite(quantiles).sum(axis=0).tolist() == [0, 0, 0, 0, 6, 0]
    assert np.allclose(quantiles[:, 4] * 1_000, np.stack(of_genes["raw"])[:, 4])
    # A centre mask beside it has a row for each variant, the second one, too.
    others = frame[frame["scorer"] == DNASE]
    assert others["variant_id"].tolist() == IDS
    assert others["feature_id"].isna().all()


def test_a_variant_without_genes_is_answered_once_and_no_failure(tmp_path):
    model = Model()
    predicted(tmp_path, model)
    assert model.calls[IDS[1], RNA] == 1
    predicted(tmp_path, model)
    assert set(model.calls.values()) == {1}
    with shard_of(tmp_path / "journal") as shard:
        assert shard.is_answered("model").all()
        assert shard.n_missing("model") == 0
        [budget] = shard.budget(0.0)
    assert (budget["n_remembered"], budget["n_to_ask"]) == (4, 0)


def test_a_variant_asked_once_serves_all_its_genes_tissues_and_datasets(tmp_path):
    model = Model()
    path = predicted(tmp_path, model)
    assert model.n_calls == len(IDS)
    # Another dataset asks about other genes and another tissue, and has more variants.
    pairs = pd.DataFrame(
        {"variant_id": [IDS[3], IDS[0]], "feature_id": [GENES[IDS[3]][0], "ENSG9.1"]}
    )
    for tissue, genes in ((3, pairs), (4, None), (0, pairs.iloc[:1])):
        again = predicted(tmp_path, model, lone={"RNA_SEQ.genes": [tissue]})
        answers, _ = read_answers([again], RNA, [tissue], pairs=genes)
        assert len(answers) == (6 if genes is None else 1)
        for row in answers.itertuples():
            assert row.raw == [value_of(row.variant_id, row.feature_id, tissue)]
    assert model.n_calls == len(IDS)
    # A new scorer needs calls of its own, which do not repeat the known one.
    predicted(tmp_path, model, [RNA, ACTIVE])
    assert model.n_calls == len(IDS)
    assert path.exists()


def test_quantiles_of_every_gtex_tissue_are_kept(tmp_path):
    model = Model()
    predicted(tmp_path, model)
    with shard_of(tmp_path / "journal") as shard:
        answer = shard.answer("model", RNA, 0)
    is_known = np.isfinite(answer.quantile).all(axis=0).tolist()
    assert is_known == [tissue not in ("", None) for tissue in TISSUES]


def test_a_quantile_that_was_not_kept_is_told(tmp_path, caplog):
    predicted(tmp_path, Model())
    assert "no quantile" not in caplog.text
    with shard_of(tmp_path / "journal") as shard:
        write_answers(shard, tmp_path / "answers", {"RNA_SEQ.genes": [1, 3]})
    frame = read_frame(tmp_path / "answers", ANSWERS)
    assert np.isfinite(np.stack(frame["quantile"])).sum(axis=0).tolist() == [
        *[0, 0, 0, len(frame), 0, 0]
    ]
    assert "RNA_SEQ: 6 scores of genes have no quantile in track 't1'" in caplog.text
    assert "'t3'" not in caplog.text


def test_a_gene_that_was_not_kept_is_asked_about_where_it_is_in_the_window(tmp_path):
    model = Model()
    one, other = "ENSG00000000003", "ENSG00000000002"
    predicted(tmp_path, model, genes=frozenset([one]))
    assert model.n_calls == 4
    path = predicted(tmp_path, model, genes=frozenset([one, "ENSG00000000009"]))
    assert model.n_calls == 4
    assert rows_of(read_frame(path, ANSWERS), "variant_id", "feature_id") == [
        (IDS[0], one),
        (IDS[3], one),
    ]
    # The window of one variant alone has the other gene.
    path = predicted(tmp_path, model, genes=frozenset([one, other]))
    assert model.calls == dict.fromkeys([(name, RNA) for name in IDS], 1) | {
        (IDS[2], RNA): 2
    }
    assert (IDS[2], other) in rows_of(
        read_frame(path, ANSWERS), "variant_id", "feature_id"
    )
    # All genes are asked for where some were left out.
    predicted(tmp_path, model)
    assert model.calls[IDS[0], RNA] == model.calls[IDS[3], RNA] == 2
    assert model.calls[IDS[1], RNA] == 1


class Faulty(Model):
    """A model without a number for one gene in one track."""

    def __init__(self, gene, track):
        super().__init__()
        self.gene, self.track = gene, track

    def answer(self, row, name):
        answer = super().answer(row, name)
        for values in (answer.raw, answer.quantile):
            values[answer.feature_ids == self.gene, self.track] = np.inf
        return answer


def test_a_track_without_a_number_is_named_and_the_rest_is_kept(tmp_path, caplog):
    model = Faulty("ENSG00000000003", 2)
    frame = read_frame(predicted(tmp_path, model), ANSWERS)
    raw = np.stack(frame["raw"])
    is_lost = (frame["feature_id"] == "ENSG00000000003").to_numpy()
    assert np.isnan(raw[is_lost, 2]).all() and np.isfinite(raw).sum() == raw.size - 2
    assert "track 't2' has no value for genes of 2 variants" in caplog.text
    # It is asked about again in the hope of a number.
    assert model.calls[IDS[0], RNA] == 3


def test_numbers_of_genes_that_are_not_kept_do_not_matter(tmp_path, caplog):
    model = Faulty("ENSG00000000003", 2)
    predicted(tmp_path, model, genes=frozenset(["ENSG00000000001"]))
    assert set(model.calls.values()) == {1}
    assert "no value" not in caplog.text


@pytest.mark.parametrize("genes", [None, frozenset(["ENSG00000000003"])])
def test_canaries_are_compared_by_gene(tmp_path, genes):
    with shard_of(tmp_path / "journal", ids=IDS[:3], genes=genes) as shard:
        predict(shard, Model(), tmp_path)
    turned = Model({name: ids[::-1] for name, ids in GENES.items()})
    with shard_of(tmp_path / "journal", genes=genes) as shard:
        predict(shard, turned, tmp_path, canaries=[0, 1])
    assert turned.n_calls == 3
    changed = Model(GENES | {"chr1_500_A_G_b38": []}, change=50)
    message = r"RNA_SEQ was \d+, now \d+ \(ENSG0+\d, track \d\)"
    with (
        shard_of(
            tmp_path / "journal", ids=[*IDS, "chr1_500_A_G_b38"], genes=genes
        ) as one,
        pytest.raises(ModelChanged, match=message),
    ):
        predict(one, changed, tmp_path, canaries=[0])


@pytest.mark.parametrize(
    ("genes", "message"),
    [
        (GENES[IDS[0]][:1], "had 2 genes, now 1: 1 is gone, such as ENSG00000000001"),
        (
            [*GENES[IDS[0]], "ENSG00000000008", "ENSG00000000007"],
            "had 2 genes, now 4: 2 are new, such as ENSG00000000007",
        ),
        (
            [GENES[IDS[0]][0], "ENSG00000000009"],
            "had 2 genes, now 2: 1 is gone, such as ENSG00000000001 and 1 is new, such"
            " as ENSG00000000009",
        ),
    ],
)
def test_another_set_of_genes_is_another_model(tmp_path, genes, message):
    with shard_of(tmp_path / "journal", ids=IDS[:1]) as shard:
        predict(shard, Model(), tmp_path)
    with (
        shard_of(tmp_path / "journal") as shard,
        pytest.raises(ModelChanged, match=f"RNA_SEQ {message};"),
    ):
        predict(shard, Model(GENES | {IDS[0]: genes}), tmp_path, canaries=[0])


def test_pairs_are_read_by_variant_and_gene_without_version(tmp_path):
    path = predicted(tmp_path, Model(), [RNA, DNASE])
    pairs = pd.DataFrame(
        [
            (IDS[3], "ENSG00000000001.7_PAR_Y"),
            (IDS[0], "ENSG00000000003.12"),
            # In the window of another variant.
            (IDS[2], "ENSG00000000003.12"),
            (IDS[1], "ENSG00000000001.1"),
        ],
        columns=["variant_id", "feature_id"],
    ).astype({"variant_id": "category"})
    answers, place, none = read_answers([path], RNA, [4], [], pairs=pairs)
    assert rows_of(answers, "variant_id", "feature_id", "raw") == [
        (IDS[0], "ENSG00000000003", [value_of(IDS[0], "ENSG00000000003", 4)]),
        (
            IDS[3],
            "ENSG00000000001_PAR_Y",
            [value_of(IDS[3], "ENSG00000000001_PAR_Y", 4)],
        ),
    ]
    assert (place.tolist(), none.tolist()) == ([0], [])
    # Of a centre mask the variant alone counts.
    masked, _ = read_answers([path], DNASE, [0], pairs=pairs.iloc[1:3])
    assert masked["variant_id"].tolist() == [IDS[0], IDS[2]]
    # Without genes, all of a variant are read.
    whole, _ = read_answers([path], RNA, [4], pairs=pairs[["variant_id"]].iloc[:1])
    assert whole["feature_id"].tolist() == sorted(GENES[IDS[3]])
    intron = "chr1:497299:498399:clu_51878:ENSG00000000003.11"
    one, _ = read_answers(
        [path], RNA, [4], pairs=pairs.iloc[1:2].assign(feature_id=intron)
    )
    assert one["feature_id"].tolist() == ["ENSG00000000003"]
    nothing, _ = read_answers([path], RNA, [4], pairs=pairs.iloc[:0])
    assert nothing.empty and list(nothing) == ANSWERS.names


def test_the_genes_of_all_answers_are_known_without_their_scores(tmp_path):
    path = predicted(tmp_path, Model(), [RNA, DNASE])
    assert genes_of_answers([path], RNA) == {
        gene for ids in GENES.values() for gene in ids
    }
    assert genes_of_answers([path], DNASE) == genes_of_answers([], RNA) == set()


def test_a_file_of_many_genes_has_many_small_parts(tmp_path, monkeypatch):
    monkeypatch.setattr("endobench.predict.shard._BATCH_BYTES", 2 * 4 * N_MERGED)
    path = predicted(tmp_path, Model())
    assert read_frame(path, ANSWERS)["variant_id"].tolist() == (
        [IDS[0]] * 2 + [IDS[2]] + [IDS[3]] * 3
    )


def test_answers_of_different_numbers_of_tracks_are_refused_across_parts(tmp_path):
    path = predicted(tmp_path, Model(), [RNA, DNASE])
    frame = read_frame(path, ANSWERS).assign(scorer=RNA)
    with pq.ParquetWriter(path, ANSWERS) as writer:
        for _, part in frame.groupby(frame["feature_id"].isna()):
            writer.write_table(as_table(part, ANSWERS))
    with pytest.raises(InputError, match="answers of 6 and of 3 tracks"):
        read_answers([path], RNA, [0])
