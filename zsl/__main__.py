"""``python -m zsl`` is the command ``zsl``."""

from zsl.cli import main

if __name__ == "__main__":
    main()
