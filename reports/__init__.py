"""The catalogue of reports, their runs, and the proof of what was printed."""
