"""The model's class and the functions that create it."""

import dataclasses
import json
import os
import pathlib
import threading

import anndata
import huggingface_hub
import jax
import kagglehub
import numpy as np
import pandas as pd
from alphagenome.data import track_data
from alphagenome.models.v1 import dna_model, dna_output
from endobench.genome.alleles import align_alternate, allele_sequences
from endobench.model.aggregation import aggregate
from endobench.model.standin.motif_model import ASSAYS, MotifModel
from kagglehub import auth as kaggle_auth

from alphagenome_research.model.metadata import metadata as metadata_lib

ModelVersion = dna_model.ModelVersion
Organism = dna_model.Organism


@dataclasses.dataclass(frozen=True, kw_only=True)
class ModelSettings:
    num_splice_sites: int = 512
    splice_site_threshold: float = 0.1


@dataclasses.dataclass(frozen=True, kw_only=True)
class OrganismSettings:
    metadata: object = None
    fasta_path: str | None = None
    gtf_feather_path: str | None = None
    pas_feather_path: str | None = None
    splice_site_starts_feather_path: str | None = None
    splice_site_ends_feather_path: str | None = None


def default_organism_settings():
    return {
        organism: OrganismSettings(
            **{
                field.name: f"https://elsewhere/{field.name}"
                for field in dataclasses.fields(OrganismSettings)
                if field.name.endswith("_path")
            }
        )
        for organism in Organism
    }


class _DeviceContextManager:
    def __init__(self, device):
        self._device = device
        self._lock = threading.Lock()

    def __enter__(self):
        self._lock.acquire()
        return self._device

    def __exit__(self, *_):
        self._lock.release()


