"""A waiver is never permanent by accident: a date that cannot be read stops everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.cli.start import run
from policykit.errors import WaiverError
from policykit.load.waiver_document import load_waivers
from tests.load.waiver_texts import waiver

MALFORMED = ("31.03.2027", "2027-02-30", "2027-3-31", "2027-03-31T00:00:00Z", "forever", "", "~", "9999-99-99")


@pytest.mark.parametrize("day", MALFORMED)
@pytest.mark.parametrize("key", ["expires", "valid_from"])
def test_a_malformed_date_makes_no_exclusion_permanent(
    key: str, day: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "waivers" / "W-1.yaml"
    path.parent.mkdir()
    path.write_text(waiver(**{key: day}))
    with pytest.raises(WaiverError) as caught:
        load_waivers(tmp_path / "waivers")
    line = 9 if key == "valid_from" else 10
    assert [(each.code, each.line) for each in caught.value.problems] in ([("PK024", line)], [("PK020", line)])
    assert run(["lint", str(path)]) == 2
    assert "1 error" in capsys.readouterr().err


def test_a_waiver_without_a_last_day_is_not_permanent_but_wrong(tmp_path: Path) -> None:
    (tmp_path / "W-1.yaml").write_text(waiver(expires=None))
    with pytest.raises(WaiverError) as caught:
        load_waivers(tmp_path)
    assert [each.message for each in caught.value.problems] == ["a waiver needs `expires`"]
