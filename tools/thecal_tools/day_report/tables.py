"""The report's tables as HTML."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from html import escape

from thecal_tools.day_report.figures import Day, Hour
from thecal_tools.day_report.wording import (
    OUTSIDE,
    WITHIN,
    answer,
    clock,
    dose,
    microlitres,
    next_possible,
    percent,
    signed,
)

Cell = tuple[str, str]  # text, class


def table(
    identity: str,
    caption: str,
    head: Sequence[Cell],
    rows: Iterable[Sequence[str]],
    foot: Sequence[str] = (),
) -> str:
    """A table whose first column heads its row. Cells are HTML; the head's classes hold for whole columns."""
    classes = [f' class="{css}"' if css else "" for _, css in head]
    titles = "".join(f'<th scope="col"{css}>{text}</th>' for (text, _), css in zip(head, classes, strict=True))
    body = "".join(_row(row, classes) for row in rows)
    ending = f"<tfoot>{_row(foot, classes)}</tfoot>" if foot else ""
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}"><table id="{identity}">'
        f"<caption>{escape(caption)}</caption><thead><tr>{titles}</tr></thead><tbody>{body}</tbody>{ending}</table></div>"
    )


def _row(cells: Sequence[str], classes: Sequence[str]) -> str:
    first, *rest = cells
    others = "".join(f"<td{css}>{cell}</td>" for cell, css in zip(rest, classes[1:], strict=True))
    return f'<tr><th scope="row"{classes[0]}>{first}</th>{others}</tr>'


def hours_table(day: Day) -> str:
    """Prescribed against delivered by hour."""
    unit, _ = day.programme.mass_unit
    most = max((max(hour.due_nl, hour.delivered_nl) for hour in day.hours), default=Fraction(1)) or Fraction(1)
    head = [
        ("Hour", ""),
        (f"Due, {unit}", ""),
        (f"Delivered, {unit}", ""),
        ("Difference, µL", ""),
        (f"Boluses due, {unit}", ""),
        ("Delivered, µL", ""),
        ("Delivered, and due as a line", "meter"),
    ]
    rows = [
        [
            f'{clock(hour.start, day)}<span class="until">–{hour.end:%H:%M}</span>',
            dose(day, hour.due_nl),
            dose(day, hour.delivered_nl),
            _judged(hour),
            dose(day, hour.boluses_due_nl) if hour.boluses_due_nl else "–",
            microlitres(hour.delivered_nl),
            _meter(hour, most),
        ]
        for hour in day.hours
    ]
    foot = [
        "Total",
        dose(day, day.total_due_nl),
        dose(day, day.total_delivered_nl),
        signed(microlitres(day.total_delivered_nl - day.total_due_nl)),
        dose(day, day.boluses_due_nl(day.start, day.end)),
        microlitres(day.total_delivered_nl),
        percent(day.delivered_percent),
    ]
    return table("by-hour", "Prescribed and delivered by hour", head, rows, foot)


def requests_table(day: Day) -> str:
    """Each bolus that was asked for, and its answer."""
    head = [
        ("Time", ""),
        ("Answer", "answer"),
        ("Reason", "words"),
        ("Next possible", "words"),
        ("Asked by", "words"),
        (f"Dose, {day.programme.mass_unit[0]}", ""),
        ("Volume, µL", ""),
    ]
    rows = [
        [
            clock(request.moment, day),
            f'<span class="{answer(request)}">{"✓" if request.granted else "✕"} {answer(request)}</span>',
            "–" if request.granted else escape(request.reason),
            next_possible(request, day),
            escape(request.kind),
            dose(day, request.given.volume_nl) if request.granted else "–",
            microlitres(request.given.volume_nl) if request.granted else "–",
        ]
        for request in day.requests
    ]
    return table("requests", "Boluses asked for, in the order of time", head, rows)


def alarms_table(day: Day) -> str:
    """Each change of an alarm."""
    head = [("Time", ""), ("Alarm", "words"), ("Priority", "words"), ("Change", "words")]
    rows = [
        [clock(alarm.moment, day), escape(alarm.text), alarm.priority, escape(alarm.change)] for alarm in day.alarms
    ]
    return table("alarms", "Alarms, in the order of time", head, rows)


def accounts_table(day: Day) -> str:
    """The three counts of each dose kind that was used."""
    head = [
        ("Dose kind", ""),
        ("Reserved", ""),
        ("Commanded", ""),
        ("Confirmed", ""),
        ("Commanded, µL", ""),
        (f"Commanded, {day.programme.mass_unit[0]}", ""),
    ]
    used = {kind: counts for kind, counts in day.result["doses"].items() if counts["reserved"] or counts["commanded"]}
    rows = [
        [
            escape(kind),
            *(str(counts[name]) for name in ("reserved", "commanded", "confirmed")),
            microlitres(counts["commanded"] * day.step_nl),
            dose(day, counts["commanded"] * day.step_nl),
        ]
        for kind, counts in used.items()
    ]
    totals = [sum(counts[name] for counts in used.values()) for name in ("reserved", "commanded", "confirmed")]
    foot = ["All", *map(str, totals), microlitres(day.total_delivered_nl), dose(day, day.total_delivered_nl)]
    return table("accounts", "Motor steps by dose kind, three counts", head, rows, foot)


def _judged(hour: Hour) -> str:
    text = signed(microlitres(hour.difference_nl))
    css, sign, words = ("fine", "✓", WITHIN) if hour.within_tolerance else ("amiss", "✕", OUTSIDE)
    return f'{text} <span class="{css}" role="img" aria-label="{words}" title="{words}">{sign}</span>'


def _meter(hour: Hour, most: Fraction) -> str:
    background, whole = (float(100 * volume / most) for volume in (hour.background_nl, hour.delivered_nl))
    due = float(100 * hour.due_nl / most)
    return (
        '<svg viewBox="0 0 100 12" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect y="2" width="{background:.2f}" height="8" class="fill-delivered"/>'
        f'<rect x="{background:.2f}" y="2" width="{whole - background:.2f}" height="8" class="fill-bolus"/>'
        f'<path d="M{due:.2f},0V12" class="due" vector-effect="non-scaling-stroke"/></svg>'
    )
