"""How far a waiver goes: a fail within a bound, or one named doubt within a bound."""

from __future__ import annotations

from collections.abc import Mapping

from policykit.load import waiver_words as words
from policykit.load.fields import fields
from policykit.load.node import Node
from policykit.load.scalars import Problems, choice, shown, text
from policykit.terms.quantity import Quantity, Unit, UnitError, parse
from policykit.terms.verdict import Cause
from policykit.terms.waiver import Allows, Amount

AMOUNTS = ("at_most", "at_least", "surely_at_most", "surely_at_least")
_FORMS = "write `at_most:` or `at_least:` with a limit, or `undecided:` with the doubt that is accepted"


def read_allows(node: Node, problems: Problems) -> Allows:
    """Return how far a waiver goes; one that would excuse everything, or nothing, is refused."""
    before = len(problems)
    written = fields(node, "`allows`", problems, known=tuple(words.ALLOWS))
    readable = len(problems) == before
    amounts = {key: _amount(written[key], problems) for key in AMOUNTS if key in written}
    cause = choice(written["undecided"], tuple(Cause), problems) if "undecided" in written else None
    any_fail = "fail" in written and choice(written["fail"], ("any",), problems) is not None
    if readable:
        _form(node, written, cause, problems)
        _order(written, amounts, problems)
    return Allows(**amounts, undecided=None if cause is None else Cause(cause), fail_any=any_fail)


def _amount(node: Node, problems: Problems) -> Amount | None:
    """Return a limit as written; its unit is that of the rule, so any unit will do here."""
    word = text(node, problems)
    if word is None:
        return None
    share = word.removesuffix("relative")  # `5 % relative`: of what the champion has
    if not (_parsed(share, Unit.SHARE) if share != word else any(_parsed(word, unit) for unit in Unit)):
        hint = "write a number in the unit of the rule, such as `12 pp`, `80 %`, `200 ms` or `0.8`"
        problems.append(node.problem("PK204", f"`{shown(word)}` is not a number with a unit", hint=hint))
        return None
    points = _parsed(word, Unit.DIFFERENCE)
    if points is not None and abs(points.value) > 1:
        hint = "a difference of shares lies between -100 pp and 100 pp"
        problems.append(node.problem("PK207", f"a difference of shares is never `{shown(word)}`", hint=hint))
    return Amount(word, node.place)


def _form(node: Node, written: Mapping[str, Node], cause: str | None, problems: Problems) -> None:
    limits = [key for key in ("at_most", "at_least") if key in written]
    bounds = [key for key in ("surely_at_most", "surely_at_least") if key in written]
    if "fail" in written and len(written) > 1:
        message = "`fail: any` excuses every fail, and stands alone"
        problems.append(written["fail"].problem("PK703", message, hint="delete it where a limit is stated"))
    elif "undecided" in written:
        for key in limits:
            message = f"`{key}` excuses a fail, `undecided` a doubt: a waiver excuses one of the two"
            problems.append(written[key].problem("PK703", message, hint=f"write `surely_{key}` to bound the doubt"))
        if cause is not None:
            _doubt(written, Cause(cause), bounds, problems)
    elif not limits and "fail" not in written:
        at = written[bounds[0]] if bounds else node
        message = (
            f"`{bounds[0]}` needs `{bounds[0].removeprefix('surely_')}` beside it" if bounds else "it allows nothing"
        )
        problems.append(at.problem("PK703", message, hint=_FORMS))
    else:
        for key in bounds:
            if key.removeprefix("surely_") not in limits:
                message = f"`{key}` needs `{key.removeprefix('surely_')}` beside it"
                problems.append(written[key].problem("PK703", message, hint=_FORMS))


def _doubt(written: Mapping[str, Node], cause: Cause, bounds: list[str], problems: Problems) -> None:
    if cause in words.BOUNDED and not bounds:
        message = f"a doubt that comes with a number needs a bound: `{cause}` without one would excuse anything"
        hint = "add `surely_at_most:` or `surely_at_least:`, the worst that is accepted"
        problems.append(written["undecided"].problem("PK703", message, hint=hint))
    elif cause not in (*words.BOUNDED, *words.MAYBE_BOUNDED) and bounds:
        message = f"`{cause}` comes without a number, so `{bounds[0]}` would never be met"
        problems.append(written[bounds[0]].problem("PK703", message, hint="delete it"))


def _order(written: Mapping[str, Node], amounts: Mapping[str, Amount | None], problems: Problems) -> None:
    for surely, first, sign in (("surely_at_most", "at_most", 1), ("surely_at_least", "at_least", -1)):
        pair = _comparable(amounts.get(first), amounts.get(surely))
        if pair is not None and (pair[1].value - pair[0].value) * sign < 0:
            message = f"`{surely}: {pair[1]}` is stricter than `{first}: {pair[0]}`"
            hint = "the bound may go further than the estimate, so its limit is the looser one"
            problems.append(written[surely].problem("PK206", message, hint=hint))
    for low, high in (("at_least", "at_most"), ("surely_at_least", "surely_at_most")):
        pair = _comparable(amounts.get(low), amounts.get(high))
        if pair is not None and pair[0].value > pair[1].value:
            message = f"no number meets both `{low}: {pair[0]}` and `{high}: {pair[1]}`"
            problems.append(written[high].problem("PK202", message, hint="check which of the two is meant"))


def _comparable(first: Amount | None, second: Amount | None) -> tuple[Quantity, Quantity] | None:
    """Return two amounts in one unit, where there is a unit that both can be read in."""
    if first is None or second is None:
        return None
    for unit in Unit:
        one, other = _parsed(first.text, unit), _parsed(second.text, unit)
        if one is not None and other is not None:
            return one, other
    return None


def _parsed(word: str, unit: Unit) -> Quantity | None:
    try:
        found = parse(word, unit)
    except UnitError:
        return None
    return found if abs(found.value) <= 10**18 else None
