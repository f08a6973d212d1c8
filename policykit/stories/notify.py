"""Tell people of a decision that has been made: whatever becomes of the message, the decision stands."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from policykit.decide.notify.address import Address, address, is_address
from policykit.decide.notify.options import refused_option
from policykit.errors import UsageError
from policykit.terms.message import Sent

if TYPE_CHECKING:
    from policykit.stories.gate import Judged

LONGEST_LINK: Final = 2_000
_LINK: Final = re.compile(r"https?://[!#-;=?-\[\]_a-z~%]+")


def expect_addresses(words: Sequence[str], link: str, *, named_by: str = "--notify") -> None:
    """Refuse, before any work, what is no address and no link. An address is not shown: it may be a secret in the wrong place.

    Raises:
        UsageError: a word is neither a URL nor `env:NAME`, or asks for more than to be told; or the link is no web address.
    """
    for number, word in enumerate(words, start=1):
        which = f"`{named_by}` number {number}" if len(words) > 1 else f"what `{named_by}` names"
        more = "" if word.startswith("env:") else refused_option(word)
        if more:
            hint = "leave that out, or put the whole address into a variable and write `env:NAME`"
            raise UsageError(f"{which} asks for {more}, which only an address in a variable may", hint=hint)
        if not is_address(word):
            raise UsageError(
                f"{which} is no address", hint="write a URL such as `mailto://…`, or `env:NAME` of a variable"
            )
    if link and (len(link) > LONGEST_LINK or _LINK.fullmatch(link) is None):
        raise UsageError("the link is no web address", hint="write it as `https://…`, without blanks")


def notify(judged: Judged, words: Sequence[str], environment: Mapping[str, str], *, link: str = "") -> tuple[Sent, ...]:
    """Tell everybody whom `words` name (URLs, or `env:NAME` of variables), and return what became of it; it never raises."""
    from policykit.decide.notify.deliver import deliver
    from policykit.render.message import message
    from policykit.report.layout import layout

    found = [address(word, environment) for word in dict.fromkeys(words)]
    goals = [each for each in found if isinstance(each, Address)]
    sent = iter(deliver(message(layout(judged.report), link=link), goals)) if goals else iter(())
    return tuple(next(sent) if isinstance(each, Address) else each for each in found)
