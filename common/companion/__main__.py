"""Run the command line: ``python -m common.companion`` is ``companion``."""

from common.companion.cli import main

if __name__ == "__main__":
    main()
