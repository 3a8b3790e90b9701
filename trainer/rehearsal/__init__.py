"""Rehearsals: a panel of sellers plays every client over many seeds, and what came of it is counted."""
