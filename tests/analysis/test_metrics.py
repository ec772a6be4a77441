"""The metrics without scikit-learn are those with it, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snn_tui.analysis.metrics import Cells, figures, metrics
from snn_tui.analysis.roc import Ranks
from snn_tui.training.metrics import score
from snn_tui.values.scores import METRICS

images = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-40, 40).map(lambda n: n / 2) | st.floats(-20, 20)),
    min_size=1,
    max_size=60,
)


@pytest.mark.filterwarnings("ignore")
@given(images)
def test_they_equal_those_of_training(pairs: list[tuple[int, float]]) -> None:
    labels, decisions = [label for label, _ in pairs], [decision for _, decision in pairs]
    theirs = score(np.array(labels), np.array(decisions), loss=None, rates={})
    ranks = Ranks(labels, decisions)
    cells = ranks.cells(0.0)
    assert cells == (theirs.tn, theirs.fp, theirs.fn, theirs.tp)
    assert metrics(cells) == {field: getattr(theirs, field) for field in METRICS}
    auc = ranks.auc()
    if theirs.auc is None:
        assert auc is None
    else:
        assert auc == pytest.approx(theirs.auc, abs=1e-12)  # it adds up trapezoids, we count pairs


def test_what_has_no_denominator_is_undefined() -> None:
    assert figures(0, 0, 0, 0) == (None,) * 7
    assert metrics(Cells(tn=3, fp=0, fn=0, tp=0))["sensitivity"] is None
    assert metrics(Cells(tn=3, fp=0, fn=2, tp=0))["precision"] is None
    assert metrics(Cells(tn=3, fp=0, fn=2, tp=0))["f1"] == 0.0
