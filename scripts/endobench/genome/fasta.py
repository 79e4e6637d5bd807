"""Indexing and reading FASTA files of a reference genome."""

import contextlib
import itertools
import logging
import pathlib
import re
import shutil

import numpy as np
import pysam

from endobench.core.errors import InputError
from endobench.core.files import (
    DAMAGED,
    atomic_path,
    has_byte_order_mark,
    is_gzip,
    open_bytes,
    target_of_link,
    why_damaged,
)
from endobench.design.assemblies import build_of_lengths
from endobench.genome.chromosomes import known_chromosome

log = logging.getLogger(__name__)

_SEGMENT_BP = 1 << 24
# More than the name of a sequence takes.
_NAME_BYTES = 1 << 16
# What samtools does not count as a base.
_BLANK = re.compile(rb"[^!-~\r\n]")


def open_genome(path, source=None):
    """Open an indexed FASTA file.

    Parameters
    ----------
    path : str or path-like
    source : path-like, optional
        The file that it was made from, for error messages.

    Raises
    ------
    InputError
        If the file is not a FASTA file, or has no index and none can be created.
    """
    path = pathlib.Path(path)
    if not path.exists():
        raise InputError(f"{path}: no such FASTA file")
    if not path.with_name(path.name + ".fai").exists():
        try:
            pysam.faidx(str(path))
        except pysam.SamtoolsError as error:
            if odd := _uneven_line(path) or _without_bases(path):
                raise InputError(f"{source or path}: {odd}") from None
            reason = " ".join(str(error).split())
            if source:
                raise InputError(
                    f"{source}: cannot be indexed ({reason}); expected a complete FASTA"
                    " file"
                ) from None
            raise InputError(
                f"{path}: no index ({path.name}.fai), and it cannot be created: {reason}."
                " Run 'samtools faidx' in a writable folder; recompress a gzip file with"
                " bgzip first"
            ) from None
    try:
        genome = pysam.FastaFile(str(path))
    except (OSError, ValueError) as error:
        read = source or path
        why = why_damaged(error, read)
        raise InputError(f"{read}: not a readable FASTA file ({why})") from None
    _check_index(path, source)
    return genome


def _check_index(path, source):
    """Raise an error if an index is not that of its file, by the ends of its sequences.

    Blanks within the first line of a sequence, which the index does not count, would shift
    all bases behind them.
    """
    if is_gzip(path):
        return
    with open(path, "rb") as file:
        for name, length, start, line_bp, line_bytes in _rows_of_index(path):
            file.seek(start - 1)
            before = file.read(1)
            first = file.read(min(line_bp, length, _NAME_BYTES))
            if before == b"\n" and (blank := _BLANK.search(first)):
                raise InputError(
                    f"{source or path}: the first line of sequence {name!r} contains"
                    f" {blank[0].decode(errors='replace')!r}; expected letters alone"
                )
            lines, rest = divmod(max(length - 1, 0), max(line_bp, 1))
            file.seek(start + lines * line_bytes + rest)
            # Its last base, the end of the line, and the name of the next sequence. A
            # file that was cut is noticed on reading.
            last, *after = file.read(_NAME_BYTES).split(b"\n")[:2]
            is_last = not last or len(last.rstrip()) == 1 and last != b">"
            if (
                before != b"\n"
                or not is_last
                or b"".join(after).strip()[:1] not in b">"
            ):
                if source:
                    # The index is new, and counts nothing but visible characters.
                    raise InputError(
                        f"{source}: a line of sequence {name!r} contains blanks or other"
                        " bytes that are no letters; expected letters alone"
                    )
                raise InputError(
                    f"{path}.fai: not the index of {path.name}, in which sequence"
                    f" {name!r} begins or ends elsewhere; run 'samtools faidx' again"
                )


def _rows_of_index(path):
    """Return name, length, offset, bases and bytes per line of each sequence."""
    rows = [
        text.split("\t")
        for text in pathlib.Path(f"{path}.fai").read_text().splitlines()
    ]
    return [(name, *map(int, numbers[:4])) for name, *numbers in rows]


