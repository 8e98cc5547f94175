"""The fault campaign: every fault in every phase of delivery at several rates, judged by ground truth against budgets.

`cases` is the table of expectations, `phases` the situations, `observer` measures, `judge` compares, `cell` runs one
cell, `campaign` all of them, `years` the fault-free years; `table` and `page` show what came of it.
"""
