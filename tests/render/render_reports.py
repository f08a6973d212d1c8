"""Builders of reports as a gate would make them: allowed, blocked, held, small, large, hostile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Literal

from policykit.terms.estimate import Estimate, exactly
from policykit.terms.history import Attempt, BreakGlass, History
from policykit.terms.measure import Count, Fact
from policykit.terms.plan import Measurement
from policykit.terms.policy import Clause, Constraint, Control, Enforcement, Ignored, Relative, Rule, Severity
from policykit.terms.quantity import Unit, parse
from policykit.terms.report import Decision, Evidenced, Material, Notice, PolicyLine, Report, RuleLine
from policykit.terms.signatory import Signatory
from policykit.terms.state import Counted
from policykit.terms.verdict import Cause, Finding, GroupLine, Status, StillNeeded, Unmeasured, Verdict
from policykit.terms.waiver import Allows, Amount, Excuse, SignedWaiver, State, Waiver, WaiverLine

POLICY = "acme.credit@3.2.0"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def rule_line(
    rule_id: str,
    title: str,
    check: str,
    limit: Constraint,
    findings: Sequence[Finding],
    *,
    unit: Unit,
    status: Status | None = None,
    advisory: bool = False,
    **rule: object,
) -> RuleLine:
    """Return a rule of one clause with its findings; its status is that of its worst finding."""
    worst = (Status.FAIL, Status.UNDECIDED, Status.PASS, Status.NOT_APPLICABLE)
    found = status or next((one for one in worst if any(f.status is one for f in findings)), Status.UNDECIDED)
    first = next((finding for finding in findings if finding.status is found), None)
    clause = Clause(check, {}, limit)
    verdict = Verdict(
        POLICY,
        rule_id,
        found,
        first.cause if first else Cause.EMPTY,
        first.reason if first else "no finding",
        tuple(findings),
        advisory,
    )
    shown = next((f.limit for f in findings if f.limit), "")
    sentence = f"{title}: `{check}` must be {shown}." if shown else f"{title}."
    made = Rule(rule_id, title, (clause,), **rule)  # type: ignore[arg-type]
    return RuleLine(made, POLICY, verdict, sentence, unit, "is the outcome rate similar for all groups?")


def gap(
    name: str,
    value: float,
    low: float,
    high: float,
    status: Status,
    *,
    groups: Sequence[GroupLine] = (),
    caution: bool = False,
    rows: int = 8200,
) -> Finding:
    """Return one finding about a difference between the groups of an attribute, limit 10 pp."""
    cause, needed = None, None
    reason = f"the gap is {value * 100:.1f} pp and its 95 % bound is {high * 100:.1f} pp: within at most 10 pp"
    if status is Status.FAIL:
        reason = f"even the lower bound, {low * 100:.1f} pp, is beyond at most 10 pp"
    if status is Status.UNDECIDED:
        cause, needed = Cause.STRADDLES, StillNeeded(1800, 4200, f"{name}=18-25")
        reason = (
            f"the gap is {value * 100:.1f} pp, but its 95 % bound of {high * 100:.1f} pp reaches beyond at most 10 pp"
        )
    return Finding(
        (("attribute", name),),
        status,
        cause,
        reason,
        Estimate(value, low, high, rows, "newcombe"),
        "at most 10 pp",
        caution,
        needed,
        tuple(groups),
        ("m-41ab29c7",),
        "recomputed",
        check="fairness.demographic_parity_difference",
    )


SEXES = (
    GroupLine("female", 4012, 0.712, 0.698, 0.726),
    GroupLine("male", 4188, 0.781, 0.768, 0.793),
    GroupLine("not stated", 7, 0.571, 0.25, 0.84),
)
AGES = (
    GroupLine("18-25", 301, 0.655, 0.6, 0.706),
    GroupLine("25-40", 2950, 0.741, 0.725, 0.757),
    GroupLine("40-62", 3803, 0.77, 0.756, 0.783),
    GroupLine("62+", 1146, 0.752, 0.726, 0.776, "reference"),
)


def percent(text: str) -> Constraint:
    """Return the limit `at least …` of a share."""
    return Constraint(at_least=parse(text, Unit.SHARE))


def fairness(findings: Sequence[Finding]) -> RuleLine:
    """Return the rule about approval rates."""
    return rule_line(
        "FAIR-01",
        "Approval rates differ little between protected groups",
        "fairness.demographic_parity_difference",
        Constraint(
            at_most=parse("10 pp", Unit.DIFFERENCE),
            surely_at_most=parse("15 pp", Unit.DIFFERENCE),
            caution_above=parse("8 pp", Unit.DIFFERENCE),
        ),
        findings,
        unit=Unit.DIFFERENCE,
        severity=Severity.HIGH,
        owner="fair-lending@acme.example",
        why="A gap above ten points was judged unacceptable by the Credit Ethics Board\n(minutes CEB-41).",
        fix="Open the group table in the report; compare the mitigations listed there.",
        controls=(Control("nist-ai-rmf@1.0/MEASURE-2.11"),),
    )


def completeness(rule_id: str = "DATA-01", *, share: float = 0.9962, status: Status = Status.PASS) -> RuleLine:
    """Return an exact rule about missing values."""
    rows = 8200
    kept = round(share * rows)
    finding = Finding(
        (("column", "income"),),
        status,
        None,
        f"{kept:,} of {rows:,} values are known",
        exactly(Fraction(kept, rows), rows),
        "at least 99 %",
        measurements=("m-0c71d0ff",),
        source="recomputed",
        check="data.completeness",
    )
    return rule_line(
        rule_id, "Every income is known", "data.completeness", percent("99 %"), [finding], unit=Unit.SHARE,
        owner="data-office@acme.example", why="An unknown income is guessed by the model, always to the same side.",
    )  # fmt: skip


def others() -> tuple[RuleLine, ...]:
    """Return rules of many kinds that do not stop anything."""
    auc = Finding((), Status.PASS, None, "the bound, 0.846, is above 0.8", Estimate(0.861, 0.846, 0.875, 8200, "delong"),
                  "at least 0.8", source="recomputed", check="performance.roc_auc", measurements=("m-77e0c2aa",))  # fmt: skip
    slow = Finding((), Status.PASS, None, "99 of 100 answers took at most 182 ms", Estimate(0.182, 0.171, 0.196, 5000, "order"),
                   "at most 200 ms", True, source="declared", check="latency.p99")  # fmt: skip
    ratio = Finding((("attribute", "sex"),), Status.PASS, None, "the ratio is 0.91; its bound is above four fifths",
                    Estimate(0.912, 0.887, math.inf, 8200, "log ratio", smallest=4012, smallest_name="female"),
                    "at least 4/5", source="recomputed", check="fairness.four_fifths", groups=SEXES)  # fmt: skip
    owner = Finding((), Status.PASS, None, "`a.silva@acme.example` answers for the model", None, "is: present",
                    source="declared", check="governance.owner")  # fmt: skip
    rank = Finding((), Status.NOT_APPLICABLE, None, "`performance.ndcg` is not defined for binary-classification",
                   check="performance.ndcg")  # fmt: skip
    worse = Finding((), Status.UNDECIDED, Cause.NO_CHAMPION, "the bundle names no champion", limit="worse by at most 0.005",
                    check="performance.brier")  # fmt: skip
    return (
        rule_line("PERF-01", "The model ranks risk better than the flip of a coin, by far", "performance.roc_auc",
                  Constraint(at_least=parse("0.8", Unit.NUMBER)), [auc], unit=Unit.NUMBER, owner="models@acme.example"),
        rule_line("LAT-01", "An answer arrives fast enough for the branch counter", "latency.p99",
                  Constraint(at_most=parse("200 ms", Unit.DURATION), caution_above=parse("180 ms", Unit.DURATION)), [slow],
                  unit=Unit.DURATION, owner="platform@acme.example"),
        rule_line("FAIR-02", "No group is approved at less than four fifths of the best", "fairness.four_fifths",
                  Constraint(at_least=parse("4/5", Unit.SHARE)), [ratio], unit=Unit.SHARE, severity=Severity.HIGH,
                  ignore_groups=Ignored(("unknown",), "nobody stated it in 2025")),
        rule_line("OWN-01", "A named person answers for this model", "governance.owner", Constraint(presence="present"), [owner],
                  unit=Unit.PRESENCE, enforcement=Enforcement.ABSOLUTE, owner="risk@acme.example"),
        rule_line("RANK-01", "Ranked lists are useful at the top", "performance.ndcg",
                  Constraint(at_least=parse("0.7", Unit.NUMBER)), [rank], unit=Unit.NUMBER),
        rule_line("PERF-02", "The new model is not worse than the model in use", "performance.brier",
                  Constraint(relative=Relative("worse_by_at_most", parse("0.005", Unit.NUMBER))), [worse], unit=Unit.NUMBER,
                  advisory=True, enforcement=Enforcement.ADVISORY),
    )  # fmt: skip


def report(
    decision: Decision,
    rules: Sequence[RuleLine],
    reason: str,
    *,
    scope: Literal["full", "partial", "trial"] = "full",
    mode: Literal["enforce", "audit"] = "enforce",
) -> Report:
    """Return a report over `rules`, with everything else as a real one has it."""
    return Report(
        name="loan-default",
        version="1.4.0",
        labels={"use_case": ("credit-scoring",), "jurisdiction": ("EU",)},
        subject=DIGEST,
        model_files=(("model/model.skops", DIGEST[::-1]),),
        stage="production",
        decision=decision,
        reason=reason,
        rules=tuple(rules),
        policies=(
            PolicyLine(POLICY, "Models that decide on credit for people in the EU", "compliance-credit@acme.example",
                       "policies/credit.yaml", DIGEST, "", {"largest_gap": "8 pp"}, True,
                       "`use_case` is `credit-scoring`, and the stage is `production`"),
            PolicyLine("acme.marketing@1.0.0", "Models that choose whom to write to", "marketing@acme.example",
                       "policies/marketing.yaml", DIGEST[::-1], "", {}, False,
                       "it asks for `use_case` marketing; the bundle says credit-scoring"),
        ),
        materials=(Material("evaluation", DIGEST, 8200, DIGEST[::-1], "2026-10-01", (("income", "decimal"), ("sex", "text"))),),
        evidence=(
            Evidenced("m-41ab29c7", Count("evaluation"), Measurement(Counted(8200), engine="polars 2.1")),
            Evidenced("m-0c71d0ff", Count("evaluation"), Measurement(Counted(8169), engine="polars 2.1", cached=True)),
            Evidenced("m-d00d00aa", Fact("load_test"), Unmeasured(Cause.MISSING, "the bundle has no `load_test`")),
        ),
        notices=(Notice("warning", "PK301", "policy acme.credit@3.2.0 was to be reviewed by 2026-06-30"),),
        as_of="2026-11-22",
        time_evaluated="2026-11-22T09:30:00Z",
        mode=mode,
        scope=scope,
        engine="policykit 0.1.0",
        protected_attributes=("sex", "age_band"),
        other_files=3,
        verdict_digest=DIGEST[::-1],
    )  # fmt: skip


def held() -> Report:
    """Nothing failed; one gap straddles its limit and one piece of evidence is missing."""
    found = [gap("sex", 0.069, 0.051, 0.087, Status.PASS, groups=SEXES),
             gap("age_band", 0.115, 0.062, 0.168, Status.UNDECIDED, groups=AGES)]  # fmt: skip
    missing = Finding((), Status.UNDECIDED, Cause.MISSING, "the bundle has no document `privacy_ledger`",
                      limit="at most 3", check="privacy.dp_budget")  # fmt: skip
    ledger = rule_line("PRIV-01", "Published statistics stay within the privacy budget", "privacy.dp_budget",
                       Constraint(at_most=parse("3", Unit.NUMBER)), [missing], unit=Unit.NUMBER,
                       owner="privacy@acme.example", severity=Severity.CRITICAL)  # fmt: skip
    return report(Decision.HELD, (completeness(), fairness(found), ledger, *others()),
                  "nothing failed, 2 things are not shown yet")  # fmt: skip


def blocked() -> Report:
    """One fairness rule failed beyond doubt."""
    found = [gap("sex", 0.142, 0.124, 0.16, Status.FAIL, groups=SEXES),
             gap("age_band", 0.115, 0.062, 0.168, Status.UNDECIDED, groups=AGES)]  # fmt: skip
    return report(Decision.BLOCKED, (completeness(), fairness(found), *others()), "1 rule failed")


def allowed(
    scope: Literal["full", "partial", "trial"] = "full", mode: Literal["enforce", "audit"] = "enforce"
) -> Report:
    """Every blocking rule passed, one of them with caution."""
    found = [gap("sex", 0.069, 0.051, 0.087, Status.PASS, groups=SEXES),
             gap("age_band", 0.083, 0.071, 0.096, Status.PASS, groups=AGES, caution=True)]  # fmt: skip
    return report(Decision.ALLOWED, (completeness(), fairness(found), *others()),
                  "6 of 6 blocking rules passed", scope=scope, mode=mode)  # fmt: skip


KELLER = Signatory("keller", "m.keller@acme.example", "head-of-model-risk", "ab" * 32, "2026-11-20T10:00:00Z")


def waiver_line(
    name: str, rule: str, state: State, told: str, *, days_left: int = 129, excuses: Sequence[Excuse] = (), **said: Any
) -> WaiverLine:
    """Return a waiver of `rule` and what became of it."""
    whole: dict[str, Any] = {
        "reason": "The 18-25 group is small in the 2026 sample; the new sample is due in March.",
        "requested_by": "a.silva@acme.example",
        "valid_from": "2026-11-01",
        "expires": "2027-03-31",
        "version": "1.4.0",
        "ticket": "RISK-4412",
        "text": b"policykit: waiver/1",
        "digest": DIGEST,
        **said,
    }
    made = Waiver(name, rule, "loan-default", Allows(at_most=Amount("18 pp")), **whole)
    return WaiverLine(SignedWaiver(made, (KELLER,)), state, told, days_left, tuple(excuses))


def waived() -> Report:
    """A fail that is waived, a doubt that is accepted, one waiver expired and one unused; the third look, after a broken glass."""
    failing = [gap("sex", 0.142, 0.124, 0.16, Status.FAIL, groups=SEXES),
               gap("age_band", 0.083, 0.071, 0.096, Status.PASS, groups=AGES)]  # fmt: skip
    fail = Excuse("W-2027-014", "acme.credit/FAIR-01", "fail", ("sex",), "2027-03-31", (0,))
    doubt = Excuse("W-2027-015", "acme.credit/FAIR-03", "doubt", ("age_band",), "2027-01-31", (0,))
    open_one = fairness([gap("age_band", 0.115, 0.062, 0.168, Status.UNDECIDED, groups=AGES)])
    open_one = replace(
        open_one,
        rule=replace(open_one.rule, id="FAIR-03", title="Approval rates differ little between ages"),
        verdict=replace(open_one.verdict, rule="FAIR-03"),
        excuses=(doubt,),
    )
    made = report(
        Decision.ALLOWED,
        (completeness(), replace(fairness(failing), excuses=(fail,)), open_one, *others()),
        "all 8 blocking rules passed or are waived: 1 waived until 2027-03-31, 1 accepted uncertainty until 2027-01-31",
    )
    lines = (
        waiver_line("W-2027-014", "acme.credit/FAIR-01", "used",
                    "excuses the fail of `acme.credit/FAIR-01` for `sex`, within at most 18 pp", excuses=(fail,)),
        waiver_line("W-2027-015", "acme.credit/FAIR-03", "used",
                    "accepts the doubt of `acme.credit/FAIR-03` for `age_band`, within surely at most 18 pp",
                    excuses=(doubt,), expires="2027-01-31", days_left=70),
        waiver_line("W-2026-003", "acme.credit/LAT-01", "expired",
                    "expired on 2026-10-31: `acme.credit/LAT-01` stands as if it were not there", days_left=-22,
                    expires="2026-10-31"),
        waiver_line("W-2026-009", "acme.credit/DATA-01", "unused",
                    "excuses nothing: `acme.credit/DATA-01` passed without it", ticket=""),
    )  # fmt: skip
    glass = BreakGlass("2026-11-20T22:14:00Z", "production", "loan-default 1.3.9",
                       ("i.lead@acme.example", "o.deputy@acme.example"), "the old model stopped answering", "2026-12-20")  # fmt: skip
    history = History(
        "ledger.acme.example", 1204, DIGEST,
        (Attempt("2026-11-02T08:00:00Z", "loan-default 1.3.8", "BLOCKED", DIGEST),
         Attempt("2026-11-12T08:00:00Z", "loan-default 1.3.9", "HELD", DIGEST[::-1])),
        (0.107, 0.1426), (glass,),
    )  # fmt: skip
    return replace(made, waivers=lines, history=history, trust=("acme.models", 7, DIGEST))


def single() -> Report:
    """One rule, passed."""
    return report(Decision.ALLOWED, (completeness(),), "1 of 1 blocking rules passed")


def many(count: int) -> Report:
    """`count` rules: mostly passes, every tenth not shown, every twenty-fifth failed."""
    lines = []
    for index in range(count):
        status = Status.FAIL if index % 25 == 24 else Status.UNDECIDED if index % 10 == 9 else Status.PASS
        if index % 3:
            lines.append(completeness(f"DATA-{index:05d}", status=status))
        else:
            line = fairness([gap("sex", 0.069 + index % 7 / 100, 0.051, 0.187, status, groups=SEXES)])
            rule_id = f"FAIR-{index:05d}"
            lines.append(
                replace(line, rule=replace(line.rule, id=rule_id), verdict=replace(line.verdict, rule=rule_id))
            )
    return report(Decision.BLOCKED, lines, "some rules failed")


def twenty_groups() -> Report:
    """One rule over twenty groups, three of them too small to show."""
    groups = [
        GroupLine(
            f"region {chr(65 + k)}", 5 if k % 7 == 6 else 200 + 90 * k, 0.6 + k / 100, 0.55 + k / 100, 0.65 + k / 100
        )
        for k in range(20)
    ]
    return report(
        Decision.BLOCKED, (fairness([gap("region", 0.19, 0.15, 0.24, Status.FAIL, groups=groups)]),), "1 rule failed"
    )


def named(name: str) -> Report:
    """A report in which `name` stands wherever a document can put a word."""
    base = blocked()
    group = GroupLine(name, 400, 0.5, 0.4, 0.6, name)
    finding = Finding(((name, name), ("attribute", name)), Status.FAIL, Cause.MISSING, name,
                      Estimate(0.2, 0.1, 0.3, 800, name, smallest_name=name, detail=name), name, False,
                      StillNeeded(10, 20, name), (group, replace(group, value=0.7)), (name,), name, check=name)  # fmt: skip
    asked = Constraint(at_most=replace(parse("10 pp", Unit.DIFFERENCE), text=name))
    rule = rule_line(name, name, name, asked, [finding], unit=Unit.DIFFERENCE, owner=name, why=name, fix=name,
                     controls=(Control(name, name),), ignore_groups=Ignored((name,), name))  # fmt: skip
    advice = replace(rule, verdict=replace(rule.verdict, advisory=True), sentence=name, question=name, policy=name)
    excuses = (Excuse(name, name, "fail", (name,), name, (0,)),)
    excused = replace(rule, excuses=excuses, sentence=name)
    policies = tuple(
        PolicyLine(name, name, name, name, name, name, {name: name}, matched, name) for matched in (True, False)
    )
    return replace(
        base,
        name=name, version=name, labels={name: (name, name)}, subject=name, model_files=((name, name),), stage=name,
        reason=name, rules=(replace(rule, sentence=name), advice, excused), policies=policies,
        materials=(Material(name, name, 3, name, name, ((name, name),)),),
        evidence=(Evidenced(name, Fact(name), Unmeasured(Cause.CRASHED, name)),
                  Evidenced(name, Count(name), Measurement(Counted(3), engine=name))),
        notices=(Notice("error", name, name), Notice("note", name, name)),
        as_of=name, time_evaluated=name, gate_id=name, nonce=name, engine=name, protected_attributes=(name,),
        verdict_digest=name, trust=(name, 1, name),
        waivers=(replace(_named_waiver(name), state="used", excuses=excuses), _named_waiver(name)),
        history=History(name, 3, name, (Attempt(name, name, name, name),), (0.05, 0.1),
                        (BreakGlass(name, name, name, (name, name), name, "9999-12-31"),), 1),
    )  # fmt: skip


def _named_waiver(name: str) -> WaiverLine:
    signatory = Signatory(name, name, name, name, name)
    made = waiver_line(name, name, "unused", name, reason=name, requested_by=name, ticket=name, expires=name)
    return replace(made, signed=replace(made.signed, approvers=(signatory,), refused=name))


def crowd(names: Sequence[str]) -> Report:
    """Return one report in which each of `names` names a rule, its finding, its groups, a policy, a measurement, …"""
    each = [named(name) for name in names]
    return replace(
        each[0],
        rules=tuple(line for one in each for line in one.rules),
        policies=tuple(line for one in each for line in one.policies),
        materials=tuple(line for one in each for line in one.materials),
        evidence=tuple(line for one in each for line in one.evidence),
        notices=tuple(line for one in each for line in one.notices),
        waivers=tuple(line for one in each for line in one.waivers),
        model_files=tuple(line for one in each for line in one.model_files),
        protected_attributes=tuple(names),
    )
