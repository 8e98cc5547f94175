"""The prototype on a desk, in software: simulated hardware on which the firmware runs unchanged.

Written in MicroPython's subset, so that the same bench runs inside real MicroPython and gives the same bits there:
floating point only by + - * / and tables, whole numbers for every account, no dependence on dictionary order.

BENCH AND RESEARCH ONLY. Not a medical device.
"""
