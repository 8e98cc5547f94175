"""Writes docs/alarms.md from the tables that the firmware runs on: `python -m thecal_tools.alarm_table`."""

from pathlib import Path

from thecal.tables import alarms, drugs, texts

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "alarms.md"

_HEAD = """# Alarms

Made from `firmware/thecal/tables/alarms.py`, `drugs.py` and `texts.py` by `python -m thecal_tools.alarm_table`; a test
compares the two. Bench and research only, never for people or animals.

Of all alarms that respond, the strongest response wins: *continue*, *background alone* (no bolus starts), *minimum
rate* (keeps the tube from taking a set), *stop*. There are two columns, because withdrawal of some drugs harms as an
overdose does. {drugs} take the second one; every other drug, an unknown one included, takes the first.

* An alarm responds while its cause is there; *until acknowledged* also after that, and after a reset.
* A *latched* alarm is shown until its cause is gone **and** somebody has acknowledged it, over resets too. Of an alarm
  that is *over when acknowledged* nothing shows whether its cause is still there.
* The alarm button: press it to silence for 2 min, hold it for 1 s to acknowledge all.
* A high or medium alarm that nobody has answered for 10 min is repeated more urgently. One that was acknowledged and is
  not mended is heard again after 30 min. Nothing switches an alarm off for good.
* The same alarm stopping the pump three times in 10 min holds it (*Stopped, same alarm three times*).
* A hold of delivery that is not an alarm's own (stopped by the operator, self-test, programme incomplete, not
  commissioned) shows its alarm for as long as it stands, whatever is acknowledged.

"""
_COLUMNS = ("alarm", "priority", *texts.RESPONSE_COLUMNS, "stays", "what the operator does")
_SIGNALS = ("priority", "light", "flashes", "melody", "again after")
_COLOURS = {(0, 0, 0): "off", (0, 1, 1): "cyan", (1, 1, 0): "yellow", (1, 0, 0): "red"}
_UNANSWERED = "high, unanswered"


def document() -> str:
    """The whole text of docs/alarms.md."""
    second = " and ".join(drugs.WITHDRAWAL_HARMS).capitalize()
    return _HEAD.format(drugs=second) + _table(_COLUMNS, _rows()) + "\n" + _table(_SIGNALS, _signals())


def _rows() -> list[tuple[str, ...]]:
    rows = []
    for (rank, *responses, flags), (_, text, action) in zip(alarms.ALARMS, texts.ALARMS, strict=True):
        words = [texts.RESPONSES[response] for response in responses]
        rows.append((text, texts.PRIORITIES[rank], *words, _stays(flags), action))
    return sorted(rows, key=lambda row: -texts.PRIORITIES.index(row[1]))


def _stays(flags: int) -> str:
    if not flags & alarms.LATCHES:
        return "while its cause is there"
    words = ["latched"]
    if flags & alarms.RESPONDS_UNTIL_ACKNOWLEDGED:
        words.append("responds until acknowledged")
    if flags & alarms.OVER_WHEN_ACKNOWLEDGED:
        words.append("over when acknowledged")
    return ", ".join(words)


def _signals() -> list[tuple[str, ...]]:
    names = (*texts.PRIORITIES, _UNANSWERED)
    return [
        (name, _COLOURS[colour], f"every {period} ms" if period else "steady", f"`{melody}`", f"{every} s")
        for name, (colour, period, melody, every) in list(zip(names, alarms.SIGNALS, strict=True))[1:]
    ]


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
