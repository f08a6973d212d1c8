"""Comparisons of groups: the numbers of fairlearn, from rows and from counts, and the traps other tools fell into."""

from __future__ import annotations

import math
from fractions import Fraction

import fairlearn.metrics as fairlearn
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from row_engine import answer, frame_of, rows_of

from policykit.checks.fairness.demographic_parity_difference import DemographicParityDifference
from policykit.checks.fairness.demographic_parity_ratio import DemographicParityRatio
from policykit.checks.fairness.equal_opportunity_difference import EqualOpportunityDifference
from policykit.checks.fairness.equalized_odds_difference import EqualizedOddsDifference
from policykit.checks.fairness.four_fifths import FourFifths
from policykit.terms.expr import Col, Compare, Lit
from policykit.terms.verdict import Cause, Unmeasured

TASK = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1, "favourable": 1}
CHECKS = {
    "difference": DemographicParityDifference(),
    "ratio": DemographicParityRatio(),
    "four fifths": FourFifths(),
    "opportunity": EqualOpportunityDifference(),
    "odds": EqualizedOddsDifference(),
}
FAIRLEARN = {
    "difference": fairlearn.demographic_parity_difference,
    "ratio": fairlearn.demographic_parity_ratio,
    "four fifths": fairlearn.demographic_parity_ratio,
    "opportunity": fairlearn.equal_opportunity_difference,
    "odds": fairlearn.equalized_odds_difference,
}
BY_LABEL = ("opportunity", "odds")
FRAME = frame_of(TASK, "g")


def drawn(n, seed, groups=("f", "m", "x")):
    random = np.random.RandomState(seed)
    g = random.choice(groups, n)
    y = (random.random_sample(n) < 0.4).astype(int)
    p = (random.random_sample(n) < 0.2 + 0.4 * y + 0.15 * (g == groups[0])).astype(int)
    return {"g": g.tolist(), "y": y.tolist(), "p": p.tolist()}


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("seed", range(4))
def test_the_number_is_that_of_fairlearn(name, seed):
    data = drawn(300, seed)
    found = answer(CHECKS[name], FRAME, rows_of(data))
    expected = FAIRLEARN[name](data["y"], data["p"], sensitive_features=data["g"])
    assert found.value == pytest.approx(expected)
    assert float(found.exact) == found.value
    assert found.low <= found.value <= found.high


@pytest.mark.parametrize("name", CHECKS)
def test_a_table_of_counts_gives_what_its_rows_give(name):
    cells = [
        (g, y, p, 10 + 3 * i) for i, (g, y, p) in enumerate((g, y, p) for g in "fm" for y in (0, 1) for p in (0, 1))
    ]
    rows = [{"g": g, "y": y, "p": p} for g, y, p, count in cells for _ in range(count)]
    weights = [count for *_, count in cells]
    g, y, p, _ = zip(*cells, strict=True)
    expected = FAIRLEARN[name](y, p, sensitive_features=g, sample_weight=weights)
    assert answer(CHECKS[name], FRAME, rows).value == pytest.approx(expected)


@pytest.mark.parametrize("name", CHECKS)
def test_rates_are_those_of_the_favourable_outcome_and_not_of_the_positive_class(name):
    data = drawn(300, 1)
    turned = frame_of({**TASK, "favourable": 0}, "g")
    found = answer(CHECKS[name], turned, rows_of(data))
    other = {**data, "y": [1 - y for y in data["y"]], "p": [1 - p for p in data["p"]]}
    assert found == answer(CHECKS[name], FRAME, rows_of(other))


def test_eight_against_twelve_declined_is_not_ninety_two_against_eighty_eight_approved():
    rows = rows_of({"g": ["f"] * 100 + ["m"] * 100, "p": [1] * 12 + [0] * 88 + [1] * 8 + [0] * 92})
    declined_is_positive = frame_of({**TASK, "favourable": 0}, "g")
    assert answer(FourFifths(), declined_is_positive, rows).exact == Fraction(88, 92)
    assert answer(FourFifths(), FRAME, rows).exact == Fraction(8, 12)


