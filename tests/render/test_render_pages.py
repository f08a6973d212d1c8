"""Markdown and HTML, as a person reads them."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from render_reports import allowed, blocked, fairness, gap, held, many, report, single, twenty_groups

from policykit.render.html import html
from policykit.render.json_text import json_text
from policykit.render.markdown import markdown
from policykit.render.markup import escaped
from policykit.report.layout import layout
from policykit.terms.report import Decision, Report
from policykit.terms.verdict import Status


def page(shown: Report) -> str:
    return html(shown, layout(shown)).replace("\u00a0", " ")


def words(source: str) -> str:
    """Return the text of a page without elements, blanks joined."""
    body = re.sub(r"(?s)<style>.*?</style>", "", source)
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def test_the_page_says_decision_reason_and_what_to_do() -> None:
    said = words(page(held()))
    assert "HELD Nothing failed, 2 things are not shown yet" in said
    assert "What is not shown yet" in said
    assert "fair-lending@acme.example" in said
    assert "about 1,800 to 4,200 rows that count in all ( age_band=18-25 lacks them most)" in said
    assert "What a pass does not prove" in said


def test_the_page_reads_each_rule_as_a_sentence_with_its_interval_drawn() -> None:
    made = page(held())
    assert 'aria-label="observed 11.5 pp, between 6.2 and 16.8 pp; limit: at most 10 pp"' in made
    assert made.count('class="bar ') == 6
    assert "second limit 15 pp" in words(made)
    assert "caution 8 pp" in words(made)
    assert 'class="arrow"' in made


def test_the_page_lists_policies_digests_and_evidence() -> None:
    asked = held()
    said = words(page(asked))
    assert "did not apply" in said
    assert asked.subject in said
    assert asked.verdict_digest in said
    assert "2 findings: LAT-01, OWN-01" in said


def test_small_cells_are_hidden_on_the_page() -> None:
    made = page(blocked())
    assert "&lt;10" in made
    assert "57.1 %" not in words(made)


def test_a_page_has_landmarks_headers_and_one_heading_of_first_rank() -> None:
    made = page(held())
    for element in ("<main", "<header", "<footer", "<nav", 'lang="en"', 'scope="col"', 'scope="row"', 'class="skip"'):
        assert element in made
    assert made.count("<h1") == 1
    tables = re.findall(r"(?s)<table>.*?</table>", made)
    assert tables
    assert all("<thead>" in table for table in tables)


def test_ids_are_unique_and_links_lead_somewhere() -> None:
    made = page(many(60))
    ids = re.findall(r'\bid="([^"]+)"', made)
    assert len(ids) == len({*ids})
    assert {*re.findall(r'href="#([^"]+)"', made)} <= {*ids}


def test_the_page_fetches_nothing_and_runs_nothing() -> None:
    made = page(held())
    policy = """content="default-src 'none'; style-src 'unsafe-inline'; img-src data:\""""
    assert made.count(policy) == 1
    assert not re.search(r"<script|javascript:|@import|url\(|src=|xlink|<foreignObject", made, re.IGNORECASE)
    assert not re.search(r"\son\w+=", made)


def test_the_page_is_made_for_dark_for_print_and_for_phones() -> None:
    made = page(single())
    for query in ("prefers-color-scheme: dark", "@media print", "max-width: 38rem", "width=device-width"):
        assert query in made


