"""The benchmark's library. It knows files and frames, and nothing of Snakemake."""
