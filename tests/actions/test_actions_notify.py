"""The action `gate` tells people of its decision, by variables alone."""

from __future__ import annotations

import json

import pytest

from tests.actions.conftest import Repository
from tests.notify.notify_servers import closed_port, http

pytestmark = pytest.mark.slow


def test_whom_a_variable_names_is_told_of_the_decision_and_of_the_run(repository: Repository) -> None:
    repository.bundle(women=(300, 1000))
    with http() as chat:
        ran = repository.gate(
            notify="env:TEAM_CHAT", environment={"TEAM_CHAT": f"json://127.0.0.1:{chat.port}/hunter2"}
        )
    assert ran.outputs["decision"] == "BLOCKED" and ran.failed
    said = json.loads(chat.bodies[0])
    assert said["title"].startswith("BLOCKED loans 1.4.0")
    assert said["message"].endswith("https://github.com/acme/credit/actions/runs/7")
    assert "hunter2" not in ran.printed + ran.summary


def test_what_cannot_be_sent_is_said_and_changes_no_decision(repository: Repository) -> None:
    ran = repository.gate(
        notify="env:TEAM_CHAT", environment={"TEAM_CHAT": f"json://127.0.0.1:{closed_port()}/hunter2"}
    )
    assert ran.outputs["decision"] == "ALLOWED" and not ran.failed
    assert "env:TEAM_CHAT" in ran.printed and "hunter2" not in ran.printed


@pytest.mark.parametrize("whom", ["json://127.0.0.1:1/hunter2", "env:A; touch pwned", "--mode=audit"])
def test_an_address_in_the_workflow_itself_is_refused(repository: Repository, whom: str) -> None:
    ran = repository.gate(notify=whom)
    assert (ran.outputs["decision"], ran.outputs["exit-code"]) == ("INVALID", "2")
    assert "`notify` names environment variables, as `env:TEAM_CHAT`" in ran.printed
    assert whom not in ran.printed
