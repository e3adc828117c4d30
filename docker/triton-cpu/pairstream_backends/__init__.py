"""The engines behind two Python-based Triton backends, `fil` and `onnxruntime`, that serve on a CPU what NVIDIA's do.

Only `triton_model` needs Triton's Python stub; all else is plain Python over numpy.
"""

import os

# Both are read when a library is loaded, so before anything here loads one.
# OpenMP: threads that wait give their core away, as the gateway wants it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# ONNX Runtime: nothing is reported to its maker.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
