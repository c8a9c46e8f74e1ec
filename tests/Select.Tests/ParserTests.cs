using ObjectStore.Select.Syntax;

namespace ObjectStore.Select.Tests;

public sealed class ParserTests
{
    [Theory]
    [InlineData("", SelectErrorCode.ParseUnsupportedSelect)]
    [InlineData("DELETE FROM S3Object", SelectErrorCode.ParseUnsupportedSelect)]
    [InlineData("SELECT FROM S3Object", SelectErrorCode.ParseEmptySelect)]
    [InlineData("SELECT", SelectErrorCode.ParseEmptySelect)]
    [InlineData("SELECT 1", SelectErrorCode.ParseSelectMissingFrom)]
    [InlineData("SELECT * FROM elsewhere", SelectErrorCode.InvalidDataSource)]
    [InlineData("SELECT *, 1 FROM S3Object", SelectErrorCode.ParseAsteriskIsNotAloneInSelectList)]
    [InlineData("SELECT 1, * FROM S3Object", SelectErrorCode.ParseAsteriskIsNotAloneInSelectList)]
    [InlineData("SELECT s.*, 1 FROM S3Object s", SelectErrorCode.ParseAsteriskIsNotAloneInSelectList)]
    [InlineData("SELECT DISTINCT _1 FROM S3Object", SelectErrorCode.UnsupportedSyntax)]
    [InlineData("SELECT 1 AS FROM S3Object", SelectErrorCode.ParseExpectedIdentForAlias)]
    [InlineData("SELECT 1 FROM S3Object GROUP BY 1", SelectErrorCode.ParseUnsupportedLiteralsGroupBy)]
    [InlineData("SELECT 1 FROM S3Object ORDER BY 1", SelectErrorCode.UnsupportedSyntax)]
    [InlineData("SELECT 1 FROM S3Object a, S3Object b", SelectErrorCode.ParseMalformedJoin)]
    [InlineData("SELECT 1 FROM S3Object a JOIN S3Object b", SelectErrorCode.ParseMalformedJoin)]
    [InlineData("SELECT 1 FROM S3Object LIMIT x", SelectErrorCode.ParseExpectedNumber)]
    [InlineData("SELECT 1 FROM S3Object LIMIT -1", SelectErrorCode.EvaluatorNegativeLimit)]
    [InlineData("SELECT 1 FROM S3Object WHERE", SelectErrorCode.ParseExpectedExpression)]
    [InlineData("SELECT 1 FROM S3Object s 5", SelectErrorCode.ParseUnexpectedTerm)]
    [InlineData("SELECT 1 FROM S3Object s WHERE 1 = 1 SELECT", SelectErrorCode.ParseUnexpectedKeyword)]
    [InlineData("SELECT 1 +", SelectErrorCode.ParseExpectedExpression)]
    [InlineData("SELECT (1 FROM S3Object", SelectErrorCode.ParseExpectedTokenType)]
    [InlineData("SELECT 'x FROM S3Object", SelectErrorCode.LexerInvalidLiteral)]
    [InlineData("SELECT 1x FROM S3Object", SelectErrorCode.LexerInvalidLiteral)]
    [InlineData("SELECT 1e FROM S3Object", SelectErrorCode.LexerInvalidLiteral)]
    [InlineData("SELECT 1 ! 2 FROM S3Object", SelectErrorCode.LexerInvalidOperator)]
    [InlineData("SELECT 1 # 2 FROM S3Object", SelectErrorCode.LexerInvalidChar)]
    [InlineData("SELECT `x` FROM S3Object", SelectErrorCode.LexerInvalidIONLiteral)]
    [InlineData("SELECT CAST 1 FROM S3Object", SelectErrorCode.ParseExpectedLeftParenAfterCast)]
    [InlineData("SELECT CAST(1) FROM S3Object", SelectErrorCode.ParseCastArity)]
    [InlineData("SELECT CAST(1 AS thing) FROM S3Object", SelectErrorCode.ParseExpectedTypeName)]
    [InlineData("SELECT CAST(1 AS DECIMAL(x)) FROM S3Object", SelectErrorCode.ParseInvalidTypeParam)]
    [InlineData("SELECT CASE 1 END FROM S3Object", SelectErrorCode.ParseExpectedWhenClause)]
    [InlineData("SELECT CASE WHEN 1 ELSE 2 END FROM S3Object", SelectErrorCode.ParseExpectedKeyword)]
    [InlineData("SELECT EXTRACT(CENTURY FROM x) FROM S3Object", SelectErrorCode.ParseExpectedDatePart)]
    [InlineData("SELECT DATE_ADD(DAY 1, x) FROM S3Object", SelectErrorCode.ParseExpectedArgumentDelimiter)]
    [InlineData("SELECT SUM(*) FROM S3Object", SelectErrorCode.ParseUnsupportedCallWithStar)]
    [InlineData("SELECT SUM(1, 2) FROM S3Object", SelectErrorCode.ParseNonUnaryAgregateFunctionCall)]
    [InlineData("SELECT FROBNICATE(1) FROM S3Object", SelectErrorCode.UnsupportedFunction)]
    [InlineData("SELECT LOWER(1, 2) FROM S3Object", SelectErrorCode.EvaluatorInvalidArguments)]
    [InlineData("SELECT LOWER(1 FROM S3Object", SelectErrorCode.ParseExpectedRightParenBuiltinFunctionCall)]
    [InlineData("SELECT a[*] FROM S3Object", SelectErrorCode.ParseCannotMixSqbAndWildcardInSelectList)]
    [InlineData("SELECT a.b.* FROM S3Object", SelectErrorCode.ParseInvalidContextForWildcardInSelectList)]
    [InlineData("SELECT a[x] FROM S3Object", SelectErrorCode.ParseInvalidPathComponent)]
    [InlineData("SELECT 1 FROM S3Object[1]", SelectErrorCode.ParseInvalidPathComponent)]
    [InlineData("SELECT _1 LIKE 'a' LIKE FROM S3Object", SelectErrorCode.ParseUnexpectedKeyword)]
    public void Statements_are_refused(string expression, SelectErrorCode expected) =>
        Should.Throw<SelectException>(() => Parser.Parse(expression)).Code.ShouldBe(expected, expression);

