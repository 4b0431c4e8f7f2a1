"""The lessons, and what runs them: `python -m lessons` in a terminal lists what there is."""
