"""What the tests of an authority share: opening, being refused, changing what was signed."""

from __future__ import annotations

from typing import Any

import pytest

from policykit.attest.authority import Authority
from policykit.attest.publickey import PublicKey
from policykit.attest.statement import GATE_REPORT
from policykit.errors import VerificationError
from policykit.terms.trust import (
    Trust,
    TrustKey,
)
from tests.clock import NOW

NAMES = ("gate", "keller", "silva", "workflow", "stranger")


def trust_key(name: str, public: PublicKey, **more: Any) -> TrustKey:
    return TrustKey(name, public.pem.decode(), public.id, **more)


def opened(trust: Trust, data: bytes, role: str = "evaluator", kind: str = GATE_REPORT) -> Any:
    return Authority(trust, NOW).open(data, role=role, predicate_type=kind)


def refused(
    reason: str, trust: Trust, data: bytes, role: str = "evaluator", kind: str = GATE_REPORT
) -> VerificationError:
    with pytest.raises(VerificationError) as caught:
        opened(trust, data, role, kind)
    assert caught.value.reason == reason, caught.value
    return caught.value


# accounts


def review(login: str = "asilva", platform: str = "github") -> dict[str, Any]:
    return {"review": {"platform": platform, "login": login, "url": "u", "commit": "c", "at": "t"}}
