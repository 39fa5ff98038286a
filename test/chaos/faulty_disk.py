"""faulty_disk.c for a process: what its disk does, changed while it runs."""
import contextlib
import pathlib
import struct

import peers

RULE_BYTES = 504  # then the count of calls that met the rule


def preload_library(folder, source):
    """The C file as a library for LD_PRELOAD."""
    library = folder / f"{source.stem}.so"
    peers.run(["gcc", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"])
    return str(library)


class FaultyDisk:
    def __init__(self, folder):
        self.control = folder / "faulty-disk"
        self.control.write_bytes(bytes(RULE_BYTES + 8))
        self.variables = {"LD_PRELOAD": preload_library(folder, pathlib.Path(__file__).with_suffix(".c")), "FAULTY_DISK": str(self.control)}

    def set(self, rule):
        with open(self.control, "r+b", buffering=0) as file:
            file.write(rule.encode().ljust(RULE_BYTES, b"\0"))

    def met(self):
        """How many calls have met a rule so far."""
        return struct.unpack_from("<q", self.control.read_bytes(), RULE_BYTES)[0]

    @contextlib.contextmanager
    def fails(self, calls, path):
        yield from self._rule(f"eio {calls} {path}")

    @contextlib.contextmanager
    def is_slow(self, millis, calls, path):
        yield from self._rule(f"slow:{millis} {calls} {path}")

    def _rule(self, rule):
        before = self.met()
        self.set(rule)
        try:
            yield
            assert self.met() > before, f"no call met '{rule}'"
        finally:
            self.set("")
