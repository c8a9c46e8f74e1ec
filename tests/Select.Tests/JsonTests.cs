using System.Text;
using System.Text.Json;

namespace ObjectStore.Select.Tests;

public sealed class JsonTests
{
    private const string Document = """
        { "name": "root", "rows": [ {"id": 1, "Tag": "a", "in": {"x": [10, 20]}}, {"id": 2, "in": {"x": []}}, 5, null ],
          "map": {"k1": {"v": 1}, "k2": {"v": 2}} }
        """;

    [Theory]
    [InlineData("SELECT s.id FROM S3Object[*].rows[*] s", "{\"id\":1}\n{\"id\":2}\n{}\n{}\n")]
    [InlineData("SELECT id, tag FROM S3Object[*].rows[*] WHERE id = 1", "{\"id\":1,\"tag\":\"a\"}\n")]
    [InlineData("SELECT * FROM S3Object[*].rows[1]", "{\"id\":2,\"in\":{\"x\":[]}}\n")]
    [InlineData("SELECT * FROM S3Object[*].rows[2]", "{\"_1\":5}\n")]
    [InlineData("SELECT _1 + 1 AS n FROM S3Object[*].rows[2]", "{\"n\":6}\n")]
    [InlineData("SELECT r FROM S3Object[*].rows[2] r", "{\"r\":5}\n")]
    [InlineData("SELECT s.\"in\".x[1] FROM S3Object[*].rows[*] s WHERE s.id = 1", "{\"_1\":20}\n")]
    [InlineData("SELECT s.\"in\".x[1] AS second FROM S3Object[*].rows[*] s WHERE s.id <= 2", "{\"second\":20}\n{}\n")]
    [InlineData("SELECT s.\"in\" FROM S3Object[*].rows[*] s LIMIT 1", "{\"in\":{\"x\":[10,20]}}\n")]
    [InlineData("SELECT s['in'].x FROM S3Object[*].rows[*] s LIMIT 1", "{\"x\":[10,20]}\n")]
    [InlineData("SELECT v FROM S3Object[*].map.*", "{\"v\":1}\n{\"v\":2}\n")]
    [InlineData("SELECT COUNT(*) AS n FROM S3Object[*].rows[*]", "{\"n\":4}\n")]
    [InlineData("SELECT COUNT(*) FROM S3Object[*].rows", "{\"_1\":1}\n")]
    [InlineData("SELECT name FROM S3Object", "{\"name\":\"root\"}\n")]
    [InlineData("SELECT s.rows[0].id, s.rows[1].id AS two, s.rows[9].id AS none FROM S3Object s", "{\"id\":1,\"two\":2}\n")]
    [InlineData("SELECT x FROM S3Object[*].rows[*].\"in\".x[*] x", "{\"x\":10}\n{\"x\":20}\n")]
    [InlineData("SELECT id FROM S3Object[*].nothing[*]", "")]
    [InlineData("SELECT \"tag\" FROM S3Object[*].rows[0]", "{}\n")]
    [InlineData("SELECT id IS MISSING AS m, id IS NULL AS n FROM S3Object[*].rows[3]", "{\"m\":true,\"n\":true}\n")]
    public void Paths_find(string expression, string expected)
    {
        foreach (var chunk in new[] { 1, 2, 3, 7, 64, 4096 }) Harness.Json(expression, Document, chunkBytes: chunk).ShouldBe(expected, $"chunk {chunk}");
    }

    [Theory]
    [InlineData("{\"a\": 1}\n{\"a\": 2}\n", "{\"a\":1}\n{\"a\":2}\n")]
    [InlineData("{\"a\": 1}\r\n\r\n{\"a\": 2}", "{\"a\":1}\n{\"a\":2}\n")]
    [InlineData("\uFEFF{\"a\": 1}", "{\"a\":1}\n")]
    [InlineData("", "")]
    public void Lines_are_records(string json, string expected)
    {
        foreach (var chunk in new[] { 1, 5, 4096 }) Harness.Json("SELECT * FROM S3Object", json, isLines: true, chunkBytes: chunk).ShouldBe(expected);
    }

    [Fact]
    public void A_path_works_on_lines() =>
        Harness.Json("SELECT v FROM S3Object[*].a[*]", "{\"a\":[{\"v\":1},{\"v\":2}]}\n{\"a\":[{\"v\":3}]}\n", isLines: true).ShouldBe("{\"v\":1}\n{\"v\":2}\n{\"v\":3}\n");

    [Fact]
    public void A_document_may_be_several_values() => Harness.Json("SELECT a FROM S3Object", "{\"a\":1} {\"a\":2}\n\n{\"a\":\n3}").ShouldBe("{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n");

    [Theory]
    [InlineData("{\"a\": 1", true)]
    [InlineData("{\"a\": 1} x", true)]
    [InlineData("{\"a\": 1", false)]
    [InlineData("{a: 1}", false)]
    [InlineData("[1,]", false)]
    [InlineData("\"x", false)]
    public void Broken_json_is_an_error(string json, bool isLines) =>
        Should.Throw<SelectException>(() => Harness.Json("SELECT COUNT(*) FROM S3Object", json, isLines)).Code.ShouldBe(SelectErrorCode.JSONParsingError);

