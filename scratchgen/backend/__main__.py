"""`python -m scratchgen.backend`: what was found, what failed, what to do. See doctor.py."""

from scratchgen.backend.doctor import main

if __name__ == "__main__":
    raise SystemExit(main())
