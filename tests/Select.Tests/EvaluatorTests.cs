namespace ObjectStore.Select.Tests;

/// <summary>One row a rule of the language: what a projection gives over the record "7,abc,,2.50,Grüße".</summary>
public sealed class EvaluatorTests
{
    private const string Record = "7,abc,,2.50,Grüße\n";

    [Theory]
    [InlineData("1 + 2 * 3", "7")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("7 / 2", "3")]
    [InlineData("-7 % 3", "-1")]
    [InlineData("- - 3", "3")]
    [InlineData("7.0 / 2", "3.5")]
    [InlineData("0.1 + 0.2", "0.3")]
    [InlineData("1e2 + 1", "101")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    [InlineData("_1 + 1", "8")]
    [InlineData("_4 * 2", "5.00")]
    [InlineData("CAST(_4 AS FLOAT)", "2.5")]
    [InlineData("CAST(2.9 AS INT)", "2")]
    [InlineData("CAST(_1 AS STRING) || '!'", "7!")]
    [InlineData("CAST('true' AS BOOL)", "true")]
    [InlineData("CAST(0 AS BOOLEAN)", "false")]
    [InlineData("CAST(true AS INT)", "1")]
    [InlineData("CAST('1.25' AS DECIMAL(5, 2))", "1.25")]
    [InlineData("CAST(7 AS VARCHAR(3))", "7")]
    [InlineData("CAST(NULL AS INT) IS NULL", "true")]
    [InlineData("int(_1)", "7")]
    [InlineData("_2 || '-' || _1", "abc-7")]
    [InlineData("_1 = 7", "true")]
    [InlineData("_1 = '7'", "true")]
    [InlineData("_1 > 10", "false")]
    [InlineData("_1 > '10'", "true")]
    [InlineData("_2 = 7", "false")]
    [InlineData("_2 != 7", "true")]
    [InlineData("_3 = ''", "true")]
    [InlineData("_3 IS NULL", "false")]
    [InlineData("_9 IS NULL", "true")]
    [InlineData("_9 IS MISSING", "true")]
    [InlineData("NULL IS MISSING", "false")]
    [InlineData("_9 IS NOT NULL", "false")]
    [InlineData("NULL = NULL", "\"\"")]
    [InlineData("NOT (NULL = 1)", "\"\"")]
    [InlineData("NULL AND FALSE", "false")]
    [InlineData("NULL OR TRUE", "true")]
    [InlineData("NULL AND TRUE", "\"\"")]
    [InlineData("1 = 1 = true", "true")]
    [InlineData("NOT 1 = 2", "true")]
    [InlineData("NOT NOT TRUE", "true")]
    [InlineData("5 BETWEEN 1 AND 5", "true")]
    [InlineData("5 NOT BETWEEN 1 AND 4", "true")]
    [InlineData("5 BETWEEN 6 AND NULL", "false")]
    [InlineData("_1 IN (1, 7)", "true")]
    [InlineData("_1 NOT IN (1, 2)", "true")]
    [InlineData("1 IN (2, NULL)", "\"\"")]
    [InlineData("'abc' LIKE 'a%'", "true")]
    [InlineData("'abc' LIKE '%c'", "true")]
    [InlineData("'abc' LIKE 'a_c'", "true")]
    [InlineData("'abc' LIKE 'abc'", "true")]
    [InlineData("'abc' LIKE 'b'", "false")]
    [InlineData("'' LIKE '%'", "true")]
    [InlineData("'' LIKE '_'", "false")]
    [InlineData("'abab' LIKE '%ab'", "true")]
    [InlineData("'aab' LIKE '%a_'", "true")]
    [InlineData("'aXbXc' LIKE 'a%X%c'", "true")]
    [InlineData("'ab' LIKE 'ab%ab'", "false")]
    [InlineData("_5 LIKE 'Gr__e'", "true")]
    [InlineData("_5 LIKE '%_e'", "true")]
    [InlineData("'a%b' LIKE 'a!%b' ESCAPE '!'", "true")]
    [InlineData("'aXb' LIKE 'a!%b' ESCAPE '!'", "false")]
    [InlineData("'a!b' LIKE 'a!!b' ESCAPE '!'", "true")]
    [InlineData("'abc' NOT LIKE 'x%'", "true")]
    [InlineData("NULL LIKE 'x'", "\"\"")]
    [InlineData("'13' LIKE \"_3\"", "true")]
    [InlineData("CASE WHEN _1 = 7 THEN 'seven' ELSE 'other' END", "seven")]
    [InlineData("CASE _1 WHEN 6 THEN 'six' WHEN 7 THEN 'seven' END", "seven")]
    [InlineData("CASE WHEN NULL THEN 1 END IS NULL", "true")]
    [InlineData("COALESCE(NULL, MISSING, _2)", "abc")]
    [InlineData("NULLIF(_1, 7) IS NULL", "true")]
    [InlineData("NULLIF(_1, 8)", "7")]
    [InlineData("CHAR_LENGTH(_5)", "5")]
    [InlineData("CHARACTER_LENGTH('')", "0")]
    [InlineData("UPPER(_5)", "GRÜßE")]
    [InlineData("LOWER('ABC')", "abc")]
    [InlineData("SUBSTRING('123456789', 0)", "123456789")]
    [InlineData("SUBSTRING('123456789', 2)", "23456789")]
    [InlineData("SUBSTRING('123456789', -4)", "123456789")]
    [InlineData("SUBSTRING('123456789', 0, 999)", "123456789")]
    [InlineData("SUBSTRING('123456789', 1, 5)", "12345")]
    [InlineData("SUBSTRING('123456789' FROM 4 FOR 2)", "45")]
    [InlineData("SUBSTRING('abc', 9)", "\"\"")]
    [InlineData("SUBSTRING('abc', -1, 3)", "a")]
    [InlineData("SUBSTRING(_5, 3, 2)", "üß")]
    [InlineData("TRIM('   x   ') || '|'", "x|")]
    [InlineData("TRIM(LEADING FROM '  x ') || '|'", "x |")]
    [InlineData("TRIM(TRAILING '1' FROM '11x11')", "11x")]
    [InlineData("TRIM(BOTH '12' FROM '1112211x22211122')", "x")]
    [InlineData("TRIM(BOTH 'ß' FROM 'ßaß')", "a")]
    [InlineData("EXTRACT(YEAR FROM TO_TIMESTAMP('2010-01-02T03:04:05+07:08'))", "2010")]
    [InlineData("EXTRACT(HOUR FROM TO_TIMESTAMP('2010-01-02T03:04:05+07:08'))", "3")]
    [InlineData("EXTRACT(TIMEZONE_HOUR FROM TO_TIMESTAMP('2010-01-02T03:04:05+07:08'))", "7")]
    [InlineData("EXTRACT(TIMEZONE_MINUTE FROM TO_TIMESTAMP('2010-01-02T03:04:05-07:08'))", "-8")]
    [InlineData("TO_TIMESTAMP('2007T')", "2007T")]
    [InlineData("TO_TIMESTAMP('2007-02-23T12:14:33.079-08:00')", "2007-02-23T12:14:33.079-08:00")]
    [InlineData("`2007-02-23T12:14Z`", "2007-02-23T12:14Z")]
    [InlineData("DATE_ADD(YEAR, 5, `2010-01-01T`)", "2015-01-01")]
    [InlineData("DATE_ADD(MONTH, 1, `2010T`)", "2010-02T")]
    [InlineData("DATE_ADD(MONTH, 13, `2010T`)", "2011-02T")]
    [InlineData("DATE_ADD(DAY, -1, `2017-01-10T`)", "2017-01-09")]
    [InlineData("DATE_ADD(MINUTE, 1, `2017-01-02T03:04:05.006Z`)", "2017-01-02T03:05:05.006Z")]
    [InlineData("DATE_DIFF(YEAR, `2010-01-01T`, `2011-01-01T`)", "1")]
    [InlineData("DATE_DIFF(YEAR, `2010-12T`, `2011-01T`)", "0")]
    [InlineData("DATE_DIFF(MONTH, `2010-01T`, `2010-05T`)", "4")]
    [InlineData("DATE_DIFF(MONTH, `2010T`, `2011T`)", "12")]
    [InlineData("DATE_DIFF(MONTH, `2011T`, `2010T`)", "-12")]
    [InlineData("DATE_DIFF(DAY, `2010-01-01T23:00Z`, `2010-01-02T01:00Z`)", "0")]
    [InlineData("DATE_DIFF(HOUR, UTCNOW(), DATE_ADD(DAY, 1, UTCNOW()))", "24")]
    [InlineData("TO_STRING(`1969-07-20T20:18Z`, 'MMMM d, y')", "\"July 20, 1969\"")]
    [InlineData("TO_STRING(`1969-07-20T20:18Z`, 'M-d-yy')", "7-20-69")]
    [InlineData("TO_STRING(`1969-07-20T20:18Z`, 'MMM d y h:m a')", "Jul 20 1969 8:18 PM")]
    [InlineData("TO_STRING(`1969-07-20T20:18Z`, 'y-MM-dd''T''H:m:ssX')", "1969-07-20T20:18:00Z")]
    [InlineData("TO_STRING(`1969-07-20T20:18+08:15`, 'y-MM-dd''T''H:m:ssXXXX')", "1969-07-20T20:18:00+0815")]
    [InlineData("TO_STRING(`1969-07-20T20:18+08:15`, 'y-MM-dd''T''H:m:ssXXXXX')", "1969-07-20T20:18:00+08:15")]
    [InlineData("CAST('2007-04-05T14:30Z' AS TIMESTAMP) < `2007-04-05T14:31Z`", "true")]
    [InlineData("'it''s'", "it's")]
    [InlineData("\"text\"", "text")]
    [InlineData("s._2", "abc")]
    [InlineData("S3Object._2", "abc")]
    [InlineData("\"_2\"", "abc")]
    public void Projections_give(string projection, string expected) => Harness.Csv($"SELECT {projection} FROM S3Object s", Record).ShouldBe(expected + "\n");

    [Theory]
    [InlineData("CAST('x' AS INT)", SelectErrorCode.CastFailed)]
    [InlineData("_2 + 1", SelectErrorCode.CastFailed)]
    [InlineData("'a' + 1", SelectErrorCode.IncorrectSqlFunctionArgumentType)]
    [InlineData("1 / 0", SelectErrorCode.IllegalSqlFunctionArgument)]
    [InlineData("9223372036854775807 + 1", SelectErrorCode.IntegerOverflow)]
    [InlineData("CAST(1e300 AS INT)", SelectErrorCode.InvalidCast)]
    [InlineData("UPPER(1)", SelectErrorCode.IncorrectSqlFunctionArgumentType)]
    [InlineData("TO_TIMESTAMP('yesterday')", SelectErrorCode.ValueParseFailure)]
    [InlineData("TO_STRING(UTCNOW(), 'q')", SelectErrorCode.EvaluatorInvalidTimestampFormatPatternSymbol)]
    [InlineData("TO_STRING(UTCNOW(), '''x')", SelectErrorCode.EvaluatorUnterminatedTimestampFormatPatternToken)]
    [InlineData("'a' LIKE 'a!b' ESCAPE '!'", SelectErrorCode.EvaluatorLikePatternInvalidEscapeSequence)]
    [InlineData("1 LIKE 'a'", SelectErrorCode.LikeInvalidInputs)]
    [InlineData("NOT 'x'", SelectErrorCode.IncorrectSqlFunctionArgumentType)]
    [InlineData("name", SelectErrorCode.MissingHeaders)]
    [InlineData("s.name", SelectErrorCode.MissingHeaders)]
    [InlineData("_0", SelectErrorCode.InvalidColumnIndex)]
    [InlineData("_1.x", SelectErrorCode.EvaluatorBindingDoesNotExist)]
    [InlineData("SUM(SUM(_1))", SelectErrorCode.UnsupportedSqlStructure)]
    [InlineData("SUM(_1) + _1", SelectErrorCode.UnsupportedSqlStructure)]
    public void Projections_fail(string projection, SelectErrorCode expected) => Harness.Error($"SELECT {projection} FROM S3Object s", Record).ShouldBe(expected);

    [Theory]
    [InlineData("COUNT(*)", "4")]
    [InlineData("COUNT(0)", "4")]
    [InlineData("COUNT(NULLIF(_1, ''))", "3")]
    [InlineData("SUM(CAST(NULLIF(_1, '') AS INT))", "42")]
    [InlineData("AVG(CAST(NULLIF(_1, '') AS INT))", "14")]
    [InlineData("MIN(NULLIF(_1, ''))", "4")]
    [InlineData("MAX(NULLIF(_1, '')) + 1", "29")]
    [InlineData("MIN(_2), MAX(_2)", "a,d")]
    [InlineData("SUM(CAST(_3 AS FLOAT))", "10")]
    [InlineData("AVG(CAST(_3 AS DECIMAL))", "2.5")]
    public void Aggregates_give(string projection, string expected) =>
        Harness.Csv($"SELECT {projection} FROM S3Object", "10,a,1\n28,b,2\n4,c,3\n,d,4\n").ShouldBe(expected + "\n");

    [Fact]
    public void Aggregates_of_no_record_are_null_and_a_count_is_zero() =>
        Harness.Csv("SELECT COUNT(*), SUM(_1), AVG(_1), MIN(_1) FROM S3Object WHERE _1 > 5", "1\n2\n").ShouldBe("0,,,\n");

    [Fact]
    public void An_average_of_great_integers_does_not_overflow() =>
        Harness.Csv("SELECT AVG(CAST(_1 AS INT)) FROM S3Object", "9223372036854775807\n9223372036854775807\n").ShouldBe("9223372036854775807\n");

    [Theory]
    [InlineData("WHERE _1 > 1", "2,b\n3,c\n")]
    [InlineData("LIMIT 2", "1,a\n2,b\n")]
    [InlineData("LIMIT 0", "")]
    [InlineData("WHERE _2 LIKE 'c' LIMIT 5;", "3,c\n")]
    [InlineData("WHERE NULL", "")]
    public void Conditions_and_limits_choose_records(string clause, string expected) =>
        Harness.Csv($"SELECT * FROM S3Object {clause}", "1,a\n2,b\n3,c\n").ShouldBe(expected);

    [Fact]
    public void Aliases_are_names_in_other_projections_and_in_the_condition() =>
        Harness.Csv("select int(_1) as a1, int(_2) as a2, (a1+a2) as a3 from stdin where a3 > 4;", "1,2\n3,4\n").ShouldBe("3,4,7\n");

    [Fact]
    public void Aliases_that_refer_to_themselves_are_refused() =>
        Harness.Error("SELECT a2 AS a1, a1 + 1 AS a2 FROM S3Object", "1\n").ShouldBe(SelectErrorCode.UnsupportedSqlStructure);

    [Fact]
    public void An_alias_that_doubles_itself_again_and_again_costs_no_more_than_its_length()
    {
        var projections = string.Join(", ", Enumerable.Range(1, 100).Select(n => n == 1 ? "int(_1) AS a1" : $"(a{n - 1} + a{n - 1}) % 7 AS a{n}"));
        Harness.Csv($"SELECT {projections} FROM S3Object WHERE a100 >= 0", "1\n").ShouldEndWith("\n");
    }

    [Fact]
    public void A_text_may_not_grow_beyond_its_limit()
    {
        var doubled = string.Join(", ", Enumerable.Range(1, 30).Select(n => n == 1 ? "_1 || _1 AS a1" : $"a{n - 1} || a{n - 1} AS a{n}"));
        Harness.Error($"SELECT {doubled} FROM S3Object", new string('x', 100) + "\n").ShouldBe(SelectErrorCode.ColumnTooLong);
    }

    [Fact]
    public void A_case_looks_at_its_operand_once_a_record() =>
        Harness.Csv("SELECT CASE _1 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END FROM S3Object", "1\n2\n3\n").ShouldBe("one\ntwo\nmany\n");
}
