"""Text for terminals, as a person reads it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from render_reports import allowed, blocked, held, many, single, twenty_groups

from policykit.errors import Diagnostic
from policykit.render.console import diagnostics, table, text
from policykit.render.console.paper import Paper
from policykit.render.console.strip import strip
from policykit.render.console.text import SCREEN
from policykit.report.layout import layout
from policykit.report.since import told
from policykit.terms.layout import Bar, Mark
from policykit.terms.report import Report

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def shown(report: Report, width: int = 80, *, color: bool = False, encoding: str = "utf-8") -> str:
    return text(report, layout(report), width=width, color=color, encoding=encoding)


@pytest.mark.parametrize("width", [40, 80, 100, 120, 160, 240])
@pytest.mark.parametrize("build", [held, blocked, allowed, single, twenty_groups])
def test_no_line_is_wider_than_the_terminal(build, width) -> None:
    from rich.cells import cell_len

    lines = ANSI.sub("", shown(build(), width, color=True)).split("\n")
    assert max(cell_len(line) for line in lines) <= width


def test_the_banner_says_the_decision_and_the_reason_on_one_line() -> None:
    assert "◐ HELD: nothing failed, 2 things are not shown yet" in shown(held())
    assert "✖ BLOCKED: 1 rule failed" in shown(blocked())
    assert "✔ ALLOWED: 6 of 6 blocking rules passed" in shown(allowed())


def test_no_color_means_no_escape_and_the_same_words() -> None:
    plain, colored = shown(held()), shown(held(), color=True)
    assert "\x1b" not in plain
    assert ANSI.search(colored)
    assert ANSI.sub("", colored).split() == plain.split()


def test_status_is_told_by_word_and_sign_not_by_colour_alone() -> None:
    made = shown(held())
    for words in ("◐ not shown yet", "▲ pass, caution", "✔ pass", "○ not applicable"):
        assert words in made


def test_every_rule_its_number_its_interval_and_its_limit_are_there() -> None:
    made = " ".join(shown(held(), 160).split())
    assert "11.5 pp (6.2 to 16.8 pp), at most 10 pp" in made
    assert "0.861 (0.846 to 0.875), at least 0.8" in made
    for rule in held().rules:
        assert rule.rule.id in made


def test_what_to_do_next_names_who() -> None:
    made = " ".join(shown(held(), 160).split())
    assert "privacy@acme.example PRIV-01: provide the" in made
    assert "about 1,800 to 4,200 rows that count in all (`age_band=18-25` lacks them most)" in made


def test_digests_are_whole_at_80_columns() -> None:
    report = held()
    made = shown(report)
    assert report.subject in made
    assert report.verdict_digest in made


def test_stamps_are_told() -> None:
    made = " ".join(shown(allowed("partial", "audit"), 160).split())
    assert "AUDIT this run only looks" in made
    assert "PARTIAL only some rules were asked" in made
    assert "✔ ALLOWED" not in made


def test_an_encoding_without_signs_gets_letters() -> None:
    made = shown(held(), encoding="ascii")
    assert made.isascii()
    assert "? HELD" in made
    assert "<" in made or ">" in made
    assert "88.7 % to inf" in made
    assert shown(held(), encoding="no-such-encoding").isascii()


def test_ten_thousand_rules_are_cut_and_the_text_says_so() -> None:
    made = shown(many(10_000))
    assert "and 9,800 more rules" in made
    assert f"and {len(layout(many(10_000)).deciding) - 12:,} more" in made
    assert len(made) < 400_000


def test_the_drawing_shows_the_band_the_point_the_limit_and_the_runaway_end() -> None:
    signs = Paper(width=80, color=False, encoding="ascii").signs
    drawn = Bar(
        20, 40, 100, False, True, False, (Mark("limit", 60, "10"), Mark("caution", 50, "8")), ((0, 60),), (), ""
    )
    line = "".join(sign for sign, _ in strip(drawn, 10, signs))
    assert line == "--==*=|==>"


def test_a_diagnostic_points_at_the_place() -> None:
    problem = Diagnostic(
        "PK104", "no check is called `fairness.demographic_parity_diference`", "policies/credit.yaml", 26, 12, 1,
        suggestion="fairness.demographic_parity_difference", excerpt="    check: fairness.demographic_parity_diference",
    )  # fmt: skip
    assert diagnostics([problem], color=False) == (
        "policies/credit.yaml:26:12: PK104 no check is called `fairness.demographic_parity_diference`\n"
        "  26 |     check: fairness.demographic_parity_diference\n"
        "     |            ^ did you mean `fairness.demographic_parity_difference`?\n"
    )


def test_a_diagnostic_without_a_line_gives_its_hint() -> None:
    problem = Diagnostic(
        "PK001", "the file is empty", "a.yaml", hint="write `policykit: policy/1` first", level="warning"
    )
    assert diagnostics([problem], color=False) == (
        "a.yaml: PK001 warning: the file is empty\n  write `policykit: policy/1` first\n"
    )


def test_a_caret_stands_under_its_place_after_wide_letters_and_in_long_lines() -> None:
    wide = Diagnostic("PK101", "unknown key", "a.yaml", 3, 3, 2, excerpt="日本 x")
    assert diagnostics([wide], color=False).split("\n")[2] == "     |     ^"
    far = Diagnostic(
        "PK101", "unknown key", "a.yaml", 3, 5001, 3, hint="say less", excerpt="x" * 5000 + "bad" + "y" * 5000
    )
    first, source, caret, _ = diagnostics([far], color=False).split("\n")
    assert len(source) < 130
    assert source[caret.index("^") :].startswith("bad")
    assert first.startswith("a.yaml:3:5001:")


def test_color_underlines_the_whole_place() -> None:
    problem = Diagnostic("PK101", "unknown key", "a.yaml", 3, 1, 5, excerpt="chekc: x")
    assert "\x1b[4m\x1b[31mchekc\x1b[0m: x" in diagnostics([problem], color=True)


def test_several_diagnostics_are_apart_and_none_is_nothing() -> None:
    problem = Diagnostic("PK101", "unknown key", "a.yaml", 3, 1, 5, excerpt="chekc: x")
    assert diagnostics([problem, problem], color=False).count("\n\n") == 1
    assert diagnostics([], color=False) == ""


def test_a_plain_table_fits_its_width_and_loses_nothing() -> None:
    rows = [["DATA-01", "evaluation", "w" * 90], ["DATA-02", "train", "short"]]
    made = table(["rule", "data", "what"], rows, width=60, color=False)
    assert max(map(len, made.split("\n"))) <= 60
    assert made.count("w") - 1 == 90
    assert made.split("\n")[0].split() == ["rule", "data", "what"]


def test_a_plain_table_of_nothing_has_its_headers() -> None:
    assert table(["rule", "data"], [], width=60, color=False).split() == ["rule", "data"]


def test_a_text_longer_than_a_screen_ends_with_its_decision() -> None:
    lines = shown(held()).rstrip("\n").splitlines()
    assert len(lines) > SCREEN
    assert lines[1].split("HELD: ")[1].split("│")[0].strip() in " ".join(lines[-3:])
    assert any(line.startswith("◐ HELD: ") for line in lines[-3:])


def test_a_text_that_fits_a_screen_says_its_decision_once() -> None:
    said = shown(replace(held(), rules=(), materials=(), evidence=(), notices=(), policies=()))
    assert len(said.splitlines()) <= SCREEN
    assert said.count("HELD") == 1


def test_what_passed_takes_no_drawing_on_a_narrow_screen() -> None:
    lines = shown(allowed(), width=80).splitlines()
    passed = [at for at, line in enumerate(lines) if line.strip().startswith("✔ pass ")]
    assert passed
    assert not any("●" in line for at in passed for line in lines[at : at + 1])


def test_what_changed_since_the_last_release_is_told() -> None:
    before = told(blocked())
    lines = text(allowed(), layout(allowed(), before), width=100, color=False).splitlines()
    at = next(
        at for at, line in enumerate(lines) if line.startswith(f"What changed since {before.name} {before.version}")
    )
    assert lines[at + 1].split() == ["better", "Decision"]
    assert lines[at + 2].strip() == "BLOCKED → ALLOWED"


def test_without_a_last_release_nothing_is_said_of_one() -> None:
    assert "What changed" not in shown(allowed())


def test_the_same_report_again_is_no_news() -> None:
    lines = text(held(), layout(held(), told(held())), width=100, color=False).splitlines()
    at = next(at for at, line in enumerate(lines) if line.startswith("What changed since"))
    assert lines[at + 1].strip() == "nothing that a release manager would notice"