class AlphaGenomeModel(dna_model.DnaModel):
    def __init__(
        self, *, params, metadata, fasta_extractors, annotated=(), device=None
    ):
        if device is None:
            device = jax.local_devices()[0]
            if device.platform not in {"gpu", "tpu"}:
                raise ValueError("Cannot find any GPU or TPU devices.")
        self.device = device
        self._device_context = _DeviceContextManager(device)
        self._params = {"scale": np.float32(params["scale"])}
        self._state = {}
        self._metadata = metadata
        self._genomes = fasta_extractors
        self._annotated = set(annotated)
        self._predict = jax.jit(_predict, static_argnames=["requested_outputs"])
        self._predict_variant = jax.jit(
            _predict_variant, static_argnames=["requested_outputs"]
        )

    def output_metadata(self, organism=Organism.HOMO_SAPIENS):
        found = self._metadata[organism]
        return dna_output.OutputMetadata(
            **{
                output.name.lower(): found.get(output)[~padding]
                for output, padding in found.padding.items()
            }
        )

    def score_variant(
        self,
        interval,
        variant,
        variant_scorers=(),
        *,
        organism=Organism.HOMO_SAPIENS,
    ):
        for scorer in variant_scorers:
            self._check_annotation(scorer)
        pair = self._alleles(interval, variant, organism)
        with self._device_context:
            predicted = self._predict_variant(
                self._params,
                self._state,
                *pair,
                _index(organism),
                **self._options({each.requested_output for each in variant_scorers}),
            )
            results = []
            for scorer in variant_scorers:
                if metadata_lib.name_of(scorer.to_proto()) is not None:
                    result = self._by_gene(interval, variant, scorer, organism)
                else:
                    of_output = [each[scorer.requested_output][0] for each in predicted]
                    raw = _masked(*of_output, interval, variant, scorer)
                    tracks = self.output_metadata(organism).get(scorer.requested_output)
                    result = anndata.AnnData(
                        X=raw[None], var=tracks.set_index(tracks.index.map(str))
                    )
                result.uns["interval"] = interval
                result.uns["variant"] = variant
                result.uns["variant_scorer"] = scorer
                results.append(result)
        return results

    def predict_sequence(
        self,
        sequence,
        *,
        organism=Organism.HOMO_SAPIENS,
        requested_outputs,
        ontology_terms,
        interval=None,
    ):
        outputs = tuple(set(requested_outputs))
        with self._device_context:
            predicted = self._predict(
                self._params,
                self._state,
                _encoded(sequence),
                _index(organism),
                **self._options(outputs),
            )
            return dna_output.Output(
                **{
                    output.name.lower(): self._tracks(
                        predicted[output][0], output, organism, ontology_terms, interval
                    )
                    for output in outputs
                }
            )

    def predict_variant(
        self,
        interval,
        variant,
        *,
        organism=Organism.HOMO_SAPIENS,
        requested_outputs,
        ontology_terms,
    ):
        outputs = tuple(set(requested_outputs))
        # Behind an indel, ALT's tracks are not in REF's coordinates.
        pair = self._alleles(interval, variant, organism)
        with self._device_context:
            predicted = self._predict_variant(
                self._params,
                self._state,
                *pair,
                _index(organism),
                **self._options(outputs),
            )
            return dna_output.VariantOutput(
                *(
                    dna_output.Output(
                        **{
                            output.name.lower(): self._tracks(
                                each[output][0],
                                output,
                                organism,
                                ontology_terms,
                                interval,
                            )
                            for output in outputs
                        }
                    )
                    for each in predicted
                )
            )

    def predict_interval(
        self,
        interval,
        *,
        organism=Organism.HOMO_SAPIENS,
        requested_outputs,
        ontology_terms,
    ):
        raise NotImplementedError

    def score_interval(
        self, interval, interval_scorers=(), *, organism=Organism.HOMO_SAPIENS
    ):
        raise NotImplementedError

    def score_ism_variants(
        self,
        interval,
        ism_interval,
        variant_scorers=(),
        *,
        organism=Organism.HOMO_SAPIENS,
        interval_variant=None,
    ):
        raise NotImplementedError

    def _options(self, outputs):
        return {
            "requested_outputs": tuple(outputs),
            "negative_strand_mask": np.array([False]),
            "strand_reindexing": {},
        }

    def _alleles(self, interval, variant, organism):
        """Return the encoded sequences of both alleles, shape (1, length)."""
        pair = allele_sequences(
            self._genome(organism, interval.chromosome).fetch,
            interval.chromosome,
            interval.start,
            interval.end,
            variant.position,
            variant.reference_bases,
            variant.alternate_bases,
        )
        return [_encoded(sequence) for sequence in pair]

    def _check_annotation(self, scorer):
        needed = {
            None: set(),
            "POLYADENYLATION": {"gtf_feather_path", "pas_feather_path"},
        }.get(metadata_lib.name_of(scorer.to_proto()), {"gtf_feather_path"})
        if not needed <= self._annotated:
            raise ValueError(f"Scorer '{scorer.base_variant_scorer}' is missing")

    def _by_gene(self, interval, variant, scorer, organism):
        """Answer as the real package: unmerged, and NaN for tracks of other strands."""
        name = metadata_lib.name_of(scorer.to_proto())
        values, messages, _ = metadata_lib.BY_GENE.answer(
            name, interval, variant.to_proto(), is_merged=False
        )
        rows = pd.DataFrame(
            [
                {
                    "gene_id": each.gene_id,
                    "strand": {1: "+", 2: "-"}[each.strand],
                    "gene_name": each.name,
                    "gene_type": each.type,
                    "interval_start": interval.start,
                    **(
                        {"junction_Start": each.junction_start}
                        if each.HasField("junction_start")
                        else {}
                    ),
                }
                for each in messages
            ]
        )
        if rows.empty and name != "POLYADENYLATION":
            rows = pd.DataFrame(columns=["gene_id", "strand", "gene_name", "gene_type"])
        tracks = self.output_metadata(organism).get(scorer.requested_output)
        if name == "SPLICE_JUNCTIONS":
            tracks = tracks.assign(strand=".")
        return anndata.AnnData(
            X=self._params["scale"] * values[0],
            obs=rows.set_index(rows.index.map(str).astype(str)),
            var=tracks.set_index(tracks.index.map(str)),
        )

    def _genome(self, organism, chromosome):
        if organism not in self._genomes:
            raise ValueError(f"FastaExtractor not found for {organism.name=}")
        if chromosome not in self._genomes[organism].lengths:
            raise ValueError(f'Chromosome "{chromosome}" not found.')
        return self._genomes[organism]

    def _tracks(self, values, output, organism, terms, interval):
        tracks = self.output_metadata(organism).get(output)
        bin_bp = self._metadata[organism].resolution(output)
        values = np.add.reduceat(values, range(0, len(values), bin_bp))
        chosen = np.full(len(tracks), True)
        if terms is not None:
            names = {getattr(term, "ontology_curie", term) for term in terms}
            chosen = tracks["ontology_curie"].isin(names).to_numpy()
        return track_data.TrackData(
            values[:, chosen],
            tracks[chosen],
            resolution=bin_bp,
            interval=interval,
        )


