"""The report as one HTML page: no script, no font and no picture from elsewhere, so that it opens without a network."""

from collections import Counter
from html import escape
from pathlib import Path

from thecal_tools.day_report import plots, tables
from thecal_tools.day_report.figures import Day
from thecal_tools.day_report.svg import SHAPES
from thecal_tools.day_report.wording import (
    BENCH_ONLY,
    OUTSIDE,
    WITHIN,
    concentration,
    daily_dose,
    daily_volume,
    dose,
    fixed,
    microlitres,
    millilitres,
    percent,
    signed,
    span,
    weekday,
)
from thecal_tools.units import show_duration

_STYLE = Path(__file__).with_name("style.css")


def page(day: Day) -> str:
    """The whole report of one simulated day."""
    title = f"{day.therapy.drug.capitalize()} {day.programme.mode}: {day.result['title']}"
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Thecal report: {escape(title)}</title><style>{_STYLE.read_text(encoding='utf-8')}</style></head>\n"
        f'<body><div class="bench-only" role="note">{BENCH_ONLY}</div>\n<main>\n'
        f"<header><h1>{escape(title)}</h1>{_lead(day)}</header>\n"
        f"{_tiles(day)}\n{_prescription(day)}\n{_charts(day)}\n{_tables(day)}\n"
        f'</main><footer class="bench-only">{BENCH_ONLY}</footer></body></html>\n'
    )


def _lead(day: Day) -> str:
    return (
        f'<p class="lead">{span(day)} '
        f"({show_duration(day.result['duration_s'])}) on the virtual bench, {escape(day.result['host'])},"
        f" firmware {escape(str(day.result['firmware_version']))}, seed {day.result['seed']}</p>"
    )


def _tile(heading: str, value: str, text: str, state: str = "") -> str:
    return f'<div class="tile {state}"><h3>{heading}</h3><strong>{value}</strong><p>{text}</p></div>'


def _tiles(day: Day) -> str:
    outside = len(day.hours_outside)
    hours = f"{outside} of {len(day.hours)} hours outside" if outside else f"all {len(day.hours)} hours within"
    refused = Counter(request.reason for request in day.asked if not request.granted)
    granted = sum(request.granted for request in day.asked)
    apart = day.witnesses_apart_nl
    reservoir = day.result["reservoir"]
    raised = [alarm for alarm in day.alarms if alarm.change == "raised"]
    names = sorted({f"{alarm.text} ({alarm.priority})" for alarm in raised})
    urgent = any(alarm.priority in ("high", "medium") for alarm in raised)
    witness_state = "" if apart is None else "bad" if abs(apart) > day.witnesses_warning_nl else "good"
    tiles = [
        _tile(
            "Delivered of what was due",
            percent(day.delivered_percent),
            f"{microlitres(day.total_delivered_nl)} of {microlitres(day.total_due_nl)} µL; {hours} one step + 5 %",
            "bad" if outside else "good",
        ),
        _tile(
            "Boluses asked for",
            f"{granted} of {len(day.asked)} granted",
            escape("refused: " + "; ".join(f"{count} × {reason}" for reason, count in refused.most_common()))
            if refused
            else "none refused",
        ),
        _tile(
            "Reservoir left",
            f"{millilitres(reservoir['computed_nl'])} mL",
            f"counted; measured {millilitres(reservoir['measured_nl'])} mL, apart"
            f" {'–' if apart is None else signed(millilitres(apart))} mL"
            f" (warning from {millilitres(day.witnesses_warning_nl)})",
            witness_state,
        ),
        _tile(
            "Alarms",
            f"{len(raised)} raised" if raised else "none",
            escape(", ".join(names)) or "no alarm in the whole time",
            "bad" if urgent else "" if raised else "good",
        ),
    ]
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _prescription(day: Day) -> str:
    programme, therapy = day.programme, day.therapy
    unit, _ = programme.mass_unit
    entries = [
        ("Prescription", therapy.id),
        ("Drug and concentration", f"{therapy.drug} {concentration(day)}"),
        ("Mode", programme.mode),
        (f"Daily dose, {weekday(day)}", daily_dose(day)),
        (f"Daily volume, {weekday(day)}", daily_volume(day)),
        ("Calibration", f"{fixed(day.step_nl, 3)} nL per motor step"),
    ]
    patient = therapy.patient
    if patient:
        volume = therapy.volume_nl(patient.dose)
        entries += [
            (
                "Patient bolus",
                f"{dose(day, volume)} {unit} ({microlitres(volume)} µL) over {show_duration(patient.duration_s)}",
            ),
            ("Lockout, from the end of a bolus", show_duration(patient.lockout_s)),
            ("Patient boluses in any 24 h", f"at most {patient.max_per_24h}"),
        ]
    pairs = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in entries)
    return f"<section><h2>Prescription</h2><dl>{pairs}</dl></section>"


