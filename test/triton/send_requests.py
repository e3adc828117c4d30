"""Sends requests by NVIDIA's client and prints the raw contents that come back.

Usage: send_requests.py TARGET REQUESTS, with REQUESTS a JSON file as identical-bytes.spec.ts writes it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import tritonclient.grpc as triton
from tritonclient.utils import triton_to_np_dtype


def main() -> None:
    """Send all requests, one after another."""
    target, path = sys.argv[1:]
    with triton.InferenceServerClient(target) as client:
        answers = [_send(client, request) for request in json.loads(Path(path).read_text())]
    print(json.dumps(answers))


def _send(client: triton.InferenceServerClient, request: dict[str, Any]) -> dict[str, str]:
    parameters = dict(request["parameters"])
    result = client.infer(
        request["model"],
        [_input(tensor) for tensor in request["inputs"]],
        model_version=request["version"],
        outputs=[_output(output) for output in request["outputs"]] or None,
        request_id=request["id"],
        timeout=parameters.pop("timeout", None),
        parameters=parameters or None,
    )
    response = result.get_response()
    pairs = zip(response.outputs, response.raw_output_contents, strict=True)
    return {output.name: f"{output.datatype} {list(output.shape)} {raw.hex()}" for output, raw in pairs}


def _input(tensor: dict[str, Any]) -> triton.InferInput:
    made = triton.InferInput(tensor["name"], tensor["shape"], tensor["datatype"])
    if "region" in tensor:
        made.set_shared_memory(tensor["region"], tensor["byteLength"], tensor["byteOffset"])
    else:
        made.set_data_from_numpy(_array(tensor))
    return made


def _output(output: dict[str, Any]) -> triton.InferRequestedOutput:
    made = triton.InferRequestedOutput(output["name"])
    if "region" in output:
        made.set_shared_memory(output["region"], output["byteLength"], output["byteOffset"])
    return made


def _array(tensor: dict[str, Any]) -> np.ndarray:
    shape = tensor["shape"]
    if tensor["datatype"] == "BYTES":
        elements = np.empty(len(tensor["elements"]), dtype=np.object_)
        elements[:] = [bytes.fromhex(element) for element in tensor["elements"]]
        return elements.reshape(shape)
    dtype = ml_dtypes.bfloat16 if tensor["datatype"] == "BF16" else triton_to_np_dtype(tensor["datatype"])
    return np.frombuffer(bytes.fromhex(tensor["hex"]), dtype=dtype).reshape(shape)


if __name__ == "__main__":
    main()
