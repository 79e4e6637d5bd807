import random
import string

import pyarrow as pa
from endobench.core.text_hashes import hashes_of


def hashes(*texts):
    return hashes_of(pa.array(texts, pa.string())).tolist()


def test_different_texts_have_different_hashes():
    rng = random.Random(1)
    texts = {"", "\0", "\0\0", "a", "a\0", "\0a", "é"}
    for length in range(40):
        for _ in range(200):
            text = "".join(rng.choices(string.printable, k=length))
            texts |= {text, text[::-1], text + "\0", text + text[:1]}
    texts = sorted(texts)
    assert len(set(hashes(*texts))) == len(texts)


def test_a_hash_depends_on_the_text_alone():
    texts = ["", "short", "of eight", "a text of more than two words", "short"]
    together = hashes(*texts)
    assert together == [hashes(each)[0] for each in texts]
    assert together[1] == together[4]
    middle = pa.array(["other", *texts, "other"]).slice(1, len(texts))
    assert hashes_of(middle).tolist() == together


def test_a_missing_text_has_none():
    assert hashes("a", None, "b") == [*hashes("a"), 0, *hashes("b")]
    assert hashes(None) == [0] and hashes() == []
