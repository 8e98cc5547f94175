"""Draws a board's wiring as SVG: the board in the middle as seen from above, parts beside it, a wire for each signal.

Power is drawn as tags, as in a circuit diagram: tags of one name are joined. A wire runs level from its pin to a lane
of its own, down or up the lane, and level to its part. Lanes are dealt out so that wires in the same order on both
ends never cross.
"""

from dataclasses import dataclass
from html import escape

from thecal_tools.boards.outlines import GROUND, POWER
from thecal_tools.boards.parts import Part
from thecal_tools.boards.wiring import Wire, Wiring

WIDTH = 1240
_TOP = 104
_BOARD = (430, 810)  # left and right edge
_CARD = 244
_MARGIN = 26
_PITCH = 27
_LANE = 12
_GAP = 18
_TITLE, _ROW, _NOTE = 28, 27, 15
COLOURS = {
    "motor": "#c2410c",
    "rotation": "#7c3aed",
    "panel": "#15803d",
    "fluid": "#1d4ed8",
    "supply": "#be123c",
    "bus": "#57606a",
}
_TAG_COLOURS = {GROUND: "#24292f", "VMOT": "#9a6700"}
_POWER_COLOUR = "#be123c"
_FONT = "font-family=\"'DejaVu Sans', Verdana, sans-serif\""


@dataclass(frozen=True)
class Text:
    """One text of the drawing: its anchor point on the base line, its size in pixels."""

    x: float
    y: float
    text: str
    size: float
    anchor: str = "start"
    colour: str = "#24292f"
    bold: bool = False

    def box(self) -> tuple[float, float, float, float]:
        """About the place it takes: left, top, right, bottom."""
        width = len(self.text) * self.size * (0.66 if self.bold else 0.6)
        left = self.x - width * {"start": 0, "middle": 0.5, "end": 1}[self.anchor]
        return left, self.y - self.size * 0.8, left + width, self.y + self.size * 0.22

    def svg(self) -> str:
        weight = ' font-weight="700"' if self.bold else ""
        place = f'x="{self.x:g}" y="{self.y:g}" text-anchor="{self.anchor}"'
        return f'<text {place} font-size="{self.size:g}" fill="{self.colour}"{weight}>{escape(self.text)}</text>'


@dataclass
class Card:
    """The box of a part. side: 0 left of the board, 1 right. wires: in the order of their pins."""

    part: Part
    side: int
    wires: list[Wire]
    wanted: float
    top: float = 0

    @property
    def height(self) -> float:
        return _TITLE + 6 + len(self.wires) * _ROW + len(self.part.lines()) * _NOTE + 8

    @property
    def left(self) -> float:
        return WIDTH - _MARGIN - _CARD if self.side else _MARGIN

    @property
    def edge(self) -> float:
        return self.left if self.side else self.left + _CARD

    def row(self, index: int) -> float:
        return self.top + _TITLE + 6 + (index + 0.5) * _ROW


