#!/usr/bin/env python3
"""Turns the message descriptions of src/kafka/protocol/messages/*.txt into C++ (python3 standard library only).

usage: gen_kafka_messages.py OUT_DIR FILE.txt...

Writes into OUT_DIR, for each FILE.txt, FILE.h and FILE.cc (structs with Decode and Encode), and once api_table.cc,
random_messages.h and random_messages.cc (random filling, for property tests). The syntax of a description stands in
src/kafka/protocol/README.md.
"""
import os
import re
import sys

MAX_VERSION = 0x7FFF
PRIMITIVES = {  # type: (C++ type, Reader call, Writer call, wire size)
    "bool": ("bool", "Bool()", "Bool", 1),
    "int8": ("int8_t", "Int8()", "Int8", 1),
    "int16": ("int16_t", "Int16()", "Int16", 2),
    "uint16": ("uint16_t", "UInt16()", "UInt16", 2),
    "int32": ("int32_t", "Int32()", "Int32", 4),
    "int64": ("int64_t", "Int64()", "Int64", 8),
    "uuid": ("Uuid", "ReadUuid()", "WriteUuid", 16),
}


class DescriptionError(Exception):
    pass


def parse_versions(text):
    """'3+' -> (3, MAX), '2-7' -> (2, 7), '5' -> (5, 5), 'none' -> None."""
    if text == "none":
        return None
    if text.endswith("+"):
        return int(text[:-1]), MAX_VERSION
    low, _, high = text.partition("-")
    return int(low), int(high or low)


class Field:
    def __init__(self, name, type_name):
        self.name = name
        self.is_array = type_name.startswith("[]")
        self.type = type_name[2:] if self.is_array else type_name
        self.versions = (0, MAX_VERSION)
        self.null = None  # versions in which the value may be null
        self.tag = None
        self.default = None
        self.fields = []  # of a struct

    @property
    def is_struct(self):
        return self.type[0].isupper()

    def element_type(self):
        if self.is_struct:
            return self.type
        if self.type in PRIMITIVES:
            return PRIMITIVES[self.type][0]
        if self.type in ("string", "bytes"):
            return "std::string"
        if self.type == "records":
            return "Records"
        raise DescriptionError(f"unknown type {self.type} of field {self.name}")

    def cpp_type(self):
        inner = self.element_type()
        if self.is_array:
            inner = f"std::vector<{inner}>"
        return f"std::optional<{inner}>" if self.null else inner

    def initializer(self):
        if self.null or self.is_array or self.is_struct or self.type in ("string", "bytes", "records", "uuid"):
            return ""
        if self.type == "bool":
            return f" = {self.default or 'false'}"
        if self.default == "-2147483648":
            return " = INT32_MIN"
        return f" = {self.default or '0'}"


class Api:
    def __init__(self, key, name, versions, flexible):
        self.key, self.name, self.versions = key, name, versions
        self.flexible = flexible
        self.request, self.response = [], []

    def messages(self):
        return [(self.name + "Request", self.request), (self.name + "Response", self.response)]


def parse_field(words, where):
    field = Field(words[0], words[1])
    for word in words[2:]:
        if re.fullmatch(r"\d+(\+|-\d+)?", word):
            field.versions = parse_versions(word)
        elif word == "null":
            field.null = (0, MAX_VERSION)
        elif word.startswith("null:"):
            field.null = parse_versions(word[5:])
        elif word.startswith("tag:"):
            field.tag = int(word[4:])
        elif word.startswith("default:"):
            field.default = word[8:]
        else:
            raise DescriptionError(f"{where}: unknown word '{word}'")
    return field


def parse_file(path):
    apis, stack = [], []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            where = f"{path}:{number}"
            text = line.split("#")[0].rstrip()
            if not text:
                continue
            words = text.split()
            indent = len(text) - len(text.lstrip())
            if words[0] == "api":
                flexible = MAX_VERSION if words[5] == "none" else int(words[5])
                apis.append(Api(int(words[1]), words[2], parse_versions(words[3]), flexible))
            elif indent == 0 and words[0] in ("request", "response"):
                stack = [(0, getattr(apis[-1], words[0]))]
            else:
                while stack and stack[-1][0] >= indent:
                    stack.pop()
                if not stack:
                    raise DescriptionError(f"{where}: unexpected indentation")
                field = parse_field(words, where)
                stack[-1][1].append(field)
                if field.is_struct:
                    stack.append((indent, field.fields))
    return apis


