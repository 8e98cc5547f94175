"""What a scenario file expects of its run, held against the result (both as in their documents)."""

from collections.abc import Mapping
from typing import Any


def differences(expect: Mapping[str, Any], result: Mapping[str, Any]) -> list[str]:
    """One line for each field of "expect" that the result does not meet; [] where all hold.

    granted, refused: requests of patient and clinician. missed: scheduled boluses. reasons, alarms: as sets, of all
    refusals and of all alarms raised.
    """
    requests = result["requests"]
    asked = [request for request in requests if request["kind"] != "scheduled"]
    found = {
        "granted": sum(request["granted"] for request in asked),
        "refused": sum(not request["granted"] for request in asked),
        "missed": sum(not request["granted"] for request in requests if request["kind"] == "scheduled"),
        "reasons": sorted({request["reason"] for request in requests if not request["granted"]}),
        "alarms": sorted({alarm["alarm"] for alarm in result["alarms"] if alarm["change"] == "raised"}),
    }
    lines: list[str] = []
    for field, expected in expect.items():
        wanted = sorted(expected) if isinstance(expected, list) else expected
        if found[field] != wanted:
            lines.append(f"{field}: {_text(wanted)} expected, {_text(found[field])} found")
    return lines


def _text(value: Any) -> str:
    return (", ".join(value) or "none") if isinstance(value, list) else str(value)
