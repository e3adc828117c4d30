"""Backend `fil` on a CPU: forests by XGBoost and treelite, configured as NVIDIA's FIL backend is."""

from pairstream_backends.fil import open_fil
from pairstream_backends.triton_model import TritonModel


class TritonPythonModel(TritonModel):
    """An instance of a forest."""

    open_engine = staticmethod(open_fil)