def intersect(versions, api):
    return max(versions[0], api.versions[0]), min(versions[1], api.versions[1])


def condition(versions, api):
    """C++ condition that `version` lies in `versions`, given that it lies in the api's; None = always."""
    low, high = intersect(versions, api)
    parts = []
    if low > api.versions[0]:
        parts.append(f"version >= {low}")
    if high < api.versions[1]:
        parts.append(f"version <= {high}")
    return " && ".join(parts) or None


def compact_expression(api):
    if api.flexible > api.versions[1]:
        return "false"
    if api.flexible <= api.versions[0]:
        return "true"
    return "compact"


def wire_size(field, api):
    """Lower bound of the bytes a field takes in any version."""
    low, high = intersect(field.versions, api)
    if field.tag is not None or low > api.versions[0] or high < api.versions[1]:
        return 0
    if field.is_array or field.type in ("string", "bytes", "records"):
        return 1
    if field.is_struct:
        return 1 if field.null else max(1, sum(wire_size(f, api) for f in field.fields))
    return PRIMITIVES[field.type][3]


def element_size(field, api):
    if field.is_struct:
        return max(1, sum(wire_size(f, api) for f in field.fields))
    return PRIMITIVES[field.type][3] if field.type in PRIMITIVES else 1


# ---- structs ---------------------------------------------------------------------------------------------------------

def emit_struct(out, name, fields, api, indent, head=()):
    pad = "  " * indent
    out.append(f"{pad}struct {name} {{")
    out.extend(f"{pad}  {line}" for line in head)
    for field in fields:
        if field.is_struct:
            emit_struct(out, field.type, field.fields, api, indent + 1)
    for field in fields:
        out.append(f"{pad}  {field.cpp_type()} {field.name}{field.initializer()};")
    out.append("")
    out.append(f"{pad}  void Decode(Reader& in, int16_t version);")
    out.append(f"{pad}  void Encode(Writer& out, int16_t version) const;")
    out.append(f"{pad}  bool operator==(const {name}&) const = default;")
    out.append(f"{pad}}};")


def emit_header(name, apis):
    out = [f"// Generated by tools/gen_kafka_messages.py from messages/{name}.txt.", "#pragma once", "", "#include <cstdint>",
           "#include <optional>", "#include <string>", "#include <vector>", "", '#include "kafka/protocol/wire.h"', "",
           "namespace millrace::kafka {"]
    for api in apis:
        for message, fields in api.messages():
            out.append("")
            emit_struct(out, message, fields, api, 0, head=[
                f"static constexpr int16_t kApiKey = {api.key};",
                f"static constexpr int16_t kMinVersion = {api.versions[0]};",
                f"static constexpr int16_t kMaxVersion = {api.versions[1]};",
                f"static constexpr int16_t kFirstFlexible = {api.flexible};"])
    return out + ["", "}  // namespace millrace::kafka"]


# ---- decode ----------------------------------------------------------------------------------------------------------

def read_scalar(field, reader, compact, nullable):
    if field.type in PRIMITIVES:
        return f"{reader}.{PRIMITIVES[field.type][1]}"
    if field.type == "string":
        return f"{reader}.{'NullableString' if nullable else 'String'}({compact})"
    if field.type == "bytes":
        return f"{reader}.Bytes({compact})"
    return f"{reader}.NullableRecords({compact})"


