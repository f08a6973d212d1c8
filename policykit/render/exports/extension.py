"""What other people's formats have no word for: held, waived and undecided, under a name of our own in each of them."""

from __future__ import annotations

from policykit.render.exports.reading import Json, Source, excuses, name_of, standing


def extension(source: Source) -> Json:
    """Return the decision in the report's own words, every rule by where it stands, and who excused what until when."""
    said = source.said
    rules: dict[str, list[str]] = {}
    for rule in said["rules"]:
        rules.setdefault(standing(rule), []).append(name_of(rule))
    return {
        "decision": said["decision"],
        "reason": said["reason"],
        "stage": said["gate"]["stage"],
        "mode": said["gate"]["mode"],
        "scope": said["gate"]["scope"],
        "verdictDigest": {"sha256": said["verdictDigest"]},
        "report": {"sha256": source.payload},
        "rules": rules,
        "waivers": [
            {"rule": name_of(rule), "waiver": excuse["waiver"], "until": excuse["until"]}
            for rule in said["rules"]
            for excuse in excuses(rule)
        ],
    }
