"""Experiments: sweeps, fine-mapping, published predictions, another organism."""

import csv
import itertools

import numpy as np
import pandas as pd
import pyarrow.feather
import pysam
import pytest
import yaml
from endobench.bgzip import INDEX_SUFFIX
from endobench.columns import (
    ANSWERS,
    DIFFERENCES,
    METRICS,
    PAIRS,
    SUMMARY,
    SWEEP,
    TRACK_METRICS,
    TRACKS,
    VERDICTS,
    WATERFALL,
)
from endobench.tables import read_frame, read_tsv
from servers import serving
from workflow import ROOT, SMALL, checkout, said, snakemake, with_simulated, write_config
