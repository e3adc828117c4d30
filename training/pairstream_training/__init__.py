"""Trains Pairstream's models from feature files that its own gateway code wrote, and exports them for serving."""

import os

# Read by ONNX Runtime as it is loaded: it writes a device id and usage records to the user's folder otherwise.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
