"""``python -m litlab.cli`` is ``litlab``."""

from litlab.cli import main

if __name__ == "__main__":
    main()
