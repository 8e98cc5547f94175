"""The report of a simulated day as tables in a terminal of any width, with or without colours."""

from fractions import Fraction

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from thecal_tools.day_report.figures import Day, Hour
from thecal_tools.day_report.wording import (
    BENCH_ONLY,
    OUTSIDE,
    WITHIN,
    answer,
    clock,
    dose,
    headline,
    hour_name,
    microlitres,
    millilitres,
    next_possible,
    percent,
    signed,
)

BAR_COLUMNS = 24
WIDE_FROM = 76
FULL_BLOCKS, PLAIN_BLOCKS = ("█", "▒"), ("=", "#")


def show(day: Day, console: Console) -> None:
    """Print the whole report to the console."""
    console.print(Text(BENCH_ONLY, style="bold yellow"))
    console.print(Text(headline(day)))
    console.print(_hours(day, console))
    if day.requests:
        console.print(_requests(day) if console.width >= WIDE_FROM else _request_lines(day))
    console.print(_summary(day))


def _hours(day: Day, console: Console) -> Table:
    unit, _ = day.programme.mass_unit
    blocks = FULL_BLOCKS if console.encoding.lower().startswith("utf") else PLAIN_BLOCKS
    table = Table(box=box.SIMPLE_HEAD, show_footer=True)
    table.add_column("hour", "total", no_wrap=True)
    table.add_column(f"due\n{unit}", dose(day, day.total_due_nl), justify="right")
    with_bar = console.width >= WIDE_FROM
    delivered, off = ("delivered", "difference") if with_bar else ("given", "off")
    table.add_column(f"{delivered}\n{unit}", dose(day, day.total_delivered_nl), justify="right")
    difference = signed(microlitres(day.total_delivered_nl - day.total_due_nl))
    table.add_column(f"{off}\nµL  ", f"{difference}  ", justify="right")
    if with_bar:
        table.add_column(f"delivered\n({blocks[1]} boluses)", percent(day.delivered_percent), no_wrap=True)
    most = max((max(hour.due_nl, hour.delivered_nl) for hour in day.hours), default=Fraction(1)) or Fraction(1)
    for hour in day.hours:
        style = "" if hour.within_tolerance else "red"
        difference = signed(microlitres(hour.difference_nl)) + ("  " if hour.within_tolerance else " !")
        name = hour_name(hour, day) if with_bar else clock(hour.start, day)
        cells = [name, dose(day, hour.due_nl), dose(day, hour.delivered_nl), Text(difference, style)]
        table.add_row(*cells, *([_bar(hour, most, blocks)] if with_bar else []))
    return table


def _bar(hour: Hour, most: Fraction, blocks: tuple[str, str]) -> Text:
    background = round(BAR_COLUMNS * hour.background_nl / most)
    whole = round(BAR_COLUMNS * hour.delivered_nl / most)
    return Text(blocks[0] * background, "blue") + Text(blocks[1] * (whole - background), "yellow")


def _requests(day: Day) -> Table:
    unit, _ = day.programme.mass_unit
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("bolus\nasked for", no_wrap=True)
    table.add_column("by")
    table.add_column("answer")
    table.add_column("reason")
    table.add_column("next possible")
    table.add_column(unit, justify="right")
    for request in day.requests:
        style = "green" if request.granted else "red"
        table.add_row(
            clock(request.moment, day),
            request.kind,
            Text(answer(request), style),
            "" if request.granted else request.reason,
            next_possible(request, day),
            dose(day, request.given.volume_nl) if request.granted else "",
        )
    return table


def _request_lines(day: Day) -> Table:
    table = Table.grid(padding=(0, 2))
    for request in day.requests:
        why = "" if request.granted else f" ({request.reason})"
        following = next_possible(request, day)
        table.add_row(clock(request.moment, day), f"{request.kind} bolus {answer(request)}{why}; next: {following}")
    return table


def _summary(day: Day) -> Table:
    reservoir, outside = day.result["reservoir"], len(day.hours_outside)
    unit, _ = day.programme.mass_unit
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column()
    judged = f"{outside} of {len(day.hours)} hours {OUTSIDE}" if outside else f"every hour {WITHIN}"
    table.add_row(
        "delivered",
        f"{percent(day.delivered_percent)} of due: {dose(day, day.total_delivered_nl)} {unit},"
        f" {microlitres(day.total_delivered_nl)} µL; {judged}",
    )
    granted = sum(request.granted for request in day.asked)
    table.add_row("boluses", f"{granted} granted, {len(day.asked) - granted} refused")
    apart = day.witnesses_apart_nl
    table.add_row(
        "reservoir",
        f"counted {millilitres(reservoir['computed_nl'])} mL, measured {millilitres(reservoir['measured_nl'])} mL"
        + ("" if apart is None else f", apart {signed(millilitres(apart))} mL"),
    )
    changes = [f"{clock(alarm.moment, day)} {alarm.text} {alarm.change}" for alarm in day.alarms]
    table.add_row("alarms", "; ".join(changes) or "none")
    return table
