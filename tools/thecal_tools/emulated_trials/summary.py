"""The figures of all trials that go into one line of evidence."""

from typing import Any


def figures(trials: dict[str, Any]) -> dict[str, Any]:
    """What of them goes into one line of evidence."""
    rows = {row["name"]: row["figures"] for row in trials["rows"]}
    light, answer = (
        max(rows[name][field] for name in ("answer_granted", "answer_refused")) for field in ("light_ms", "answer_ms")
    )
    return {
        "trials": len(trials["rows"]),
        "not as they should be": sum(not row["ok"] for row in trials["rows"]),
        "step jitter, system clocks": rows["busy_train"]["worst_system_clocks"],
        "hang to reset, s": round(rows["hang"]["bitten_after_s"], 2),
        "hold to light, ms": light,
        "hold to yes or no, ms": answer,
        "awake for a step, ms": rows["awake"]["step_ms"],
        "awake beside steps": f"{rows['awake']['beside']:.3%}",
    }
