"""What `thecal bench` measures: speed, heap, cost of a wake and of a step, size (docs/bench_figures.md).

The scripts in `inside` run in MicroPython. They are no part of what the name shortener spares, so of the firmware they
may use only names that the virtual bench uses too.
"""
