"""Thecal: open firmware for an intrathecal drug pump on the bench. Never for people or animals."""

VERSION = "0.1.0"
