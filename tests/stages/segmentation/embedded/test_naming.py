"""What the classifier's features are called, and what is one whole thing."""

from __future__ import annotations

import numpy as np

from delaminate.stages.segmentation.embedded.naming import trained_naming
from delaminate.stages.segmentation.embedded.network import trained_network
from delaminate.stages.segmentation.embedded.pool import ALONE, trained_whole


def test_what_was_not_looked_at_has_no_name() -> None:
    """Zeros in, zeros out; anything else becomes a unit vector where the phrases are."""
    naming, network = trained_naming(), trained_network()
    assert naming is not None
    assert network is not None
    seen = np.zeros((2, 2, 1280), np.float32)
    seen[1] = np.random.default_rng(0).random((2, 1280))
    vectors = naming(seen)
    assert vectors.shape == (2, network.of_names.shape[1])
    assert not vectors[0].any()
    assert abs(float(np.linalg.norm(vectors[1])) - 1) < 1e-5


def test_names_share_one_probability() -> None:
    """Each row adds up to one, and the name whose vector it is comes first."""
    naming, network = trained_naming(), trained_network()
    assert naming is not None
    assert network is not None
    likely = naming.among(network.of_names[:5], network.of_names)
    assert np.allclose(likely.sum(axis=1), 1, atol=1e-4)
    assert likely.argmax(axis=1).tolist() == [0, 1, 2, 3, 4]


def test_the_judge_of_whole_things_asks_what_is_measured() -> None:
    """No tree asks for a column that there is not; the more is expected, the surer."""
    trained = trained_whole()
    assert trained is not None
    judge, (slope, _) = trained
    assert judge.feature.max() < len(ALONE)
    assert slope > 0
