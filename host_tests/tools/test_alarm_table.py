"""docs/alarms.md is what the tables say."""

from thecal_tools import alarm_table


def test_the_document_is_made_from_the_tables():
    written = alarm_table.DOCUMENT.read_text(encoding="utf-8")
    assert written == alarm_table.document(), "again: PYTHONPATH=firmware:tools python -m thecal_tools.alarm_table"
