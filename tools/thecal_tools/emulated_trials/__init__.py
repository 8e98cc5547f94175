"""What is tried on the emulated Pico beyond a plain run, one module for each kind of trial (docs/emulated_chip.md)."""