@pytest.mark.parametrize("name", CHECKS)
def test_people_whose_group_is_missing_are_a_group(name):
    data = drawn(300, 2)
    rows = rows_of(
        {**data, "g": [None if i % 7 == 0 else math.nan if i % 7 == 1 else g for i, g in enumerate(data["g"])]}
    )
    found = answer(CHECKS[name], FRAME, rows)
    named = answer(
        CHECKS[name],
        FRAME,
        [{**r, "g": "(missing)" if r["g"] in (None,) or r["g"] != r["g"] else r["g"]} for r in rows],
    )
    assert "(missing)" in {line[0] for line in found.groups}
    assert (found.value, found.low, found.high) == (named.value, named.low, named.high)


@pytest.mark.parametrize("name", CHECKS)
def test_ignored_groups_are_left_out_and_said(name):
    data = drawn(300, 3)
    found = answer(CHECKS[name], frame_of(TASK, "g", ignored=("x",)), rows_of(data))
    kept = answer(CHECKS[name], FRAME, [row for row in rows_of(data) if row["g"] != "x"])
    assert (found.value, found.low, found.high) == (kept.value, kept.low, kept.high)
    assert f"left out: {data['g'].count('x')} rows of ignored groups" in found.detail


@pytest.mark.parametrize("name", CHECKS)
def test_one_group_alone_is_undefined_and_not_zero(name):
    data = drawn(100, 4, groups=("f",))
    assert answer(CHECKS[name], FRAME, rows_of(data)) == Unmeasured(
        Cause.UNDEFINED, "only one group, `f`: nothing to compare it with"
    )


def test_a_group_without_positives_is_undefined_and_not_zero():
    rows = rows_of({"g": ["f", "f", "m", "m"], "y": [0, 0, 1, 0], "p": [1, 0, 1, 0]})
    said = "group `f` has no rows whose label is the favourable outcome"
    for name in BY_LABEL:
        assert answer(CHECKS[name], FRAME, rows) == Unmeasured(Cause.UNDEFINED, said)
    rows = rows_of({"g": ["f", "f", "m", "m"], "y": [1, 1, 1, 0], "p": [1, 0, 1, 0]})
    said = "group `f` has no rows whose label is not the favourable outcome"
    assert answer(CHECKS["odds"], FRAME, rows) == Unmeasured(Cause.UNDEFINED, said)


def test_where_nobody_gets_the_outcome_there_is_no_ratio():
    rows = rows_of({"g": ["f", "m"], "p": [0, 0]})
    said = Unmeasured(Cause.UNDEFINED, "no row of any group is predicted the favourable outcome `1`")
    assert answer(DemographicParityRatio(), FRAME, rows) == answer(FourFifths(), FRAME, rows) == said
    assert answer(DemographicParityDifference(), FRAME, rows) == said


@pytest.mark.parametrize("name", BY_LABEL)
def test_where_nobody_gets_the_outcome_groups_are_not_alike_by_label_either(name):
    rows = rows_of({"g": ["f", "f", "m", "m"], "y": [1, 0, 1, 0], "p": [0, 0, 0, 0]})
    told = "no row of any group is predicted the favourable outcome `1`"
    assert answer(CHECKS[name], FRAME, rows) == Unmeasured(Cause.UNDEFINED, told)


@pytest.mark.parametrize("name", BY_LABEL)
def test_a_group_without_any_label_is_named_and_not_forgotten(name):
    known = [{"g": g, "y": y, "p": p} for g in ("f", "m") for y in (0, 1) for p in (0, 1)]
    told = "group `x` has no row with a label"
    found = answer(CHECKS[name], FRAME, [*known, {"g": "x", "y": None, "p": 1}])
    assert found == Unmeasured(Cause.UNDEFINED, told)
    ignoring = frame_of(TASK, "g", ignored=("x",))
    assert answer(CHECKS[name], ignoring, [*known, {"g": "x", "y": None, "p": 1}]).value == 0