def _uneven_line(path):
    """Describe the first line that an index cannot describe, or return "".

    All lines of a sequence but its last must be equally long.
    """
    name, n_first, short = "", None, None
    with contextlib.suppress(*DAMAGED), open_bytes(path) as file:
        for line, text in enumerate(file, start=1):
            text = text.rstrip(b"\r\n")
            if text.startswith(b">"):
                name, n_first, short = text[1:].decode(errors="replace"), None, None
                continue
            n_first = len(text) if n_first is None else n_first
            if len(text) > n_first or (short and text):
                where, n = (line, len(text)) if len(text) > n_first else short
                blanks = ", blanks included" if text != text.rstrip() else ""
                return (
                    f"line {where} has {n} characters{blanks}; all lines of sequence"
                    f" {name!r} but its last must have {n_first}, as its first has"
                )
            if len(text) < n_first and not short:
                short = line, len(text)
    return ""


def _without_bases(path):
    """Describe a last sequence without bases, on which indexing fails, or return ""."""
    with open(path, "rb") as file:
        file.seek(0, 2)
        file.seek(max(file.tell() - _NAME_BYTES, 0))
        *_, last = file.read().strip().split(b"\n")
    if b"\r" in last.strip():
        return "lines end with a carriage return alone; write it with ends of Unix"
    if last.startswith(b">"):
        name = last[1:].decode(errors="replace").strip()
        return f"sequence {name!r}, the last one, has no bases; is the file truncated?"
    return ""


def index_genome(source, destination, build=None):
    """Create an uncompressed, indexed FASTA file.

    The index names the chromosomes as this workflow does, whatever the file calls them.

    Parameters
    ----------
    source : path-like
        FASTA, plain, gzip or bgzip. Its folder need not be writable.
    destination : path-like
        Becomes a symbolic link if `source` is uncompressed. The index is next to it.
    build : str, optional
        The declared build, which accessions of chromosomes must be on.

    Raises
    ------
    InputError
        If the file is truncated, not a FASTA file or on another build, or the lines of a
        sequence are not equally long.
    """
    source, destination = pathlib.Path(source), pathlib.Path(destination)
    # Names this file, not a copy of it, if it is no text.
    open_bytes(source).close()
    with atomic_path(destination) as temporary:
        if is_gzip(source) or has_byte_order_mark(source):
            try:
                with open_bytes(source) as packed, open(temporary, "wb") as plain:
                    shutil.copyfileobj(packed, plain, 1 << 20)
            except DAMAGED as error:
                raise InputError(
                    f"{source}: not a complete gzip file ({error})"
                ) from None
        else:
            # It leads there once it is in its place.
            temporary.symlink_to(target_of_link(source, destination))
        with open_bytes(source) as file:
            first = file.read(1)
        if first != b">":
            raise InputError(
                f"{source}: not a FASTA file, since it starts with {first!r}"
            )
    index = destination.with_name(destination.name + ".fai")
    index.unlink(missing_ok=True)
    try:
        open_genome(destination, source).close()
        _check_names(destination, source)
        _rename(index, source, build)
    except InputError:
        # A genome without its index is half a file.
        destination.unlink()
        index.unlink(missing_ok=True)
        raise
    log.info("%s: indexed", destination)


