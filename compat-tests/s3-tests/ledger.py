#!/usr/bin/env python3
"""Compares the JUnit reports of a run of ceph/s3-tests with the ledger.

    ledger.py compare LEDGER REPORT... [--whole] [--update]

The ledger is CSV: case,status,reason. A case is FILE::NAME; its status pass, fail or skip; whatever does not pass has a reason
of one line. --whole says that the run judged every case, so that one which is missing is an error. --update writes what the
run found into the ledger: reasons stay, and a case that has none gets its error message behind UNEXPLAINED.
"""
import argparse
import csv
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field

STATUSES = ("pass", "fail", "skip")
UNEXPLAINED = "unexplained: "
MAX_MESSAGE_CHARS = 160


class LedgerError(Exception):
    """The ledger or a report cannot be used; the text says why."""


@dataclass(frozen=True)
class Entry:
    status: str
    reason: str = ""


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
    if not rows or rows[0] != ["case", "status", "reason"]:
        raise LedgerError(f"{path} does not begin with the line case,status,reason")
    ledger = {}
    for number, row in enumerate(rows[1:], 2):
        if len(row) != 3 or row[1] not in STATUSES:
            raise LedgerError(f"{path}, line {number}: expected case,pass|fail|skip,reason")
        if row[0] in ledger:
            raise LedgerError(f"{path}, line {number}: {row[0]} stands twice")
        if (row[1] == "pass") == bool(row[2].strip()):
            raise LedgerError(f"{path}, line {number}: a reason goes with what does not pass, and only with that")
        ledger[row[0]] = Entry(row[1], row[2])
    return ledger


def write_ledger(path, ledger):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["case", "status", "reason"])
        for case, entry in sorted(ledger.items()):
            writer.writerow([case, entry.status, entry.reason])


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


def compare(ledger, results, whole):
    found = Comparison()
    for case, result in sorted(results.items()):
        known = ledger.get(case)
        if known is None:
            found.unknown.append(f"{case}: {result.status} {result.reason}".rstrip())
            continue
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
        found.missing.extend(sorted(ledger.keys() - results.keys()))
    return found


def updated(ledger, results, whole):
    """The ledger after a run: what was judged gets its new status, what vanished from a whole run goes."""
    merged = {} if whole else dict(ledger)
    for case, result in results.items():
        known = ledger.get(case)
        if result.status == "pass":
            merged[case] = Entry("pass")
        else:
            reason = known.reason if known is not None and known.reason else UNEXPLAINED + (result.reason or "no message")
            merged[case] = Entry(result.status, reason)
    return merged


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


def run(arguments, out=sys.stdout):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["compare"])
    parser.add_argument("ledger")
    parser.add_argument("reports", nargs="+")
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--update", action="store_true")
    chosen = parser.parse_args(arguments)
    try:
        ledger = read_ledger(chosen.ledger)
        results = {}
        for report in chosen.reports:
            results.update(read_report(report))
    except (LedgerError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if not results:
        print("No case ran: the selection matches nothing, or the run broke off.", file=sys.stderr)
        return 2
    found = compare(ledger, results, chosen.whole)
    print(table_by_file(results), file=out)
    _show("Newly passing: run with --update", found.newly_passing, out)
    _show("Changed", found.changed, out)
    _show("REGRESSIONS", found.regressions, out)
    _show("NOT IN THE LEDGER", found.unknown, out)
    _show("IN THE LEDGER, BUT NOT RUN", found.missing, out)
    _show("WITHOUT A REASON IN THE LEDGER", found.unexplained, out)
    good = found.is_good
    if chosen.update:
        write_ledger(chosen.ledger, updated(ledger, results, chosen.whole))
        print(f"\nWrote {chosen.ledger}; write a reason wherever it says \"{UNEXPLAINED.strip()}\".", file=out)
        good = True
    total = counts(results)
    print(f"{total['pass']} passed, {total['fail']} failed, {total['skip']} skipped", file=out)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
