"""The engines behind two Python-based Triton backends, `fil` and `onnxruntime`, that serve on a CPU what NVIDIA's do.

Only `triton_model` needs Triton's Python stub; all else is plain Python over numpy.
"""
