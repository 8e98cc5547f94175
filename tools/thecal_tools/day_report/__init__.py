"""The report of a simulated day: prescribed against delivered, for the terminal and as one HTML page."""
