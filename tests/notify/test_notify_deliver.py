"""Telling people through a loopback server: what arrives, what is said of what does not, and that nothing secret is ever said."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from policykit.decide.notify.address import Address, address, shown
from policykit.decide.notify.deliver import deliver
from policykit.terms.message import Message, Sent
from tests.notify.notify_servers import closed_port, http, silent, smtp

SECRET = "hunter2-top-secret"
MESSAGE = Message(
    "BLOCKED loans 1.4.0 for production", "FAIR-01 failed\n- risk@bank.example: mend <b>it</b>", "blocked"
)


@pytest.fixture(autouse=True)
def _loggers_as_they_were() -> Iterator[None]:
    """Hear the libraries again, which stay silent while a server still holds up a thread."""
    yield
    for name in ("apprise", "urllib3", "requests", "charset_normalizer", "asyncio"):
        logger = logging.getLogger(name)
        logger.propagate, logger.level = True, logging.NOTSET
        logger.handlers = []


def goal(url: str) -> Address:
    found = address(url, {})
    assert isinstance(found, Address)
    return found


def tell(url: str, seconds: float = 10) -> Sent:
    (sent,) = deliver(MESSAGE, [goal(url)], seconds=seconds)
    return sent


def test_a_message_arrives_as_plain_text_word_for_word() -> None:
    with http() as heard:
        assert tell(f"json://127.0.0.1:{heard.port}/{SECRET}").problem == ""
    said = json.loads(heard.bodies[0])
    assert (said["title"], said["message"], said["type"]) == (MESSAGE.title, MESSAGE.body, "failure")
    assert heard.paths == [f"/{SECRET}"]


def test_a_mail_arrives_and_its_text_is_not_read_as_html() -> None:
    with smtp() as heard:
        url = f"mailto://gate:{SECRET}@127.0.0.1:{heard.port}?from=gate@bank.example&to=risk@bank.example&mode=insecure"
        assert tell(url) == Sent("`mailto://…`")
    mail = message_from_bytes(heard.bodies[0], policy=policy.default)
    assert str(mail["Subject"]) == MESSAGE.title
    parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
    assert "mend <b>it</b>" in parts.get("text/plain", "mend <b>it</b>")
    assert "<b>it</b>" not in parts.get("text/html", "")


@pytest.mark.parametrize("code", [400, 401, 404, 500, 503])
def test_an_answer_that_is_an_error_is_said(code: int) -> None:
    with http(code) as heard:
        assert tell(f"json://127.0.0.1:{heard.port}/x").problem == f"it answered {code}"


def test_a_redirect_is_not_followed() -> None:
    with http() as elsewhere, http(302, f"http://127.0.0.1:{elsewhere.port}/stolen") as heard:
        assert tell(f"json://127.0.0.1:{heard.port}/x").problem == "it answered 302"
        assert elsewhere.paths == []


def test_a_port_where_nobody_listens_and_a_host_that_is_none_are_said() -> None:
    assert tell(f"json://127.0.0.1:{closed_port()}/x").problem == "it refused the connection"
    assert tell("json://nowhere.invalid/x").problem == "its host is not known"


@pytest.mark.parametrize("drips", [False, True])
def test_a_server_that_never_ends_its_answer_holds_up_nobody(drips: bool) -> None:
    with silent(drips=drips) as heard:
        start = time.perf_counter()
        assert tell(f"json://127.0.0.1:{heard.port}/x", seconds=1).problem == "it did not answer in time"
        assert time.perf_counter() - start < 3


def test_the_process_ends_though_a_server_never_ends_its_answer() -> None:
    with silent(drips=True) as heard:
        code = (
            "from policykit.decide.notify.address import Address\n"
            "from policykit.decide.notify.deliver import deliver\n"
            "from policykit.terms.message import Message\n"
            f"print(deliver(Message('t', 'b', 'held'), [Address('x', 'json://127.0.0.1:{heard.port}/x')], seconds=1))\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=20, check=True, text=True)
    assert "it did not answer in time" in done.stdout
    assert done.stderr == ""


def test_a_password_that_is_not_accepted_is_said_and_not_shown() -> None:
    with smtp(accepts=False) as heard:
        url = f"mailto://gate:{SECRET}@127.0.0.1:{heard.port}?from=gate@bank.example&to=risk@bank.example&mode=insecure"
        sent = tell(url)
    assert sent.problem == "it did not accept the user or the password"


def test_everybody_is_told_at_once_and_each_by_itself() -> None:
    with http() as good, http(500) as bad, silent() as mute:
        ports = [good.port, bad.port, mute.port, closed_port()]
        start = time.perf_counter()
        sent = deliver(MESSAGE, [goal(f"json://127.0.0.1:{port}/x") for port in ports], seconds=1.5)
        assert time.perf_counter() - start < 3
    assert [each.problem for each in sent] == [
        "", "it answered 500", "it did not answer in time", "it refused the connection"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "url",
    [
        f"json://user:{SECRET}@127.0.0.1:1/{SECRET}?token={SECRET}",
        f"mailtos://user:{SECRET}@127.0.0.1:1?to=a@b.example&pass={SECRET}",
        f"nosuch://{SECRET}/{SECRET}",
        f"slack://{SECRET}/x",
        f"json://127.0.0.1:99999/{SECRET}",
        f"json://user:{SECRET}@/",
        f"https://{SECRET}",
        f"twilio://{SECRET}:{SECRET}@{SECRET}",
        f"json://{SECRET}@127.0.0.1:1#{SECRET}",
    ],
)
def test_no_secret_is_shown_logged_or_traced(
    url: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    if url.startswith(("slack", "twilio", "https")):  # never ask the outside
        sent = Sent(goal(url).shown, "")
    else:
        sent = tell(url, seconds=5)
        assert sent.problem
    said = f"{sent!r} {goal(url)!r} {caplog.text} {''.join(capfd.readouterr())}"
    if not url.startswith("https"):  # there it is a host
        assert SECRET not in said
    assert sent.to.startswith(("`", "an address"))


def test_what_libraries_log_later_is_heard_again() -> None:
    with http() as heard:
        tell(f"json://127.0.0.1:{heard.port}/x")
    for name in ("apprise", "urllib3"):
        assert (logging.getLogger(name).propagate, logging.getLogger(name).handlers) == (True, [])


def test_libraries_stay_silent_while_a_server_still_holds_up_a_thread() -> None:
    with silent() as heard:
        assert tell(f"json://127.0.0.1:{heard.port}/x", seconds=0.3).problem
    assert not logging.getLogger("apprise").propagate


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("slack://TokenA/TokenB/TokenC/#general", "`slack://…`"),
        ("tgram://123:abc/456", "`tgram://…`"),
        ("mailtos://smtp.bank.example:465?to=x", "`mailtos://smtp.bank.example:465/…`"),
        ("mailtos://me:pass@smtp.bank.example:465?to=x", "`mailtos://…`"),
        ("json://tok/en@host/x", "`json://…`"),
        ("json://user:12345/6@host", "`json://…`"),
        ("json://SECRETUSER?:pw@host", "`json://…`"),
        ("json://SECRETUSER#:pw%40host", "`json://…`"),
        ("https://hooks.bank.example/services/T/B/x", "`https://hooks.bank.example/…`"),
        ("json://[::1]:80/x", "`json://[::1]:80/…`"),
        ("json://us\u202eer@bank\x1b.example/", "`json://…`"),
        ("JSONS://host", "`jsons://host/…`"),
        ("nothing at all", "an address"),
    ],
)
def test_of_an_address_only_the_scheme_and_a_real_host_are_shown(url: str, text: str) -> None:
    assert shown(url) == text


@pytest.mark.parametrize(
    ("environment", "problem"),
    [({}, "the variable is not set"), ({"CHAT": "  "}, "the variable is not set"),
     ({"CHAT": SECRET}, "the variable holds no address"), ({"CHAT": "env:OTHER"}, "the variable holds no address")],
)  # fmt: skip
def test_a_variable_without_an_address_is_said_by_its_name_alone(environment: dict[str, str], problem: str) -> None:
    found = address("env:CHAT", environment)
    assert isinstance(found, Sent)
    assert (found.to, found.problem) == ("`env:CHAT`", problem)
    assert SECRET not in repr(found)


def test_a_variable_is_shown_with_the_scheme_it_holds() -> None:
    assert address("env:CHAT", {"CHAT": f" slack://{SECRET} "}) == Address(
        "`env:CHAT` (slack://…)", f"slack://{SECRET}"
    )


def test_without_the_extra_everybody_is_left_untold_and_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert tell("json://127.0.0.1/x") == Sent(
        "`json://127.0.0.1/…`",
        "telling people needs the extra `notify`, which is not installed",
        "install policykit with the extra `notify`",
    )


def test_nobody_to_tell_loads_nothing() -> None:
    code = "import sys; from policykit.decide.notify.deliver import deliver; deliver(None, []); print('apprise' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == "False"
