#!/usr/bin/env python3
"""Builds the web app and writes its files as C++: embed_ui.py UI_FOLDER OUT.cc [NPM]

UI_FOLDER/dist is built by `npm run build` when NPM is given and a source is newer than it. Without npm, or where its
packages cannot be fetched, what is in dist is taken as it is; without dist the table is empty and the server says so.
"""
import fcntl
import gzip
import hashlib
import pathlib
import re
import subprocess
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".json": "application/json", ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon",
         ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8", ".map": "application/json",
         ".webmanifest": "application/manifest+json"}
HASHED = re.compile(r"^/assets/.*-[A-Za-z0-9_-]{8}\.\w+$")


def newest(paths):
    return max((p.stat().st_mtime for p in paths if p.is_file()), default=0)


def build(ui, npm):
    dist = ui / "dist"
    sources = [p for p in ui.iterdir() if p.is_file()]
    sources += [p for folder in ("src", "public") if (ui / folder).is_dir() for p in (ui / folder).rglob("*")]
    if newest([dist / "index.html"]) >= newest(sources) > 0:
        return
    lock = ui / "package-lock.json"
    installed = ui / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        if subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=ui).returncode != 0:
            print("WARNING: the packages of ui/ cannot be fetched; the pages stay as ui/dist has them", file=sys.stderr)
            return
    if subprocess.run([npm, "run", "--silent", "build"], cwd=ui).returncode != 0:
        sys.exit("the web app in ui/ does not build")


def literal(data):
    escaped = "".join(f"\\{byte:03o}" for byte in data)
    return "\n".join(f'    "{escaped[at:at + 4 * 512]}"' for at in range(0, max(len(escaped), 1), 4 * 512))


def source(dist):
    arrays, rows = [], []
    for number, path in enumerate(sorted(p for p in dist.rglob("*") if p.is_file())):
        data = path.read_bytes()
        packed = gzip.compress(data, 9, mtime=0)
        name = "/" + path.relative_to(dist).as_posix()
        etag = hashlib.sha256(data).hexdigest()[:16]
        kind = TYPES.get(path.suffix, "application/octet-stream")
        immutable = "true" if HASHED.match(name) else "false"
        arrays.append(f"constexpr char kWebAppFile{number}[] =\n{literal(packed)};")
        rows.append(f'    {{"{name}", "{kind}", {{kWebAppFile{number}, {len(packed)}}}, "\\"{etag}\\"", {immutable}}},')
    table = "\nconstexpr StaticFile kWebAppTable[] = {\n" + "\n".join(rows) + "\n};\n" if rows else ""
    return ("// Made by tools/embed_ui.py.\n#include \"server/static_files.h\"\n\nnamespace millrace::server {\nnamespace {\n\n"
            + "\n".join(arrays) + table + "\n}  // namespace\n\nstd::span<const StaticFile> WebAppFiles() { return "
            + ("kWebAppTable" if rows else "{}") + "; }\n\n}  // namespace millrace::server\n")


def main():
    ui, out = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    if len(sys.argv) > 3 and (ui / "package-lock.json").exists():
        with open(ui / "package-lock.json") as held:  # several build trees share ui/dist
            fcntl.flock(held, fcntl.LOCK_EX)
            build(ui, sys.argv[3])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(source(ui / "dist"))


if __name__ == "__main__":
    main()
