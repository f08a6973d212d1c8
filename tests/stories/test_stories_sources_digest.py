"""The digest of the engine's own code: one changed byte of it is another engine, and where it lies does not matter."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import policykit
from policykit.stories.gate import Judged
from policykit.stories.rejudge import rejudge
from policykit.stories.reopen import reopened
from policykit.version import sources
from tests.build import ENOUGH, judged

PACKAGE = Path(policykit.__file__).parent


def installed(folder: Path) -> Path:
    """Copy the code as a wheel installs it: with its data beside, compiled, and nothing of a checkout around it."""
    copy = folder / "site-packages" / "policykit"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "_policies").mkdir(exist_ok=True)
    (copy / "_policies" / "baseline.yaml").write_text("policykit: policy/1\n")
    return copy


def digest_of(copy: Path) -> str:
    code = (
        f"import sys; sys.path.insert(0, {str(copy.parent)!r})\nfrom policykit.version import sources; print(sources())"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def said(found: Judged) -> dict[str, object]:
    return json.loads(json.dumps(found.predicate()))


def test_one_changed_line_a_new_file_or_another_name_is_another_engine_and_another_place_is_not(tmp_path: Path) -> None:
    copy = installed(tmp_path)
    first = digest_of(copy)
    assert first == sources.__wrapped__()
    assert len(first) == 64
    assert first == digest_of(copy)  # compiled by now

    judging = copy / "measure" / "engine.py"
    judging.write_text(judging.read_text() + "# one line more\n")
    changed = digest_of(copy)
    (copy / "checks" / "more.py").write_text("")
    more = digest_of(copy)
    (copy / "checks" / "more.py").rename(copy / "checks" / "most.py")
    assert len({first, changed, more, digest_of(copy)}) == 4


def test_code_that_cannot_be_read_as_files_has_no_digest_rather_than_that_of_nothing(tmp_path: Path) -> None:
    import zipfile

    archive = tmp_path / "policykit.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for name in ("__init__.py", "version.py"):
            packed.write(PACKAGE / name, f"policykit/{name}")
    code = f"import sys; sys.path.insert(0, {str(archive)!r})\nfrom policykit.version import sources; print(repr(sources()))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "''\n"


def test_a_report_says_by_which_code_it_was_made_and_its_verdicts_do_not_depend_on_it(tmp_path: Path) -> None:
    found = judged(tmp_path, ENOUGH)
    report = said(found)
    assert report["engine"]["sources"] == sources()  # type: ignore[index]
    report["engine"]["sources"] = "0" * 64  # type: ignore[index]
    assert rejudge(report, now=datetime.now(UTC)).report.verdict_digest == report["verdictDigest"]
    assert reopened(report).sources == "0" * 64


def test_a_report_of_before_is_read_and_judged_again_as_it_was(tmp_path: Path) -> None:
    report = said(judged(tmp_path, ENOUGH))
    del report["engine"]["sources"]  # type: ignore[attr-defined]
    assert reopened(report).sources == ""
    assert rejudge(report, now=datetime.now(UTC)).report.verdict_digest == report["verdictDigest"]


def test_the_html_report_names_the_code(tmp_path: Path) -> None:
    from policykit.stories.pages import Page
    from policykit.stories.screen import Screen

    page = Page(judged(tmp_path, ENOUGH).report).shown("html", Screen())
    assert f"<dt>engine</dt><dd><code>{sources()}</code></dd>" in page
