"""Cannot be loaded."""


class TritonPythonModel:
    """An instance of the model, if there could be one."""

    def initialize(self, args: dict[str, str]) -> None:
        """Fail."""
        raise RuntimeError("broken on purpose")
