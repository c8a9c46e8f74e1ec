using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ObjectStore.Select.Tests;

/// <summary>Random queries, answered by us and by SQLite (of python3), which must agree.</summary>
public sealed class DifferentialTests
{
    private const string Oracle = """
        import json, sqlite3, sys
        job = json.load(sys.stdin)
        db = sqlite3.connect(":memory:")
        db.execute("PRAGMA case_sensitive_like = ON")
        db.execute("CREATE TABLE t (a INT, b INT, c INT, s TEXT, u TEXT)")
        db.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?)", job["rows"])
        print(json.dumps([[list(row) for row in db.execute(query)] for query in job["queries"]]))
        """;

    private static readonly string[] Texts = ["", "a", "ab", "Ab", "b%", "a_b", "abcabc", " x ", "é", "10"];

    /// <summary>Without python3 there is nobody to agree with; the tables of the other tests remain.</summary>
    [Fact]
    public async Task Random_queries_give_what_sqlite_gives()
    {
        if (!File.Exists("/usr/bin/python3")) return;
        var seed = Environment.TickCount;
        var random = new Random(seed);
        var rows = Enumerable.Range(0, 25).Select(_ => new object[]
        {
            random.Next(-5, 20), random.Next(-3, 4), random.Next(0, 1000), Texts[random.Next(Texts.Length)], Texts[random.Next(Texts.Length)],
        }).ToArray();
        var queries = Enumerable.Range(0, 600).Select(_ => Query(random)).ToArray();

        var expected = await AskAsync(rows, [.. queries.Select(query => query.Theirs)]);
        var csv = string.Concat(rows.Select(row => string.Join(",", row.Select(value => $"\"{string.Create(CultureInfo.InvariantCulture, $"{value}")}\"")) + "\n"));
        for (var index = 0; index < queries.Length; index++)
        {
            var request = new SelectRequest { Expression = queries[index].Ours, CsvInput = new CsvInput(), JsonOutput = new JsonOutput() };
            string ours;
            try
            {
                ours = Harness.Records(request, Encoding.UTF8.GetBytes(csv), random.Next(1, 200));
            }
            catch (SelectException e)
            {
                throw new ShouldAssertException($"seed {seed}: {queries[index].Ours}", e);
            }

            var lines = ours.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(line)!.Values.Select(Shown));
            var theirs = expected[index].EnumerateArray().Select(row => row.EnumerateArray().Select(Shown));
            string.Join("\n", lines.Select(line => string.Join("|", line)))
                .ShouldBe(string.Join("\n", theirs.Select(line => string.Join("|", line))), $"seed {seed}: {queries[index].Ours}");
        }
    }

    private static string Shown(JsonElement value) => value.ValueKind == JsonValueKind.String ? '"' + value.GetString() + '"' : value.GetRawText();

    private static async Task<JsonElement[]> AskAsync(object[][] rows, string[] queries)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", ["-c", Oracle]) { RedirectStandardInput = true, RedirectStandardOutput = true, StandardOutputEncoding = Encoding.UTF8 };
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(new { rows, queries }));
        process.StandardInput.Close();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0);
        return JsonSerializer.Deserialize<JsonElement[]>(output)!;
    }

    private static (string Ours, string Theirs) Query(Random random)
    {
        var where = random.Next(2) == 0 ? ("", "") : Where(Condition(random, 3));
        (string Ours, string Theirs) list;
        if (random.Next(4) == 0)
        {
            var (number, text) = (Number(random, 2), Text(random, 2));
            list = ($"COUNT(*), SUM({number.Ours}), MIN({number.Ours}), MAX({number.Ours}) + 1, COUNT({text.Ours})",
                $"COUNT(*), SUM({number.Theirs}), MIN({number.Theirs}), MAX({number.Theirs}) + 1, COUNT({text.Theirs})");
        }
        else
        {
            var (number, text, condition) = (Number(random, 3), Text(random, 3), Condition(random, 3));
            list = ($"{number.Ours}, {text.Ours}, CASE WHEN {condition.Ours} THEN 'T' WHEN NOT ({condition.Ours}) THEN 'F' ELSE 'N' END",
                $"{number.Theirs}, {text.Theirs}, CASE WHEN {condition.Theirs} THEN 'T' WHEN NOT ({condition.Theirs}) THEN 'F' ELSE 'N' END");
        }

        return ($"SELECT {list.Ours} FROM S3Object{where.Item1}", $"SELECT {list.Theirs} FROM t{where.Item2}");
    }

    private static (string Ours, string Theirs) Number(Random random, int depth)
    {
        switch (random.Next(depth <= 0 ? 3 : 10))
        {
            case 0:
                return Both(random.Next(-9, 30).ToString(CultureInfo.InvariantCulture));
            case 1 or 2:
                var column = random.Next(3);
                return ($"CAST(_{column + 1} AS INT)", "abc"[column].ToString());
            case 3 or 4:
                return Infix(Number(random, depth - 1), random.Next(3) switch { 0 => "+", 1 => "-", _ => "*" }, Number(random, depth - 1));
            case 5:
                return Infix(Number(random, depth - 1), random.Next(2) == 0 ? "/" : "%", Both(random.Next(1, 7).ToString(CultureInfo.InvariantCulture)));
            case 6:
                return Function("NULLIF", "NULLIF", Number(random, depth - 1), Number(random, depth - 1));
            case 7:
                return Function("COALESCE", "COALESCE", Number(random, depth - 1), Number(random, depth - 1));
            case 8:
                return Function("CHAR_LENGTH", "LENGTH", Text(random, depth - 1));
            default:
                var (condition, yes, no) = (Condition(random, depth - 1), Number(random, depth - 1), Number(random, depth - 1));
                return ($"CASE WHEN {condition.Ours} THEN {yes.Ours} ELSE {no.Ours} END", $"CASE WHEN {condition.Theirs} THEN {yes.Theirs} ELSE {no.Theirs} END");
        }
    }

    private static (string Ours, string Theirs) Text(Random random, int depth)
    {
        switch (random.Next(depth <= 0 ? 3 : 8))
        {
            case 0:
                return Both($"'{Texts[random.Next(Texts.Length)]}'");
            case 1:
                return ("_4", "s");
            case 2:
                return ("_5", "u");
            case 3:
                return Infix(Text(random, depth - 1), "||", Text(random, depth - 1));
            case 4:
                // SQLite changes the case of ASCII only.
                return Function("TRIM", "TRIM", Text(random, depth - 1));
            case 5:
                var (text, from, count) = (Text(random, depth - 1), random.Next(1, 5), random.Next(0, 4));
                return ($"SUBSTRING({text.Ours}, {from}, {count})", $"SUBSTR({text.Theirs}, {from}, {count})");
            case 6:
                return Function("NULLIF", "NULLIF", Text(random, depth - 1), Text(random, depth - 1));
            default:
                return Function("COALESCE", "COALESCE", Text(random, depth - 1), Text(random, depth - 1));
        }
    }

    private static (string Ours, string Theirs) Condition(Random random, int depth)
    {
        string[] comparisons = ["=", "!=", "<>", "<", "<=", ">", ">="];
        var not = random.Next(2) == 0 ? " NOT" : "";
        switch (random.Next(depth <= 0 ? 6 : 9))
        {
            case 0:
                return Infix(Number(random, depth - 1), comparisons[random.Next(7)], Number(random, depth - 1));
            case 1:
                return Infix(Text(random, depth - 1), comparisons[random.Next(7)], Text(random, depth - 1));
            case 2:
                var (value, low, high) = (Number(random, depth - 1), Number(random, depth - 1), Number(random, depth - 1));
                return ($"({value.Ours}{not} BETWEEN {low.Ours} AND {high.Ours})", $"({value.Theirs}{not} BETWEEN {low.Theirs} AND {high.Theirs})");
            case 3:
                var (item, first, second) = (Number(random, depth - 1), Number(random, depth - 1), Number(random, depth - 1));
                return ($"({item.Ours}{not} IN ({first.Ours}, {second.Ours}))", $"({item.Theirs}{not} IN ({first.Theirs}, {second.Theirs}))");
            case 4:
                string[] patterns = ["'%'", "'a%'", "'%b'", "'_b%'", "'%b%c'", "''", "'a'", "'%!%%' ESCAPE '!'", "'a!_%' ESCAPE '!'", "'__'", "'%_a%'"];
                var (text, pattern) = (Text(random, depth - 1), patterns[random.Next(patterns.Length)]);
                return ($"({text.Ours}{not} LIKE {pattern})", $"({text.Theirs}{not} LIKE {pattern})");
            case 5:
                var tested = Number(random, depth - 1);
                return ($"({tested.Ours} IS{not} NULL)", $"({tested.Theirs} IS{not} NULL)");
            case 6:
                return Function("NOT ", "NOT ", Condition(random, depth - 1));
            default:
                return Infix(Condition(random, depth - 1), random.Next(2) == 0 ? "AND" : "OR", Condition(random, depth - 1));
        }
    }

    private static (string, string) Both(string text) => (text, text);

    private static (string, string) Infix((string Ours, string Theirs) left, string symbol, (string Ours, string Theirs) right) =>
        ($"({left.Ours} {symbol} {right.Ours})", $"({left.Theirs} {symbol} {right.Theirs})");

    private static (string, string) Function(string ours, string theirs, params (string Ours, string Theirs)[] arguments) =>
        ($"{ours}({string.Join(", ", arguments.Select(argument => argument.Ours))})", $"{theirs}({string.Join(", ", arguments.Select(argument => argument.Theirs))})");

    private static (string, string) Where((string Ours, string Theirs) condition) => (" WHERE " + condition.Ours, " WHERE " + condition.Theirs);
}