def _check_names(path, source):
    """Raise an error if a sequence is not in the index: it is empty or repeated.

    Between two sequences, and before the first, a file has nothing but a name.
    """
    starts, ends = [], [0]
    for _, length, offset, line_bp, line_bytes in _rows_of_index(path):
        starts.append(offset)
        ends.append(offset + length // line_bp * line_bytes + length % line_bp)
    with open(path, "rb") as file:
        for end, start in itertools.zip_longest(ends, starts):
            n_bytes = _NAME_BYTES if start is None else min(start - end, _NAME_BYTES)
            file.seek(end)
            names = file.read(n_bytes).strip().splitlines()
            if len(names) > (start is not None):
                name = names[0].removeprefix(b">").decode(errors="replace").strip()
                raise InputError(
                    f"{source}: sequence {name!r} has no bases or appears twice"
                )


def _rename(index, source, build):
    """Give chromosomes in an index their names in this workflow, unless two share one."""
    rows = [line.split("\t") for line in index.read_text().splitlines()]
    found = build_of_lengths({name: int(length) for name, length, *_ in rows})
    if build and found not in (None, build):
        raise InputError(
            f"{source}: by its lengths of chromosomes, this genome is {found}, not"
            f" {build}; give the genome of the declared build"
        )
    try:
        names = [known_chromosome(name, build) or name for name, *_ in rows]
    except InputError as error:
        raise InputError(f"{source}: {error}") from None
    given = {name for name, *_ in rows}
    names = [
        name if names.count(name) == 1 or name not in given else row[0]
        for name, row in zip(names, rows, strict=True)
    ]
    if len(set(names)) == len(names) and names != [name for name, *_ in rows]:
        lines = [
            "\t".join([name, *row[1:]]) for name, row in zip(names, rows, strict=True)
        ]
        index.write_text("\n".join(lines) + "\n")


def read_chromosome(genome, chrom):
    """Read a whole chromosome.

    Parameters
    ----------
    genome : pysam.FastaFile
    chrom : str

    Returns
    -------
    numpy.ndarray of uint8, shape (length_bp,)
        ASCII codes, upper case.

    Raises
    ------
    InputError
        If the genome lacks the chromosome.
    """
    if chrom not in genome.references:
        name = genome.filename.decode()
        bare = chrom.lower().removeprefix("chr")
        near = [
            each
            for each in genome.references
            if each.lower().removeprefix("chr") == bare
        ]
        hint = f"; did you mean {near[0]!r}?" if near else ""
        names = genome.references
        found = ", ".join([*names[:5], *(["..."] if len(names) > 5 else [])])
        raise InputError(
            f"{name}: chromosome {chrom!r} of the variants is missing{hint} (found"
            f" {len(names)}: {found}); list the chromosomes to use under 'chromosomes'"
            " of the config"
        )
    path = genome.filename.decode()
    if is_gzip(path):
        return _fetch(genome, chrom)
    length, offset, line_bp, line_bytes = _lines_of(path, chrom)
    sequence = np.empty(length, dtype=np.uint8)
    per_segment = max(_SEGMENT_BP // line_bp, 1) * line_bp
    with open(path, "rb") as file:
        for start in range(0, length, per_segment):
            part = sequence[start : start + per_segment]
            whole = len(part) // line_bp * line_bp
            file.seek(offset + start // line_bp * line_bytes)
            n_bytes = whole // line_bp * line_bytes
            n_bytes_all = n_bytes + len(part) - whole
            raw = np.fromfile(file, dtype=np.uint8, count=n_bytes_all)
            # The last line of a file may lack its end.
            n_lacking = n_bytes_all - len(raw)
            if n_lacking > line_bytes - line_bp:
                raise InputError(f"{path}: truncated since it was indexed")
            raw = np.pad(raw, (0, n_lacking)) if n_lacking else raw
            lines = raw[:n_bytes].reshape(-1, line_bytes)
            part[:whole].reshape(-1, line_bp)[:] = lines[:, :line_bp]
            part[whole:] = raw[n_bytes:]
    # Convert ASCII letters to upper case.
    sequence &= 0xDF
    return sequence


def _lines_of(path, chrom):
    """Return length, file offset, bases per line and bytes per line of a chromosome."""
    for name, *numbers in _rows_of_index(path):
        if name == chrom:
            return numbers
    raise InputError(f"{path}.fai: {chrom!r} is missing; run 'samtools faidx' again")


def _fetch(genome, chrom):
    length = genome.get_reference_length(chrom)
    sequence = np.empty(length, dtype=np.uint8)
    for start in range(0, length, _SEGMENT_BP):
        end = min(start + _SEGMENT_BP, length)
        text = genome.fetch(chrom, start, end).upper()
        sequence[start:end] = np.frombuffer(text.encode("ascii"), dtype=np.uint8)
    return sequence
