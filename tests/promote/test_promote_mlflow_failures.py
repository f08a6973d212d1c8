"""What an MLflow server that refuses, answers oddly or stays away makes us say: never what it wrote, never who signed in."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from policykit.cli.start import run
from policykit.decide.promote.mlflow import Mlflow
from policykit.errors import StorageError, UsageError
from policykit.stories.promote import promote
from policykit.terms.bundle import Bundle
from tests.promote.conftest import Office
from tests.promote.test_promote_mlflow import Proxy, proxy, released, server, version_at

__all__ = ["proxy", "server"]  # the fixtures: a real MLflow server, and a door to it

pytestmark = pytest.mark.slow

SECRET = "p1anted-secret"
WROTE = "what-the-server-wrote"


class Odd(ThreadingHTTPServer):
    """A server that gives one answer to everything, and remembers who asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.status, self.body, self.asked_by = 200, b"", ""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        odd: Any = self.server
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        odd.asked_by = self.headers.get("Authorization", "")
        self.send_response(odd.status)
        self.send_header("Content-Length", str(len(odd.body)))
        self.end_headers()
        self.wfile.write(odd.body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def odd() -> Iterator[Odd]:
    found = Odd()
    threading.Thread(target=found.serve_forever, daemon=True).start()
    yield found
    found.shutdown()
    found.server_close()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")


def said(error_code: str) -> bytes:
    return json.dumps({"error_code": error_code, "message": WROTE}).encode()


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (401, WROTE.encode(), "the MLflow server refused (401): it does not take whoever asks for somebody it knows"),
        (403, said("PERMISSION_DENIED"), "the MLflow server refused (403): whoever asks may not do that there"),
        (404, b"alias not found " + WROTE.encode(), "the MLflow server refused (404): it knows nothing of what was"),
        (404, json.dumps({"message": WROTE}).encode(), "it did not answer as MLflow does"),
        (404, said(WROTE), "it did not answer as MLflow does"),
        (
            400,
            said("INVALID_PARAMETER_VALUE"),
            "the MLflow server refused (400): it takes what was asked for a mistake",
        ),
        (409, said("RESOURCE_CONFLICT"), "the MLflow server refused (409): somebody else changed it at the same time"),
        (413, WROTE.encode(), "the MLflow server refused (413): what was sent is too large for it"),
        (418, WROTE.encode(), "the MLflow server refused (418): it does not say why in words of MLflow"),
        (429, WROTE.encode(), "the MLflow server refused (429): it is asked too often"),
        (500, said("INTERNAL_ERROR"), "the MLflow server refused (500): something failed there"),
        (503, WROTE.encode(), "the MLflow server refused (503): something failed there"),
        (200, b"<html>" + WROTE.encode(), "it did not answer as MLflow does"),
        (200, b"{}", "it did not answer as MLflow does"),
        (200, b"", "it did not answer as MLflow does"),
        (200, b'{"registered_model": {"tags": "what-the-server-wrote"}}', "it did not answer as MLflow does"),
        (200, b'{"registered_model": {"name": "other"}}', "it did not answer as MLflow does"),
    ],
)
def test_what_a_server_answers_is_told_in_our_words(
    odd: Odd, status: int, body: bytes, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    odd.status, odd.body = status, body
    target = f"mlflow:http://meier:{SECRET}@{odd.host}/loans"
    assert run(["promote", "--status", "--stage", "production", "--to", target]) == 74
    out, err = capfd.readouterr()
    assert f"policykit: `mlflow:http://{odd.host}/loans`: {told}" in err
    assert odd.asked_by == "Basic bWVpZXI6cDFhbnRlZC1zZWNyZXQ=", "the server is told who asks"
    for word in (SECRET, WROTE, "Traceback", "/api/2.0"):
        assert word not in out + err


@pytest.mark.parametrize(
    "body",
    [b'{"model_version": {"version": "what-the-server-wrote"}}', b"{}", b'{"model_version": 3}'],
)
def test_an_alias_without_a_version_is_no_answer_of_mlflow(odd: Odd, body: bytes) -> None:
    odd.body = body
    with pytest.raises(StorageError, match="it did not answer as MLflow does") as caught:
        Mlflow(f"http://{odd.host}/loans").current("production")
    assert WROTE not in str(caught.value)
    assert caught.value.__context__ is None, "what led to it would show the answer"


def test_who_signs_in_is_told_to_mlflow_only_while_it_asks(odd: Odd, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "other")
    monkeypatch.delenv("MLFLOW_TRACKING_PASSWORD", raising=False)
    odd.status, odd.body = 404, said("RESOURCE_DOES_NOT_EXIST")
    found = Mlflow(f"http://meier:p%40ss@{odd.host}/loans")
    assert found.current("production") is None
    assert odd.asked_by == "Basic bWVpZXI6cEBzcw=="
    assert os.environ["MLFLOW_TRACKING_USERNAME"] == "other"
    assert "MLFLOW_TRACKING_PASSWORD" not in os.environ
    assert "p@ss" not in found.name + found.server


def test_no_one_there_is_said_without_the_password(capfd: pytest.CaptureFixture[str]) -> None:
    target = f"mlflow:http://meier:{SECRET}@127.0.0.1:9/loans"
    assert run(["promote", "--status", "--stage", "production", "--to", target]) == 74
    out, err = capfd.readouterr()
    assert "`mlflow:http://127.0.0.1:9/loans`: the MLflow server does not answer" in err
    assert "check that the server runs" in err
    assert SECRET not in out + err


def test_a_password_in_the_address_reaches_no_tag_no_history_and_no_message(
    server: str, office: Office, first: Bundle, second: Bundle, capfd: pytest.CaptureFixture[str]
) -> None:
    from mlflow.tracking import MlflowClient

    target = server.replace("http://", f"http://meier:{SECRET}@") + "/planted"
    moved = [released(target, office, bundle, days=days) for days, bundle in enumerate((first, second))]
    client = MlflowClient(server, server)
    model = client.get_registered_model("planted")
    versions = client.search_model_versions("name='planted'")
    runs = [client.get_run(str(version.run_id)).to_dictionary() for version in versions]
    kept = [*moved, model.tags, [(version.tags, version.source) for version in versions], runs]
    assert len(versions) == 2
    assert SECRET not in repr(kept)
    assert run(["promote", "--status", "--stage", "production", "--to", f"mlflow:{target}"]) == 0
    out, err = capfd.readouterr()
    assert f"loans@2.0.0 stands at production of mlflow:{server}/planted" in out
    assert SECRET not in out + err


def test_a_refusal_halfway_still_says_what_stands(
    server: str, proxy: Proxy, office: Office, first: Bundle, second: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for days, bundle in enumerate((first, second, first)):
        released(f"{server}/halfway", office, bundle, days=days)
    proxy.slam_at = 2
    address = proxy.url.replace("http://", f"http://meier:{SECRET}@") + "/halfway"
    with pytest.raises(StorageError) as caught:
        released(address, office, second, days=3)
    named = version_at(server, "halfway")
    assert named is not None and named[0] == "1"
    assert str(caught.value).startswith(f"`mlflow:{proxy.url}/halfway`: the MLflow server does not answer; the alias")
    assert "still names version 1" in str(caught.value)
    assert SECRET not in repr(caught.value) + caught.value.hint + caught.value.where


def test_a_model_the_server_does_not_know_is_no_registry_until_something_is_promoted(
    server: str, office: Office, first: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["promote", "--status", "--stage", "production", "--to", f"mlflow:{server}/newcomer"]
    assert run(words) == 2
    assert f"there is no registry `mlflow:{server}/newcomer`" in capsys.readouterr().err
    released(f"{server}/newcomer", office, first)
    assert run(words) == 0
    assert run([*words[:3], "staging", *words[4:]]) == 0
    assert "nothing stands at staging" in capsys.readouterr().out


def test_a_bundle_that_cannot_be_uploaded_says_so_and_why(odd: Odd, office: Office, first: Bundle) -> None:
    odd.status, odd.body = 403, said("PERMISSION_DENIED")
    assert first.root is not None
    with pytest.raises(StorageError) as caught:
        promote(first.root, "production", Mlflow(f"http://{odd.host}/loans"), office.permit(first), office.at())
    assert caught.value.hint == "ask whoever runs it for the right to write this model there"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("503 Server Error: x for url", "the MLflow server refused (503): something failed there"),
        ("too many 429 error responses", "the MLflow server refused (429): it is asked too often"),
        (f"nothing known {WROTE}", "not every file could be fetched"),
    ],
)
def test_files_that_do_not_come_are_told_by_number_alone(text: str, told: str) -> None:
    from mlflow.exceptions import MlflowException

    from policykit.decide.promote.mlflow_failure import failure

    whole = (
        "The following failures occurred while downloading one or more artifacts from x:\n##### File a #####\n" + text
    )
    assert failure(MlflowException(whole))[0] == told


def test_a_full_disk_and_a_foreign_certificate_are_not_the_servers_silence() -> None:
    import errno
    import os

    from requests.exceptions import SSLError, TooManyRedirects

    from policykit.decide.promote.mlflow_failure import failure

    assert failure(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) == (
        "a file could not be read or written here: no space left on device",
        "free some space, or mend the disk",
    )
    assert failure(SSLError(WROTE))[0] == "the certificate of the MLflow server is not accepted"
    assert failure(TooManyRedirects(WROTE))[0] == "it did not answer as MLflow does"
    assert failure(KeyError(WROTE))[0] == "it did not answer as MLflow does"


def test_an_address_never_shows_what_is_wrong_in_it(tmp_path: Path) -> None:
    wrong = [
        f"http://meier:{SECRET}@host",
        f"http://meier:{SECRET}@/loans",
        f"http://meier:12/{SECRET}@host/loans",
        f"http://meier:{SECRET}#x@host/loans",
        f"http://meier:{SECRET}?x@host/loans",
        f"http:/meier:{SECRET}@host/loans",
        f"http://meier:{SECRET}@host:x/loans",
        f"http://meier:{SECRET}@host/loans@x{SECRET}",
        f"http://host/loans?token={SECRET}",
        f"http://{SECRET}@host/loans",
        f"http://:{SECRET}@host/loans",
        "http://:5000/loans",
        "http:///loans",
        "http://host/",
        "http://host",
        "http://",
    ]
    for target in wrong:
        with pytest.raises(UsageError) as caught:
            Mlflow(target)
        assert caught.value.hint
        assert SECRET not in str(caught.value) + caught.value.hint + caught.value.where, target
