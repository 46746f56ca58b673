"""`python -m leiomyo`."""

from leiomyo.cli import main

main()
