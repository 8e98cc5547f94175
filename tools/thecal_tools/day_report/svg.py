"""Charts as inline SVG text: a frame with axes, and the shapes drawn in it. Colours come from the page's style sheet.

A chart is drawn twice, wide and narrow, so that its text keeps a readable size on a desk screen, on paper and on a
telephone; the style sheet shows one of the two.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from math import ceil, floor, log10

Point = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """Size of a chart in CSS pixels: the whole picture and the margins around the plot area."""

    name: str
    width: int
    height: int
    left: int
    right: int
    top: int = 12
    bottom: int = 40
    hours_between_labels: int = 2


WIDE = Frame("wide", 1040, 300, left=62, right=62)
NARROW = Frame("narrow", 360, 270, left=54, right=46, hours_between_labels=6)
FRAMES = (WIDE, NARROW)


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round values from low to high inclusive, at most `most` of them, apart by 1, 2 or 5 times a power of ten."""
    span = max(high - low, 1e-9)
    step = 10.0 ** floor(log10(span / max(most - 1, 1)))
    for factor in (1, 2, 5, 10, 20):
        if floor(high / (step * factor) + 1e-9) - ceil(low / (step * factor) - 1e-9) < most:
            step *= factor
            break
    first = ceil(low / step - 1e-9)
    return [round(step * n, 9) for n in range(first, floor(high / step + 1e-9) + 1)]


def label_of(value: float) -> str:
    """The shortest plain text of a tick."""
    return f"{value:.6f}".rstrip("0").rstrip(".") if value else "0"


@dataclass
class Chart:
    """One chart: values in the axes' own units; x in hours from the start, y in what y_label says."""

    frame: Frame
    x_range: Point
    y_range: Point
    title: str
    description: str
    identity: str
    lane_height: int = 0
    _parts: list[str] = field(default_factory=list)

    def x(self, value: float) -> float:
        low, high = self.x_range
        inner = self.frame.width - self.frame.left - self.frame.right
        return self.frame.left + (value - low) / (high - low) * inner

    def y(self, value: float) -> float:
        low, high = self.y_range
        return self.bottom - (value - low) / (high - low) * (self.bottom - self.top)

    @property
    def top(self) -> float:
        return self.frame.top + self.lane_height

    @property
    def bottom(self) -> float:
        return self.frame.height - self.frame.bottom

    def text(self, x: float, y: float, text: str, css: str = "", anchor: str = "middle", turn: int = 0) -> None:
        turned = f' transform="rotate({turn} {x:.1f} {y:.1f})"' if turn else ""
        place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turned}'
        self._parts.append(f'<text {place} class="{css or "tick"}">{escape(text)}</text>')

    def line(self, points: Sequence[Point], css: str) -> None:
        """A line through points in pixels."""
        path = "M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._parts.append(f'<path d="{path}" class="{css}"/>')

    def curve(self, points: Iterable[Point], css: str) -> None:
        """A line through points in values."""
        self.line([(self.x(x), self.y(y)) for x, y in points], css)

    def area(self, points: Sequence[Point], base: float, css: str) -> None:
        """The area between points in values and the horizontal line at base."""
        closed = [(points[0][0], base), *points, (points[-1][0], base)]
        path = "M" + "L".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in closed) + "Z"
        self._parts.append(f'<path d="{path}" class="{css}"/>')

    def bar(self, x_range: Point, y_range: Point, css: str, tip: str) -> None:
        """A bar between values, one pixel narrower on each side, with a text for the pointer."""
        left, right = self.x(x_range[0]) + 1, self.x(x_range[1]) - 1
        top, bottom = self.y(y_range[1]), self.y(y_range[0])
        self._parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(right - left, 1):.1f}" height="{max(bottom - top, 0):.1f}"'
            f' class="{css}"><title>{escape(tip)}</title></rect>'
        )

    def band(self, y_range: Point, css: str) -> None:
        """A band over the whole width between two values."""
        self.area([(self.x_range[0], y_range[1]), (self.x_range[1], y_range[1])], y_range[0], css)

    def dot(self, at: Point, css: str, radius: float = 2.2) -> None:
        self._parts.append(f'<circle cx="{self.x(at[0]):.1f}" cy="{self.y(at[1]):.1f}" r="{radius}" class="{css}"/>')

    def mark(self, x_value: float, y_pixels: float, shape: str, css: str, tip: str) -> None:
        """A mark at a time; shape is a key of SHAPES."""
        self._parts.append(
            f'<g transform="translate({self.x(x_value):.1f} {y_pixels:.1f})" class="{css}">'
            f"<title>{escape(tip)}</title>{SHAPES[shape]}</g>"
        )

    def axes(self, y_label: str, clock: Callable[[float], str], right: tuple[str, float] | None = None) -> None:
        """Grid, tick labels and axis titles. right: title and factor of a second scale on the same grid lines."""
        frame, left = self.frame, self.frame.left
        edge = frame.width - frame.right
        for value in ticks(*self.y_range, most=6 if frame is WIDE else 5):
            level = self.y(value)
            self.line([(left, level), (edge, level)], "grid")
            self.text(left - 7, level + 4, label_of(value), anchor="end")
            if right:
                self.text(edge + 7, level + 4, label_of(round(value * right[1], 2)), anchor="start")
        for hour in range(ceil(self.x_range[0]), floor(self.x_range[1]) + 1):
            place = self.x(hour)
            labelled = hour % frame.hours_between_labels == 0
            self.line([(place, self.bottom), (place, self.bottom + (6 if labelled else 3))], "axis")
            if labelled:
                self.text(place, self.bottom + 19, clock(hour))
        self.line([(left, self.bottom), (edge, self.bottom)], "axis")
        middle = (self.top + self.bottom) / 2
        self.text(11, middle, y_label, "axis-title", turn=-90)
        if right:
            self.text(frame.width - 8, middle, right[0], "axis-title", turn=-90)
        self.text((left + edge) / 2, frame.height - 5, "Time of day, hours and minutes", "axis-title")

    def render(self) -> str:
        """The SVG element, named by its title and description for those who hear the page."""
        frame, identity = self.frame, f"{self.identity}-{self.frame.name}"
        return (
            f'<svg class="chart {frame.name}" viewBox="0 0 {frame.width} {frame.height}" role="img"'
            f' aria-labelledby="{identity}-title {identity}-desc">'
            f'<title id="{identity}-title">{escape(self.title)}</title>'
            f'<desc id="{identity}-desc">{escape(self.description)}</desc>{"".join(self._parts)}</svg>'
        )


SHAPES = {
    "triangle": '<path d="M0,-6L6,5L-6,5Z"/>',
    "diamond": '<path d="M0,-6.5L6,0L0,6.5L-6,0Z"/>',
    "circle": '<circle r="5"/>',
    "cross": '<path d="M-4.5,-4.5L4.5,4.5M4.5,-4.5L-4.5,4.5"/>',
    "ring": '<circle r="4.5"/>',
}
