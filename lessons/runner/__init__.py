"""The machinery behind `python -m lessons`: nothing here needs to be read to learn."""
