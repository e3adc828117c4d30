"""The one error that this package raises on purpose."""


class TrainingError(Exception):
    """An input that cannot be used; the message says where, what was seen and what was expected."""
