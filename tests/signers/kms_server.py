"""Run by the Python of `.tools/services`: the stand-in for AWS KMS, with the one thing it lacks.

moto 5.2 reads `MessageType` and ignores it, so a digest is hashed again (getmoto/moto#10202); the service itself signs a
digest as it is, and so does this.
"""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from moto.kms.responses import KmsResponse
from moto.kms.utils import ECDSAPrivateKey
from moto.server import main

digest = ContextVar("digest", default=False)
answer, sign = KmsResponse.sign, ECDSAPrivateKey.sign


def answer_by_type(self: Any) -> Any:
    digest.set(self._get_param("MessageType") == "DIGEST")
    return answer(self)


def sign_by_type(self: Any, message: bytes, signing_algorithm: str) -> bytes:
    if not digest.get():
        return sign(self, message, signing_algorithm)
    return self.private_key.sign(message, ec.ECDSA(Prehashed(hashes.SHA256())))


KmsResponse.sign, ECDSAPrivateKey.sign = answer_by_type, sign_by_type
main(sys.argv[1:])
