"""One estimate that a test gives in place of a measurement, in the unit of its check."""

from __future__ import annotations

from collections.abc import Mapping

from policykit.load import test_words as words
from policykit.load.clause_document import read_check
from policykit.load.exact import count
from policykit.load.fields import fields
from policykit.load.limit_document import quantity
from policykit.load.node import Node
from policykit.load.scalars import Problems, choice, identifier, is_list, literal, shown, text, texts
from policykit.terms.check import Check
from policykit.terms.estimate import Estimate, Observed
from policykit.terms.policy_test import GivenAnswer, GivenEstimate
from policykit.terms.quantity import Quantity, Unit, reach
from policykit.terms.source import Source
from policykit.terms.verdict import Cause, Unmeasured

_NUMBER = ("value", "interval", "interval_together", "rows", "smallest")
_ENOUGH = 1_000_000  # rows, where a test says nothing of them: no floor is near


def read_estimate(node: Node, problems: Problems) -> GivenEstimate | None:
    """Return one estimate; None where it cannot be read far enough to be one."""
    before = len(problems)
    written = fields(node, "an estimate", problems, known=tuple(words.ESTIMATE), needed=("check",))
    check = read_check(written["check"], problems) if "check" in written else None
    if check is None:
        return None
    compared = "compared_with" in written and choice(written["compared_with"], ("champion",), problems) is not None
    if compared and not check.has_champion:
        message = f"`{check.id}` cannot be compared with a champion"
        problems.append(written["compared_with"].problem("PK211", message, hint="delete the line"))
    relative = compared and "value" in written and written["value"].text.strip().endswith("relative")
    answer = _answer(written, node, check, problems, compared=compared, relative=relative)
    source = choice(written["source"], tuple(Source), problems) if "source" in written else None
    found = GivenEstimate(
        check=check.id,
        answer=answer or Unmeasured(Cause.MISSING),
        rule=(identifier(written["rule"], problems) if "rule" in written else None) or "",
        attribute=" × ".join(texts(written["attribute"], problems) or ()) if "attribute" in written else "",
        column=(text(written["column"], problems) if "column" in written else None) or "",
        group=(text(written["group"], problems) if "group" in written else None) or "",
        data=(identifier(written["data"], problems) if "data" in written else None) or "",
        compared=compared,
        relative=relative,
        together=_together(written, answer, check, problems, compared=compared, relative=relative),
        source=Source(source) if source is not None else Source.RECOMPUTED,
        place=node.place,
    )
    return found if answer is not None and len(problems) == before else None


def _answer(
    written: Mapping[str, Node], node: Node, check: type[Check], problems: Problems, *, compared: bool, relative: bool
) -> GivenAnswer | None:
    if "undecided" in written:
        for key in _NUMBER:
            if key in written:
                message = f"`{key}` cannot stand beside `undecided`: there is a number, or a reason why there is none"
                problems.append(written[key].problem("PK804", message, hint="keep one of the two"))
        cause = choice(written["undecided"], tuple(Cause), problems)
        return None if cause is None else Unmeasured(Cause(cause), "so the test says")
    if "value" not in written:
        hint = "add `value:`, or `undecided:` with the cause"
        problems.append(node.problem("PK804", "the estimate says nothing", hint=hint))
        return None
    if check.unit is Unit.PRESENCE:
        return _thing(written, problems)
    return _number(written, check, problems, compared=compared, relative=relative)


def _thing(written: Mapping[str, Node], problems: Problems) -> Observed | None:
    for key in _NUMBER[1:]:
        if key in written:
            message = f"`{key}` belongs to a number, and this check gives something that is there or is not"
            problems.append(written[key].problem("PK804", message, hint="delete it"))
    value = written["value"]
    if value.kind == "list":
        found = [literal(item, problems) for item in value.items]
        return Observed(tuple(each.value for each in found if each is not None))
    if value.kind == "scalar" and value.plain and value.text == "absent":
        return Observed(None)
    constant = literal(value, problems)
    return None if constant is None else Observed(constant.value)


