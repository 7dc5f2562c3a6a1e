"""Writes a package of AWS Lambda: lambda_package.py BINARY ARCH PACKAGE

The archive has one entry, bootstrap, with a fixed date and mode, so that the same binary makes the same archive. A
binary that the function could not run is refused: it must be an ELF file for ARCH without a program interpreter, that is
one that is linked statically.
"""

import os
import struct
import sys
import zipfile

MACHINES = {"x86_64": 62, "arm64": 183}  # e_machine, in elf.h
PT_INTERP = 3
MAX_SIZE = 6_000_000  # a larger package makes cold starts slower


def refusal(binary, arch):
    """Why the function could not run these bytes; None if it can."""
    if len(binary) < 64 or binary[:6] != b"\x7fELF\x02\x01":
        return "not a 64-bit ELF file"
    machine = struct.unpack_from("<H", binary, 18)[0]
    if machine != MACHINES[arch]:
        return f"made for another machine (ELF machine {machine}, expected {MACHINES[arch]} for {arch})"
    offset, size, count = *struct.unpack_from("<Q", binary, 32), *struct.unpack_from("<HH", binary, 54)
    if offset + size * count > len(binary):
        return "its program headers are cut off"
    if any(struct.unpack_from("<I", binary, offset + size * i)[0] == PT_INTERP for i in range(count)):
        return "linked dynamically; expected a static binary, as the preset release makes it"
    return None


def main():
    source, arch, target = sys.argv[1:]
    with open(source, "rb") as file:
        binary = file.read()
    why = refusal(binary, arch)
    if why:
        sys.exit(f"package-lambda: {source}: {why}")
    entry = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
    entry.create_system = 3  # Unix: external_attr holds the mode
    entry.external_attr = 0o100755 << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    partial = f"{target}.{os.getpid()}"
    with zipfile.ZipFile(partial, "w") as package:
        package.writestr(entry, binary, compresslevel=9)
    size = os.path.getsize(partial)
    if size > MAX_SIZE:
        os.unlink(partial)
        sys.exit(f"package-lambda: the package would have {size} bytes; expected at most {MAX_SIZE}")
    os.replace(partial, target)


if __name__ == "__main__":
    main()
