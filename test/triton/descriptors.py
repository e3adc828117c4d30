"""Prints what NVIDIA's client knows of the protocol: messages, enums and methods, as JSON."""

import json
from collections.abc import Iterator

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor, FileDescriptor
from tritonclient.grpc import model_config_pb2, service_pb2

_TYPES = {
    value: name.removeprefix("TYPE_").lower()
    for name, value in vars(FieldDescriptor).items()
    if name.startswith("TYPE_")
}


def main() -> None:
    """Print everything."""
    files = [service_pb2.DESCRIPTOR, model_config_pb2.DESCRIPTOR]
    messages = [message for file in files for message in _messages(file)]
    enums = [enum for file in files for enum in file.enum_types_by_name.values()]
    enums += [enum for message in messages for enum in message.enum_types]
    service = service_pb2.DESCRIPTOR.services_by_name["GRPCInferenceService"]
    print(
        json.dumps(
            {
                "messages": {message.full_name: _fields(message) for message in messages},
                "enums": {enum.full_name: _values(enum) for enum in enums},
                "methods": {
                    method.name: {
                        "request": method.input_type.full_name,
                        "response": method.output_type.full_name,
                        "requestStream": method.client_streaming,
                        "responseStream": method.server_streaming,
                    }
                    for method in service.methods
                },
            },
        ),
    )


def _messages(file: FileDescriptor) -> Iterator[Descriptor]:
    for message in file.message_types_by_name.values():
        yield from _with_nested(message)


def _with_nested(message: Descriptor) -> Iterator[Descriptor]:
    if message.GetOptions().map_entry:
        return
    yield message
    for nested in message.nested_types:
        yield from _with_nested(nested)


def _fields(message: Descriptor) -> dict[str, dict[str, object]]:
    return {field.name: _field(field) for field in message.fields}


def _field(field: FieldDescriptor) -> dict[str, object]:
    is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
    value = field.message_type.fields_by_name["value"] if is_map else field
    return {
        "number": field.number,
        "type": _type(value),
        "label": "map" if is_map else "repeated" if field.is_repeated else "single",
        "key": _type(field.message_type.fields_by_name["key"]) if is_map else None,
        "oneof": None if field.containing_oneof is None else field.containing_oneof.name,
    }


def _type(field: FieldDescriptor) -> str:
    named = field.message_type or field.enum_type
    return _TYPES[field.type] if named is None else named.full_name


def _values(enum: EnumDescriptor) -> dict[str, int]:
    return {value.name: value.number for value in enum.values}


if __name__ == "__main__":
    main()
