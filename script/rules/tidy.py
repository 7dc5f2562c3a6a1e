"""clang-tidy over the code base: tidy.py BUILD

Looks at the units that the folder BUILD compiles with clang, unity batches as they are: the headers that they share are
parsed once for each. A unit that was found fine is not looked at again while its preprocessed text, the configuration and
the program are the same: that is remembered under ~/.cache/tapalcatl, and told.
"""

import concurrent.futures
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import sources

TIDY = "clang-tidy-19"
FORGET_AFTER_DAYS = 30
LOOKED_AT = ("src", "tests", "fuzz")
# The configuration for the sources of a folder; the first that fits.
CONFIGURATIONS = (("tests", "tests/.clang-tidy"), ("fuzz", "tests/.clang-tidy"), ("", ".clang-tidy"))


def memory():
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base) / "tapalcatl" / "tidy"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def configuration_of(unit):
    return next(file for folder, file in CONFIGURATIONS if folder in ("", unit.sources[0].parts[0]))


def fingerprint(unit, setting):
    """A hash of all that clang-tidy's answer depends on; None if the unit cannot even be preprocessed."""
    arguments = sources.without_files(unit.arguments)
    text = subprocess.run(arguments + ["-E", "-P", "-C", str(unit.file)], cwd=unit.folder,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if text.returncode:
        return None
    flags = " ".join(arguments).replace(str(sources.ROOT), "")
    names = " ".join(map(str, unit.sources))
    return hashlib.sha256(b"\0".join([setting, names.encode(), flags.encode(), text.stdout])).hexdigest()


def check(unit, version, database, known):
    """What clang-tidy has to say about one unit ("" if nothing), and whether it was asked."""
    configuration = configuration_of(unit)
    setting = version + (sources.ROOT / configuration).read_bytes()
    print_of_unit = fingerprint(unit, setting)
    stamp = known / print_of_unit if print_of_unit else None
    if stamp and stamp.exists():
        stamp.touch()
        return "", False
    run = subprocess.run([TIDY, "-p", str(database), "--quiet", f"--config-file={sources.ROOT / configuration}",
                          str(unit.file)],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if run.returncode == 0:
        if stamp:
            stamp.touch()
        return "", True
    lines = [line for line in run.stdout.splitlines() if not line.endswith(("warnings generated.", "treated as errors"))]
    return "\n".join(lines).replace(f"{sources.ROOT}/", ""), True


def forget(known):
    """Drops what was not asked for in a long time."""
    limit = time.time() - FORGET_AFTER_DAYS * 86400
    for stamp in known.iterdir():
        if stamp.stat().st_mtime < limit:
            stamp.unlink(missing_ok=True)


def main():
    build = Path(sys.argv[1]).resolve()
    units = [unit for unit in sources.compile_units(build) if unit.sources[0].parts[0] in LOOKED_AT]
    covered = {source for unit in units for source in unit.sources}
    forgotten = sorted(set(file for file in sources.tracked(".cpp") if file.parts[0] in LOOKED_AT) - covered)
    database = build / "tidy"
    database.mkdir(exist_ok=True)
    (database / "compile_commands.json").write_text(json.dumps(
        [{"directory": unit.folder, "file": str(unit.file), "arguments": unit.arguments} for unit in units]))
    version = subprocess.run([TIDY, "--version"], check=True, stdout=subprocess.PIPE).stdout
    known = memory()
    if os.environ.get("TAPALCATL_TIDY") == "all":
        known = build / "tidy" / "known"
        known.mkdir(exist_ok=True)
    forget(known)
    # The longest first, so that no core is left with the last of them.
    units.sort(key=lambda unit: -sum((sources.ROOT / source).stat().st_size for source in unit.sources))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        answers = list(pool.map(lambda unit: check(unit, version, database, known), units))
    skipped = sum(not asked for _, asked in answers)
    problems = [answer for answer, _ in answers if answer]
    problems += [f"{file}: is in no unit of {build.name}" for file in forgotten]
    sources.report(problems, f"{len(covered)} files in {len(units)} units" +
                   (f", {skipped} of them skipped: unchanged since they were found fine" if skipped else ""))


if __name__ == "__main__":
    main()
