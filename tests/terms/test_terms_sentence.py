"""Every rule reads aloud as one sentence."""

from __future__ import annotations

import pytest

from policykit.checks import catalogue, find
from policykit.load.packs import names
from policykit.load.policies import load_policies, read_policies
from policykit.terms.policy import Rule
from policykit.terms.sentence import limit_text, list_words, sentence
from tests.load.policy_texts import rule


def read(keys: str) -> Rule:
    return read_policies([("p.yaml", rule(keys), {})])[0].rules[0]


def said(keys: str) -> str:
    found = read(keys)
    return sentence(found, {part.check: kind for part in found.clauses if (kind := find(part.check)) is not None})


def test_a_rule_with_two_limits_reads_aloud() -> None:
    assert said(
        "check: fairness.demographic_parity_difference\nfor_each: protected_attributes\nat_most: 10 pp\n"
        "surely_at_most: 15 pp\nevidence: {min_rows: 2000, min_rows_per_group: 100, max_age: 90 days, source: attested}"
    ) == (
        "For each protected attribute, the gap in rates of favourable outcomes on the evaluation data must be at most 10 pp, "
        "and surely at most 15 pp (95 % confidence); it must rest on at least 2,000 rows and at least 100 rows in each group; "
        "the data must be no older than 90 days; the evidence must be attested or better."
    )


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("check: data.row_count\nat_least: 100", "The number of rows in the evaluation data must be at least 100."),
        (
            "check: data.completeness\nwith: {columns: [income, age]}\ndata: train\nat_least: 99 %",
            "The completeness of `income` and `age` each in the train data must be at least 99 %.",
        ),
        (
            "check: performance.accuracy\ncompared_with: champion\nworse_by_at_most: 1 pp\nif_no_champion: undecided",
            "The accuracy on the evaluation data must be at most 1 pp worse than that of the champion.",
        ),
        (
            "check: performance.accuracy\ncompared_with: champion\nbetter_by_at_least: 5 % relative\nif_no_champion: advisory",
            "The accuracy on the evaluation data must be at least 5 % of its value better than that of the champion "
            "(advisory while there is none).",
        ),
        (
            "check: governance.owner\nwith: {of: model}\nis: present\nenforcement: absolute",
            "The owner of `model` must be present; nobody may waive it.",
        ),
        (
            "check: performance.recall\nat_least: 80 %\nevidence: {confidence: none}\nenforcement: advisory",
            "The recall on the evaluation data must be at least 80 % (the point alone, whatever the doubt); "
            "it advises, and never blocks.",
        ),
        (
            "check: data.mean\nwith: {column: age}\nbetween: [30, 50]\nwhere: {column: channel, none_of: [test], is: present}",
            "Among rows where `channel` is none of `test` and `channel` is filled in, the mean of `age` in the evaluation data "
            "must be between 30 and 50.",
        ),
        (
            "check: latency.p95\nbelow: 1 s\ncaution_above: 200 ms\nblock_from: 2027-05-01",
            "The 95th percentile of latency must be below 1 s (95 % confidence), with a word of caution above 200 ms; "
            "it blocks from 2027-05-01.",
        ),
        (
            "any_of:\n  - {check: latency.p50, at_most: 3 s}\n  - {check: latency.p99, at_most: 1 minute}",
            "The median of latency must be at most 3 s (95 % confidence); or the 99th percentile of latency must be at most "
            "1 minute (95 % confidence).",
        ),
        (
            "check: fairness.four_fifths\nfor_each: [sex, age]\nacross: [[sex, age]]\nat_least: 4/5\n"
            "ignore_groups: {values: [unknown], why: They may decline.}\nif_other_task: not_applicable",
            "For `sex` and `age` each and across `sex` and `age`, the lowest rate of favourable outcomes as a share of the highest on "
            "the evaluation data must be at least 4/5 (95 % confidence); groups left out: `unknown`; it does not apply to other "
            "kinds of task.",
        ),
        (
            "check: governance.owner\nwith: {of: data}\nis_one_of: [a, b]",
            "The owner of `data` must be one of `a` and `b`.",
        ),
    ],
)
def test_a_rule_reads_aloud(keys: str, text: str) -> None:
    assert said(keys) == text


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ("check: data.mean\nwith: {column: a}\nabove: 3\nbelow: 7", "above 3, and below 7"),
        ("check: data.row_count\nequals: 0", "exactly 0"),
        ("check: governance.owner\nsuperset_of: [a, b]", "all of `a` and `b`"),
        ("check: governance.owner\nnone_of: [a]", "none of `a`"),
        ("check: governance.owner\nequals: a", "`a`"),
    ],
)
def test_a_limit_is_said_as_it_was_written(keys: str, text: str) -> None:
    assert limit_text(read(keys).clauses[0].constraint) == text


@pytest.mark.parametrize("name", names())
def test_every_rule_of_every_pack_is_one_sentence(name: str) -> None:
    kinds = catalogue()
    for found in load_policies([f"pack:{name}"])[0].rules:
        text = sentence(found, kinds)
        assert text[0].isupper() and text.endswith(".") and text.count(". ") == 0
        assert "{" not in text and "  " not in text and "_" not in text.replace("`", "")


def test_lists_are_read_as_people_read_them() -> None:
    assert [list_words(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
