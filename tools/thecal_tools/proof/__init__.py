"""The long proofs: sabotages, mutants, and one table of all parts with the evidence they left."""