    [Fact]
    public void A_statement_has_all_its_clauses()
    {
        var statement = Parser.Parse("select s.a[0].\"B c\" as x, count(*) from S3Object[*].rows[*].inner as s where not a = 1 limit 10;");
        statement.Projections.Select(projection => projection.Alias).ShouldBe(["x", null]);
        statement.Path.ShouldBe([PathStep.OfName("rows", false), PathStep.AllElements, PathStep.OfName("inner", false)]);
        statement.Alias.ShouldBe("s");
        statement.Limit.ShouldBe(10);
        statement.Where.ShouldBeOfType<NotExpression>();
        ((PathExpression)statement.Projections[0].Expression).Steps.ShouldBe(
            [PathStep.OfName("s", false), PathStep.OfName("a", false), PathStep.OfIndex(0), PathStep.OfName("B c", true)]);
    }

    [Theory]
    [InlineData("(", ")")]
    [InlineData("-(", ")")]
    [InlineData("1+", "")]
    [InlineData("CAST(", " AS INT)")]
    [InlineData("CASE WHEN ", " THEN 1 END")]
    [InlineData("NOT (", ")")]
    public void An_expression_that_is_nested_too_deeply_is_refused(string open, string close)
    {
        var nested = string.Concat(Enumerable.Repeat(open, 10_000)) + "1" + string.Concat(Enumerable.Repeat(close, 10_000));
        Should.Throw<SelectException>(() => Parser.Parse($"SELECT {nested} FROM S3Object")).Code.ShouldBe(SelectErrorCode.ParseUnsupportedSyntax);
    }

    [Fact]
    public void A_long_list_of_alternatives_is_not_deep()
    {
        var alternatives = string.Join(" OR ", Enumerable.Range(0, 5000).Select(n => $"_1 = {n}"));
        Parser.Parse($"SELECT * FROM S3Object WHERE {alternatives}").Where!.Depth.ShouldBe(3);
    }

    [Fact]
    public void An_expression_longer_than_256_KB_is_refused() =>
        Should.Throw<SelectException>(() => Parser.Parse("SELECT '" + new string('x', 256 * 1024) + "' FROM S3Object")).Code.ShouldBe(SelectErrorCode.ExpressionTooLong);

    [Fact]
    public void Any_garbage_is_parsed_or_refused()
    {
        string[] words =
        [
            "SELECT", "FROM", "S3Object", "WHERE", "LIMIT", "AND", "OR", "NOT", "LIKE", "ESCAPE", "BETWEEN", "IN", "IS", "NULL", "MISSING", "CASE", "WHEN", "THEN", "ELSE", "END",
            "CAST", "AS", "INT", "COUNT", "SUM", "TRIM", "SUBSTRING", "EXTRACT", "YEAR", "DATE_ADD", "UTCNOW", "(", ")", "[", "]", "*", ",", ".", "+", "-", "/", "%", "=", "||",
            "'x'", "\"y\"", "`2010T`", "1", "2.5", "1e3", "_1", "name", ";", "'", "é", "[*]",
        ];
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 20_000; round++)
        {
            var text = "SELECT " + string.Join(random.Next(5) == 0 ? "" : " ", Enumerable.Range(0, random.Next(1, 25)).Select(_ => words[random.Next(words.Length)]));
            if (random.Next(2) == 0) text += " FROM S3Object";
            try
            {
                Parser.Parse(text);
            }
            catch (Exception e) when (e is not SelectException)
            {
                Assert.Fail($"Seed {seed}: {text}: {e}");
            }
            catch (SelectException)
            {
                // Refused.
            }
        }
    }

    [Fact]
    public void Every_code_has_its_row() => SelectErrorTable.Rows.Select(row => row.Code).ShouldBe(Enum.GetValues<SelectErrorCode>());
}