@pytest.mark.parametrize("name", CHECKS)
def test_a_group_that_the_filter_emptied_is_named_and_not_forgotten(name):
    where = Compare("=", Col("on"), Lit(1))
    rows = [{"g": g, "y": y, "p": p, "on": 1} for g in ("f", "m") for y in (0, 1) for p in (0, 1)]
    rows.append({"g": None, "y": 1, "p": 1, "on": 0})
    found = answer(CHECKS[name], frame_of(TASK, "g", where=where), rows)
    assert found == Unmeasured(Cause.EMPTY, "group `(missing)` has no row left")
    ignoring = frame_of(TASK, "g", where=where, ignored=("(missing)",))
    assert not isinstance(answer(CHECKS[name], ignoring, rows), Unmeasured)


@pytest.mark.parametrize("name", CHECKS)
def test_three_predicted_values_are_not_a_binary_outcome(name):
    data = drawn(100, 5)
    rows = rows_of({**data, "p": [7, *data["p"][1:]]})
    told = "the prediction holds 3 values, and the task is binary"
    assert answer(CHECKS[name], FRAME, rows) == Unmeasured(Cause.UNDEFINED, told)


@pytest.mark.parametrize("name", BY_LABEL)
def test_labels_that_the_predictions_never_hold_are_not_a_binary_outcome(name):
    data = drawn(100, 5)
    rows = rows_of({**data, "y": [2 * y for y in data["y"]]})
    told = "label and prediction together hold 3 values, and the task is binary"
    assert answer(CHECKS[name], FRAME, rows) == Unmeasured(Cause.UNDEFINED, told)


def test_a_group_called_missing_is_not_the_group_whose_name_is_missing():
    rows = [{"g": g, "p": p} for g, p in (("(missing)", 1), (None, 0), ("f", 1), ("f", 0))]
    found = answer(DemographicParityDifference(), FRAME, rows)
    assert found.value == 1
    assert [line[0] for line in found.groups] == ["(missing)", '"(missing)"', "f"]


CUT = {**TASK, "score": "s", "prediction": {"at_least": 0.5}}
SCORED = rows_of({"g": ["f", "f", "m", "m"], "s": [0.5, 0.1, 0.9, 0.6], "y": [1, 0, 1, 0]})


def cut(**changed):
    task = {name: value for name, value in {**CUT, **changed}.items() if value is not None}
    return answer(DemographicParityDifference(), frame_of(task, "g"), SCORED)


def test_a_prediction_cut_from_a_score_needs_the_class_that_the_score_is_of():
    told = "the bundle does not declare `task.positive`, which a prediction cut from a score needs"
    assert cut(positive=None) == Unmeasured(Cause.MISSING, told)


def test_a_favourable_outcome_is_the_positive_class_as_a_number():
    assert cut(favourable=1.0) == cut(positive=1.0) == cut()


def test_the_outcome_that_is_not_positive_is_the_one_other_label():
    assert cut(favourable=0).exact == Fraction(1, 2)
    told = "the label holds `0`, which is neither `task.positive` nor `task.favourable`"
    assert cut(favourable=3) == cut(favourable="1") == cut(favourable=True) == Unmeasured(Cause.UNDEFINED, told)
    told = "the favourable outcome `0` is not the positive class `1`, and no label shows that it is the other"
    assert cut(favourable=0, target=None) == Unmeasured(Cause.UNDEFINED, told)
    only = rows_of({"g": ["f", "m"], "s": [0.5, 0.1], "y": [1, 1]})
    told = "no row is labelled `0`, which the bundle declares as `task.favourable`"
    assert answer(DemographicParityDifference(), frame_of({**CUT, "favourable": 0}, "g"), only) == Unmeasured(
        Cause.UNDEFINED, told
    )


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize(("hole", "cause"), [(None, Cause.MISSING), (math.nan, Cause.NOT_FINITE)])
def test_rows_without_a_prediction_leave_it_undecided(name, hole, cause):
    data = drawn(100, 5)
    rows = rows_of({**data, "p": [hole, hole, *data["p"][2:]]})
    assert answer(CHECKS[name], FRAME, rows) == Unmeasured(cause, "2 rows have no prediction")