def _contrast(one: str, other: str) -> float:
    def light(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((light(one), light(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_text_has_the_contrast_of_wcag_aa_in_light_and_dark() -> None:
    blocks = re.findall(r"--paper: .*?\}", page(single()), re.DOTALL)[:2]
    assert len(blocks) == 2
    for block in blocks:
        colors = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", block))
        for ink in ("ink", "soft", "pass", "fail", "undecided", "caution", "not_applicable"):
            for ground in ("paper", "card"):
                assert _contrast(colors[ink], colors[ground]) >= 4.5, (ink, ground)


def test_each_group_is_drawn_beside_its_numbers_and_small_ones_are_not() -> None:
    made = page(twenty_groups())
    assert made.count('<td class="g"') == 18
    assert "<span>50 %</span> <span>90 %</span>" in made


def test_importing_renderers_loads_no_heavy_library() -> None:
    program = (
        "import sys, policykit.render.html, policykit.render.markdown, policykit.render.console,"
        "policykit.render.json_text, policykit.render.visible;"
        "print([name for name in ('rich', 'jinja2', 'numpy', 'polars') if name in sys.modules])"
    )
    assert _run(program) == "[]"


def test_diagnostics_need_no_rich() -> None:
    program = (
        "import sys; from policykit.render.console import diagnostics; from policykit.errors import Diagnostic;"
        "diagnostics([Diagnostic('PK1', 'm', 'p')], color=True); print('rich' in sys.modules)"
    )
    assert _run(program) == "False"


def _run(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}; {program}"],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_ten_thousand_rules_stay_within_bounds_and_what_is_left_out_is_said() -> None:
    large = many(10_000)
    made = page(large)
    document = markdown(large, layout(large))
    assert len(made.encode()) < 7_000_000
    assert made.count('<article class="r rule') == 500
    assert "9,500 more rules" in made
    assert "9,600 more rules are left out here" in document


def test_markdown_says_decision_reason_rules_and_groups() -> None:
    made = markdown(held(), layout(held()))
    assert made.startswith("## 🌓 HELD: nothing failed, 2 things are not shown yet\n")
    assert "| 🌓 not shown yet | FAIR-01 |" in made
    assert "| 11.5 pp | 6.2 to 16.8 pp | at most 10 pp |" in made
    assert "| not stated | &#60;10 |" in made
    assert "did not apply: it asks for `use_case` marketing" in made


def test_markdown_tells_partial_and_audit() -> None:
    made = markdown(allowed("partial", "audit"), layout(allowed("partial", "audit")))
    assert made.startswith("## 🌓 ALLOWED")
    assert "> **AUDIT: this run only looks" in made
    assert "> **PARTIAL: only some rules were asked" in made


@pytest.mark.parametrize(
    ("foreign", "safe"),
    [
        ("@octocat", "@&#8203;octocat"),
        ("fixes #12", r"fixes \#&#8203;12"),
        ("GH-7", "GH-&#8203;7"),
        ("a|b", "a&#124;b"),
        ("<b>", "&#60;b&#62;"),
        ("two `words` here", "two `words` here"),
        ("one ` tick", r"one \` tick"),
        ("`<b>`", r"\`&#60;b&#62;\`"),
        ("a\nb", "a␤b"),
        ("- item", "&#8203;- item"),
        ("1. item", "&#8203;1. item"),
        ("61.5 %", "61.5 %"),
        (":white_check_mark:", r"&#8203;:&#8203;white\_check\_mark:"),
        ("https://evil.example", "https:&#8203;//evil.example"),
        ("www.evil.example", "www&#8203;.evil.example"),
        ("$x$", "&#36;x&#36;"),
        ("    code", "&#32;&#32;&#32;&#32;code"),
    ],
)
def test_foreign_text_is_disarmed_in_markdown(foreign: str, safe: str) -> None:
    assert escaped(foreign) == safe


def test_json_text_is_the_predicate_and_nothing_else() -> None:
    predicate = {"b": [1, 2.5, None], "a": {"ü\x7f": "\u202e\x1b"}}
    made = json_text(predicate)
    assert json.loads(made) == predicate
    assert made.isascii()
    assert "\x7f" not in made
    assert made.index('"a"') < made.index('"b"')
    with pytest.raises(ValueError, match="JSON compliant"):
        json_text({"a": float("nan")})


def test_a_number_stays_with_its_unit_on_the_page() -> None:
    assert "11.5\u00a0pp" in html(held(), layout(held()))


def test_many_passed_findings_are_folded_and_failed_ones_are_not() -> None:
    passed = [gap(f"a{at}", 0.01, 0.0, 0.02, Status.PASS) for at in range(6)]
    failed = [gap(f"a{at}", 0.2, 0.18, 0.22, Status.FAIL) for at in range(6)]
    assert "4 more that passed" in page(report(Decision.ALLOWED, [fairness(passed)], ""))
    assert "more that passed" not in page(report(Decision.BLOCKED, [fairness(failed)], ""))


def test_thirty_findings_are_cut_and_the_page_says_so() -> None:
    failed = [gap(f"a{at}", 0.2, 0.18, 0.22, Status.FAIL) for at in range(30)]
    assert "6 more findings are in the json report" in page(report(Decision.BLOCKED, [fairness(failed)], ""))


def test_whatever_is_cut_is_counted() -> None:
    large = many(1000)
    made = layout(large)
    for reasons in (made.decided, made.also_open):
        assert f"and {len(reasons) - 30:,} more" in page(large)
        assert f"- and {len(reasons) - 20:,} more" in markdown(large, made)
