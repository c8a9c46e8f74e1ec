#!/usr/bin/env python3
"""Compares the JUnit reports of a run of ceph/s3-tests with the ledger.

    ledger.py compare LEDGER REPORT... [--dialect ceph|aws] [--whole [--left-out CASE...]] [--update]
    ledger.py unmarked LEDGER CHECKOUT
    ledger.py table LEDGER

The ledger is CSV: case,status,reason,aws. A case is FILE::NAME; its status in the dialect of Ceph is pass, fail or skip; whatever does
not pass has a reason of one line. In the fourth column stands why a case that passes there does not in the dialect of AWS. --whole says
that the run judged every case, so that one which is missing is an error. --update writes what the run found into the ledger: reasons
stay, and a case that has none gets its error message behind UNEXPLAINED.

unmarked reads the cases of a checkout, and lists those that carry neither fails_on_aws nor fails_on_rgw, do not pass, and do not
concern Ceph alone: their reason does not begin with CEPH_ALONE. It fails if there are any. table counts the passing ones of each file.
"""
import ast
import argparse
import csv
import pathlib
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

STATUSES = ("pass", "fail", "skip")
UNEXPLAINED = "unexplained: "
CEPH_ALONE = "Ceph alone: "
AWS, CEPH = "aws", "ceph"
HEADER = ["case", "status", "reason", "aws"]
EXEMPTING_MARKS = {"fails_on_aws", "fails_on_rgw"}
MAX_MESSAGE_CHARS = 160


class LedgerError(Exception):
    """The ledger or a report cannot be used; the text says why."""


@dataclass(frozen=True)
class Entry:
    status: str
    reason: str = ""
    # Why a case that passes in the dialect of Ceph fails in that of AWS.
    aws: str = ""

    def of_dialect(self, dialect):
        """What is expected in a dialect."""
        return Entry("fail", self.aws) if dialect == AWS and self.aws else Entry(self.status, self.reason)


@dataclass
class Comparison:
    """What a run says that the ledger does not; each list holds lines for people."""
    regressions: list = field(default_factory=list)
    unknown: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    unexplained: list = field(default_factory=list)
    newly_passing: list = field(default_factory=list)
    changed: list = field(default_factory=list)

    @property
    def is_good(self):
        return not (self.regressions or self.unknown or self.missing or self.unexplained)


def read_ledger(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    if not rows or rows[0] != HEADER:
        raise LedgerError(f"{path} does not begin with the line {','.join(HEADER)}")
    ledger = {}
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(HEADER) or row[1] not in STATUSES:
            raise LedgerError(f"{path}, line {number}: expected case,pass|fail|skip,reason,aws")
        if row[0] in ledger:
            raise LedgerError(f"{path}, line {number}: {row[0]} stands twice")
        if (row[1] == "pass") == bool(row[2].strip()):
            raise LedgerError(f"{path}, line {number}: a reason goes with what does not pass, and only with that")
        if row[3] and row[1] != "pass":
            raise LedgerError(f"{path}, line {number}: what does not pass needs no reason why it does not in the dialect of AWS")
        ledger[row[0]] = Entry(row[1], row[2], row[3])
    return ledger


def write_ledger(path, ledger):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        for case, entry in sorted(ledger.items()):
            writer.writerow([case, entry.status, entry.reason, entry.aws])


def _message(element):
    text = " ".join((element.get("message") or element.text or "").split())
    return text[:MAX_MESSAGE_CHARS]


def read_report(path):
    """Case to entry; the reason is the error's text. A case whose cleanup fails has failed."""
    try:
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, OSError) as error:
        raise LedgerError(f"{path} is no report: {error}") from error
    results = {}
    for case in root.iter("testcase"):
        name = f"{case.get('classname', '').rsplit('.', 1)[-1]}.py::{case.get('name')}"
        bad = next((child for child in case if child.tag in ("failure", "error")), None)
        skipped = case.find("skipped")
        if bad is not None:
            entry = Entry("fail", _message(bad))
        elif skipped is not None:
            entry = Entry("skip", _message(skipped))
        else:
            entry = Entry("pass")
        # The same case twice is its call and its cleanup: the worse of the two counts.
        if name not in results or entry.status == "fail":
            results[name] = entry
    return results


def compare(ledger, results, whole, dialect=CEPH, left_out=()):
    found = Comparison()
    for case, result in sorted(results.items()):
        entry = ledger.get(case)
        if entry is None:
            found.unknown.append(f"{case}: {result.status} {result.reason}".rstrip())
            continue
        known = entry.of_dialect(dialect)
        if known.reason.startswith(UNEXPLAINED):
            found.unexplained.append(f"{case}: {known.reason}")
        if known.status == result.status:
            continue
        line = f"{case}: {known.status} -> {result.status} {result.reason}".rstrip()
        if result.status == "pass":
            found.newly_passing.append(line)
        elif known.status == "pass" or result.status == "fail":
            found.regressions.append(line)
        else:
            found.changed.append(line)
    if whole:
        found.missing.extend(sorted(ledger.keys() - results.keys() - set(left_out)))
    return found


def updated(ledger, results, whole, dialect=CEPH, left_out=()):
    """The ledger after a run: what was judged gets its new status, what vanished from a whole run goes."""
    merged = {case: entry for case, entry in ledger.items() if not whole or case in results or case in left_out}
    for case, result in results.items():
        known = ledger.get(case)
        reason = UNEXPLAINED + (result.reason or "no message")
        if dialect == AWS and known is not None and known.status == "pass":
            merged[case] = Entry("pass", aws="" if result.status == "pass" else known.aws or reason)
        elif result.status == "pass":
            # A failure that only the other dialect knows is not undone by this one.
            merged[case] = known if dialect == AWS and known is not None else Entry("pass", aws=known.aws if known is not None else "")
        else:
            merged[case] = Entry(result.status, known.reason if known is not None and known.reason else reason)
    return merged


