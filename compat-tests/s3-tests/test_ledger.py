"""Tests of ledger.py: python3 -m unittest discover compat-tests/s3-tests"""
import io
import pathlib
import tempfile
import unittest

import ledger
from ledger import Entry

REPORT = """<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="s3tests.functional.test_s3" name="test_good" time="0.1"/>
<testcase classname="s3tests.functional.test_s3" name="test_bad[a-1]"><failure message="AssertionError: 1 &#10; == 2">trace</failure></testcase>
<testcase classname="s3tests.functional.test_iam" name="test_set_up_badly"><error message="failed on setup">trace</error></testcase>
<testcase classname="s3tests.functional.test_iam" name="test_not_here"><skipped message="not configured"/></testcase>
<testcase classname="s3tests.functional.test_s3" name="test_left_a_mess"/>
<testcase classname="s3tests.functional.test_s3" name="test_left_a_mess"><error message="failed on teardown"/></testcase>
</testsuite></testsuites>"""


class LedgerTests(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = pathlib.Path(directory.name)

    def write(self, name, text):
        path = self.path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    def run_compare(self, ledger_text, *options, report=REPORT):
        out = io.StringIO()
        self.ledger_path = self.write("ledger.csv", ledger_text)
        code = ledger.run(["compare", self.ledger_path, self.write("report.xml", report), *options], out)
        return code, out.getvalue()

    KNOWN = ("case,status,reason,aws\ntest_iam.py::test_not_here,skip,no such thing,\ntest_iam.py::test_set_up_badly,fail,needs a,\n"
             "test_s3.py::test_bad[a-1],fail,needs b,\ntest_s3.py::test_good,pass,,\ntest_s3.py::test_left_a_mess,fail,needs c,\n")

    def test_report_is_read_with_setup_and_cleanup_errors_as_failures(self):
        self.assertEqual(ledger.read_report(self.write("r.xml", REPORT)), {
            "test_s3.py::test_good": Entry("pass"),
            "test_s3.py::test_bad[a-1]": Entry("fail", "AssertionError: 1 == 2"),
            "test_iam.py::test_set_up_badly": Entry("fail", "failed on setup"),
            "test_iam.py::test_not_here": Entry("skip", "not configured"),
            "test_s3.py::test_left_a_mess": Entry("fail", "failed on teardown"),
        })

    def test_run_that_equals_the_ledger_is_good_and_ends_with_the_counts(self):
        code, out = self.run_compare(self.KNOWN, "--whole")
        self.assertEqual(code, 0, out)
        self.assertEqual(out.splitlines()[-1], "1 passed, 3 failed, 1 skipped")

    def test_case_that_passed_and_fails_is_a_regression(self):
        code, out = self.run_compare(self.KNOWN.replace("test_bad[a-1],fail,needs b", "test_bad[a-1],pass,"))
        self.assertEqual(code, 1)
        self.assertIn("test_bad[a-1]: pass -> fail AssertionError", out)

    def test_case_that_was_skipped_and_fails_is_a_regression(self):
        self.assertEqual(self.run_compare(self.KNOWN.replace("test_bad[a-1],fail", "test_bad[a-1],skip"))[0], 1)

    def test_case_that_failed_and_is_skipped_is_told_and_no_regression(self):
        code, out = self.run_compare(self.KNOWN.replace("test_not_here,skip", "test_not_here,fail"))
        self.assertEqual(code, 0)
        self.assertIn("test_not_here: fail -> skip", out)

    def test_case_that_the_ledger_does_not_know_fails_the_run_even_when_it_passes(self):
        code, out = self.run_compare(self.KNOWN.replace("test_s3.py::test_good,pass,,\n", ""))
        self.assertEqual(code, 1)
        self.assertIn("NOT IN THE LEDGER (1)", out)

    def test_newly_passing_case_is_reported_and_no_error(self):
        code, out = self.run_compare(self.KNOWN.replace("test_good,pass,", "test_good,fail,needs d"))
        self.assertEqual(code, 0)
        self.assertIn("Newly passing", out)

    def test_case_missing_from_a_whole_run_fails_and_from_a_selection_does_not(self):
        more = self.KNOWN + "test_s3.py::test_gone,pass,,\n"
        self.assertEqual(self.run_compare(more)[0], 0)
        code, out = self.run_compare(more, "--whole")
        self.assertEqual(code, 1)
        self.assertIn("BUT NOT RUN (1)", out)

    def test_unexplained_failure_fails_the_run(self):
        self.assertEqual(self.run_compare(self.KNOWN.replace("needs b", "unexplained: 1 == 2"))[0], 1)

    def test_update_keeps_reasons_and_rewrites_statuses(self):
        before = self.KNOWN.replace("test_good,pass,", "test_good,fail,needs d").replace("test_iam.py::test_set_up_badly,fail,needs a", "test_iam.py::test_set_up_badly,pass,")
        code, _ = self.run_compare(before, "--update")
        self.assertEqual(code, 0)
        after = ledger.read_ledger(self.ledger_path)
        self.assertEqual(after["test_s3.py::test_good"], Entry("pass"))
        self.assertEqual(after["test_s3.py::test_bad[a-1]"], Entry("fail", "needs b"))
        self.assertEqual(after["test_iam.py::test_set_up_badly"], Entry("fail", "unexplained: failed on setup"))

    def test_update_of_a_selection_keeps_the_rest_and_of_a_whole_run_drops_what_is_gone(self):
        more = self.KNOWN + "test_s3.py::test_gone,pass,,\n"
        self.run_compare(more, "--update")
        self.assertIn("test_s3.py::test_gone", ledger.read_ledger(self.ledger_path))
        self.run_compare(more, "--update", "--whole")
        self.assertNotIn("test_s3.py::test_gone", ledger.read_ledger(self.ledger_path))

    def test_ledger_that_says_too_little_or_too_much_is_refused(self):
        for text in ["", "case,status\n", "case,status,reason\na,pass,\n", "case,status,reason,aws\na,maybe,,\n",
                     "case,status,reason,aws\na,pass,,\na,pass,,\n", "case,status,reason,aws\na,fail,,\n", "case,status,reason,aws\na,pass,why,\n",
                     "case,status,reason,aws\na,pass\n", "case,status,reason,aws\na,fail,why,also\n"]:
            with self.assertRaises(ledger.LedgerError, msg=text):
                ledger.read_ledger(self.write("bad.csv", text))

    def test_run_without_results_fails(self):
        self.assertEqual(self.run_compare(self.KNOWN, report="<testsuites/>")[0], 2)
        self.assertEqual(self.run_compare(self.KNOWN, report="<tests")[0], 2)

    DIALECTS = KNOWN.replace("test_good,pass,,", "test_good,pass,,AWS: it is not so") + "test_s3.py::test_other,pass,,\n"
    WORSE = REPORT.replace('name="test_good" time="0.1"/>', 'name="test_good"><failure message="AWS says no"/></testcase><testcase classname="s3tests.functional.test_s3" name="test_other"/>')

    def test_case_that_fails_in_the_dialect_of_AWS_only_is_expected_to_there_and_not_in_that_of_Ceph(self):
        self.assertEqual(self.run_compare(self.DIALECTS, "--whole", "--dialect", "aws", report=self.WORSE)[0], 0)
        code, out = self.run_compare(self.DIALECTS, "--whole", report=self.WORSE)
        self.assertEqual(code, 1)
        self.assertIn("test_good: pass -> fail AWS says no", out)

    def test_update_in_the_dialect_of_AWS_writes_its_column_and_leaves_the_status(self):
        plain = self.DIALECTS.replace("AWS: it is not so", "")
        self.run_compare(plain, "--update", "--dialect", "aws", report=self.WORSE)
        self.assertEqual(ledger.read_ledger(self.ledger_path)["test_s3.py::test_good"], Entry("pass", aws="unexplained: AWS says no"))
        self.run_compare(self.DIALECTS, "--update", "--dialect", "aws")
        self.assertEqual(ledger.read_ledger(self.ledger_path)["test_s3.py::test_good"], Entry("pass"))

    def test_update_in_the_dialect_of_Ceph_keeps_what_is_said_of_that_of_AWS(self):
        self.run_compare(self.DIALECTS, "--update", "--whole")
        self.assertEqual(ledger.read_ledger(self.ledger_path)["test_s3.py::test_good"], Entry("pass", aws="AWS: it is not so"))

    def test_case_that_is_left_out_of_a_whole_run_is_neither_missing_nor_dropped(self):
        self.assertEqual(self.run_compare(self.DIALECTS, "--whole", "--left-out", "test_s3.py::test_other")[0], 0)
        self.run_compare(self.DIALECTS, "--whole", "--left-out", "test_s3.py::test_other", "--update")
        self.assertIn("test_s3.py::test_other", ledger.read_ledger(self.ledger_path))

    CASES = """import pytest
def helper(): pass
def test_good(): pass
@pytest.mark.fails_on_aws
def test_marked(): pass
@pytest.mark.parametrize("a, b", [
    (1, 2)])
@pytest.mark.encryption
def test_bad(a, b): pass
@pytest.mark.fails_on_rgw
@pytest.mark.skipif(True, reason="x")
def test_other(): pass
def test_ceph(): pass
"""

    def run_unmarked(self, ledger_text, cases=CASES):
        functional = self.path / "s3tests" / "functional"
        functional.mkdir(parents=True, exist_ok=True)
        (functional / "test_s3.py").write_text(cases, encoding="utf-8")
        out = io.StringIO()
        return ledger.run(["unmarked", self.write("ledger.csv", ledger_text), str(self.path)], out), out.getvalue()

    UNMARKED = ("case,status,reason,aws\ntest_s3.py::test_bad[1-2],pass,,\ntest_s3.py::test_ceph,fail,Ceph alone: tenants,\ntest_s3.py::test_good,pass,,AWS: no\n"
                "test_s3.py::test_marked,fail,needs a,\ntest_s3.py::test_other,skip,needs b,\n")

    def test_marks_of_a_checkout_are_read(self):
        self.run_unmarked(self.UNMARKED)
        self.assertEqual(ledger.read_marks(self.path), {
            "test_s3.py::test_good": set(), "test_s3.py::test_marked": {"fails_on_aws"}, "test_s3.py::test_bad": {"parametrize", "encryption"},
            "test_s3.py::test_other": {"fails_on_rgw", "skipif"}, "test_s3.py::test_ceph": set()})

    def test_failure_counts_unless_it_is_marked_or_of_Ceph_alone(self):
        self.assertEqual(self.run_unmarked(self.UNMARKED)[0], 0)
        code, out = self.run_unmarked(self.UNMARKED.replace("test_bad[1-2],pass,,", "test_bad[1-2],fail,needs c,"))
        self.assertEqual(code, 1)
        self.assertIn("test_bad[1-2]: fail, needs c", out)
        self.assertEqual(self.run_unmarked(self.UNMARKED.replace("Ceph alone: tenants", "tenants"))[0], 1)
        self.assertEqual(self.run_unmarked(self.UNMARKED.replace("test_good,pass,,AWS: no", "test_good,skip,no,"))[0], 1)

    def test_case_that_the_ledger_lacks_counts_as_not_passing(self):
        self.assertEqual(self.run_unmarked(self.UNMARKED.replace("test_s3.py::test_good,pass,,AWS: no\n", ""))[0], 1)

    def test_directory_without_cases_is_refused(self):
        self.assertEqual(ledger.run(["unmarked", self.write("ledger.csv", self.UNMARKED), str(self.path)], io.StringIO()), 2)

    def test_table_counts_both_dialects(self):
        out = io.StringIO()
        self.assertEqual(ledger.run(["table", self.write("ledger.csv", self.UNMARKED)], out), 0)
        self.assertIn("| `test_s3.py` | 5 | 2 | 1 |", out.getvalue())

    def test_committed_ledger_is_sound_and_explains_every_failure(self):
        committed = ledger.read_ledger(pathlib.Path(__file__).with_name("ledger.csv"))
        self.assertGreater(len(committed), 1000)
        self.assertEqual([case for case, entry in committed.items() if (entry.reason + entry.aws).startswith(ledger.UNEXPLAINED)], [])


if __name__ == "__main__":
    unittest.main()