class Drawing:
    """The drawing of one Wiring. texts: all of it, for who wants to see whether they are apart."""

    def __init__(self, wiring: Wiring):
        self._wiring = wiring
        self._shapes: list[str] = []
        self.texts: list[Text] = []
        self.paths: list[list[tuple[float, float]]] = []
        rows = max(len(wiring.outline.left), len(wiring.outline.right))
        self._board_bottom = _TOP + 44 + rows * _PITCH + 12
        self._cards = [card for side in (0, 1) for card in self._laid_out(side)]
        lowest = max(self._board_bottom, *(card.top + card.height for card in self._cards))
        self.height = lowest + 70
        self._head()
        self._draw_wires()
        self._draw_board()
        for card in self._cards:
            self._draw_card(card)
        self._foot(lowest + 44)

    def svg(self) -> str:
        """The picture as a file."""
        title = f"Wiring of {self._wiring.outline.title}"
        said = "; ".join(f"{w.signal} on {w.label} to {w.part.title} {w.terminal}" for w in self._wiring.wires)
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:g}" width="{WIDTH}"'
                f' height="{self.height:g}" role="img" aria-labelledby="title said" {_FONT}>',
                f'<title id="title">{escape(title)}</title><desc id="said">{escape(said)}</desc>',
                f'<rect width="{WIDTH}" height="{self.height:g}" fill="#ffffff"/>',
                *self._shapes,
                *(text.svg() for text in self.texts),
                "</svg>\n",
            ]
        )

    def _pin_y(self, label: str, side: int) -> float:
        outline = self._wiring.outline
        return _TOP + 44 + ((outline.right if side else outline.left).index(label) + 0.5) * _PITCH

    def _laid_out(self, side: int) -> list[Card]:
        pins = self._wiring.outline.right if side else self._wiring.outline.left
        cards = []
        for part in self._wiring.parts:
            wires = [wire for wire in self._wiring.wires if wire.part is part]
            if sum(wire.label in pins for wire in wires) * 2 > len(wires):
                wires.sort(key=lambda wire: self._pin_y(wire.label, side))
                middle = sum(self._pin_y(wire.label, side) for wire in wires) / len(wires)
                card = Card(part, side, wires, 0)
                card.wanted = middle - (card.row(0) + card.row(len(wires) - 1)) / 2
                cards.append(card)
        cards.sort(key=lambda card: self._pin_y(card.wires[0].label, side))
        least = _TOP
        for card in cards:
            card.top = least = max(least, card.wanted)
            least += card.height + _GAP
        most = max(self._board_bottom, _TOP + sum(card.height + _GAP for card in cards) - _GAP)
        for card in reversed(cards):
            card.top = min(card.top, most - card.height)
            most = card.top - _GAP
        return cards

    def _head(self) -> None:
        outline = self._wiring.outline
        self.texts.append(Text(_MARGIN, 42, f"{outline.title}: wiring of a Thecal bench pump", 22, bold=True))
        said = f"Board seen from above, USB at the {outline.usb}. Bench and research only, never for people or animals."
        self.texts.append(Text(_MARGIN, 68, said, 13, colour="#57606a"))

    def _foot(self, y: float) -> None:
        said = "Tags of one name are joined: all 3V3, all GND, the motor supply's ground too."
        said += " VMOT: 9 to 12 V of its own, for the coils alone."
        self.texts.append(Text(_MARGIN, y, said, 12.5, colour="#57606a"))

    def _draw_wires(self) -> None:
        for side in (0, 1):
            ends = []
            for card in self._cards:
                if card.side == side:
                    ends += [(self._pin_y(w.label, side), card.row(i), card, w) for i, w in enumerate(card.wires)]
            up = sorted((end for end in ends if end[1] < end[0]), key=lambda end: end[0])
            down = sorted((end for end in ends if end[1] >= end[0]), key=lambda end: -end[0])
            for group in (up, down):
                for lane, (pin_y, row_y, card, wire) in enumerate(group):
                    self._draw_wire(side, lane, pin_y, row_y, card, wire)

    def _draw_wire(self, side: int, lane: int, pin_y: float, row_y: float, card: Card, wire: Wire) -> None:
        out = 1 if side else -1
        start, bend, end = _BOARD[side] + 8 * out, _BOARD[side] + (24 + lane * _LANE) * out, card.edge
        self.paths.append([(start, pin_y), (bend, pin_y), (bend, row_y), (end, row_y)])
        r = min(6.0, abs(row_y - pin_y) / 2)
        turn = r if row_y > pin_y else -r
        if r < 0.5:
            path = f"M{start:g},{pin_y:g}L{end:g},{row_y:g}"
        else:
            path = (
                f"M{start:g},{pin_y:g}H{bend - r * out:g}Q{bend:g},{pin_y:g} {bend:g},{pin_y + turn:g}"
                f"V{row_y - turn:g}Q{bend:g},{row_y:g} {bend + r * out:g},{row_y:g}H{end:g}"
            )
        dashes = ' stroke-dasharray="6 4"' if wire.part.optional else ""
        colour = COLOURS[wire.part.function]
        self._shapes.append(f'<path d="{path}" fill="none" stroke="#ffffff" stroke-width="6"/>')
        self._shapes.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2.2"{dashes}/>')

    def _draw_board(self) -> None:
        left, right = _BOARD
        self._box(left, _TOP, right - left, self._board_bottom - _TOP, "#f3f7f4", "#2f5d50", 12, 2)
        middle = (left + right) / 2
        usb = _TOP if self._wiring.outline.usb == "top" else self._board_bottom - 10
        self._box(middle - 34, usb - 12, 68, 30, "#d0d7de", "#57606a", 5, 1.5)
        self.texts.append(Text(middle, usb + 8, "USB", 12, "middle", "#24292f", True))
        self.texts.append(Text(middle, _TOP + 36, self._wiring.data.NAME, 12.5, "middle", "#2f5d50", True))
        joined = {wire.label: wire for wire in self._wiring.wires}
        for side in (0, 1):
            for row, label in enumerate(self._wiring.outline.right if side else self._wiring.outline.left):
                self._draw_pin(side, row, label, joined.get(label))

    def _draw_pin(self, side: int, row: int, label: str, wire: Wire | None) -> None:
        y = _TOP + 44 + (row + 0.5) * _PITCH
        edge, into = _BOARD[side], -1 if side else 1
        anchor = "end" if side else "start"
        is_power = label in (GROUND, *POWER)
        colour = COLOURS[wire.part.function] if wire else "#24292f" if is_power else "#8c959f"
        fill = colour if wire or label == GROUND else _POWER_COLOUR if is_power else "#e6c86e"
        self._box(edge - 8, y - 8, 16, 16, fill, "#6e5a1e" if not (wire or is_power) else fill, 3, 1)
        if self._wiring.outline.is_counted:
            number = str(self._wiring.outline.number(side, row))
            ink = "#ffffff" if wire or is_power else "#6e5a1e"
            self.texts.append(Text(edge, y + 3.2, number, 9, "middle", ink))
        if is_power:
            self._tag(edge + (14 if not side else -14 - _tag_width(label)), y, label)
        else:
            self.texts.append(Text(edge + 14 * into, y + 4, label, 12, anchor, colour, bool(wire)))
        if wire:
            self.texts.append(Text(edge + 62 * into, y + 4, wire.signal, 11, anchor, colour))

    def _draw_card(self, card: Card) -> None:
        part, colour = card.part, COLOURS[card.part.function]
        dashes = ' stroke-dasharray="6 4"' if part.optional else ""
        self._box(card.left, card.top, _CARD, card.height, "#ffffff", colour, 8, 1.8, dashes)
        right = card.left + _CARD
        self._shapes.append(
            f'<path d="M{card.left:g},{card.top + _TITLE:g}V{card.top + 8:g}q0,-8 8,-8H{right - 8:g}q8,0 8,8'
            f'V{card.top + _TITLE:g}Z" fill="{colour}"/>'
        )
        self.texts.append(Text(card.left + 11, card.top + 19, part.title, 12.5, "start", "#ffffff", True))
        for index, wire in enumerate(card.wires):
            y, out = card.row(index), 1 if card.side else -1
            self._shapes.append(f'<circle cx="{card.edge:g}" cy="{y:g}" r="4.5" fill="{colour}"/>')
            anchor = "start" if card.side else "end"
            self.texts.append(Text(card.edge + 13 * out, y + 4.5, wire.terminal, 12.5, anchor, bold=True))
            if wire.signal == "PUMP_ENABLE_N":
                self._draw_pull_up(card, y, wire.terminal)
        y = card.row(len(card.wires) - 1) + _ROW / 2 + 11
        for line in part.lines():
            self.texts.append(Text(card.left + 11, y, line, 10, "start", "#424a53"))
            y += _NOTE
        self._draw_tags(card)

    def _draw_tags(self, card: Card) -> None:
        """At the outer side, in the first row that the pull-up leaves free."""
        row = next(index for index, wire in enumerate(card.wires) if wire.signal != "PUMP_ENABLE_N")
        width = sum(_tag_width(tag) + 6 for tag in card.part.tags) - 6
        x = card.left + _CARD - 11 - width if card.side else card.left + 11.0
        for tag in card.part.tags:
            self._tag(x, card.row(row), tag)
            x += _tag_width(tag) + 6

    def _draw_pull_up(self, card: Card, y: float, terminal: str) -> None:
        """The resistor that keeps the motor off, between ENABLE and the driver's logic supply."""
        out = 1 if card.side else -1
        start = card.edge + (13 + len(terminal) * 12.5 * 0.66 + 8) * out
        colour = COLOURS["motor"]
        path = f"M{start:g},{y:g}h{14 * out}m{38 * out},0h{14 * out}"
        self._shapes.append(f'<path d="{path}" stroke="{colour}" stroke-width="1.8" fill="none"/>')
        box = start + (14 if out > 0 else -52)
        self._box(box, y - 7, 38, 14, "#fff7ed", colour, 2, 1.5)
        self.texts.append(Text(box + 19, y + 3.5, "10 kΩ", 9, "middle", colour))
        tag = "3V3" if "3V3" in card.part.tags else card.part.tags[0]
        end = start + 66 * out
        self._tag(end if out > 0 else end - _tag_width(tag), y, tag)

    def _tag(self, x: float, y: float, name: str) -> None:
        colour = _TAG_COLOURS.get(name, _POWER_COLOUR)
        self._box(x, y - 9, _tag_width(name), 18, "#ffffff", colour, 9, 1.4)
        self.texts.append(Text(x + _tag_width(name) / 2, y + 3.7, name, 10.5, "middle", colour, True))

    def _box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        stroke: str,
        radius: float,
        line: float,
        more: str = "",
    ) -> None:
        place = f'x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}"'
        self._shapes.append(f'<rect {place} fill="{fill}" stroke="{stroke}" stroke-width="{line:g}"{more}/>')


def _tag_width(name: str) -> float:
    return 14 + len(name) * 7.4
