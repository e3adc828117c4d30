"""The two errors that this package raises on purpose."""


class ModelError(Exception):
    """A model that cannot be served: the message names the key or file, what was seen and what was expected."""


class RequestError(Exception):
    """A request that cannot be answered as it is; the message names the tensor, what was seen and what was expected."""
