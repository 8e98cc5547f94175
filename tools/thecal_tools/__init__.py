"""What the host runs: the `thecal` command and everything behind it. CPython only; firmware never imports it."""
