"""What came of a scenario run: counts by dose kind, answers, alarms, reservoir, trace and the journal itself."""

import gc
from struct import unpack_from

RECORD_BYTES = 40
# What a journal is replayed against: records.ledger.PATH and records.mark.PATH.
SMALL_FILES = ("ledger", "reserve/mark")
_NEVER = 0x3FFFFFFF  # tables.doses.NEVER


class Results:
    """Collects from a virtual_bench.scenario_run.ScenarioRun."""

    def __init__(self, run):
        self._run = run
        self._trace = []
        self._restarts = []
        self._heap = []

    def sample_heap(self):
        """Keep the heap in use, in bytes; only MicroPython tells it, and only between slices is it collected."""
        heap_in_use = getattr(gc, "mem_alloc", None)
        if heap_in_use is not None:
            self._heap.append(heap_in_use())

    def restarted(self, why):
        """The chip restarted; why: name of the reset."""
        self._restarts.append([self._run.world.elapsed_ms // 1000, why])

    def trace(self):
        """Keep one line: s, steps commanded and confirmed, then nL at the tip, true, measured and counted reservoir."""
        run = self._run
        app = run.app
        if app is None:
            return
        ledger = app.ledger
        self._trace.append(
            [
                run.world.elapsed_ms // 1000,
                sum(ledger.commanded),
                sum(ledger.confirmed),
                int(run.bench.catheter.tip_pl()) // 1000,
                int(run.bench.reservoir.level_pl) // 1000,
                _measured_nl(app),
                app.monitor.reservoir.computed_nl(),
            ]
        )

    def collect(self):
        """The result as a dict of plain values; journal is bytes, files are [name, hexadecimal]."""
        run = self._run
        app = run.app
        # Pump time stands where a task last read the clock.
        app.clock.now()
        self.trace()
        records = journal_bytes(run.bench.volume)
        return {
            "seed": run.compiled["seed"],
            "start": {"pump_s": run.compiled["start_pump_s"], "wall_s": run.compiled["start_wall_s"]},
            "end": {"pump_s": app.clock.seconds, "wall_s": app.clock.wall() if app.clock.quality else None},
            "duration_s": run.world.elapsed_ms // 1000,
            "pl_per_step": app.body.volume_per_step,
            "doses": self._doses(),
            "requests": requests(records),
            "alarms": alarms(records),
            "hours": hours(records),
            "reservoir": {
                "start_ul": run.compiled["reservoir_ul"],
                "computed_nl": app.monitor.reservoir.computed_nl(),
                "measured_nl": _measured_nl(app),
                "true_nl": int(run.bench.reservoir.level_pl) // 1000,
            },
            "truth": [[name, int(value)] for name, value in run.bench.truth()],
            "uncertain_steps": app.ledger.uncertain,
            "holds": app.body.holds,
            "restarts": self._restarts,
            "worst_late_ms": [[task.name, task.worst_late_ms] for task in app.scheduler.tasks],
            "replies": run.world.serial_out.read().decode(),
            "trace": self._trace,
            "heap": self._heap_figures(),
            "journal": records,
            "files": [[name, run.bench.volume.read(name).hex()] for name in SMALL_FILES],
        }

    def _heap_figures(self):
        # Samples: bench alone, commissioned, composed, then one at the end of each slice but the last.
        if len(self._heap) < 3:
            return None
        bench = self._heap[0]
        return {"composed": self._heap[2] - bench, "end": self._heap[-1] - bench, "slices": self._heap}

    def _doses(self):
        from thecal.tables import texts

        ledger = self._run.app.ledger
        volume = self._run.app.body.volume_per_step
        by_kind = []
        for kind in range(len(texts.DOSE_KINDS)):
            by_kind.append(
                [
                    texts.DOSE_KINDS[kind],
                    {
                        "reserved": ledger.reserved[kind],
                        "commanded": ledger.commanded[kind],
                        "confirmed": ledger.confirmed[kind],
                        "volume_nl": ledger.commanded[kind] * volume // 1000,
                    },
                ]
            )
        return by_kind


def _measured_nl(app):
    tens_of_microlitres = app.monitor.reservoir.measured()
    return None if tens_of_microlitres < 0 else tens_of_microlitres * 10_000


def journal_bytes(volume):
    """All records that the journal keeps, in order."""
    data = b""
    for name in volume.listdir("journal"):
        data += volume.read("journal/" + name)
    head = volume.read("head/journal") or b""
    # After a cut in mid-emptying the head's records stand in the segment too.
    if head and data and unpack_from("<I", head, 4)[0] <= unpack_from("<I", data, len(data) - RECORD_BYTES + 4)[0]:
        return data
    return data + head


def _each(records):
    for at in range(0, len(records), RECORD_BYTES):
        event, flags, _, _, seconds, _, wall = unpack_from("<BBHIIHI", records, at)
        yield event, seconds, wall if flags & 3 else None, at + 18


def requests(records):
    """Every bolus asked for or due, with its answer."""
    from thecal.tables import doses, events, texts

    found = []
    for event, seconds, wall, at in _each(records):
        entry = None
        if event == events.REFUSED:
            kind, reason, steps, when = unpack_from("<BBHI", records, at)
            entry = _request(texts, kind, False, steps, reason, when)
        elif event == events.BOLUS_GRANTED:
            kind, _, steps = unpack_from("<BBH", records, at)
            entry = _request(texts, kind, True, steps, doses.GRANTED, seconds)
        elif event == events.SCHEDULED_MISSED:
            _, reason = unpack_from("<BB", records, at)
            entry = _request(texts, doses.SCHEDULED, False, 0, reason, doses.NEVER)
        if entry is not None:
            entry["pump_s"] = seconds
            entry["wall_s"] = wall
            found.append(entry)
    return found


def _request(texts, kind, granted, steps, reason, when):
    return {
        "kind": texts.DOSE_KINDS[kind],
        "granted": granted,
        "steps": steps,
        "reason": texts.REASONS[reason],
        "next_pump_s": None if when == _NEVER else when,
    }


def alarms(records):
    """Every change of an alarm."""
    from thecal.tables import events, texts

    changes = (
        (events.ALARM_RAISED, "raised"),
        (events.ALARM_CLEARED, "cleared"),
        (events.ALARM_ACKNOWLEDGED, "acknowledged"),
        (events.ALARM_SILENCED, "silenced"),
    )
    found = []
    for event, seconds, wall, at in _each(records):
        for code, change in changes:
            if event == code:
                alarm = texts.ALARMS[records[at]][0]
                found.append({"pump_s": seconds, "wall_s": wall, "alarm": alarm, "change": change})
    return found


def hours(records):
    """Steps commanded by dose kind, one entry for each hourly record, stamped with the hour's end."""
    from thecal.tables import events

    found = []
    for event, seconds, wall, at in _each(records):
        if event == events.HOUR_TOTALS:
            found.append({"pump_s": seconds, "wall_s": wall, "steps": list(unpack_from("<6H", records, at))})
    return found
