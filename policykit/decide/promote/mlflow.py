"""The MLflow Model Registry: a version for the bytes, tags for the papers, an alias for the stage.

The alias is the effect, and it is set in one call. What stands at a stage is the version that the alias names and that says
of itself, in a tag written before, by what right it may stand there; the history is a tag of the model, written after.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from policykit.decide.promote.mlflow_address import address
from policykit.decide.promote.mlflow_failure import failure
from policykit.decide.promote.placed import Placed, placed_from_json, placed_to_json
from policykit.errors import PolicykitError, StorageError, UsageError
from policykit.terms.bundle import Bundle

if TYPE_CHECKING:
    from mlflow.entities.model_registry import RegisteredModel
    from mlflow.tracking import MlflowClient

T = TypeVar("T")

_FOLDER: Final = "bundle"
_EXPERIMENT: Final = "policykit"
_LONGEST_TAG: Final = 90_000  # the server refuses more than 100,000 characters
_SETTINGS: Final = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",  # seconds
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "CRITICAL",  # it would quote what the server answered
}


class Mlflow:
    """A registered model of an MLflow server, named `mlflow:http://HOST:PORT/MODEL` or `…/MODEL@VERSION`."""

    def __init__(self, target: str) -> None:
        """Take `http(s)://[USER:PASSWORD@]HOST[:PORT]/MODEL[@VERSION]`; nothing is asked of the server yet.

        User and password go to the server alone: `server` and `name` are without them.
        """
        found = address(target)
        self.server, self.model, self.version = found.server, found.model, found.version
        self.name = f"mlflow:{self.server}/{self.model}"
        self._signed_in = found.environment
        self._open: MlflowClient | None = None

    def is_there(self) -> bool:
        """Return whether the server has the model."""
        return self._model() is not None

    def locked(self) -> AbstractContextManager[None]:
        """Keep nobody out: MLflow knows no lock. Two promotions at once end with one of the two aliases, each permitted."""
        return nullcontext()

    def current(self, stage: str) -> Placed | None:
        """Return what the alias of the stage names; None where there is no such alias."""
        found = self._aliased(stage)
        if found is None:
            return None
        number, tags = found
        last = self._told(stage)[-1:]
        if last and last[0].held == number:
            return last[0]
        pending = _read(tags.get(_pending(stage), ""))
        if pending is not None and (not last or pending.since > last[0].since):
            return replace(pending, held=number)  # the last promotion set the alias, and did not come to its end
        return Placed(stage, tags.get("policykit.subject", ""), f"{self.model}@{number}", number, "unknown", "")

    def history(self, stage: str) -> tuple[Placed, ...]:
        """Return what stood at the stage, as the model's own tag tells it, and what stands there now."""
        told = self._told(stage)
        now = self.current(stage)
        return told if now is None or now in told[-1:] else (*told, now)

    def put(self, bundle: Bundle) -> str:
        """Return the version that was named or that says to hold these bytes; where there is none, upload a new one."""
        if self.version:
            self._version(self.version)
            return self.version
        for number, tags in self._versions():
            if tags.get("policykit.subject") == bundle.manifest_digest:
                return number
        return self._call("the bundle could not be uploaded", lambda client: self._upload(client, bundle))

    @contextmanager
    def opened(self, held: str) -> Iterator[Path]:
        """Download the version's files into a folder that is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="policykit-") as folder:
            yield self._call(
                f"version {held} could not be downloaded", lambda client: self._fetch(client, held, folder)
            )

    def discard(self, held: str) -> None:
        """Leave a version where it is: without tags of a permit and without an alias it has no effect."""

    def point(self, placed: Placed, papers: Sequence[tuple[str, bytes]]) -> Placed:
        """Tag the version, set the alias, then write the history; where the server fails, say which of the two stands."""
        number = placed.held
        before = self.history(placed.stage)
        tags = _tags(placed, papers)
        try:
            self._call("", lambda client: self._tag(client, number, tags))
            self._call("", lambda client: client.set_registered_model_alias(self.model, placed.stage, number))
        except StorageError as error:
            raise self._torn(placed, error) from error
        kept = [*before, *([] if placed in before[-1:] else [placed])]
        self._call(
            f"the alias `{placed.stage}` names version {number} now, and the history could not be written: "
            "promote again to complete it",
            lambda client: client.set_registered_model_tag(self.model, _history(placed.stage), _listed(kept)),
        )
        return placed

    def paper(self, payload: str) -> bytes | None:
        """Return a signed paper by the digest of its payload: each is a tag of the version it speaks of."""
        for _, tags in self._versions():
            text = tags.get(_paper(payload))
            if text is not None:
                return text.encode()
        return None

    def _tag(self, client: MlflowClient, number: str, tags: Mapping[str, str]) -> None:
        for name, text in tags.items():
            client.set_model_version_tag(self.model, number, name, text)

    def _torn(self, placed: Placed, error: StorageError) -> StorageError:
        """Say what stands at the stage after a call failed halfway, if the server still answers."""
        try:
            found = self._aliased(placed.stage)
        except StorageError:
            told = f"whether the alias `{placed.stage}` was set is not known, since the server does not answer"
            return StorageError(f"{error}; {told}", hint="ask it with `policykit promote --status`, then promote again")
        if found is not None and found[0] == placed.held:
            hint = "promote again: it completes the history"
            return StorageError(
                f"{error}; the alias `{placed.stage}` names version {placed.held} all the same", hint=hint
            )
        stands = f"still names version {found[0]}" if found else "is still not set"
        return StorageError(
            f"{error}; the alias `{placed.stage}` {stands}", hint="promote again once the server answers"
        )

    def _told(self, stage: str) -> tuple[Placed, ...]:
        model = self._model()
        text = "" if model is None else model.tags.get(_history(stage), "")
        try:
            return tuple(placed_from_json(entry) for entry in json.loads(text)) if text else ()
        except (ValueError, TypeError) as error:
            hint = f"somebody else wrote the tag `{_history(stage)}`: take it away"
            raise StorageError(f"the history of `{stage}` in `{self.name}` cannot be read", hint=hint) from error

    def _aliased(self, stage: str) -> tuple[str, Mapping[str, str]] | None:
        def ask(client: MlflowClient) -> tuple[str, Mapping[str, str]]:
            found = client.get_model_version_by_alias(self.model, stage)
            return _number(found.version), found.tags

        return self._maybe(ask)

    def _model(self) -> RegisteredModel | None:
        def ask(client: MlflowClient) -> RegisteredModel:
            found = client.get_registered_model(self.model)
            if found.name != self.model:
                raise ValueError("another model")
            return found

        return self._maybe(ask)

    def _version(self, number: str) -> None:
        if self._maybe(lambda client: client.get_model_version(self.model, number)) is None:
            hint = f"leave `@{number}` out to upload the bundle as a new version"
            raise UsageError(f"`{self.name}` has no version {number}", hint=hint)

    def _versions(self) -> list[tuple[str, Mapping[str, str]]]:
        def ask(client: MlflowClient) -> list[tuple[str, Mapping[str, str]]]:
            found: list[tuple[str, Mapping[str, str]]] = []
            token = None
            while True:
                page = client.search_model_versions(f"name='{self.model}'", max_results=1000, page_token=token)
                found += [(_number(version.version), version.tags) for version in page]
                token = page.token
                if not token:
                    return sorted(found, key=lambda pair: -int(pair[0]))

        return self._maybe(ask) or []

    def _upload(self, client: MlflowClient, bundle: Bundle) -> str:
        from mlflow.exceptions import MlflowException

        assert bundle.root is not None, "only bundles on disk are promoted"
        experiment = client.get_experiment_by_name(_EXPERIMENT)
        number = experiment.experiment_id if experiment else client.create_experiment(_EXPERIMENT)
        run = client.create_run(number, run_name=f"{bundle.name} {bundle.version}")
        if bundle.archive:
            client.log_artifact(run.info.run_id, str(bundle.root), _FOLDER)
        else:
            client.log_artifacts(run.info.run_id, str(bundle.root), _FOLDER)
        client.set_terminated(run.info.run_id)
        try:
            client.create_registered_model(self.model)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        tags = {"policykit.subject": bundle.manifest_digest}
        made = client.create_model_version(
            self.model, f"{run.info.artifact_uri}/{_FOLDER}", run.info.run_id, tags=tags, await_creation_for=0
        )
        return _number(made.version)

    def _fetch(self, client: MlflowClient, held: str, folder: str) -> Path:
        from mlflow.artifacts import download_artifacts

        # of the version's own source: through `models:/` MLflow adds a file of its own to what it downloads
        source = client.get_model_version_download_uri(self.model, held)
        found = Path(download_artifacts(artifact_uri=source, dst_path=folder, tracking_uri=self.server))
        inside = list(found.iterdir()) if found.is_dir() else []
        return inside[0] if len(inside) == 1 and inside[0].suffix == ".zip" else found

    def _maybe(self, ask: Callable[[MlflowClient], T]) -> T | None:
        """Return the answer, or None where the server says that there is no such thing."""

        def patient(client: MlflowClient) -> T | None:
            from mlflow.exceptions import (
                RestException,
            )  # of answers that MLflow wrote; a page of somebody else is no answer

            try:
                return ask(client)
            except RestException as error:
                if _absent(error):
                    return None
                raise

        return self._call("", patient)

    def _call(self, told: str, ask: Callable[[MlflowClient], T]) -> T:
        """Ask the server; every way in which it fails is one kind of error, and says whose fault it is."""
        client = self._client()
        try:
            with self._signed_in():
                return ask(client)
        except (PolicykitError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - an odd answer makes MLflow raise whatever comes first
            why, hint = failure(error)
        said = f"{told}: {why}" if told else why
        raise StorageError(f"`{self.name}`: {said}", hint=hint, where=self.name)

    def _client(self) -> MlflowClient:
        if self._open is None:
            for name, text in _SETTINGS.items():
                os.environ.setdefault(name, text)  # MLflow reads its settings nowhere else
            try:
                from mlflow.tracking import MlflowClient
            except ImportError as error:
                hint = "install policykit with the extra `mlflow`: docs/install.md"
                raise UsageError("promoting into MLflow needs the extra `mlflow`", hint=hint) from error
            self._open = MlflowClient(tracking_uri=self.server, registry_uri=self.server)
        return self._open


def _tags(placed: Placed, papers: Sequence[tuple[str, bytes]]) -> dict[str, str]:
    """Return what a version says of itself, the right to stand at the stage last."""
    tags = {"policykit.subject": placed.digest, "policykit.bundle": placed.bundle, "policykit.how": placed.how}
    if placed.permit:
        tags["policykit.permit"] = placed.permit
    if placed.until:
        tags["policykit.until"] = placed.until
    for payload, data in papers:
        if len(data) > _LONGEST_TAG:
            raise UsageError("the permit is too long for a tag of MLflow", hint="promote into a folder registry")
        tags[_paper(payload)] = data.decode()
    return {**tags, _pending(placed.stage): json.dumps(placed_to_json(placed))}


def _listed(history: Sequence[Placed]) -> str:
    """Write the history as a tag, leaving out the oldest where a tag cannot hold all of it."""
    entries = [json.dumps(placed_to_json(placed)) for placed in history]
    while sum(map(len, entries)) + 2 * len(entries) > _LONGEST_TAG:
        entries.pop(0)
    return f"[{', '.join(entries)}]"


def _read(text: str) -> Placed | None:
    try:
        return placed_from_json(json.loads(text)) if text else None
    except ValueError:
        return None


def _absent(error: Any) -> bool:
    said = str(error)  # of an alias that is not there, the server says that something is invalid
    return error.error_code == "RESOURCE_DOES_NOT_EXIST" or ("alias" in said and "not found" in said)


def _number(version: Any) -> str:
    """Return the number of a version; what has none was not written by MLflow."""
    number = str(version)
    if not (number.isascii() and number.isdecimal()):
        raise ValueError("no version")
    return number


def _pending(stage: str) -> str:
    return f"policykit.placed.{stage}"


def _history(stage: str) -> str:
    return f"policykit.history.{stage}"


def _paper(payload: str) -> str:
    return f"policykit.paper.{payload}"
