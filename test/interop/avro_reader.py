"""An independent reader of Avro messages with a Confluent header: decodes by hand what the sales job writes."""
import io
import json
import struct


def read_long(stream):
    shift = value = 0
    while True:
        byte = stream.read(1)[0]
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1)
        shift += 7


def read_value(schema, stream):
    if isinstance(schema, list):
        return read_value(schema[read_long(stream)], stream)
    kind = schema["type"] if isinstance(schema, dict) else schema
    if kind == "record":
        return {field["name"]: read_value(field["type"], stream) for field in schema["fields"]}
    if kind == "null":
        return None
    if kind == "string":
        return stream.read(read_long(stream)).decode()
    if kind in ("int", "long"):
        return read_long(stream)
    raise ValueError(f"the reader does not know {schema}")


def decode(message, schema_of):
    """`schema_of(id)` gives the schema text."""
    magic, schema_id = struct.unpack(">bI", message[:5])
    assert magic == 0, f"magic byte {magic}"
    stream = io.BytesIO(message[5:])
    value = read_value(json.loads(schema_of(schema_id)), stream)
    assert not stream.read(), "bytes left after the record"
    return value
