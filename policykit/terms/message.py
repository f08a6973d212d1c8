"""A message: what people are told of a decision where they are, in plain words."""

from __future__ import annotations

from dataclasses import dataclass

from policykit.terms.layout import Tone


@dataclass(frozen=True, slots=True)
class Message:
    """A title of one line and a body of several, as plain text; nothing in them is markup."""

    title: str
    body: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a message to one address; `to` shows no secret, `problem` is empty where it arrived."""

    to: str
    problem: str = ""
    hint: str = ""
