"""No file of an earlier run is taken for this one's: what was there is removed before it begins, and what is read never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.build import ACCURATE, ENOUGH, write_bundle, write_policy

GATE = ["gate", "b", "--policies", "p.yaml", "-q"]
FORMATS = ("text", "json", "markdown", "html", "sarif", "junit", "github", "comment", "statement")
FORGED = "<!-- policykit: b -->\n## ALLOWED, it says\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_bundle(tmp_path / "b")
    write_policy(tmp_path / "p.yaml", ENOUGH)
    return tmp_path


def outputs() -> list[str]:
    for name in FORMATS:
        Path(f"out.{name}").write_text(FORGED)
    return [word for name in FORMATS for word in ("-o", f"{name}=out.{name}")]


def test_where_nothing_is_judged_no_file_of_an_earlier_run_is_left() -> None:
    write_policy(Path("p.yaml"), {**ACCURATE, "chek": "x"})
    assert run([*GATE, *outputs()]) == 2
    left = {name: Path(f"out.{name}").read_text() for name in FORMATS if Path(f"out.{name}").is_file()}
    assert set(left) == {"json", "markdown", "sarif", "junit", "github", "comment"}
    assert not any("ALLOWED" in text for text in left.values())
    assert "chek" in left["markdown"] and left["markdown"].startswith("## INVALID: exit code 2\n")
    assert left["comment"].startswith("<!-- policykit: b -->\n## INVALID: exit code 2\n") and "chek" in left["comment"]


def test_the_comment_of_a_run_that_judged_nothing_takes_the_place_of_its_gates() -> None:
    asked = [*GATE, "--gate-id", "merge", "--stage", "staging", "-o", "comment=c.md"]
    assert run(asked) == 0
    first = Path("c.md").read_text().split("\n")[0]
    write_policy(Path("p.yaml"), {**ACCURATE, "chek": "x"})
    assert run(asked) == 2
    assert Path("c.md").read_text().split("\n")[0] == first == "<!-- policykit: merge (staging) -->"


def test_what_cannot_be_read_is_said_in_them_as_well() -> None:
    assert run(["gate", "b", "--policies", "nowhere.yaml", "-q", "--ledger", "p.yaml", *outputs()]) in (2, 4, 74)
    assert "ALLOWED" not in Path("out.comment").read_text()
    Path("b/bundle.yaml").unlink()
    Path("b/bundle.yaml").mkdir()
    code = run([*GATE, *outputs()])
    assert code in (2, 74)
    assert f"exit code {code}" in Path("out.comment").read_text() and not Path("out.html").exists()


def test_at_74_the_comment_and_the_summary_say_that_nothing_was_judged() -> None:
    from policykit.cli.destinations import problems_carried
    from policykit.errors import StorageError
    from policykit.stories.outputs import Wanted

    wanted = (Wanted("comment", Path("c.md")), Wanted("markdown", Path("s.md")), Wanted("json", Path("no/such/x.json")))
    with pytest.raises(StorageError, match="the disk is full"), problems_carried(wanted, Path("b"), gate="g"):
        raise StorageError("the disk is full")
    assert Path("c.md").read_text().startswith("<!-- policykit: g -->\n## NOT JUDGED: exit code 74\n")
    assert "the disk is full" in Path("s.md").read_text()


@pytest.mark.parametrize("option", ["--unless-changed", "--since", "--key", "--trust", "--config", "--waivers"])
def test_a_file_that_is_read_is_refused_as_an_output_and_stays_as_it_is(
    option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("kept").write_text("kept")
    if option == "--config":
        Path("kept").write_text("policykit: gate/1\npolicies: [{path: p.yaml}]\n")
    before = Path("kept").read_text()
    for form in ("html", "json", "comment"):
        assert run([*GATE, option, "kept", "-o", f"{form}=./kept"]) == 2
        assert "`kept` is a file that is read" in capsys.readouterr().err
        assert Path("kept").read_text() == before


def test_a_policy_and_a_file_of_the_bundle_are_never_written_over_not_even_with_what_is_wrong() -> None:
    policy, manifest = Path("p.yaml").read_bytes(), Path("b/bundle.yaml").read_bytes()
    assert run([*GATE, "-o", "json=p.yaml"]) == 2
    assert run([*GATE, "-o", "json=b/bundle.yaml"]) == 2
    assert run([*GATE, "--stage", "No Stage", "-o", "json=b/bundle.yaml"]) == 2
    assert (Path("p.yaml").read_bytes(), Path("b/bundle.yaml").read_bytes()) == (policy, manifest)


def test_where_the_command_line_is_wrong_nothing_is_removed() -> None:
    Path("old.html").write_text("old")
    assert run([*GATE, "-o", "html=old.html", "-o", "attestation=a.json"]) == 2
    assert run([*GATE, "-o", "html=old.html", "--no-such-option"]) == 2
    assert run([*GATE, "-o", "html=old.html", "-o", "json=no/such/folder.json"]) == 74
    assert Path("old.html").read_text() == "old"


def test_only_the_files_that_are_named_are_removed_and_only_files() -> None:
    Path("folder").mkdir()
    Path("beside.html").write_text("beside")
    Path("goal.html").write_text("old")
    Path("link.html").symlink_to("goal.html")
    write_policy(Path("p.yaml"), {**ACCURATE, "chek": "x"})
    assert run([*GATE, "-o", "html=link.html", "-o", "text=folder"]) == 2
    assert Path("folder").is_dir() and Path("beside.html").read_text() == "beside"
    assert Path("link.html").is_symlink() and not Path("goal.html").exists()


def test_many_problems_stay_short_enough_for_a_comment() -> None:
    from policykit.errors import Diagnostic
    from policykit.render.comment import MOST_UNITS, units
    from policykit.render.unjudged import unjudged

    problems = [Diagnostic("PK1", "x" * 5000, "y" * 5000, 1, 1, hint="<" * 5000) for _ in range(3000)]
    text = unjudged("z" * 5000, "*" * 5000, problems, exit_code=2)
    assert units(text) < MOST_UNITS and "\n- and 2,9" in text
