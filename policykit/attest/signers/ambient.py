"""Signing without a key of one's own: as whoever the platform says this job is, with a certificate good for minutes."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn
from urllib.parse import parse_qsl

from policykit.attest.envelope import sealed, unseal
from policykit.attest.material import Material
from policykit.attest.publickey import PublicKey
from policykit.attest.signers.certificate import read_certificate, stated
from policykit.attest.signers.keyless import verify_identity
from policykit.attest.signers.remote import answered, missing_extra
from policykit.errors import SigningError, VerificationError
from policykit.terms.trust import TrustIdentity

if TYPE_CHECKING:
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityToken

_NAME: Final = "sigstore:"
_FILES: Final = frozenset({"trusted_root", "signing_config"})
_LARGEST: Final = 4 * 1024 * 1024
_SECONDS: Final = 120.0
_HINT: Final = (
    "run it where the platform gives the job an identity (GitHub: `id-token: write`), or set `SIGSTORE_ID_TOKEN`"
)


def keyless_signer(rest: str, environment: Mapping[str, str]) -> KeylessSigner:
    """Return the signer for this job's own identity, at the public instance of Sigstore or at the one that two files name.

    The identity is asked for once here, so that a job without one fails before it measures, and again when signing.

    Raises:
        SigningError: the extra is not installed, a file cannot be read, or the job has no identity.
    """
    try:
        import sigstore.oidc  # noqa: F401
    except ImportError:
        raise missing_extra("sigstore", "sigstore") from None
    signer = KeylessSigner(_instance(rest), lambda: _token(environment))
    answered(signer.token, name=_NAME, task="tell who this job is", hint=_HINT)
    return signer


@dataclass(frozen=True, slots=True)
class KeylessSigner:
    """An identity that signs whole files: it has no key that anybody could be given, only a fresh one for each file."""

    instance: Callable[[], ClientTrustConfig] = field(repr=False)
    token: Callable[[], IdentityToken] = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """Refuse: what verifies this signer is its issuer and subject, not a key.

        Raises:
            SigningError: always.
        """
        self._no_key()

    def sign(self, message: bytes) -> bytes:  # noqa: ARG002 - the word that every signer has
        """Refuse: a signature without its certificate and its proofs is worth nothing.

        Raises:
            SigningError: always.
        """
        self._no_key()

    def sealed(self, payload: bytes) -> bytes:
        """Return the statement signed, certified, stamped and logged, once the whole was verified like a stranger's.

        Raises:
            SigningError: a service does not answer or refuses, or what they gave does not verify.
        """
        data, root = answered(
            lambda: self._signed(payload), name=_NAME, task="sign", hint=f"try again; {_HINT}", seconds=_SECONDS
        )
        try:
            _check(data, root, payload)
        except VerificationError as error:
            hint = "the instance and its trusted root do not fit together: ask those who run it"
            raise SigningError(f"what the services gave does not verify: {error}", hint=hint) from error
        return data

    def _signed(self, payload: bytes) -> tuple[bytes, bytes]:
        from sigstore.dsse import Statement
        from sigstore.sign import SigningContext

        config = self.instance()
        with SigningContext.from_trust_config(config).signer(self.token()) as signer:
            made = json.loads(signer.sign_dsse(Statement(payload)).to_json())
        return _as_ours(made, payload), config.trusted_root._inner.to_json().encode()

    def _no_key(self) -> NoReturn:
        hint = "name its issuer and its subject under `identities:` in the trust file"
        raise SigningError("an identity has no key of its own to hand out or to sign bytes with", hint=hint)


def _as_ours(made: Mapping[str, Any], payload: bytes) -> bytes:
    """Return the library's bundle in the one form that we write: same signature, certificate and proofs."""
    try:
        material = made["verificationMaterial"]
        stamps = material.get("timestampVerificationData", {}).get("rfc3161Timestamps", [])
        ours = Material(
            hint="",
            certificate=base64.b64decode(material["certificate"]["rawBytes"]),
            timestamps=tuple(base64.b64decode(stamp["signedTimestamp"]) for stamp in stamps),
            tlog=tuple(material["tlogEntries"]),
        )
        return sealed(payload, base64.b64decode(made["dsseEnvelope"]["signatures"][0]["sig"]), ours)
    except (LookupError, ValueError, TypeError) as error:
        raise SigningError("the services gave a signature in a form that is not known") from error


def _check(data: bytes, root: bytes, payload: bytes) -> None:
    envelope = unseal(data)
    issuer, subject = stated(read_certificate(envelope.certificate or b""))
    verify_identity(envelope, TrustIdentity("this job", issuer, subject, "given"), root, payload)


def _token(environment: Mapping[str, str]) -> IdentityToken:
    from sigstore.oidc import IdentityToken, detect_credential

    raw = environment.get("SIGSTORE_ID_TOKEN") or detect_credential()
    if not raw:
        raise SigningError("this job has no identity to sign with", hint=_HINT)
    return IdentityToken(raw)


def _instance(rest: str) -> Callable[[], ClientTrustConfig]:
    """Return where to sign: nothing is contacted before something is signed."""
    said = dict(parse_qsl(rest.removeprefix("?"), keep_blank_values=True))
    if rest not in ("", "?") and (not rest.startswith("?") or said.keys() != _FILES):
        raise SigningError(
            "this names no instance of `sigstore:`",
            hint="expected `sigstore:`, or `sigstore:?trusted_root=FILE&signing_config=FILE` for an instance of your own",
        )
    from sigstore.models import ClientTrustConfig

    if not said:
        return ClientTrustConfig.production
    document = {
        "mediaType": ClientTrustConfig.ClientTrustConfigType.CONFIG_0_1.value,
        "trustedRoot": _document(said["trusted_root"]),
        "signingConfig": _document(said["signing_config"]),
    }
    try:
        config = ClientTrustConfig.from_json(json.dumps(document))
        config.signing_config, config.trusted_root  # noqa: B018 - both check themselves when they are looked at
    except Exception as error:
        hint = "expected a `trusted_root.json` and a signing config v0.2 of Sigstore, as cosign makes them"
        raise SigningError("the two files do not describe an instance of Sigstore", hint=hint) from error
    return lambda: config


def _document(path: str) -> object:
    try:
        with Path(path).open("rb") as file:
            return json.loads(file.read(_LARGEST))
    except OSError as error:
        raise SigningError(
            f"cannot read `{path}`: {(error.strerror or str(error)).lower()}", hint="give the path of a file"
        ) from error
    except ValueError as error:
        raise SigningError(f"`{path}` is not JSON", hint="expected a document of Sigstore") from error
