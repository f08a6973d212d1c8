"""What the tests of waived rules share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from policykit.errors import WaiverError
from policykit.stories.gate import Asked, Judged
from policykit.terms.waiver import SignedWaiver
from tests.build import ENOUGH, EQUAL, judged, people
from tests.clock import NOW

UNEQUAL = people(men=(700, 1000), women=(500, 1000))  # 20 pp apart, from 16.4 to 23.5: beyond 10 pp for sure


def run(
    folder: Path,
    *waivers: SignedWaiver,
    rules: tuple[Mapping[str, Any], ...] = (EQUAL, ENOUGH),
    data: Any = UNEQUAL,
    as_of: str = "",
    **manifest: Any,
) -> Judged:
    asked = Asked(stage=None, now=NOW, as_of=as_of, waivers=waivers)
    return judged(folder, *rules, data=data, asked=asked, **manifest)


def state(found: Judged) -> str:
    (line,) = found.report.waivers
    return line.state


def said(found: Judged, code: str) -> tuple[str, str]:
    (notice,) = (notice for notice in found.report.notices if notice.code == code)
    return notice.level, notice.text


def refusal(folder: Path, one: SignedWaiver, **how: Any) -> WaiverError:
    with pytest.raises(WaiverError) as refused:
        run(folder, one, **how)
    (problem,) = refused.value.problems
    assert problem.code == "PK710"
    assert problem.path == "waivers/W-1.yaml"
    assert problem.line > 0
    assert problem.excerpt
    return refused.value