def _number(
    written: Mapping[str, Node], check: type[Check], problems: Problems, *, compared: bool, relative: bool
) -> Estimate | None:
    unit = _unit(check, compared=compared, relative=relative)
    point = _quantity(written["value"], unit, problems, relative=relative)
    ends = _interval(written, "interval", unit, problems, relative=relative)
    if "interval" not in written and check.about == "population":
        hint = "write `interval: [low, high]`; equal ends where there is no doubt"
        message = f"`{check.id}` is about people behind the rows: without an interval nothing is shown"
        problems.append(written["value"].problem("PK804", message, hint=hint))
    rows = count(written["rows"], problems) if "rows" in written else _ENOUGH
    smallest = count(written["smallest"], problems) if "smallest" in written else None
    if point is None or rows is None:
        return None
    low, high = ends or (point, point)
    if not low.value <= point.value <= high.value:
        message = f"the interval from `{low}` to `{high}` does not hold the value `{point}`"
        problems.append(written["interval"].problem("PK804", message, hint="the lower end comes first"))
    if not compared:
        _possible((point, low, high), written, check, problems)
    if smallest is not None and smallest > rows:
        message = f"the smallest group has {smallest:,} rows, and all groups together {rows:,}"
        problems.append(written["smallest"].problem("PK804", message, hint="`rows` counts every group"))
    return Estimate(
        float(point.value),
        float(low.value),
        float(high.value),
        rows,
        "given",
        exact=point.value,
        smallest=smallest,
    )


def _together(
    written: Mapping[str, Node],
    answer: GivenAnswer | None,
    check: type[Check],
    problems: Problems,
    *,
    compared: bool,
    relative: bool,
) -> tuple[float, float] | None:
    """Return the ends of the wider interval: it holds the one by which the slice is judged alone."""
    unit, key = _unit(check, compared=compared, relative=relative), "interval_together"
    ends = _interval(written, key, unit, problems, relative=relative) if isinstance(answer, Estimate) else None
    if ends is None or not isinstance(answer, Estimate):
        return None
    low, high = (float(end.value) for end in ends)
    if not low <= answer.low <= answer.high <= high:
        message = f"`{key}` from `{ends[0]}` to `{ends[1]}` does not hold `interval`"
        hint = "it is the wider of the two: the more slices, the more chances for luck"
        problems.append(written[key].problem("PK804", message, hint=hint))
    return low, high


def _unit(check: type[Check], *, compared: bool, relative: bool) -> Unit:
    """Return the unit of the value: a difference of shares is in percentage points, a relative one is a share."""
    if relative:
        return Unit.SHARE
    return Unit.DIFFERENCE if compared and check.unit is Unit.SHARE else check.unit


def _quantity(node: Node, unit: Unit, problems: Problems, *, relative: bool) -> Quantity | None:
    if not relative:
        return quantity(node, unit, problems)
    return quantity(node._replace(text=node.text.strip().removesuffix("relative").strip()), unit, problems)


def _interval(
    written: Mapping[str, Node], key: str, unit: Unit, problems: Problems, *, relative: bool
) -> tuple[Quantity, Quantity] | None:
    node = written.get(key)
    if node is None or not is_list(node, problems):
        return None
    if len(node.items) != 2:
        problems.append(node.problem("PK020", f"`{key}` needs two numbers", hint=f"write `{key}: [low, high]`"))
        return None
    low, high = (_quantity(item, unit, problems, relative=relative) for item in node.items)
    return None if low is None or high is None else (low, high)


def _possible(
    found: tuple[Quantity, Quantity, Quantity], written: Mapping[str, Node], check: type[Check], problems: Problems
) -> None:
    least, most = reach(check.unit, check.bounds, ratio=check.id.endswith("_ratio"), gap=check.better == "lower")
    for each, key in zip(found, ("value", "interval", "interval"), strict=True):
        if (least is not None and each.value < least) or (most is not None and each.value > most):
            hint = f"it lies between {least} and {most}" if most is not None else f"it is {least} or more"
            node = written.get(key, written["value"])
            problems.append(node.problem("PK207", f"`{check.id}` never gives `{shown(str(each))}`", hint=hint))
            return