def _swatch(css: str) -> str:
    kind, _, name = css.partition("-")
    if kind == "mark":
        drawn = f'<g transform="translate(13 7)" class="mark {css}">{SHAPES[plots.MARKS[name][0]]}</g>'
    elif kind == "line":
        drawn = f'<path d="M0,7H26" class="{css}"/>'
    elif kind == "dot":
        drawn = f'<circle cx="13" cy="7" r="4" class="{css}"/>'
    else:
        drawn = f'<rect y="1" width="26" height="12" class="{css}"/>'
    return f'<svg viewBox="0 0 26 14" aria-hidden="true">{drawn}</svg>'


def _figure(heading: str, caption: str, legend: dict[str, str], chart: str) -> str:
    items = "".join(f"<li>{_swatch(css)}{escape(text)}</li>" for css, text in legend.items())
    return (
        f"<section><figure><h2>{heading}</h2><figcaption>{escape(caption)}</figcaption>"
        f'<ul class="legend">{items}</ul>{chart}</figure></section>'
    )


def _charts(day: Day) -> str:
    shapes = dict.fromkeys(plots.shape_of(request) for request in day.requests)
    marks = {f"mark-{shape}": plots.MARKS[shape][1] for shape in shapes}
    granted = {css: text for css, text in marks.items() if css != "mark-refused"}
    return "\n".join(
        (
            _figure(
                "Rate",
                "Prescribed background rate, and what each hour delivered. Boluses come on top of the background.",
                {
                    "line-due": "background prescribed",
                    "fill-delivered": "background delivered",
                    **({"fill-bolus": "boluses delivered"} if granted else {}),
                    **marks,
                },
                plots.rate_chart(day),
            ),
            _figure(
                "Volume since the start",
                "Due is the programme and every bolus that was granted.",
                {
                    "line-due": "due",
                    "line-programme": "programme alone",
                    "area-delivered": "delivered (steps commanded)",
                    **granted,
                },
                plots.cumulative_chart(day),
            ),
            _figure(
                "Delivered minus due",
                "The same two volumes on a scale where a single motor step shows.",
                {
                    "line-delivered": "commanded",
                    "line-confirmed": "confirmed by the rotor",
                    "line-tip": "out of the catheter (known to the virtual bench only)",
                    "band": "one motor step to each side",
                },
                plots.difference_chart(day),
            ),
            _figure(
                "Reservoir",
                "Two independent witnesses; a difference between them is how over- and under-infusion show.",
                {"line-counted": "counted by steps", "dot-measured": "measured by the level sensor"},
                plots.reservoir_chart(day),
            ),
        )
    )


def _tables(day: Day) -> str:
    parts = [
        ("By hour", tables.hours_table(day)),
        ("Boluses asked for", tables.requests_table(day) if day.requests else "<p>None.</p>"),
        ("Alarms", tables.alarms_table(day) if day.alarms else "<p>None in the whole time.</p>"),
        ("Accounts", tables.accounts_table(day)),
    ]
    notes = {
        "Accounts": f"One step is {fixed(day.step_nl, 3)} nL by calibration. Reserved steps were written down before"
        " the motor moved and count against every limit; commanded steps were sent to the motor and empty the"
        " reservoir; confirmed steps were seen by the rotor sensor.",
        "By hour": "Due is the programme and every bolus that was granted. Delivered are the steps commanded, times the"
        f" calibration. ✓ {WITHIN}, ✕ {OUTSIDE} of what was due in that hour.",
        "Boluses asked for": "A bolus is rounded down to whole motor steps when it is granted. A refused request is"
        " recorded, not kept for later, and does not prolong the lockout.",
    }
    return "\n".join(
        f'<section class="{"long" if heading == "By hour" else "short"}"><h2>{heading}</h2>{content}'
        + (f'<p class="note">{notes[heading]}</p>' if heading in notes else "")
        + "</section>"
        for heading, content in parts
    )
