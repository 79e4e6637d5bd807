"""An older build of a simulated genome, and the chain from it to the newer one."""

from typing import NamedTuple

import numpy as np
import pandas as pd

_BASES = np.frombuffer(b"ACGT", dtype=np.uint8)


class Segment(NamedTuple):
    """A segment of the older build.

    Attributes
    ----------
    kind : {"same", "inverted", "old_only"}
    start, end : int
        On the newer build, 0-based half-open. For "old_only", 0 and the length.
    """

    kind: str
    start: int
    end: int


def draw_layout(rng, length):
    """Draw the segments of the older build of a chromosome."""
    cuts = np.sort(rng.choice(np.arange(20, length // 1_000 - 20), 4, replace=False))
    cuts = [int(cut) * 1_000 for cut in cuts]
    segments = [Segment("old_only", 0, int(rng.integers(3_000, 6_000)))]
    start = 0
    for number, cut in enumerate(cuts):
        segments.append(Segment("same", start, cut))
        if number % 2:
            segments.append(Segment("old_only", 0, int(rng.integers(900, 4_000))))
            start = cut
        else:
            # The older build lacks the bases in between.
            start = cut + int(rng.integers(200, 1_500))
    middle = start + (length - start) // 2
    inverted = min(middle + 8_000, length)
    segments += [
        Segment("same", start, middle),
        Segment("inverted", middle, inverted),
        Segment("same", inverted, length),
    ]
    return segments


def old_sequence(rng, sequence, segments):
    """Return the sequence of the older build of a chromosome."""
    complement = str.maketrans("ACGTN", "TGCAN")
    parts = []
    for segment in segments:
        if segment.kind == "old_only":
            parts.append(rng.choice(_BASES, segment.end).tobytes().decode())
            continue
        part = sequence[segment.start : segment.end]
        if segment.kind == "inverted":
            part = part.translate(complement)[::-1]
        parts.append(part)
    return "".join(parts)


def old_starts(segments):
    """Yield the start of each segment on the older build, and the segment."""
    at = 0
    for segment in segments:
        yield at, segment
        at += segment.end - segment.start


def old_peaks(rng, elements, layout):
    """Return narrowPeak rows of the elements that are intact on the older build.

    One peak per chromosome is added in a segment that only the older build has.
    """
    rows = []
    for element in elements.itertuples():
        for at, segment in old_starts(layout[element.chrom]):
            if segment.kind == "old_only":
                continue
            if segment.start <= element.start and element.end <= segment.end:
                start = at + element.start - segment.start
                if segment.kind == "inverted":
                    start = at + segment.end - element.end
                rows.append((element.chrom, start, start + element.end - element.start))
    for chrom, segments in layout.items():
        at, segment = next(iter(old_starts(segments)))
        rows.append((chrom, at + 500, at + 900))
        assert segment.kind == "old_only"
    peaks = pd.DataFrame(rows, columns=["chrom", "start", "end"])
    peaks = peaks.sort_values(["chrom", "start"], ignore_index=True)
    width = peaks["end"] - peaks["start"]
    return peaks.assign(
        name=[f"peak_{number}" for number in range(1, len(peaks) + 1)],
        score=rng.integers(100, 1_000, len(peaks)),
        strand=".",
        signal=rng.gamma(4, 3, len(peaks)).round(3),
        p=rng.gamma(5, 3, len(peaks)).round(3),
        q=rng.gamma(4, 3, len(peaks)).round(3),
        summit=width // 2,
    )


def chain_text(layout, genome, old_genome):
    """Write a UCSC chain file from the older build to the newer."""
    lines, number = [], 0
    for chrom, segments in layout.items():
        old_bp, new_bp = len(old_genome[chrom]), len(genome[chrom])
        blocks = []
        for at, segment in old_starts(segments):
            bases = segment.end - segment.start
            if segment.kind == "same":
                blocks.append((at, segment.start, bases))
            elif segment.kind == "inverted":
                number += 1
                low = new_bp - segment.end
                lines += [
                    f"chain {bases} {chrom} {old_bp} + {at} {at + bases} {chrom}"
                    f" {new_bp} - {low} {low + bases} {number}",
                    f"{bases}\n",
                ]
        number += 1
        (old_start, new_start, _), last = blocks[0], blocks[-1]
        total = sum(bases for *_, bases in blocks)
        lines.append(
            f"chain {total} {chrom} {old_bp} + {old_start} {last[0] + last[2]} {chrom}"
            f" {new_bp} + {new_start} {last[1] + last[2]} {number}"
        )
        for (old, new, bases), after in zip(blocks, blocks[1:], strict=False):
            gap_old, gap_new = after[0] - old - bases, after[1] - new - bases
            lines.append(f"{bases}\t{gap_old}\t{gap_new}")
        lines.append(f"{last[2]}\n")
    return "\n".join(lines)
