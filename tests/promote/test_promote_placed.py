"""What a registry writes down it can read again, whatever somebody did to it by hand in between."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from policykit.decide.promote.folder import Folder
from policykit.decide.promote.placed import How, Placed, placed_from_json, placed_to_json
from policykit.stories.promote import promote
from policykit.stories.rollback import candidates
from policykit.terms.bundle import Bundle
from tests.clock import NOW
from tests.promote.conftest import Office

PLACES = st.builds(
    Placed,
    *[st.text()] * 4,
    st.sampled_from(get_args(How)),
    *[st.text()] * 4,
    st.lists(st.text()).map(tuple),
)


@given(PLACES)
def test_whatever_is_written_of_a_place_is_read_again_as_it_was(placed: Placed) -> None:
    assert placed_from_json(json.loads(json.dumps(placed_to_json(placed)))) == placed


def test_what_stood_there_without_a_day_is_written_down_so_that_it_can_be_read_again(
    tmp_path: Path, office: Office, first: Bundle, second: Bundle
) -> None:
    registry, goal = Folder(tmp_path / "registry"), tmp_path / "registry/stages/production/current"
    assert first.root is not None and second.root is not None
    promote(first.root, "production", registry, office.permit(first), office.at())
    goal.write_text(json.dumps({**json.loads(goal.read_text()), "since": ""}))
    promote(second.root, "production", registry, office.permit(second), office.at())
    assert [each.since for each in registry.history("production")][1:] == ["", "2026-11-22T12:00:00Z"]
    (found,) = candidates("production", registry, office.at(NOW + timedelta(hours=1)))
    assert found.placed.digest == first.manifest_digest