def read_marks(checkout):
    """FILE::NAME of every case of a checkout to the names of its marks."""
    marks = {}
    for path in sorted(pathlib.Path(checkout, "s3tests", "functional").glob("test_*.py")):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError) as error:
            raise LedgerError(f"{path} is no Python: {error}") from error
        for function in tree.body:
            if isinstance(function, ast.FunctionDef) and function.name.startswith("test"):
                marks[f"{path.name}::{function.name}"] = {name for name in map(_mark, function.decorator_list) if name}
    if not marks:
        raise LedgerError(f"{checkout} is no checkout of ceph/s3-tests: it has no cases.")
    return marks


def _mark(decorator):
    """The name of pytest.mark.NAME and pytest.mark.NAME(...)."""
    inner = decorator.func if isinstance(decorator, ast.Call) else decorator
    is_mark = isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Attribute) and inner.value.attr == "mark"
    return inner.attr if is_mark else None


def unmarked_failures(ledger, marks):
    """Lines of the cases that ought to pass and do not, or that the ledger lacks altogether."""
    of_function = {}
    for case, entry in ledger.items():
        of_function.setdefault(case.split("[")[0], []).append((case, entry))
    lines = []
    for function, names in sorted(marks.items()):
        if names & EXEMPTING_MARKS:
            continue
        if function not in of_function:
            lines.append(f"{function}: not in the ledger")
        lines.extend(f"{case}: {entry.status}, {entry.reason}" for case, entry in of_function.get(function, [])
                     if entry.status != "pass" and not entry.reason.startswith(CEPH_ALONE))
    return lines


def counts(results):
    statuses = [entry.status for entry in results.values()]
    return {status: statuses.count(status) for status in STATUSES}


def table_by_file(results):
    lines = []
    for file in sorted({case.split("::")[0] for case in results}):
        of_file = counts({case: entry for case, entry in results.items() if case.startswith(file + "::")})
        lines.append(f"  {file:<22} {of_file['pass']:>4} of {sum(of_file.values()):>4} passed, {of_file['fail']} failed, {of_file['skip']} skipped")
    return "\n".join(lines)


def _show(title, lines, out):
    if lines:
        print(f"\n{title} ({len(lines)}):", file=out)
        for line in lines:
            print(f"  {line}", file=out)


def table(ledger):
    """One row a file: cases that pass in the dialect of Ceph and in that of AWS."""
    lines = ["| | all | dialect of Ceph | dialect of AWS |", "| --- | --- | --- | --- |"]
    files = sorted({case.split("::")[0] for case in ledger})
    for name, cases in [(f"`{file}`", [entry for case, entry in ledger.items() if case.startswith(file + "::")]) for file in files] + [("all", list(ledger.values()))]:
        passing = [sum(entry.of_dialect(dialect).status == "pass" for entry in cases) for dialect in (CEPH, AWS)]
        lines.append(f"| {name} | {len(cases)} | {passing[0]} | {passing[1]} |")
    return "\n".join(lines)


def run_unmarked(ledger, checkout, out):
    lines = unmarked_failures(ledger, read_marks(checkout))
    _show("NEITHER MARKED NOR CEPH'S ALONE, AND NOT PASSING", lines, out)
    if not lines:
        print("Every case that carries neither fails_on_aws nor fails_on_rgw passes in the dialect of Ceph, or concerns Ceph alone.", file=out)
    return 1 if lines else 0


def run(arguments, out=sys.stdout):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["compare", "unmarked", "table"])
    parser.add_argument("ledger")
    parser.add_argument("sources", nargs="*")
    parser.add_argument("--dialect", choices=[CEPH, AWS], default=CEPH)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--left-out", action="append", default=[])
    parser.add_argument("--update", action="store_true")
    chosen = parser.parse_args(arguments)
    try:
        ledger = read_ledger(chosen.ledger)
        if chosen.command == "table":
            print(table(ledger), file=out)
            return 0
        if chosen.command == "unmarked":
            if len(chosen.sources) != 1:
                parser.error("unmarked takes one checkout")
            return run_unmarked(ledger, chosen.sources[0], out)
        return run_compare(ledger, chosen, out)
    except (LedgerError, OSError) as error:
        print(error, file=sys.stderr)
        return 2


def run_compare(ledger, chosen, out):
    results = {}
    for report in chosen.sources:
        results.update(read_report(report))
    if not results:
        print("No case ran: the selection matches nothing, or the run broke off.", file=sys.stderr)
        return 2
    found = compare(ledger, results, chosen.whole, chosen.dialect, chosen.left_out)
    print(table_by_file(results), file=out)
    _show("Newly passing: run with --update", found.newly_passing, out)
    _show("Changed", found.changed, out)
    _show("REGRESSIONS", found.regressions, out)
    _show("NOT IN THE LEDGER", found.unknown, out)
    _show("IN THE LEDGER, BUT NOT RUN", found.missing, out)
    _show("WITHOUT A REASON IN THE LEDGER", found.unexplained, out)
    good = found.is_good
    if chosen.update:
        write_ledger(chosen.ledger, updated(ledger, results, chosen.whole, chosen.dialect, chosen.left_out))
        print(f"\nWrote {chosen.ledger}; write a reason wherever it says \"{UNEXPLAINED.strip()}\".", file=out)
        good = True
    total = counts(results)
    print(f"{total['pass']} passed, {total['fail']} failed, {total['skip']} skipped", file=out)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
