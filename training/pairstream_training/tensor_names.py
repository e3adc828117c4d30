"""Names of the tensors of models of one input and one output, as the gateway and Triton address them."""

INPUT_NAME = "input__0"
"""Features, float32 [rows, features]."""

OUTPUT_NAME = "output__0"
"""Probabilities, float32 [rows, outputs]."""
