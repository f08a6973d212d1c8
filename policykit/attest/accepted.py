"""What is kept of a trust file once it was accepted: its version, its digest, and who may sign the next one.

The keys themselves are kept, not where they lay: the next version is judged by them whatever has become of their files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from policykit.canon import digest
from policykit.errors import VerificationError
from policykit.terms.trust import Quorum, Revoked, Trust, TrustAccount, TrustFile, TrustIdentity, TrustKey


def accepted_to_json(trust: Trust, began: Iterable[str] = ()) -> dict[str, Any]:
    """Return what to remember of a trust file that was verified; `began` are the ids of the keys that signed the first one."""
    role = trust.authority.role
    members = trust.roles.get(role, ())
    accounts = {name: account for name, account in trust.accounts.items() if name in members}
    signing = {*members, *(account.recorded_by for account in accounts.values())}
    identities = {name: each for name, each in trust.identities.items() if name in signing}
    roots = {each.root for each in identities.values()}
    return {
        "id": trust.id,
        "version": trust.version,
        "digest": digest(trust.text),
        "signed_by": asdict(trust.authority),
        "began": sorted(began),
        "members": list(members),
        "keys": [_bare(key) for name, key in trust.keys.items() if name in signing],
        "identities": [_bare(each) for each in identities.values()],
        "accounts": [_bare(each) for each in accounts.values()],
        "roots": [asdict(file) for name, file in trust.roots.items() if name in roots],
        "timestamp_authorities": [asdict(file) for file in trust.timestamp_authorities.values()],
        "text": trust.text.decode("utf-8", "replace"),
    }


def began_with(value: Mapping[str, Any]) -> frozenset[str]:
    """Return the ids of the keys that signed the version which was the first to be accepted here."""
    return frozenset(str(each) for each in value["began"])


def accepted_from_json(value: Mapping[str, Any], *, where: str) -> Trust:
    """Return the trust file that was accepted, as far as it says who may sign the next version.

    Raises:
        VerificationError: reason `state`: this is not what was written.
    """
    try:
        keys = [_key(key) for key in value["keys"]]
        identities = [TrustIdentity(**each) for each in value["identities"]]
        accounts = [TrustAccount(**each) for each in value["accounts"]]
        authority = Quorum(**value["signed_by"])
        _ = began_with(value)
        if not isinstance(value["version"], int) or not isinstance(value["digest"], str) or authority.count < 1:
            raise TypeError("not what was written")
        return Trust(
            id=value["id"],
            version=value["version"],
            title="",
            expires="",
            authority=authority,
            keys={key.name: key for key in keys},
            identities={each.name: each for each in identities},
            accounts={each.name: each for each in accounts},
            roots={file["name"]: TrustFile(**file) for file in value["roots"]},
            timestamp_authorities={file["name"]: TrustFile(**file) for file in value["timestamp_authorities"]},
            roles={authority.role: tuple(value["members"])},
            path=where,
            digest=value["digest"],
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise VerificationError(
            "state",
            "what was remembered of the trust file is damaged",
            hint="find out how; removing it forgets what was accepted, and an older one would be",
            where=where,
        ) from error


def check_not_older(trust: Trust, before: Trust) -> None:
    """Refuse a version older than the one that was accepted, and another text under the same number.

    Raises:
        VerificationError: reasons `trust_rollback`, `trust_changed`.
    """
    if trust.version < before.version:
        raise VerificationError(
            "trust_rollback",
            f"this is version {trust.version} of `{trust.id}`, and version {before.version} was accepted here before",
            hint="get the newest version, and find out who handed out this one",
            where=trust.path,
        )
    if trust.version == before.version and digest(trust.text) != before.digest:
        raise VerificationError(
            "trust_changed",
            f"this version {trust.version} of `{trust.id}` is not the one that was accepted here before",
            hint="a change needs a new version: ask those who sign it which of the two is theirs",
            where=trust.path,
        )


def _bare(entry: Any) -> dict[str, Any]:
    said = asdict(entry)
    del said["place"]
    return said


def _key(value: Mapping[str, Any]) -> TrustKey:
    revoked = value["revoked"]
    return TrustKey(**{**value, "revoked": Revoked(**revoked) if revoked is not None else None})