def decode_array(field, api, reader, pad):
    compact = compact_expression(api)
    size = element_size(field, api)
    out = []
    target = field.name
    if field.null:
        null_when = condition(field.null, api)
        call = f"{reader}.ArrayLength({compact}, {size})"
        if null_when:
            call = f"({null_when}) ? {call} : {reader}.NonNullArrayLength({compact}, {size})"
        out += [f"{pad}if (const int32_t count = {call}; count < 0) {{", f"{pad}  {target}.reset();", f"{pad}}} else {{",
                f"{pad}  {target}.emplace();"]
        inner, target = pad + "  ", f"{target}->"
        count = "count"
    else:
        out.append(f"{pad}{target}.clear();")
        inner, target = pad, f"{target}."
        count = f"{reader}.NonNullArrayLength({compact}, {size})"
    out.append(f"{inner}for (int32_t i = {count}; i > 0 && {reader}.ok(); --i) {{")
    if field.is_struct:
        out.append(f"{inner}  {target}emplace_back().Decode({reader}, version);")
    else:
        out.append(f"{inner}  {target}push_back({read_scalar(field, reader, compact, False)});")
    out.append(f"{inner}}}")
    if field.null:
        out.append(f"{pad}}}")
    return out


def decode_value(field, api, reader, pad):
    compact = compact_expression(api)
    if field.is_array:
        return decode_array(field, api, reader, pad)
    if field.is_struct:
        if field.null:
            return [f"{pad}if ({reader}.Int8() < 0) {{", f"{pad}  {field.name}.reset();", f"{pad}}} else {{",
                    f"{pad}  {field.name}.emplace().Decode({reader}, version);", f"{pad}}}"]
        return [f"{pad}{field.name}.Decode({reader}, version);"]
    if field.null and field.type == "string":
        null_when = condition(field.null, api)
        nullable = read_scalar(field, reader, compact, True)
        if null_when:
            plain = read_scalar(field, reader, compact, False)
            return [f"{pad}{field.name} = ({null_when}) ? {nullable} : std::optional<std::string>({plain});"]
        return [f"{pad}{field.name} = {nullable};"]
    return [f"{pad}{field.name} = {read_scalar(field, reader, compact, False)};"]


def guarded(lines, when, pad):
    if not when:
        return [pad + line for line in lines]
    return [f"{pad}if ({when}) {{"] + [f"{pad}  {line}" for line in lines] + [f"{pad}}}"]


def flexible_condition(api):
    return None if api.flexible <= api.versions[0] else "compact"


def emit_decode(out, name, fields, api):
    out.append(f"void {name}::Decode(Reader& in, int16_t version) {{")
    out.append(f"  [[maybe_unused]] const bool compact = version >= {api.flexible};")
    for field in fields:
        if field.tag is None:
            out += guarded(decode_value(field, api, "in", ""), condition(field.versions, api), "  ")
    if api.flexible <= api.versions[1]:
        tagged = [f for f in fields if f.tag is not None]
        if not tagged:
            out += guarded(["in.SkipTags();"], flexible_condition(api), "  ")
        else:
            body = ["for (uint32_t n = in.TagCount(); n > 0 && in.ok(); --n) {", "  uint32_t tag = 0;",
                    "  Reader value = in.BeginTagged(&tag);"]
            for field in tagged:
                when = f"tag == {field.tag}"
                versions = condition(field.versions, api)
                if versions:
                    when += f" && {versions}"
                body += guarded(decode_value(field, api, "value", ""), when, "  ")
            body += ['  if (!value.ok()) in.Fail("a tagged field is malformed");', "}"]
            out += guarded(body, flexible_condition(api), "  ")
    out += ["}", ""]


# ---- encode ----------------------------------------------------------------------------------------------------------

def write_scalar(field, writer, compact, value):
    if field.type in PRIMITIVES:
        return f"{writer}.{PRIMITIVES[field.type][2]}({value});"
    call = {"string": "String", "bytes": "Bytes", "records": "WriteRecords"}[field.type]
    return f"{writer}.{call}({value}, {compact});"


def encode_array(field, api, writer, pad):
    compact = compact_expression(api)
    value = f"(*{field.name})" if field.null else field.name
    body = [f"{writer}.ArrayLength({value}.size(), {compact});"]
    if field.is_struct:
        body.append(f"for (const auto& element : {value}) element.Encode({writer}, version);")
    else:
        body.append(f"for (const auto& element : {value}) {write_scalar(field, writer, compact, 'element')}")
    if not field.null:
        return [pad + line for line in body]
    null_when = condition(field.null, api)
    null = f"{writer}.NullArray({compact});"
    absent = [f"  if ({null_when}) {null}", f"  else {writer}.ArrayLength(0, {compact});"] if null_when else [f"  {null}"]
    lines = [f"if (!{field.name}.has_value()) {{"] + absent + ["} else {"] + ["  " + line for line in body] + ["}"]
    return [pad + line for line in lines]