    [Fact]
    public void Nesting_that_is_too_deep_is_an_error()
    {
        var deep = new string('[', 200) + new string(']', 200);
        Should.Throw<SelectException>(() => Harness.Json("SELECT COUNT(*) FROM S3Object", deep)).Code.ShouldBe(SelectErrorCode.JSONParsingError);
        Should.Throw<SelectException>(() => Harness.Json("SELECT COUNT(*) FROM S3Object[*].a", "{\"b\":" + deep + "}", chunkBytes: 16)).Code.ShouldBe(SelectErrorCode.JSONParsingError);
    }

    [Theory]
    [InlineData("SELECT a FROM S3Object", "{\"A\":1,\"a\":2}")]
    [InlineData("SELECT \"a\" FROM S3Object", null)]
    public void A_name_in_any_case_must_be_one_name(string expression, string? ambiguous)
    {
        if (ambiguous is not null) Should.Throw<SelectException>(() => Harness.Json(expression, ambiguous)).Code.ShouldBe(SelectErrorCode.AmbiguousFieldName);
        else Harness.Json(expression, "{\"A\":1,\"a\":2}").ShouldBe("{\"a\":2}\n");
    }

    [Theory]
    [InlineData("{\"a\":\"\\u00e9\\n\\\"\"}", "{\"a\":\"é\\n\\\"\"}\n")]
    [InlineData("{\"\\u0061\":1}", "{\"a\":1}\n")]
    [InlineData("{\"a\":1.50}", "{\"a\":1.50}\n")]
    [InlineData("{\"a\":12345678901234567890}", "{\"a\":12345678901234567890}\n")]
    [InlineData("{\"a\":-0.5e-3}", "{\"a\":-0.0005}\n")]
    [InlineData("{\"a\":[1, {\"b\" : null}, \"x y\"]}", "{\"a\":[1,{\"b\":null},\"x y\"]}\n")]
    public void Values_come_out_as_they_went_in(string json, string expected) => Harness.Json("SELECT a FROM S3Object", json).ShouldBe(expected);

    [Fact]
    public void Records_become_csv() => Harness.Records(
        new SelectRequest { Expression = "SELECT * FROM S3Object", JsonInput = new JsonInput(true), CsvOutput = new CsvOutput() },
        "{\"a\":1,\"b\":\"x,y\",\"c\":null,\"d\":[1, 2],\"e\":true}\n"u8.ToArray()).ShouldBe("1,\"x,y\",,\"[1,2]\",true\n");

    [Fact]
    public void A_long_document_is_walked_in_little_memory()
    {
        var json = "{\"skip\":{\"deep\":[" + string.Join(",", Enumerable.Repeat("{\"a\":\"xxxxxxxxxxxxxxxxxxxx\"}", 100_000)) + "]},\"rows\":["
            + string.Join(",", Enumerable.Range(0, 50_000).Select(n => $"{{\"n\":{n},\"text\":\"yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\"}}")) + "]}";
        Harness.Json("SELECT SUM(n) AS s, COUNT(*) AS c FROM S3Object[*].rows[*]", json, chunkBytes: 10_000).ShouldBe("{\"s\":1249975000,\"c\":50000}\n");
    }

    [Fact]
    public void Any_garbage_is_read_alike_through_any_chunks()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        string[] pieces = ["{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "1", "2.5", "null", "true", " ", "\n", "\"\\u0041\"", "\"", "{\"a\":", "[{\"a\":1}"];
        for (var round = 0; round < 2000; round++)
        {
            var bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, random.Next(1, 14)).Select(_ => pieces[random.Next(pieces.Length)])));
            var expression = random.Next(3) switch { 0 => "SELECT a FROM S3Object[*][*]", 1 => "SELECT * FROM S3Object[*].a", _ => "SELECT s.a[0] AS x, s.b FROM S3Object s" };
            if (random.Next(2) == 0) expression = expression.Replace("[*][*]", "[*].a[*]", StringComparison.Ordinal);
            var isLines = random.Next(2) == 0;
            var expected = Outcome(expression, bytes, isLines, 4096);
            foreach (var chunk in new[] { 1, 2, 3, 5 }) Outcome(expression, bytes, isLines, chunk).ShouldBe(expected, $"seed {seed}: {expression} of {Encoding.UTF8.GetString(bytes)}");
        }

        static string Outcome(string expression, byte[] bytes, bool isLines, int chunk)
        {
            try
            {
                var result = Harness.Records(new SelectRequest { Expression = expression, JsonInput = new JsonInput(isLines), JsonOutput = new JsonOutput() }, bytes, chunk);
                foreach (var line in result.Split('\n', StringSplitOptions.RemoveEmptyEntries)) JsonDocument.Parse(line).Dispose();
                return result;
            }
            catch (SelectException e)
            {
                return e.Code.ToString();
            }
        }
    }
}
