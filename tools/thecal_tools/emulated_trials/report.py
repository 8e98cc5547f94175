"""All trials on the emulated Pico, one after another, as a part of the document of `thecal emulate`."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from thecal_tools.bench_figures import machine
from thecal_tools.emulated_trials import answers, cuts, disturbed, jitter, safety
from thecal_tools.emulated_trials.trial import Trial, aside

# Called with the name of each group of trials before it begins.
Say = Callable[[str], None]


def run(uf2: Path, say: Say) -> dict[str, Any]:
    """Every trial; the member `trials` of the document (schemas/emulated.schema.json). Raises ThecalError."""
    described = machine.commit()
    return {
        "commit": described["commit"],
        "changed_since": described["changed_since"],
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "rows": [trial._asdict() for trial in _all(uf2, say)],
    }


def _all(uf2: Path, say: Say) -> Iterator[Trial]:
    for from_power_on in safety.FROM_POWER_ON:
        say(from_power_on.__name__)
        yield aside(partial(from_power_on, uf2))
    say("a pump that runs")
    pump = disturbed.running(uf2)
    for while_running in (*safety.WHILE_RUNNING, jitter.busy_train):
        say(while_running.__name__)
        yield aside(partial(while_running, pump))
    say("power cuts")
    yield from cuts.trials(uf2)
    say("answers of the panel")
    yield from answers.trials(uf2)