def create(
    checkpoint_path,
    *,
    organism_settings=None,
    model_settings=ModelSettings(),  # noqa: B008
    device=None,
):
    folder = pathlib.Path(checkpoint_path)
    if not (folder / "_METADATA").exists():
        raise FileNotFoundError(f"No structure could be identified at {folder}.")
    settings = organism_settings or default_organism_settings()
    annotated = {
        field.name: getattr(each, field.name)
        for each in settings.values()
        for field in dataclasses.fields(each)
        if field.name.endswith("feather_path") and getattr(each, field.name) is not None
    }
    held = os.environ.get("TOY_ANNOTATION", "").split(",")
    for name, path in sorted(annotated.items()):
        # Copies on this machine need no network.
        if name not in held and not pathlib.Path(path).is_file():
            raise OSError(f"no network: {path}")
    return AlphaGenomeModel(
        params=json.loads((folder / "d/scale.json").read_text()),
        metadata={organism: metadata_lib.load(organism) for organism in settings},
        fasta_extractors={
            organism: MotifModel(each.fasta_path)
            for organism, each in settings.items()
            if each.fasta_path is not None
        },
        annotated=set(annotated),
        device=device,
    )


def create_from_kaggle(model_version, *, organism_settings=None, device=None):
    if kaggle_auth.get_username() is None:
        kagglehub.login()
    if isinstance(model_version, ModelVersion):
        model_version = model_version.name
    path = kagglehub.model_download(f"google/alphagenome/jax/{model_version.lower()}")
    return create(path, organism_settings=organism_settings, device=device)


def create_from_huggingface(model_version, *, organism_settings=None, device=None):
    if huggingface_hub.get_token() is None:
        huggingface_hub.login()
    if isinstance(model_version, ModelVersion):
        model_version = model_version.name
    name = model_version.replace("_", "-").lower()
    path = huggingface_hub.snapshot_download(repo_id=f"google/alphagenome-{name}")
    return create(path, organism_settings=organism_settings, device=device)


def _encoded(sequence):
    return np.frombuffer(sequence.encode("ascii"), dtype=np.uint8)[None]


def _index(organism):
    return np.array([list(Organism).index(organism)], dtype=np.int32)


def _predict(
    params,
    state,
    sequences,
    organism_indices,
    *,
    requested_outputs,
    negative_strand_mask,
    strand_reindexing,
):
    """Return (batch, length, tracks) by output; outputs of genes alone have no values."""
    jax.check_memory(*sequences.shape)
    if not len(sequences) == len(organism_indices) == len(negative_strand_mask):
        raise TypeError("arrays of several batch dimensions")
    found = {}
    for output in requested_outputs:
        rows = []
        for codes, index in zip(sequences, organism_indices, strict=True):
            if output.name in metadata_lib.BY_GENE.tracks:
                rows.append(np.zeros((len(codes), 1), np.float32))
                continue
            weights = _assay(list(Organism)[index], output).weights
            sequence = codes.tobytes().decode()
            rows.append(params["scale"] * metadata_lib.accessibility(sequence, weights))
        found[output] = np.stack(rows)
    return found


def _predict_variant(
    params, state, references, alternates, organism_indices, **options
):
    return tuple(
        _predict(params, state, sequences, organism_indices, **options)
        for sequences in (references, alternates)
    )


def _masked(ref, alt, interval, variant, scorer):
    """Score a variant with a centre mask, ALT aligned to REF."""
    centre = variant.position - 1 - interval.start
    if not 0 <= centre < interval.width:
        return np.zeros(ref.shape[1], np.float32)
    alleles = variant.reference_bases, variant.alternate_bases
    alt = align_alternate(alt, centre, *alleles)
    low = 0 if scorer.width is None else centre - scorer.width // 2
    high = interval.width if scorer.width is None else low + scorer.width
    inside = slice(max(low, 0), high)
    pair = (each[inside].astype(np.float64) for each in (ref, alt))
    return aggregate(*pair, scorer.aggregation_type.name).astype(np.float32)


def _assay(organism, output):
    for assay in ASSAYS:
        if (assay.organism, assay.output) == (organism.name, output.name):
            return assay
    raise ValueError(f"Unsupported output type: {output}")