def encode_value(field, api, writer, pad):
    compact = compact_expression(api)
    if field.is_array:
        return encode_array(field, api, writer, pad)
    if field.is_struct:
        if field.null:
            return [f"{pad}{writer}.Int8({field.name}.has_value() ? 1 : -1);",
                    f"{pad}if ({field.name}.has_value()) {field.name}->Encode({writer}, version);"]
        return [f"{pad}{field.name}.Encode({writer}, version);"]
    if field.null and field.type == "string":
        null_when = condition(field.null, api)
        null = f"{writer}.NullString({compact});"
        present = write_scalar(field, writer, compact, "*" + field.name)
        if null_when:
            return [f"{pad}if ({field.name}.has_value()) {present}", f"{pad}else if ({null_when}) {null}",
                    f"{pad}else {writer}.String(\"\", {compact});"]
        return [f"{pad}if ({field.name}.has_value()) {present}", f"{pad}else {null}"]
    return [pad + write_scalar(field, writer, compact, field.name)]


def is_default(field):
    """C++ condition that a tagged field has its default value, which is not sent."""
    if field.null:
        return f"!{field.name}.has_value()"
    if field.is_array or field.type in ("string", "bytes"):
        return f"{field.name}.empty()"
    if field.is_struct:
        return f"{field.name} == {field.type}{{}}"
    if field.type == "uuid":
        return f"{field.name}.IsZero()"
    return f"{field.name} == {field.default or ('false' if field.type == 'bool' else '0')}"


def emit_encode(out, name, fields, api):
    out.append(f"void {name}::Encode(Writer& out, int16_t version) const {{")
    out.append(f"  [[maybe_unused]] const bool compact = version >= {api.flexible};")
    for field in fields:
        if field.tag is None:
            out += guarded(encode_value(field, api, "out", ""), condition(field.versions, api), "  ")
    if api.flexible <= api.versions[1]:
        tagged = sorted((f for f in fields if f.tag is not None), key=lambda f: f.tag)
        body = []
        if not tagged:
            body.append("out.UVarint(0);")
        else:
            for field in tagged:
                versions = condition(field.versions, api)
                extra = f"{versions} && " if versions else ""
                body.append(f"const bool has_{field.name} = {extra}!({is_default(field)});")
            body.append("out.UVarint(" + " + ".join(f"uint32_t{{has_{f.name}}}" for f in tagged) + ");")
            for field in tagged:
                body += [f"if (has_{field.name}) {{", "  Writer value;"]
                body += encode_value(field, api, "value", "  ")
                body += [f"  out.Tagged({field.tag}, std::move(value));", "}"]
        out += guarded(body, flexible_condition(api), "  ")
    out += ["}", ""]


def emit_codecs(out, name, fields, api):
    for field in fields:
        if field.is_struct:
            emit_codecs(out, f"{name}::{field.type}", field.fields, api)
    emit_decode(out, name, fields, api)
    emit_encode(out, name, fields, api)


def emit_source(name, apis):
    out = [f"// Generated by tools/gen_kafka_messages.py from messages/{name}.txt.",
           f'#include "kafka/protocol/messages/{name}.h"', "", "#include <utility>", "", "namespace millrace::kafka {", ""]
    for api in apis:
        for message, fields in api.messages():
            emit_codecs(out, message, fields, api)
    return out + ["}  // namespace millrace::kafka"]


# ---- table and random values -----------------------------------------------------------------------------------------