@pytest.mark.parametrize("name", CHECKS)
def test_a_missing_prediction_may_count_as_unfavourable_or_be_left_out(name):
    data = drawn(200, 6)
    rows = rows_of({**data, "p": [None, *data["p"][1:]]})
    counted = answer(CHECKS[name], frame_of(TASK, "g", missing="fail"), rows)
    assert counted.value == answer(CHECKS[name], FRAME, rows_of({**data, "p": [0, *data["p"][1:]]})).value
    lenient = answer(CHECKS[name], frame_of(TASK, "g", missing="pass"), rows)
    assert lenient.value == answer(CHECKS[name], FRAME, rows_of({**data, "p": [1, *data["p"][1:]]})).value
    left = answer(CHECKS[name], frame_of(TASK, "g", missing="exclude"), rows)
    assert left.value == answer(CHECKS[name], FRAME, rows[1:]).value
    assert "left out: 1 without a prediction" in left.detail


@pytest.mark.parametrize("name", CHECKS)
def test_a_group_without_any_prediction_does_not_vanish_when_missing_ones_are_left_out(name):
    data = drawn(100, 7)
    rows = [*rows_of(data), *rows_of({"g": ["z", "z"], "y": [1, 0], "p": [None, None]})]
    found = answer(CHECKS[name], frame_of(TASK, "g", missing="exclude"), rows)
    assert found.cause is Cause.UNDEFINED
    assert found.detail.startswith("group `z` has no rows ")


@pytest.mark.parametrize("name", BY_LABEL)
def test_rows_without_a_label_are_left_out_and_said(name):
    data = drawn(200, 8)
    rows = [*rows_of(data), {"g": "f", "y": None, "p": 1}]
    found = answer(CHECKS[name], FRAME, rows)
    assert "left out: 1 without a label" in found.detail
    assert found.value == answer(CHECKS[name], FRAME, rows_of(data)).value
    bare = rows_of({"g": ["f", "m"], "y": [None, None], "p": [1, 0]})
    assert answer(CHECKS[name], FRAME, bare) == Unmeasured(Cause.MISSING, "no row has a label")


@pytest.mark.parametrize("name", CHECKS)
def test_no_rows_show_nothing(name):
    assert answer(CHECKS[name], FRAME, []) == Unmeasured(Cause.EMPTY, "no rows")
    only = answer(CHECKS[name], frame_of(TASK, "g", ignored=("f",)), rows_of({"g": ["f"], "y": [1], "p": [1]}))
    assert only == Unmeasured(Cause.EMPTY, "every group is ignored")


@pytest.mark.parametrize("name", CHECKS)
def test_the_smallest_group_is_named_so_that_a_pass_on_few_people_is_withheld(name):
    data = drawn(300, 9)
    rows = [*rows_of(data), *({"g": "few", "y": i % 2, "p": i % 3 % 2} for i in range(18))]
    found = answer(CHECKS[name], FRAME, rows)
    assert found.smallest_name == "few"
    assert found.smallest == (9 if name in BY_LABEL else 18)


def test_each_group_has_its_line():
    found = answer(DemographicParityDifference(), FRAME, rows_of(drawn(300, 10)))
    names = [line[0] for line in found.groups]
    assert names == ["f", "m", "x"]
    assert sum(line[1] for line in found.groups) == found.n == 300
    assert all(low < rate < high for _, _, rate, low, high in found.groups)
    assert found.detail.startswith("highest for `f`, lowest for ")


@pytest.mark.parametrize(("value", "name"), [(True, "true"), (2.0, "2"), (2, "2"), (2.5, "2.5"), ("a", "a")])
def test_groups_are_named_as_a_person_writes_them(value, name):
    rows = rows_of({"g": [value, "z"], "p": [1, 0]})
    assert {line[0] for line in answer(DemographicParityDifference(), FRAME, rows).groups} == {name, "z"}


