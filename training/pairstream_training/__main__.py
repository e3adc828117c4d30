"""Lets the package be run: `python -m pairstream_training`."""

from pairstream_training.cli import main

if __name__ == "__main__":
    main()
