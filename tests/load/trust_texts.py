"""What the tests of trust files share: reading one, being refused, the bytes of its keys."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from policykit.errors import TrustError
from policykit.load.trust_document import read_trust
from policykit.terms.trust import (
    Trust,
)
from tests.load.waiver_texts import pem

PIN = "ab" * 32


SUBJECT = "https://github.com/acme/platform/.github/workflows/gate.yml@refs/heads/main"


def read(text: str, folder: Path = Path()) -> Trust:
    return read_trust(text.encode(), folder / "trust.yaml")


def refused(text: str, folder: Path = Path()) -> list[tuple[str, str]]:
    with pytest.raises(TrustError) as caught:
        read(text, folder)
    assert all(each.line for each in caught.value.problems)
    return [(each.code, each.message) for each in caught.value.problems]


def written(number: int) -> bytes:
    return base64.b64decode(pem(number).splitlines()[1])


def quoted(text: str) -> str:
    escaped = text.replace("\n", "\\n")
    return f'{{pem: "{escaped}"}}'
