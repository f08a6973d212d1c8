"""Who may set aside what stands in the way of a release: nobody needs to, a waiver may, nobody can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policykit.report.command import word
from policykit.report.numbers import several
from policykit.terms.layout import Overrule, RuleView
from policykit.terms.policy import Enforcement
from policykit.terms.report import Decision, Report


def overrule(report: Report, rules: Sequence[RuleView], sources: Sequence[int]) -> tuple[Overrule, ...]:
    """Return who may overrule what; `sources` says which line of the report each of `rules` came from."""
    return tuple(_overrule(report, rules, sources))


def _overrule(report: Report, rules: Sequence[RuleView], sources: Sequence[int]) -> Iterator[Overrule]:
    pairs = [
        (rule, report.rules[source].rule.enforcement)
        for rule, source in zip(rules, sources, strict=True)
        if rule.look in ("fail", "undecided")
    ]
    waivable = [rule for rule, kind in pairs if rule.blocking and kind is not Enforcement.ABSOLUTE]
    absolute = [rule for rule, kind in pairs if rule.blocking and kind is Enforcement.ABSOLUTE]
    quiet = [rule for rule, _ in pairs if not rule.blocking and not rule.blocks_from]
    coming: dict[str, list[RuleView]] = {}
    for rule, _ in pairs:
        if rule.blocks_from:
            coming.setdefault(rule.blocks_from, []).append(rule)
    if report.decision is Decision.ALLOWED and report.allowed:
        yield Overrule("nobody needs to", _allowed(report), ())
    if waivable and report.scope == "full":
        one = waivable[0]
        each = ", for each rule apart" if len(waivable) > 1 else ""
        yield Overrule(
            "a waiver may",
            f"somebody asks for it, {_signs(report)} signs it, up to a stated bound and a stated day{each}",
            _named(waivable),
            waive(report, one.policy, one.id),
        )
    elif waivable:
        yield Overrule("nobody can", f"a {report.scope} run takes no waiver: gate the whole first", _named(waivable))
    if absolute:
        yield Overrule("nobody can", "absolute: no waiver excuses it, it has to be mended", _named(absolute))
    errors = sum(1 for notice in report.notices if notice.level == "error")
    if errors:
        yield Overrule(
            "nobody can", f"{several(errors, 'finding')} of level error: mend what is wrong, and gate again", ()
        )
    if report.decision is Decision.ALLOWED and not report.allowed:
        again = "over every rule" if report.on_its_day else "without `--as-of`"
        yield Overrule("nobody can", f"a run that only looks allows nothing: gate again {again}", ())
    elif report.decision is not Decision.ALLOWED and not (waivable or absolute or errors):
        yield Overrule("nobody can", "what was never asked cannot be excused: gate again, over every rule", ())
    for when in sorted(coming):
        yield Overrule("nobody needs to", f"not yet: it {when}", _named(coming[when]))
    if quiet:
        yield Overrule("nobody needs to", "advisory: it shows, and stops nothing", _named(quiet))


def waive(report: Report, policy: str, rule: str) -> str:
    """Return the command that asks for a waiver of a rule: it works as written once the words in capitals are filled in.

    REPORT is the signed one: who signed it is shown by the trust file it was made under, or by a key.
    """
    named = word(f"{policy.rpartition('@')[0]}/{rule}", "POLICY/RULE")
    asked = f"policykit waive REPORT --rule {named} --reason WHY --requested-by YOU --expires DAY"
    if report.trust is None:
        return f"{asked} --key KEY"
    return f"{asked} --trust TRUST --trust-root ROOT --stage {word(report.stage or '', 'STAGE')}"


def _signs(report: Report) -> str:
    """Say who signs a waiver; a report made under a trust file counts only those whom it names."""
    if report.trust is None:
        return "somebody else"
    stage = f" for `{report.stage}`" if report.stage else ""
    return f"somebody else who holds the role in `waivers: signed_by`{stage} of the trust file `{report.trust[0]}`"


def _allowed(report: Report) -> str:
    excused = sum(1 for line in report.rules if line.excused)
    return f"allowed, {several(excused, 'rule')} by waiver" if excused else "it is allowed"


def _named(rules: Sequence[RuleView]) -> tuple[tuple[str, str], ...]:
    return tuple((rule.id, rule.anchor) for rule in rules)
