"""The report's charts: rate, cumulative volume, delivered against due, and the reservoir by both witnesses."""

from collections.abc import Iterable
from datetime import timedelta
from fractions import Fraction

from thecal_tools.day_report.figures import Day, Request
from thecal_tools.day_report.svg import FRAMES, NARROW, WIDE, Chart, Frame, Point
from thecal_tools.day_report.wording import microlitres

LANE = 22
MARKS = {
    "patient": ("triangle", "patient bolus granted"),
    "clinician": ("diamond", "clinician bolus granted"),
    "scheduled": ("circle", "scheduled bolus given"),
    "refused": ("cross", "request refused"),
}


def rate_chart(day: Day) -> str:
    """Prescribed background rate as a line, delivered volume of each hour as bars, requests as marks above."""
    return _both(lambda frame: _rate(day, frame))


def cumulative_chart(day: Day) -> str:
    """Volume since the start: due as a line, commanded steps as an area, and what left the catheter."""
    return _both(lambda frame: _cumulative(day, frame))


def difference_chart(day: Day) -> str:
    """Delivered minus due on a scale where one motor step shows."""
    return _both(lambda frame: _difference(day, frame))


def reservoir_chart(day: Day) -> str:
    """Reservoir volume as counted by steps and as measured by the level sensor."""
    return _both(lambda frame: _reservoir(day, frame))


def request_text(request: Request) -> str:
    """One request and its answer in words."""
    granted = f"{microlitres(request.given.volume_nl)} µL granted"
    said = granted if request.granted else f"refused: {request.reason}"
    return f"{request.moment:%H:%M} {request.kind} bolus, {said}"


def shape_of(request: Request) -> str:
    """Key of MARKS that a request is drawn with."""
    return request.kind if request.granted else "refused"


def _both(draw) -> str:
    return "".join(draw(frame) for frame in FRAMES)


def _chart(day: Day, frame: Frame, y_range: Point, identity: str, title: str, text: str, lanes: int = 0) -> Chart:
    return Chart(frame, (0.0, day.span_hours), y_range, title, text, identity, lanes * LANE)


def _value(nanolitres: Fraction | int) -> float:
    return float(nanolitres) / 1000


def _clock(day: Day):
    return lambda hours: f"{day.start + timedelta(hours=hours):%H:%M}"


def _mass_axis(day: Day, per: str = "") -> tuple[str, float]:
    unit, size = day.programme.mass_unit
    return f"Dose, {unit}{per}", float(day.therapy.mass_ng(1000)) / size


def _steps_of(day: Day) -> Iterable[Point]:
    """Corners of the background rate in µL/h."""
    for stretch in day.programme.background(day.start, day.end):
        rate = _value(stretch.volume_nl) / (stretch.duration.total_seconds() / 3600)
        yield day.hours_in(stretch.start), rate
        yield day.hours_in(stretch.start + stretch.duration), rate


def _rate(day: Day, frame: Frame) -> str:
    corners = list(_steps_of(day))
    top = max([_value(hour.delivered_nl) for hour in day.hours] + [rate for _, rate in corners] + [1e-3])
    chart = _chart(
        day,
        frame,
        (0.0, top * 1.08),
        "rate",
        "Rate: prescribed and delivered",
        f"Prescribed background between {min(r for _, r in corners):.2f} and {max(r for _, r in corners):.2f} µL/h;"
        f" delivered volume of each of {len(day.hours)} hours as bars. The table by hour holds the same figures.",
        lanes=2,
    )
    chart.axes("Flow, µL/h", _clock(day), _mass_axis(day, "/h"))
    for hour in day.hours:
        span = day.hours_in(hour.start), day.hours_in(hour.end)
        background, whole = _value(hour.background_nl), _value(hour.delivered_nl)
        tip = f"{hour.start:%H:%M} delivered {whole:.2f} µL, of it {whole - background:.2f} µL as boluses"
        chart.bar(span, (0, background), "fill-delivered", tip)
        if whole > background:
            chart.bar(span, (background, whole), "fill-bolus", tip)
    chart.curve(corners, "line-due")
    edge = frame.width - frame.right
    for lane, name in enumerate(("granted", "refused")):
        level = frame.top + LANE * (lane + 0.5) - 3
        chart.line([(frame.left, level + LANE / 2), (edge, level + LANE / 2)], "lane")
        chart.text(frame.left - 7, level + 4, name if frame is WIDE else ("yes", "no")[lane], anchor="end")
    for request in day.requests:
        shape = shape_of(request)
        level = frame.top + LANE * (1.5 if shape == "refused" else 0.5) - 3
        chart.mark(day.hours_in(request.moment), level, MARKS[shape][0], f"mark mark-{shape}", request_text(request))
    return chart.render()