def test_exactly_four_fifths_is_not_below():
    found = answer(
        FourFifths(), FRAME, rows_of({"g": ["f"] * 10 + ["m"] * 10, "p": [1] * 4 + [0] * 6 + [1] * 5 + [0] * 5})
    )
    assert found.exact == Fraction(4, 5)
    assert ": not below four fifths;" in found.detail
    assert "0.4 standard deviations apart, Fisher's exact p 1.000" in found.detail


def test_below_four_fifths_is_said_with_its_significance():
    rows = rows_of({"g": ["f"] * 500 + ["m"] * 500, "p": [1] * 100 + [0] * 400 + [1] * 200 + [0] * 300})
    said = answer(FourFifths(), FRAME, rows).detail
    assert said == (
        "highest for `m`, lowest for `f`: below four fifths; 6.9 standard deviations apart, Fisher's exact p below 0.001"
    )


def test_a_gap_of_thirty_points_in_ninety_rows_is_not_hidden():
    rows = rows_of({"g": ["f"] * 45 + ["m"] * 45, "p": [1] * 14 + [0] * 31 + [1] * 28 + [0] * 17})
    found = answer(DemographicParityDifference(), FRAME, rows)
    assert found.low > 0.10


def test_equalized_odds_names_the_kind_of_mistake_that_differs_most():
    data = drawn(2000, 11)
    found = answer(EqualizedOddsDifference(), FRAME, rows_of(data))
    assert found.detail.startswith("largest among rows whose label is ")
    assert found.n == 2000


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("fmx"), st.integers(0, 1), st.integers(0, 1)), min_size=4, max_size=60),
    st.sampled_from(sorted(CHECKS)),
    st.floats(0.3, 0.9999),
    st.floats(0.3, 0.9999),
)
def test_the_interval_holds_the_value_and_grows_with_the_level(cells, name, one, other):
    rows = [{"g": g, "y": y, "p": p} for g, y, p in cells]
    less, more = sorted((one, other))
    small, large = (answer(CHECKS[name], FRAME, rows, level) for level in (less, more))
    if not isinstance(small, Unmeasured):
        assert large.low - 1e-9 <= small.low <= small.value <= small.high <= large.high + 1e-9


def test_a_prediction_may_be_cut_from_the_score():
    task = {**TASK, "score": "s", "prediction": {"at_least": 0.5}}
    rows = rows_of({"g": ["f", "f", "m", "m"], "s": [0.5, 0.1, 0.9, 0.6], "y": [0, 1, 0, 1]})
    assert answer(DemographicParityDifference(), frame_of(task, "g"), rows).exact == Fraction(1, 2)
    turned = frame_of({**task, "favourable": 0}, "g")
    assert answer(DemographicParityRatio(), turned, rows).exact == 0
    gone = [*rows, {"g": "f", "s": math.nan}]
    assert answer(DemographicParityDifference(), frame_of(task, "g"), gone).cause is Cause.NOT_FINITE


def test_what_this_many_rows_settle_is_said_before_measuring():
    assert DemographicParityDifference().smallest_distance(2000, 0.1, 2) == pytest.approx(0.0556, abs=1e-3)
    assert EqualOpportunityDifference().smallest_distance(4000, 0.1, 2) == pytest.approx(0.0556, abs=1e-3)
    assert EqualizedOddsDifference().smallest_distance(4000, 0.1, 4) == pytest.approx(0.0786, abs=1e-3)
    assert 0 < DemographicParityRatio().smallest_distance(2000, 0.8, 2) < 0.15
    assert FourFifths().smallest_distance(2000, 0.8, 2) == DemographicParityRatio().smallest_distance(2000, 0.8, 2)


def test_an_attribute_that_names_every_person_is_no_attribute_to_compare():
    rows = rows_of({"g": list(range(300)), "p": [1, 0] * 150})
    assert answer(DemographicParityDifference(), FRAME, rows) == Unmeasured(
        Cause.TOO_LARGE, "300 groups: at most 200 can be compared, two by two"
    )
