"""The error for input that cannot be used."""


class TrainingError(Exception):
    """An input that cannot be used; the message names the place, the value and what is expected."""