def _cumulative(day: Day, frame: Frame) -> str:
    times = [day.hours_in(sample.moment) for sample in day.samples]
    due = list(zip(times, map(_value, day.due_at_samples), strict=True))
    programme = list(zip(times, map(_value, day.programme_at_samples), strict=True))
    delivered = list(zip(times, (_value(sample.commanded_nl) for sample in day.samples), strict=True))
    top = max(due[-1][1], delivered[-1][1], 1e-3)
    chart = _chart(
        day,
        frame,
        (0.0, top * 1.06),
        "cumulative",
        "Volume since the start: due and delivered",
        f"At the end {due[-1][1]:.2f} µL were due, of them {programme[-1][1]:.2f} µL by the programme and the rest as"
        f" granted boluses; {delivered[-1][1]:.2f} µL were delivered.",
    )
    chart.axes("Volume, µL", _clock(day), _mass_axis(day))
    chart.area(delivered, 0, "area-delivered")
    chart.curve(programme, "line-programme")
    chart.curve(due, "line-due")
    for request in day.requests:
        if request.granted:
            shape, at = shape_of(request), day.hours_in(request.moment)
            level = chart.y(_value(day.due_nl(day.start, request.moment)))
            chart.mark(at, level, MARKS[shape][0], f"mark mark-{shape}", request_text(request))
    return chart.render()


def _difference(day: Day, frame: Frame) -> str:
    step = _value(day.step_nl)
    due = day.due_at_samples
    witnesses = {
        "line-confirmed": [_value(s.confirmed_nl - d) for s, d in zip(day.samples, due, strict=True)],
        "line-tip": [_value(s.tip_nl - d) for s, d in zip(day.samples, due, strict=True)],
        "line-delivered": [_value(s.commanded_nl - d) for s, d in zip(day.samples, due, strict=True)],
    }
    hours = [day.hours_in(sample.moment) for sample in day.samples]
    values = [value for series in witnesses.values() for value in series]
    low, high = min([*values, -step]), max([*values, step])
    pad = 0.1 * (high - low)
    chart = _chart(
        day,
        frame,
        (low - pad, high + pad),
        "difference",
        "Delivered minus due",
        f"The band is one motor step of {step:.3f} µL to each side. Steps commanded stayed between"
        f" {min(witnesses['line-delivered']):.2f} and {max(witnesses['line-delivered']):.2f} µL of what was due.",
    )
    chart.band((-step, step), "band")
    chart.axes("Difference, µL", _clock(day), _mass_axis(day))
    chart.curve([(0, 0), (day.span_hours, 0)], "line-zero")
    for css, series in witnesses.items():
        chart.curve(zip(hours, series, strict=True), css)
    return chart.render()


def _from_to(witness: str, points: list[Point]) -> str:
    return f"{witness}: from {points[0][1]:.3f} to {points[-1][1]:.3f} mL. " if points else ""


def _reservoir(day: Day, frame: Frame) -> str:
    counted = [(day.hours_in(s.moment), s.reservoir_computed_nl / 1e6) for s in day.samples]
    measured = [
        (day.hours_in(s.moment), s.reservoir_measured_nl / 1e6)
        for s in day.samples
        if s.reservoir_measured_nl is not None
    ]
    values = [value for _, value in counted + measured]
    pad = max(0.15 * (max(values) - min(values)), 0.05)
    chart = _chart(
        day,
        frame,
        (max(0.0, min(values) - pad), max(values) + pad),
        "reservoir",
        "Reservoir by both witnesses",
        _from_to("Counted by steps", counted) + _from_to("Measured by the level sensor", measured),
    )
    chart.axes("Volume, mL", _clock(day))
    every = 6 if frame is NARROW else 3
    for point in measured[::every]:
        chart.dot(point, "dot-measured", 2.6)
    chart.curve(counted, "line-counted")
    return chart.render()
