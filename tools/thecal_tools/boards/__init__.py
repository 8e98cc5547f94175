"""The boards that the firmware knows: their data checked, their wiring drawn, their supply reckoned."""
