"""`policykit render` under a trust file: by the same word as `verify`, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.cli.start import run
from tests.trust_world import World, make_world


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("render") / "world")


def words(world: World, *more: str) -> list[str]:
    return ["render", str(world.report), *world.trust_words, *more]


def test_a_report_that_the_stage_accepts_is_shown_without_a_stamp(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words(world, "--stage", "production", "-o", "markdown")) == 0
    out, err = capsys.readouterr()
    assert out.startswith("## ✅ ALLOWED:")
    assert "UNVERIFIED" not in out + err


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        (["--stage", "staging"], 4, "[stage]"),
        ([], 4, "[stage_unsaid]"),
        (["--stage", "production", "--key", "x.pub.pem"], 2, "a trust file and a key were given"),
    ],
)
def test_one_that_it_does_not_accept_is_not_shown(
    world: World, more: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    assert run(words(world, *more, "-o", f"html={page}")) == code
    assert told in capsys.readouterr().err
    assert not page.exists()
