"""The MLflow Model Registry, a real server on loopback: the alias moves only with a permit, and is said where it stands."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from policykit.decide.promote.mlflow import Mlflow
from policykit.errors import StorageError, UsageError, VerificationError
from policykit.stories.promote import Promoted, promote
from policykit.stories.rollback import rollback
from policykit.terms.bundle import Bundle
from tests.clock import NOW
from tests.promote.conftest import Office

pytestmark = pytest.mark.slow

SERVER = Path(__file__).parents[2] / ".tools/services/bin/mlflow"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("mlflow"), free_port()
    environment = {**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}
    words = ["server", "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--host", "127.0.0.1"]
    words += ["--artifacts-destination", str(folder / "artifacts"), "--serve-artifacts", "--port", str(port)]
    words += ["--workers", "1", "--allowed-hosts", "*"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(SERVER), *words], env=environment, stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 180
        while True:
            try:
                urllib.request.urlopen(f"{url}/health", timeout=2)
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < end, (folder / "log").read_text()
                time.sleep(0.5)
        yield url
    finally:
        os.killpg(process.pid, 9)
        process.wait()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")


class Proxy(ThreadingHTTPServer):
    """A door to the server that slams at the n-th call that changes something, before or after it is passed on."""

    def __init__(self, to: str) -> None:
        super().__init__(("127.0.0.1", 0), _Pass)
        self.to = to.removeprefix("http://")
        self.slam_at = 0
        self.late = False
        self.stay_shut = False
        self.changes: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Pass(BaseHTTPRequestHandler):
    def _pass(self) -> None:
        proxy: Any = self.server
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.command != "GET" and "search" not in self.path:
            proxy.changes.append(self.path)
        shut = bool(proxy.slam_at) and len(proxy.changes) >= proxy.slam_at
        now = shut and (len(proxy.changes) == proxy.slam_at or proxy.stay_shut)
        if now and not proxy.late:
            self._slam()
            return
        inner = HTTPConnection(proxy.to, timeout=60)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
        inner.request(self.command, self.path, body or None, headers)
        answer = inner.getresponse()
        data = answer.read()
        if now:
            self._slam()
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("transfer-encoding", "connection", "content-length"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

    def _slam(self) -> None:
        proxy: Any = self.server
        if not proxy.stay_shut:
            proxy.slam_at = 0
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def proxy(server: str) -> Iterator[Proxy]:
    found = Proxy(server)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield found
    found.shutdown()
    found.server_close()


def released(
    target: str, office: Office, bundle: Bundle, *, days: float = 0, claims: tuple[bytes, ...] = ()
) -> Promoted:
    now = NOW + timedelta(days=days)
    permit = office.permit(
        bundle,
        issued=(now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        until=(now + timedelta(days=2)).date().isoformat(),
    )
    assert bundle.root is not None
    return promote(bundle.root, "production", Mlflow(target), permit, office.at(now), claims=claims)


def version_at(server: str, model: str) -> tuple[str, dict[str, str]] | None:
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    try:
        found = MlflowClient(server, server).get_model_version_by_alias(model, "production")
    except MlflowException:
        return None
    return str(found.version), dict(found.tags)


def test_a_permitted_bundle_is_uploaded_hashed_again_tagged_and_then_named(
    server: str, office: Office, first: Bundle, second: Bundle
) -> None:
    target = f"{server}/loans"
    found = released(target, office, first)
    assert (found.now.held, found.before) == ("1", None)
    named = version_at(server, "loans")
    assert named is not None
    number, tags = named
    assert number == "1"
    assert tags["policykit.subject"] == first.manifest_digest
    assert tags["policykit.permit"] == found.now.permit
    assert tags["policykit.until"] == "2026-11-24"
    assert tags["policykit.bundle"] == "loans@1.0.0"
    assert Mlflow(target).paper(found.now.permit) is not None
    again = released(target, office, first)
    assert again.already, "the bytes are found by their digest, not uploaded twice"
    assert released(target, office, second, days=1).now.held == "2"
    assert [each.held for each in Mlflow(target).history("production")] == ["1", "2"]
    back = rollback("production", Mlflow(target), office.at(NOW + timedelta(days=2)), reason="too many refusals")
    assert back.now.held == "1"
    named = version_at(server, "loans")
    assert named is not None and named[0] == "1"
    assert [each.how for each in Mlflow(target).history("production")] == ["permit", "permit", "rollback"]


def test_a_zip_arrives_as_the_zip_it_is(server: str, office: Office, first: Bundle, tmp_path: Path) -> None:
    import shutil

    from policykit.load.bundle import load_bundle

    assert first.root is not None
    zipped = load_bundle(Path(shutil.make_archive(str(tmp_path / "packed"), "zip", first.root)))
    assert released(f"{server}/zipped", office, zipped).now.digest == first.manifest_digest


def test_without_a_valid_permit_nothing_reaches_the_server(server: str, office: Office, first: Bundle) -> None:
    assert first.root is not None
    with pytest.raises(VerificationError):
        promote(
            first.root, "production", Mlflow(f"{server}/unasked"), office.permit(first, by="evaluator"), office.at()
        )
    assert Mlflow(f"{server}/unasked")._versions() == []


def test_a_version_that_is_there_is_named_only_if_its_own_bytes_are_the_permitted_ones(
    server: str, office: Office, first: Bundle, second: Bundle
) -> None:
    released(f"{server}/there", office, first)
    released(f"{server}/there", office, second, days=1)
    assert released(f"{server}/there@1", office, first, days=2).now.held == "1"
    with pytest.raises(VerificationError) as caught:
        released(f"{server}/there@1", office, second, days=2)
    assert caught.value.reason == "moved_bytes"
    named = version_at(server, "there")
    assert named is not None and named[0] == "1"
    with pytest.raises(UsageError, match="has no version 9"):
        released(f"{server}/there@9", office, first, days=2)


def test_a_version_whose_artifacts_were_changed_does_not_come_back(
    server: str, office: Office, first: Bundle, second: Bundle, tmp_path: Path
) -> None:
    from mlflow.tracking import MlflowClient

    released(f"{server}/changed", office, first)
    released(f"{server}/changed", office, second, days=1)
    client = MlflowClient(server, server)
    run_id = client.get_model_version("changed", "1").run_id
    (tmp_path / "weights.json").write_text("other")
    client.log_artifact(run_id, str(tmp_path / "weights.json"), "bundle/model")
    with pytest.raises(VerificationError) as caught:
        rollback("production", Mlflow(f"{server}/changed"), office.at(NOW + timedelta(days=2)))
    assert caught.value.reason == "moved_bytes"
    named = version_at(server, "changed")
    assert named is not None and named[0] == "2"


def test_an_alias_that_somebody_else_set_is_seen_and_has_no_right(
    server: str, office: Office, first: Bundle, second: Bundle
) -> None:
    from mlflow.tracking import MlflowClient

    released(f"{server}/moved", office, first)
    released(f"{server}/moved", office, second, days=1)
    MlflowClient(server, server).set_registered_model_alias("moved", "production", "1")
    found = Mlflow(f"{server}/moved").current("production")
    assert found is not None
    assert (found.how, found.held, found.since) == ("unknown", "1", "")
    released(f"{server}/moved", office, second, days=2)
    told = [each.how for each in Mlflow(f"{server}/moved").history("production")]
    assert told == ["permit", "permit", "unknown", "permit"], "and the history can still be read"


def test_what_was_taken_back_is_remembered_by_the_server(
    server: str, office: Office, first: Bundle, second: Bundle
) -> None:
    target = f"{server}/taken-back"
    gone = released(target, office, first).now.permit
    released(target, office, second, days=1, claims=(office.revocation(gone),))
    with pytest.raises(VerificationError) as refused:
        rollback("production", Mlflow(target), office.at(NOW + timedelta(days=2)))
    assert refused.value.reason == "revoked"


@pytest.mark.parametrize("late", [False, True])
def test_a_server_that_dies_at_any_call_leaves_one_or_the_other_and_it_is_said(
    server: str, proxy: Proxy, office: Office, first: Bundle, second: Bundle, late: bool
) -> None:
    told: set[str] = set()
    for nth in range(1, 40):
        model = f"dies-{nth}-{late}".lower()
        released(f"{server}/{model}", office, first)
        proxy.changes, proxy.slam_at, proxy.late = [], nth, late
        try:
            released(f"{proxy.url}/{model}", office, second, days=1)
            failed = False
        except StorageError as error:
            failed = True
            told.add(str(error).rpartition(";")[2].strip() if ";" in str(error) else "before any effect")
            named = version_at(server, model)
            assert named is not None
            if "the alias `production` still names version 1" in str(error):
                assert named[0] == "1"
            elif "names version 2" in str(error):
                assert named[0] == "2"
            else:
                assert named[0] == "1", error
        proxy.slam_at = 0
        again = released(f"{server}/{model}", office, second, days=1)
        assert again.now.digest == second.manifest_digest
        named = version_at(server, model)
        assert named is not None and named[0] == again.now.held
        assert [each.digest for each in Mlflow(f"{server}/{model}").history("production")] == [
            first.manifest_digest,
            second.manifest_digest,
        ]
        if not failed:
            break
    assert any("still names version 1" in each for each in told)
    if late:
        assert any("names version 2" in each for each in told)


def test_where_the_server_stays_away_that_is_said_too(
    server: str, proxy: Proxy, office: Office, first: Bundle, second: Bundle
) -> None:
    released(f"{server}/away", office, first)
    released(f"{proxy.url}/away", office, second, days=1)
    proxy.changes.clear()
    released(f"{proxy.url}/away", office, first, days=2)
    alias = next(place for place, path in enumerate(proxy.changes, 1) if path.endswith("/alias"))
    proxy.changes, proxy.slam_at, proxy.stay_shut = [], alias, True
    with pytest.raises(StorageError, match="whether the alias `production` was set is not known") as caught:
        released(f"{proxy.url}/away", office, second, days=3)
    assert "--status" in caught.value.hint
    named = version_at(server, "away")
    assert named is not None and named[0] == "1"


def test_a_server_that_is_not_there_is_said_within_the_time_that_was_given(office: Office, first: Bundle) -> None:
    begun = time.monotonic()
    with pytest.raises(StorageError) as caught:
        released(f"http://127.0.0.1:{free_port()}/loans", office, first)
    assert time.monotonic() - begun < 30
    assert caught.value.hint.startswith("check that the server runs")


def test_a_server_that_never_answers_is_not_waited_for(
    office: Office, first: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        begun = time.monotonic()
        with pytest.raises(StorageError):
            released(f"http://127.0.0.1:{silent.getsockname()[1]}/loans", office, first)
        assert time.monotonic() - begun < 20
