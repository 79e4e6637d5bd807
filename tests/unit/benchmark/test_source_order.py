import numpy as np
import pandas as pd
from endobench.benchmark.source_order import is_ranked


def in_lines(n=400):
    rng = np.random.default_rng(1)
    numbers = {"effect": rng.normal(size=n), "p_value": rng.uniform(size=n)}
    features = [f"g{place // 4}" for place in range(n)]
    pairs = pd.DataFrame({"feature_id": features, **numbers})
    return pairs.assign(source_line=np.arange(n) + 2)


def test_a_table_in_order_of_a_number_is_ranked():
    pairs = in_lines()
    assert not is_ranked(pairs)
    p_value = np.sort(pairs["p_value"])
    ranked = {
        "of p values": pairs.assign(p_value=p_value),
        "of effects, from the largest": pairs.assign(
            effect=np.sort(pairs["effect"])[::-1]
        ),
        "of sizes": pairs.assign(
            effect=pairs["effect"].iloc[np.argsort(pairs["effect"].abs())].to_numpy()
        ),
        "of p values on two chromosomes": pairs.assign(
            p_value=np.r_[p_value[::2], p_value[1::2]]
        ),
        "of the best pair of each feature": pairs.assign(
            p_value=np.random.default_rng(2)
            .permuted(p_value.reshape(-1, 4) + np.arange(4), axis=1)
            .ravel()
        ),
    }
    for words, table in ranked.items():
        assert is_ranked(table), words
        # Rows may be given in any order.
        assert is_ranked(table.sample(frac=1, random_state=1)), words


def test_few_lines_have_no_order():
    pairs = in_lines(20)
    assert not is_ranked(pairs.assign(p_value=np.sort(pairs["p_value"])))
    assert not is_ranked(pairs[:0])