def emit_api_table(files):
    out = ["// Generated by tools/gen_kafka_messages.py.", '#include "kafka/protocol/api_table.h"', ""]
    out += [f'#include "kafka/protocol/messages/{name}.h"' for name, _ in files]
    out += ['#include "kafka/protocol/message_codec.h"', "", "namespace millrace::kafka {", "namespace {", "",
            "constexpr ApiInfo kApis[] = {"]
    for api in sorted((api for _, apis in files for api in apis), key=lambda api: api.key):
        out.append(f'    {{{api.key}, "{api.name}", {api.versions[0]}, {api.versions[1]}, {api.flexible}, '
                   f"&Reencode<{api.name}Request>, &Reencode<{api.name}Response>}},")
    return out + ["};", "", "}  // namespace", "", "std::span<const ApiInfo> AllApis() { return kApis; }", "",
                  "}  // namespace millrace::kafka"]


def emit_random_fill(out, name, fields, api):
    for field in fields:
        if field.is_struct:
            emit_random_fill(out, f"{name}::{field.type}", field.fields, api)
    out.append(f"void FillRandom(RandomSource& random, int16_t version, {name}* message) {{")
    for field in fields:
        value = f"message->{field.name}"
        lines = []
        if field.null:
            null_when = condition(field.null, api) or "true"
            lines += [f"if (({null_when}) && random.Null()) {{", f"  {value}.reset();", "} else {", f"  {value}.emplace();"]
            target, inner = f"(*{value})", "  "
        else:
            target, inner = value, ""
        if field.is_array:
            lines += [f"{inner}{target}.clear();",
                      f"{inner}for (size_t n = random.Count(); n > 0; --n) FillRandom(random, version, &{target}.emplace_back());"
                      if field.is_struct else
                      f"{inner}for (size_t n = random.Count(); n > 0; --n) random.{field.type.capitalize()}(&{target}.emplace_back());"]
        elif field.is_struct:
            lines.append(f"{inner}FillRandom(random, version, &{target});")
        else:
            lines.append(f"{inner}random.{field.type.capitalize()}(&{target});")
        if field.null:
            lines.append("}")
        out += guarded(lines, condition(field.versions, api), "  ")
    out += ["}", ""]


def emit_random(files):
    apis = [api for _, apis in files for api in apis]
    header = ["// Generated by tools/gen_kafka_messages.py: random filling of messages, for property tests.", "#pragma once", ""]
    header += [f'#include "kafka/protocol/messages/{name}.h"' for name, _ in files]
    header += ['#include "kafka/protocol/random_source.h"', "", "namespace millrace::kafka {", ""]
    source = ["// Generated by tools/gen_kafka_messages.py.", '#include "kafka/protocol/messages/random_messages.h"', "",
              "namespace millrace::kafka {", "namespace {", ""]
    source_body = []
    for api in apis:
        for message, fields in api.messages():
            header.append(f"void FillRandom(RandomSource& random, int16_t version, {message}* message);")
            emit_random_fill(source_body, message, fields, api)
    header += ["", "// Calls visit(MessageType{}) for every request and response.", "template <typename Visit>",
               "void ForEachMessage(Visit visit) {"]
    header += [f"  visit({message}{{}});" for api in apis for message, _ in api.messages()]
    header += ["}", "", "}  // namespace millrace::kafka"]
    source = source[:4] + source_body + ["}  // namespace millrace::kafka"]
    return header, source


def write(path, lines):
    text = "\n".join(lines) + "\n"
    if os.path.exists(path):
        with open(path, encoding="utf-8") as old:
            if old.read() == text:
                os.utime(path)
                return
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    out_dir, paths = sys.argv[1], sys.argv[2:]
    os.makedirs(out_dir, exist_ok=True)
    files = [(os.path.splitext(os.path.basename(path))[0], parse_file(path)) for path in paths]
    for name, apis in files:
        write(f"{out_dir}/{name}.h", emit_header(name, apis))
        write(f"{out_dir}/{name}.cc", emit_source(name, apis))
    write(f"{out_dir}/api_table.cc", emit_api_table(files))
    header, source = emit_random(files)
    write(f"{out_dir}/random_messages.h", header)
    write(f"{out_dir}/random_messages.cc", source)


if __name__ == "__main__":
    try:
        main()
    except DescriptionError as error:
        sys.exit(f"gen_kafka_messages: {error}")
